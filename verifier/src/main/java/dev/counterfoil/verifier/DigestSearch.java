package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.LogView.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a token's digest in the record logs of its key: the one that its statement names, and
 * those that followed when the signer was replaced. The latest is asked first. One that has it
 * before its end is enough, whatever the others answer. A digest that was handed in a moment ago is
 * not under a checkpoint yet, so that logs that go on are asked again for a while.
 */
final class DigestSearch {
  private static final long POLL_MILLIS = 100;

  /** How the log answered in which it stands, or the one that says most against it. */
  record Found(KeySet.StatedLog log, Standing standing) {}

  private final VerificationKeys ring;
  private final List<LogView> views;
  private final Leaf leaf;

  /** By log, as in {@code views}; null while nothing is known, or a log may have it yet. */
  private final List<@Nullable Standing> answers;

  /**
   * @param views of the logs, the latest first; not empty
   */
  DigestSearch(VerificationKeys ring, List<LogView> views, Leaf leaf) {
    this.ring = ring;
    this.views = views;
    this.leaf = leaf;
    this.answers = new ArrayList<>();
    views.forEach(view -> answers.add(null));
  }

  /** Whether a proof that the client sent is of one of the logs; reads nothing. */
  Found stapled(String proof) {
    for (LogView view : views) {
      Standing standing = view.stapled(OptionalLong.empty(), leaf, proof);
      if (!(standing instanceof Standing.NotRecorded not) || not.code() != RefusalCode.PROOF_LOG) {
        return new Found(view.log(), untilEnd(view, standing));
      }
    }
    return new Found(views.get(0).log(), views.get(0).stapled(OptionalLong.empty(), leaf, proof));
  }

  /** Whether one of the logs has it, by what is here or by what the authority shows. */
  Found read(Hash digest) {
    Optional<Found> here = ask(view -> view.streamed(leaf));
    if (here.isPresent()) {
      return here.get();
    }
    LogView latest = views.get(0);
    if (!latest.mayWait()) {
      return new Found(latest.log(), LogView.slow());
    }
    try {
      long deadline = System.nanoTime() + latest.tipWait().toNanos();
      Optional<Found> found = ask(view -> first(view, digest));
      while (found.isEmpty()
          && answers.contains(null)
          && System.nanoTime() - deadline < 0
          && pause()) {
        found = ask(view -> again(view, digest));
      }
      return found.orElseGet(this::refusal);
    } finally {
      latest.hasWaited();
    }
  }

  /** Whether each of the logs has answered that it does not have it. */
  boolean lacks(Hash digest) {
    return read(digest).standing() instanceof Standing.NotRecorded not
        && not.code() == RefusalCode.DIGEST_UNKNOWN;
  }

  /** Asks every log that has not answered; the first that has the token is the answer. */
  private Optional<Found> ask(Function<LogView, @Nullable Standing> question) {
    for (int i = 0; i < views.size(); i++) {
      if (answers.get(i) == null) {
        LogView view = views.get(i);
        Standing answer = question.apply(view);
        Standing counted = answer == null ? null : untilEnd(view, answer);
        answers.set(i, counted);
        if (counted instanceof Standing.Recorded) {
          return Optional.of(new Found(view.log(), counted));
        }
      }
    }
    return Optional.empty();
  }

  /** One that ended takes nothing more: what it does not have it never will. */
  private @Nullable Standing first(LogView view, Hash digest) {
    Standing answer = again(view, digest);
    return answer == null && ring.ended(view.log().name()).isPresent()
        ? LogView.digestUnknown()
        : answer;
  }

  private @Nullable Standing again(LogView view, Hash digest) {
    return view.standing(digest, leaf);
  }

  /** What a log records past its end does not count: a thief may have its key. */
  private Standing untilEnd(LogView view, Standing standing) {
    return standing instanceof Standing.Recorded recorded
        ? ring.endedBefore(view.log().name(), recorded.proof().position())
            .map(VerificationKeys::pastEnd)
            .<Standing>map(no -> new Standing.NotRecorded(no.code(), no.reason()))
            .orElse(standing)
        : standing;
  }

  /** The latest log's answer that is more than that it does not have the digest. */
  private Found refusal() {
    for (int i = 0; i < views.size(); i++) {
      if (answers.get(i) instanceof Standing.NotRecorded not
          && not.code() != RefusalCode.DIGEST_UNKNOWN) {
        return new Found(views.get(i).log(), not);
      }
    }
    return new Found(views.get(0).log(), LogView.digestUnknown());
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
