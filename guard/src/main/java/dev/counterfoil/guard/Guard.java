package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.verifier.StreamLimits;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.dpop.DpopNonces;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.ReportingClient;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The guard, put together: one verifier for all services, one listener for the proxies. */
public final class Guard implements AutoCloseable {
  private static final int REQUEST_LINE_MAX = 16 * 1024;

  /** A token, a proof and a certificate at their longest, and what else clients send. */
  private static final int HEADERS_MAX = 64 * 1024;

  /** A proxy asks with the head of a request alone. */
  private static final int PAYLOAD_MAX = 0;

  private static final int CONNECTIONS_MAX = 4096;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Listener web;
  private @Nullable GrpcDoor grpc;

  /**
   * Starts a guard that reads keys and logs over HTTP.
   *
   * @throws IOException when it cannot start; the message says why
   */
  public static Guard start(
      GuardConfiguration configuration, InstantSource clock, SecureRandom random)
      throws IOException {
    return start(
        configuration,
        HttpReadSide.create(VerifierLimits.defaults().fetchTimeout()),
        clock,
        random);
  }

  /** The same with another way to read. */
  static Guard start(
      GuardConfiguration configuration, ReadSide network, InstantSource clock, SecureRandom random)
      throws IOException {
    return new Guard(configuration, network, clock, random);
  }

  private Guard(
      GuardConfiguration configuration, ReadSide network, InstantSource clock, SecureRandom random)
      throws IOException {
    try {
      TrustPolicy policy = policy(configuration.policy());
      VerifierBuilder builder =
          Verifier.builder(policy).network(network).clock(clock).stapling(configuration.stapling());
      for (Path neighbour : configuration.neighbours()) {
        builder.neighbour(policy(neighbour));
      }
      @Nullable DpopNonces nonces = null;
      if (configuration.dpopNonces().isPresent()) {
        nonces = nonces(configuration.dpopNonces().get(), clock);
        builder.dpopNonces(nonces);
      }
      if (configuration.reporting().isPresent()) {
        SightingReporter reporter =
            reporter(configuration.reporting().get(), policy, clock, random);
        opened.push(reporter);
        if (configuration.letsForgedTokensIn()) {
          builder.reportedOnly(reporter);
        } else {
          builder.sightings(reporter);
        }
      }
      configuration.stream().ifPresent(stream -> receive(stream, builder));
      Verifier verifier = built(builder);
      opened.push(verifier);
      Map<String, GuardedService> services = new HashMap<>();
      for (GuardConfiguration.Service service : configuration.services()) {
        services.put(service.name(), new GuardedService(service, verifier, nonces));
      }
      FailedRequests failed = new FailedRequests();
      GuardMeters meters = new GuardMeters(verifier, failed);
      GuardJudge judge =
          new GuardJudge(
              services,
              configuration.proxies().stream()
                  .map(InetAddress::ofLiteral)
                  .collect(Collectors.toUnmodifiableSet()),
              configuration.clientCertificate().orElse(null),
              meters,
              failed,
              audit(configuration, policy, clock, random));
      GuardRoutes routes =
          new GuardRoutes(judge, Watchers.of(configuration.watchers()), verifier, meters);
      web = listen(configuration, routes, failed);
      opened.push(web);
      if (configuration.listenGrpc().isPresent()) {
        grpc =
            new GrpcDoor(
                configuration.listenGrpc().get().resolve(),
                configuration.readTimeout(),
                judge,
                verifier);
        opened.push(grpc);
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static TrustPolicy policy(Path file) throws IOException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new IOException(
          "there is no trust policy " + file + ": get it from the operator of your issuer", e);
    } catch (AccessDeniedException e) {
      throw new IOException(
          "trust policy " + file + " cannot be read by this process's user: run chmod 644 on it",
          e);
    } catch (FormatException e) {
      throw new IOException(file + " is no trust policy: " + e.getMessage(), e);
    }
  }

  private static void receive(GuardConfiguration.Stream stream, VerifierBuilder builder) {
    StreamLimits usual = StreamLimits.defaults();
    StreamLimits limits =
        new StreamLimits(
            stream.outage(), stream.leaves(), Math.min(usual.backfill(), stream.leaves()));
    if (stream.audience().isPresent()) {
      builder.streamOf(stream.audience().get(), limits);
      return;
    }
    builder.stream(limits).shareLeaves();
    stream.neighbour().ifPresent(builder::leavesFrom);
    stream.socket().ifPresent(socket -> builder.shareLeavesAt(socket.path()));
  }

  private static Verifier built(VerifierBuilder builder) throws IOException {
    try {
      return builder.build();
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage() + ": " + e.getCause(), e);
    }
  }

  private static DpopNonces nonces(GuardConfiguration.Nonces settings, InstantSource clock)
      throws IOException {
    byte[] secret = settings.secret().read();
    try {
      return new DpopNonces(secret, settings.period(), clock);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          settings.secret().path()
              + " must hold at least "
              + DpopNonces.SECRET_BYTES_MIN
              + " random bytes",
          e);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static SightingReporter reporter(
      GuardConfiguration.Reporting settings,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    return SightingReporter.start(
        new ReportingClient(
            settings.monitor(),
            settings.audience(),
            settings.instance(),
            settings.clientId(),
            settings.clientKey().path()),
        policy.issuer(),
        clock,
        random);
  }

  private @Nullable GuardAudit audit(
      GuardConfiguration configuration,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    Optional<GuardConfiguration.Reporting> reporting = configuration.reporting();
    if (reporting.isEmpty() || reporting.get().auditSpool().isEmpty()) {
      return null;
    }
    GuardAudit audit =
        GuardAudit.start(
            reporting.get(), reporting.get().auditSpool().get(), policy, clock, random);
    opened.push(audit);
    return audit;
  }

  private static Listener listen(
      GuardConfiguration configuration, GuardRoutes routes, FailedRequests failed) {
    return Listener.start(
        new Listener.Settings(
            configuration.listen().resolve(),
            REQUEST_LINE_MAX,
            HEADERS_MAX,
            PAYLOAD_MAX,
            false,
            CONNECTIONS_MAX,
            configuration.readTimeout(),
            new ClientAddress(configuration.proxies())),
        Problem.Form.TEXT,
        failed,
        routes::register);
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  /** The port of its gRPC listener, where it has one. */
  public OptionalInt grpcPort() {
    GrpcDoor door = grpc;
    return door == null ? OptionalInt.empty() : OptionalInt.of(door.port());
  }

  /** Stops answering, and sends the last sightings. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        System.getLogger(Guard.class.getName())
            .log(System.Logger.Level.WARNING, "while stopping", e);
      }
    }
  }
}
