package dev.counterfoil.witness;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

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
  private final List<ClockCheck> clocks = new ArrayList<>();

  private IssuerLogs(ScheduledExecutorService scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Follows the issuers of these policy files.
   *
   * @param own the witness's own keys, which say nothing of its clock
   */
  static IssuerLogs follow(List<Path> policies, List<CosignerKey> own, InstantSource clock)
      throws ConfigurationException {
    List<TrustPolicy> parsed = new ArrayList<>();
    for (Path file : policies) {
      try {
        parsed.add(TrustPolicy.parse(Files.readAllBytes(file)));
      } catch (FormatException e) {
        throw new ConfigurationException(file + ": " + e.getMessage(), e);
      } catch (IOException e) {
        throw new ConfigurationException("policy " + file + " cannot be read: " + e, e);
      }
    }
    return follow(
        parsed,
        own,
        HttpReadSide.create(FETCH_TIMEOUT),
        clock,
        System::nanoTime,
        VerifierLimits.defaults());
  }

  static IssuerLogs follow(
      List<TrustPolicy> policies,
      List<CosignerKey> own,
      ReadSide network,
      InstantSource clock,
      LongSupplier nanos,
      VerifierLimits limits) {
    IssuerLogs logs =
        new IssuerLogs(
            Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("key-sets").factory()));
    for (TrustPolicy policy : policies) {
      logs.stated.addAll(policy.logs());
      ClockCheck clocks = ClockCheck.by(policy.logPolicy(), own, clock, nanos);
      logs.clocks.add(clocks);
      ReadSide hearing =
          KeyLog.pinnedBy(policy)
              .<ReadSide>map(key -> new Hearing(policy, key, network, clocks))
              .orElse(network);
      logs.sources.add(new KeySetSource(policy, hearing, clock, logs.scheduler, limits));
    }
    return logs;
  }

  /**
   * How far this machine's clock is from the other witnesses' of an issuer, where that is further
   * than it may be: the most of all issuers. Nothing is refused for it, since an issuer names its
   * witnesses, and one of many is not to stop a witness for the others.
   */
  Duration clockOff() {
    return clocks.stream()
        .flatMap(one -> one.off().stream())
        .max(Comparator.comparing(Duration::abs))
        .orElse(Duration.ZERO);
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

  /** The network, and what the key log's cosigned checkpoint says of the time. By one thread. */
  private static final class Hearing implements ReadSide {
    private final String domain;
    private final NoteKey key;
    private final URI cosigned;
    private final ReadSide network;
    private final ClockCheck clocks;
    private boolean wasOff;

    Hearing(TrustPolicy policy, NoteKey key, ReadSide network, ClockCheck clocks) {
      this.domain = policy.domain();
      this.key = key;
      this.cosigned = URI.create(KeyLog.url(policy.issuer()) + "/" + LogSource.COSIGNED);
      this.network = network;
      this.clocks = clocks;
    }

    @Override
    public byte[] get(URI uri, int bytesMax) throws IOException {
      byte[] bytes = network.get(uri, bytesMax);
      if (uri.equals(cosigned)) {
        clocks.heard(bytes, key);
        tell(clocks.obstacle());
      }
      return bytes;
    }

    private void tell(Optional<String> off) {
      if (wasOff != off.isPresent()) {
        wasOff = off.isPresent();
        LOG.log(
            wasOff ? System.Logger.Level.ERROR : System.Logger.Level.INFO,
            "by the witnesses of {0} {1}",
            domain,
            off.orElse("this machine's clock is right again"));
      }
    }

    /** Heads alone are waited for; what the witnesses cosigned is read after each. */
    @Override
    public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
      return network.await(uri, bytesMax, hold);
    }
  }
}
