package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.QuietLogger;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.SightingReporter;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many services in this process: each with a verifier, a connection to the authority on which it
 * waits for changes, and a reporter of its own. Any of them can be cut off from everything. What
 * they would warn their operators of is what the drill is about, so none of it goes to the log.
 */
final class VerifierCrowd implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Each reads on a thread of its own for a moment; few threads would have them queue. */
  private static final int THREADS = 64;

  /** Many at once on a machine that issues as well: none gives up early what it asks for. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration TIP_WAIT = Duration.ofSeconds(5);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(THREADS);
  private final List<Member> members = new ArrayList<>();
  private final QuietLogger quiet = QuietLogger.of("dev.counterfoil.verifier");

  /** One service. */
  static final class Member implements AutoCloseable {
    private final String name;
    private final Verifier verifier;
    private final SightingReporter reporter;
    private final ConcurrentSkipListMap<Long, Long> heldSince = new ConcurrentSkipListMap<>();
    private final AtomicLong requests = new AtomicLong();
    private volatile boolean cutOff;

    private Member(
        String name,
        TrustPolicy policy,
        ScheduledExecutorService scheduler,
        HttpClient http,
        DemoService service,
        AccessTokenSource tokens,
        InstantSource clock)
        throws IOException {
      this.name = name;
      this.reporter =
          service.reporter(
              name,
              rejected -> {
                requireConnected();
                return tokens.accessToken(rejected);
              },
              http);
      this.verifier =
          Verifier.builder(policy)
              .scheduler(scheduler)
              .limits(VerifierLimits.defaults().withWaits(PATIENCE, TIP_WAIT))
              .network(new Line(new HttpReadSide(http, TIMEOUT)))
              .sightings(new Noting())
              .clock(clock)
              .build();
    }

    private void requireConnected() throws IOException {
      if (cutOff) {
        throw new IOException("cut off");
      }
    }

    /** Its way to the authority. */
    private final class Line implements ReadSide {
      private final HttpReadSide http;

      Line(HttpReadSide http) {
        this.http = http;
      }

      @Override
      public byte[] get(URI uri, int bytesMax) throws IOException {
        requireConnected();
        requests.incrementAndGet();
        return http.get(uri, bytesMax);
      }

      @Override
      public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
        requests.incrementAndGet();
        return http.await(uri, bytesMax, hold)
            .thenCompose(
                body ->
                    cutOff
                        ? CompletableFuture.failedFuture(new IOException("cut off"))
                        : CompletableFuture.completedFuture(body));
      }
    }

    /** Notes when what it says came to hold, and passes it on. */
    private final class Noting implements SightingSink {
      @Override
      public void report(Sighting sighting) {
        reporter.report(sighting);
      }

      @Override
      public void acknowledge(Acknowledgement acknowledgement) {
        heldSince.putIfAbsent(acknowledgement.keyLog().size(), System.nanoTime());
        reporter.acknowledge(acknowledgement);
      }

      @Override
      public String instance() {
        return reporter.instance();
      }
    }

    String name() {
      return name;
    }

    boolean isCutOff() {
      return cutOff;
    }

    /** From now on it reaches nobody. */
    void cutOff() {
      cutOff = true;
    }

    boolean isReady() {
      return verifier.isReady();
    }

    /** When it came to hold so much of the key log, in System.nanoTime; null while it does not. */
    @org.jspecify.annotations.Nullable
    Long heldSince(long keyLogSize) {
      var entry = heldSince.ceilingEntry(keyLogSize);
      return entry == null ? null : entry.getValue();
    }

    Verification verify(String token, Expectations expectations) {
      return verifier.verify(token, expectations);
    }

    @Override
    public void close() {
      verifier.close();
    }
  }

  /** Starts so many services of a domain, as processes of the installation's demo client. */
  VerifierCrowd(TrustPolicy policy, DemoService service, int count, InstantSource clock)
      throws IOException {
    AccessTokenSource tokens = service.tokens(http);
    for (int i = 0; i < count; i++) {
      members.add(
          new Member("service-%04d".formatted(i), policy, scheduler, http, service, tokens, clock));
    }
  }

  List<Member> members() {
    return List.copyOf(members);
  }

  /** How often all of them asked the issuer for something. */
  long requests() {
    return members.stream().mapToLong(member -> member.requests.get()).sum();
  }

  List<Member> connected() {
    return members.stream().filter(member -> !member.isCutOff()).toList();
  }

  @Override
  public void close() {
    members.forEach(Member::close);
    scheduler.shutdownNow();
    // First: nobody waits to say goodbye to a monitor that ends as well.
    http.shutdownNow();
    try (var closing = Executors.newVirtualThreadPerTaskExecutor()) {
      members.forEach(member -> closing.execute(member.reporter::close));
    }
    quiet.close();
  }
}
