package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerName;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is done when a signer's keys may be in other hands. One theft is every key that was resident
 * there, so the whole generation goes: the signer stops signing, seals its log, destroys its
 * private halves and starts anew with other keys and another log; the registrar revokes the old
 * keys from the sealed size on. Honest tokens below that size stay good.
 *
 * <p>It goes in this order: the signer is asked to replace itself; the facts are gathered; {@link
 * ContainmentPlan} decides; its steps are carried out. The signer's folder says what was contained,
 * and carrying it out again changes nothing and finishes what a crash left half done. Where the
 * signer does not answer, the key log tells it: {@link FoundContainment}.
 */
public final class Containment {
  /** How long a signer that another command is replacing may take to start anew. */
  private static final Duration REPLACED_WITHIN = Duration.ofSeconds(60);

  private static final Duration ASK_AGAIN_EVERY = Duration.ofMillis(200);

  /** How long the last checkpoint of a log that was sealed is waited for. */
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(10);

  private static final Duration READ_AGAIN_EVERY = Duration.ofSeconds(1);

  private final String signer;
  private final OperatorClient operators;
  private final PublishedSize logs;
  private final Duration patience;

  /** Of the signer that issues. */
  public Containment(Context context) {
    this(context, SignerName.FIRST);
  }

  /** Of one of the domain's signers. */
  public Containment(Context context, String signer) {
    this(context, signer, REPLACED_WITHIN);
  }

  /**
   * The same with another patience.
   *
   * @param patience how long what an honest signer does in a moment is waited for
   */
  Containment(Context context, String signer, Duration patience) {
    this.signer = signer;
    this.operators = new OperatorClient(context, signer);
    this.logs = new PublishedSize(context.logFolder());
    this.patience = patience;
  }

  /**
   * Contains the theft: has the signer replaced, which says whether it was before. What the key log
   * says of a log's end is the word of the process that held the signer's socket at the registrar,
   * so it counts only where the signer does not answer, or does not know the log.
   *
   * @param log the log that is meant; empty for whatever the signer has
   * @param keys what the key log says; empty where it cannot be read
   * @param keyLog reads it again, when the signer has answered
   */
  public Contained contain(
      Optional<String> log, Optional<KeySet> keys, Supplier<Optional<KeySet>> keyLog, Instant now)
      throws OperatorException, InterruptedException {
    Optional<FoundContainment> standing =
        keys.flatMap(set -> FoundContainment.in(set, log.or(() -> Optional.of(signer)), now))
            .filter(found -> log.isPresent() || isTakenBack(found, keys.orElseThrow()));
    JsonObject said;
    try {
      said =
          askToReplace(
              log.map(Commands::replace).orElseGet(Commands::replace), standing.isPresent());
    } catch (OperatorException e) {
      if (standing.isEmpty() || e.kind() == OperatorException.Kind.REFUSED) {
        throw e;
      }
      return carryOut(ContainmentPlan.byKeyLog(facts(log, keys, now), standing.get()));
    }
    SignersAnswer answer = parse(said);
    answer.check(signer, log, false);
    return carryOut(ContainmentPlan.bySigner(facts(answer, log, keys, keyLog, now), answer));
  }

  /**
   * Replaces the signer as it is now and revokes its keys, whatever was replaced before.
   *
   * @param keyLog reads what the key log says, when the signer has answered; empty where it cannot
   *     be read
   */
  public Contained replaceSigner(Supplier<Optional<KeySet>> keyLog, Instant now)
      throws OperatorException, InterruptedException {
    SignersAnswer answer = parse(askToReplace(Commands.replaceAgain(), false));
    answer.check(signer, Optional.empty(), true);
    return carryOut(
        ContainmentPlan.bySigner(
            facts(answer, Optional.empty(), Optional.empty(), keyLog, now), answer));
  }

