package dev.counterfoil.drills.rotation;

import dev.counterfoil.disclosure.promises.KeyLives;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseMeasure;
import dev.counterfoil.disclosure.promises.PromiseVerdict;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.promises.PublicHistory.KeyLife;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The promise that keys follow each other, evaluated as anybody does it: from the key log. */
final class RotationPromise {
  /** A rotator that runs is no later than it was before, but for so much. */
  private static final long SLACK_SECONDS = 5;

  private final TrustPolicy policy;
  private final InstantSource clock;
  private final Promise promise;

  private RotationPromise(TrustPolicy policy, InstantSource clock, long boundSeconds) {
    this.policy = policy;
    this.clock = clock;
    this.promise =
        new Promise(
            "rotation",
            "A key is followed by the next one within %d seconds.".formatted(boundSeconds),
            PromiseMeasure.ROTATION_ON_TIME,
            Duration.ofSeconds(boundSeconds),
            Instant.EPOCH);
  }

  /** What a domain has kept until now: a machine that is slow has longer times. */
  static RotationPromise asKept(TrustPolicy policy, InstantSource clock)
      throws IOException, FormatException {
    PublicHistory history = history(policy, clock);
    Map<String, Long> last = new HashMap<>();
    long longest = 0;
    List<KeyLife> begun =
        history.keys().stream()
            .filter(key -> key.from() <= history.asOf())
            .sorted((one, other) -> Long.compare(one.from(), other.from()))
            .toList();
    for (KeyLife key : begun) {
      Long before = last.put(key.line(), key.from());
      longest = before == null ? longest : Math.max(longest, key.from() - before);
    }
    return new RotationPromise(policy, clock, longest + SLACK_SECONDS);
  }

  private static PublicHistory history(TrustPolicy policy, InstantSource clock)
      throws IOException, FormatException {
    KeyAudit audit = KeyAudit.read(policy, HttpReadSide.create(Await.PATIENCE), clock.instant());
    return KeyLives.of(audit.history().lives(), audit.asOf());
  }

  boolean isKept() throws IOException, FormatException {
    return verdict().state() == PromiseVerdict.State.KEPT;
  }

  /** What the verdict says now. */
  String text() throws IOException, FormatException {
    PromiseVerdict verdict = verdict();
    return "%s %s%s"
        .formatted(
            promise.sentence(),
            verdict.state().text(),
            verdict.broken().isEmpty() ? "" : ": " + verdict.broken().getFirst().what());
  }

  private PromiseVerdict verdict() throws IOException, FormatException {
    return PromiseVerdict.of(promise, history(policy, clock));
  }
}
