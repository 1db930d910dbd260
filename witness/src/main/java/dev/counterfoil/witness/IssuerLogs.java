package dev.counterfoil.witness;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.verifier.HttpReadSide;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.ReadSide;
import dev.counterfoil.verifier.VerifierLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The logs of Counterfoil issuers: those that a trust policy pins, such as the key log, and those
 * that the key set states under its root (spec/keys.md). A log that was stated once stays: it keeps
 * its key for life, and an issuer that is away for an hour must not make its log unknown. After a
 * restart they are fetched again.
 */
final class IssuerLogs implements AutoCloseable {
  /** Most logs remembered: more than that an issuer makes only to exhaust the witness. */
  private static final int LOGS_MAX = 10_000;

  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);
  private static final System.Logger LOG = System.getLogger(IssuerLogs.class.getName());

  private final List<KeySetSource> sources = new ArrayList<>();
  private final ScheduledExecutorService scheduler;
  private final Set<NoteKey> stated = new LinkedHashSet<>();

  private IssuerLogs(ScheduledExecutorService scheduler) {
    this.scheduler = scheduler;
  }

  /** Follows the issuers of these policy files. */
  static IssuerLogs follow(List<Path> policies, InstantSource clock) throws IOException {
    List<TrustPolicy> parsed = new ArrayList<>();
    for (Path file : policies) {
      try {
        parsed.add(TrustPolicy.parse(Files.readAllBytes(file)));
      } catch (FormatException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      }
    }
    return follow(parsed, HttpReadSide.create(FETCH_TIMEOUT), clock, VerifierLimits.defaults());
  }

  static IssuerLogs follow(
      List<TrustPolicy> policies, ReadSide network, InstantSource clock, VerifierLimits limits) {
    IssuerLogs logs =
        new IssuerLogs(
            Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("key-sets").factory()));
    for (TrustPolicy policy : policies) {
      logs.stated.addAll(policy.logs());
      logs.sources.add(new KeySetSource(policy, network, clock, logs.scheduler, limits));
    }
    return logs;
  }

  /** The keys of every log that was stated. */
  synchronized List<NoteKey> keys() {
    for (KeySetSource source : sources) {
      source.current().ifPresent(this::remember);
    }
    return List.copyOf(stated);
  }

  private void remember(KeySet set) {
    for (KeySet.StatedLog log : set.logs()) {
      if (stated.size() < LOGS_MAX && stated.add(log.key())) {
        LOG.log(System.Logger.Level.INFO, "log {0} is cosigned now", log.key().name());
      }
    }
  }

  @Override
  public void close() {
    sources.forEach(KeySetSource::close);
    scheduler.shutdownNow();
  }
}