  /**
   * Revokes keys of a log whose signer is lost.
   *
   * @param from the first position at which the keys' tokens are no good
   * @param keys what the key log says; empty where it cannot be read
   */
  public Contained revokeLost(
      List<String> kids, String log, long from, Optional<KeySet> keys, Instant now)
      throws OperatorException, InterruptedException {
    return carryOut(ContainmentPlan.ofLostLog(facts(Optional.of(log), keys, now), kids, log, from));
  }

  /**
   * The end in the key log that {@link #revokeLost} makes earlier.
   *
   * @param keys what the key log says
   */
  public static Optional<KeySet.EndedLog> narrowedEnd(
      List<String> kids, String log, long from, KeySet keys, Instant now) {
    ContainmentFacts facts =
        new ContainmentFacts("", Optional.of(log), Optional.of(keys), Map.of(), now);
    return ContainmentPlan.ofLostLog(facts, kids, log, from).end().map(ContainmentPlan.End::stands);
  }

  /**
   * Revokes keys of a log that no signer here has, from the log's end on.
   *
   * @param keys what the key log says
   */
  public Contained revokeAtEnd(List<String> kids, String log, KeySet keys)
      throws OperatorException, InterruptedException {
    return operators.revokeAlone(kids, log, OtherLogsPlan.end(log, keys, logs::of));
  }

  /** How many tokens of a log are published; empty where that cannot be read here. */
  public Optional<Long> publishedSize(String log) {
    return logs.of(log);
  }

  // 1. The signer is asked.

  /** Whether an operator took a key of it back, which no signer can. */
  private static boolean isTakenBack(FoundContainment found, KeySet keys) {
    return keys.revokedKeys().stream().anyMatch(key -> found.kids().contains(key.kid()));
  }

