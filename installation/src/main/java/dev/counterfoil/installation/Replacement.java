package dev.counterfoil.installation;

import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.installation.Containment.ContainmentFailedException;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is done at the registrar when a signer has answered that it was replaced. The answer may be
 * a thief's: nothing is done by it that is not about the signer that was asked, no key is left good
 * by it alone, and what it says of the log's size is believed as far as the log is published.
 *
 * @param signer the name of the one that was asked
 * @param registrar its admin socket
 * @param logs how far logs are published
 * @param patience how long what an honest signer does in a moment is waited for
 * @param keyLog reads what the key log says; empty where it cannot be read
 */
record Replacement(
    String signer,
    Path registrar,
    PublishedSize logs,
    Duration patience,
    Supplier<Optional<KeySet>> keyLog,
    Instant now) {
  /** How long the last checkpoint of a log that was sealed is waited for. */
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(10);

  /** Most keys that a message names. */
  private static final int LISTED_MAX = 8;

  private static final Duration READ_AGAIN_EVERY = Duration.ofSeconds(1);

  /**
   * Revokes by a signer's answer.
   *
   * @param answer that was checked to be about the signer
   * @param named the log that was named
   * @param before what the key log said before the signer was asked
   */
  Contained contain(SignersAnswer answer, Optional<String> named, Optional<KeySet> before)
      throws ContainmentFailedException, InterruptedException {
    Optional<Long> published =
        logs.reaching(answer.log(), answer.size(), shorter(patience, PUBLISHED_WITHIN));
    long size = Math.min(answer.size(), published.orElse(answer.size()));
    // He may have had something stated while he was asked.
    Optional<KeySet> keys = keyLog.get().or(() -> before);
    boolean isBorneOut = true;
    if (answer.already() && keys.isPresent()) {
      keys = Optional.of(awaitEnd(answer, size, keys.get()));
      isBorneOut = isBorneOut(answer, size, keys.get());
      if (named.isEmpty() && !(isBorneOut && isOfLate(answer, keys.get()))) {
        throw isSuspicious(answer, size, keys.get(), "nothing is revoked");
      }
    }
    Contained contained =
        revoke(answer.log(), size, known(answer.log(), keys), unstated(answer, keys))
            .answered(!answer.already(), remarks(answer, published, size, keys.isPresent()));
    if (keys.isPresent()) {
      contained = withOthers(contained, answer, keys.get());
    }
    if (answer.announced().isPresent()) {
      contained = withAnnounced(contained, answer.announced().get(), keys);
    }
    if (keys.isPresent()) {
      contained = new RestatingEnd(registrar).restate(contained, keys.get());
    }
    if (answer.already() && contained.changed()) {
      contained =
          contained.remarking(
              ("the signer said that it was replaced before, and the logs that it began since go on."
                      + " Did nobody replace it, say %s --again")
                  .formatted(signer));
    }
    if (!isBorneOut) {
      throw isSuspicious(answer, size, keys.orElseThrow(), "its keys are revoked from there on");
    }
    return contained;
  }

  /** What the key log has of a log comes first: whoever answers may name any number. */
  private List<String> known(String log, Optional<KeySet> keys) {
    return keys.map(set -> OtherLog.liveKeys(set, log, now)).orElse(List.of());
  }

  private static List<String> unstated(SignersAnswer answer, Optional<KeySet> keys) {
    return SignersAnswer.unstated(answer.kids(), keys);
  }

  private Contained revoke(String log, long from, List<String> known, List<String> unstated)
      throws ContainmentFailedException, InterruptedException {
    if (known.isEmpty()) {
      return revoke(log, from, unstated);
    }
    Contained contained = revoke(log, from, known);
    if (unstated.isEmpty()) {
      return contained;
    }
    try {
      return contained.withKeys(revoke(log, from, unstated));
    } catch (ContainmentFailedException e) {
      if (e.isUnknown()) {
        return contained;
      }
      throw e;
    }
  }

  private Contained revoke(String log, long from, List<String> kids)
      throws ContainmentFailedException, InterruptedException {
    return new RevokingInParts(registrar, true)
        .revoke(kids, log, from, some -> Commands.revokeKeysAlone(some, log, from));
  }

  /**
   * Takes back what was stated in logs of the signer's name that are not its own, and the keys of
   * those that it had before.
   */
  private Contained withOthers(Contained contained, SignersAnswer answer, KeySet keys)
      throws ContainmentFailedException, InterruptedException {
    List<OtherLog> others = OtherLog.beside(signer, answer.log(), keys, now);
    Contained all = contained;
    for (OtherLogsPlan.Step step :
        OtherLogsPlan.of(others, answer.strangers(others), keys, logs::of)) {
      all = with(all, step.log(), step.from(), step.log().kids(), List.of());
    }
    return all;
  }

  /**
   * The successor's keys were resident there, too, and none of them has signed. Those that the
   * signer does not name are a stranger's.
   */
  private Contained withAnnounced(Contained contained, OtherLog next, Optional<KeySet> keys)
      throws ContainmentFailedException, InterruptedException {
    List<String> done = contained.allKids();
    List<String> known =
        known(next.log(), keys).stream()
            .filter(kid -> next.kids().contains(kid) && !done.contains(kid))
            .toList();
    List<String> unstated =
        SignersAnswer.unstated(next.kids(), keys).stream()
            .filter(kid -> !done.contains(kid))
            .toList();
    return known.isEmpty() && unstated.isEmpty()
        ? contained
        : with(contained, next, 0, known, unstated);
  }

  /** Takes the keys of another log of the signer's name back, too. */
  private Contained with(
      Contained contained, OtherLog other, long from, List<String> known, List<String> unstated)
      throws ContainmentFailedException, InterruptedException {
    try {
      return contained.with(revoke(other.log(), from, known, unstated));
    } catch (ContainmentFailedException e) {
      if (e.isUnknown()) {
        // A key that nobody stated nobody trusts.
        return contained;
      }
      throw new ContainmentFailedException(
          "the keys of %s are revoked, those of its signer's other log or successor %s are not (say the same again, or %s): %s"
              .formatted(contained.log(), other.log(), other.byHand(from), e.getMessage()),
          e.isRefused());
    }
  }

  private static Optional<KeySet.EndedLog> end(String log, KeySet keys) {
    return keys.endedLogs().stream().filter(one -> one.log().equals(log)).findFirst();
  }

  /**
   * Whether the key log bears out that a log has ended, or was contained: the signer that says so
   * may be the thief's, and go on with keys that he has.
   */
  private boolean isBorneOut(SignersAnswer answer, long size, KeySet keys) {
    List<String> live = OtherLog.liveKeys(keys, answer.log(), now);
    return end(answer.log(), keys).isPresent()
        || (!live.isEmpty() && new OtherLog(answer.log(), live, false).isTakenBack(keys, size));
  }

  /** A signer that was replaced a moment ago has it stated as soon as it runs anew. */
  private KeySet awaitEnd(SignersAnswer answer, long size, KeySet first)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    KeySet keys = first;
    while (!isBorneOut(answer, size, keys) && System.nanoTime() - end < 0) {
      Thread.sleep(READ_AGAIN_EVERY);
      keys = keyLog.get().orElse(keys);
    }
    return keys;
  }

  /** Whether a log that has ended was replaced, within the time in which that is the same theft. */
  private boolean isOfLate(SignersAnswer answer, KeySet keys) {
    return end(answer.log(), keys)
        .map(
            ended ->
                ended.reason() == KeyLogEvent.EndReason.REPLACED
                    && now.isBefore(ended.at().plus(FoundContainment.SAME_WITHIN)))
        .orElse(true);
  }

  private ContainmentFailedException isSuspicious(
      SignersAnswer answer, long size, KeySet keys, String done) {
    String log = answer.log();
    return new ContainmentFailedException(
        ("the signer says that it was replaced before, and that log %s ended at %d, and the key log"
                + " does not bear it out: somebody else may hold the signer; %s. Say %s --again; if"
                + " the signer has the same log after that, stop it and revoke its keys with"
                + " --signer-lost %s --from %d%s")
            .formatted(
                log,
                answer.size(),
                done,
                signer,
                log,
                size,
                OtherLog.liveKeys(keys, log, now).stream()
                    .limit(LISTED_MAX)
                    .map(kid -> " --kid " + kid)
                    .reduce("", String::concat)),
        true);
  }

  private List<String> remarks(
      SignersAnswer answer, Optional<Long> published, long size, boolean isKeyLogRead) {
    List<String> remarks = new ArrayList<>();
    if (!isKeyLogRead) {
      remarks.add(
          "the key log cannot be read, so what a thief may have had stated in other logs of the"
              + " signer's name is not revoked: say the same again when it can");
    }
    if (answer.size() > size) {
      remarks.add(
          ("the signer said that log %s has %d tokens, and %d are published, so its keys are revoked"
                  + " from there on. An honest signer publishes all of them before it answers: take"
                  + " its host for stolen")
              .formatted(answer.log(), answer.size(), size));
    }
    if (published.isEmpty()) {
      remarks.add(
          ("how far log %s is published cannot be read here, so its size is the signer's word alone:"
                  + " hold it against what the monitor holds of it, and if that is less, revoke from"
                  + " there on with --signer-lost")
              .formatted(answer.log()));
    }
    return remarks;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