  /**
   * One that another command replaces at this moment says so when it has started anew.
   *
   * @param starts whether it may be starting anew, so that one that does not answer is waited for
   */
  private JsonObject askToReplace(Request.Command command, boolean starts)
      throws OperatorException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    boolean underWay = false;
    while (true) {
      try {
        return operators.askSigner(command);
      } catch (OperatorException e) {
        underWay |= e.kind() == OperatorException.Kind.CONFLICT || (starts && !e.isRefused());
        if (!underWay || System.nanoTime() - end > 0) {
          throw e;
        }
      }
      Thread.sleep(ASK_AGAIN_EVERY);
    }
  }

  /** Reads all of it before the first step. */
  private static SignersAnswer parse(JsonObject said) throws OperatorException {
    try {
      return SignersAnswer.parse(said);
    } catch (FormatException e) {
      throw new OperatorException(
          "the signer's answer is not understood, and nothing is revoked: " + e.getMessage(), e);
    }
  }

  // 2. The facts are gathered.

  /** Where the signer has answered: its log's end and what it has stated are waited for. */
  private ContainmentFacts facts(
      SignersAnswer answer,
      Optional<String> named,
      Optional<KeySet> before,
      Supplier<Optional<KeySet>> keyLog,
      Instant now)
      throws InterruptedException {
    Duration within = patience.compareTo(PUBLISHED_WITHIN) < 0 ? patience : PUBLISHED_WITHIN;
    Optional<Long> size = logs.reaching(answer.log(), answer.size(), within);
    // A thief may have had something stated while the signer was asked.
    ContainmentFacts facts =
        facts(named, keyLog.get().or(() -> before), now).withPublished(answer.log(), size);
    if (!answer.already() || facts.keys().isEmpty()) {
      return facts;
    }
    // A signer that was replaced a moment ago has it stated as soon as it runs anew.
    long end = System.nanoTime() + patience.toNanos();
    while (!facts.bearsOut(answer) && System.nanoTime() - end < 0) {
      Thread.sleep(READ_AGAIN_EVERY);
      facts = facts(named, keyLog.get().or(facts::keys), now).withPublished(answer.log(), size);
    }
    return facts;
  }

  private ContainmentFacts facts(Optional<String> named, Optional<KeySet> keys, Instant now) {
    Map<String, Long> published = new HashMap<>();
    keys.stream()
        .flatMap(set -> set.logs().stream())
        .map(KeySet.StatedLog::name)
        .filter(log -> LogName.isOf(signer, log) || named.equals(Optional.of(log)))
        .forEach(log -> logs.of(log).ifPresent(size -> published.put(log, size)));
    return new ContainmentFacts(signer, named, keys, published, now);
  }

  // 3. ContainmentPlan decides. 4. Its steps are carried out.

  /** Does what a plan says, and decides nothing. What was done before a failure stands. */
  private Contained carryOut(ContainmentPlan plan) throws OperatorException, InterruptedException {
    if (plan.refusal().isPresent()) {
      throw new OperatorException(plan.refusal().get(), OperatorException.Kind.REFUSED);
    }
    Contained contained;
    try {
      contained = revoke(plan.contained(), plan).answered(plan.replaced(), plan.remarks());
      for (ContainmentPlan.Keys other : plan.others()) {
        contained = alsoRevoke(contained, other, plan);
      }
      if (plan.end().isPresent()) {
        contained = endEarlier(contained, plan.end().get());
      }
    } catch (OperatorException e) {
      throw plan.left().isEmpty()
          ? e
          : new OperatorException(
              e.getMessage() + ". Besides, " + plan.left().get().text(), e.kind());
    }
    if (plan.remarkOnChange().isPresent() && contained.changed()) {
      contained = contained.remarking(plan.remarkOnChange().get());
    }
    if (plan.left().isPresent()) {
      throw new OperatorException(
          "the keys of %s are revoked; %s".formatted(contained.log(), plan.left().get().text()),
          plan.left().get().isRefusal()
              ? OperatorException.Kind.REFUSED
              : OperatorException.Kind.NO_ANSWER);
    }
    return contained;
  }

  private Contained revoke(ContainmentPlan.Keys keys, ContainmentPlan plan)
      throws OperatorException, InterruptedException {
    if (keys.stated().isEmpty() || keys.unstated().isEmpty()) {
      return operators.revokeAlone(keys.all(), keys.log(), keys.from(), plan.mayBeUnknown());
    }
    Contained contained =
        operators.revokeAlone(keys.stated(), keys.log(), keys.from(), plan.mayBeUnknown());
    try {
      return contained.withKeys(
          operators.revokeAlone(keys.unstated(), keys.log(), keys.from(), plan.mayBeUnknown()));
    } catch (OperatorException e) {
      if (e.isUnknown()) {
        // A key that nobody stated nobody trusts.
        return contained;
      }
      throw e;
    }
  }

  private Contained alsoRevoke(
      Contained contained, ContainmentPlan.Keys other, ContainmentPlan plan)
      throws OperatorException, InterruptedException {
    try {
      return contained.with(revoke(other, plan));
    } catch (OperatorException e) {
      if (e.isUnknown() && plan.mayBeUnknown()) {
        return contained;
      }
      throw new OperatorException(
          "the keys of %s are revoked, those of its signer's other log or successor %s are not (run the same again, or %s): %s"
              .formatted(
                  contained.log(),
                  other.log(),
                  new OtherLog(other.log(), other.all(), false).byHand(other.from()),
                  e.getMessage()),
          e.kind());
    }
  }

  private Contained endEarlier(Contained contained, ContainmentPlan.End end)
      throws OperatorException, InterruptedException {
    try {
      JsonObject done = operators.endLogAlone(contained.log(), contained.size(), end.reason());
      return contained.at(done.number("version"), done.truth("changed"));
    } catch (OperatorException e) {
      throw new OperatorException(
          "the keys of %s are revoked from position %d on; that it ended there the key log does not say, but that it ended at %d (run the same again): %s"
              .formatted(contained.log(), contained.size(), end.stands().size(), e.getMessage()),
          e.kind());
    } catch (FormatException e) {
      throw OperatorClient.notUnderstood("registrar", e);
    }
  }
}
