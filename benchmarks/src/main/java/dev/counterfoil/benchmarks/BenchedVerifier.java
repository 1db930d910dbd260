package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.HttpReadSide;
import dev.counterfoil.verifier.ReadSide;
import dev.counterfoil.verifier.SightingSink;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.StreamState;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.VerifierLimits;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A verifier as benchmarks use it: of a throwaway installation, ready. */
final class BenchedVerifier {
  /** Where tokens are proved. */
  enum Mode {
    /** By tiles of the log, which are fetched once. */
    TILES,
    /** By a proof that the authority gives for each token. */
    ONLINE,
    /** By a proof that the client sends. */
    STAPLED,
    /** By every leaf, received as it is recorded. */
    STREAM,
    /** By tiles, and let in all the same where there are none. */
    REPORT
  }

  private static final Duration FETCH_MAX = Duration.ofSeconds(5);
  private static final int ATTEMPTS_MAX = 10_000;
  private static final long PAUSE_MILLIS = 1;
  private static final int TILES = 1024;

  private BenchedVerifier() {}

  static final Expectations BEARER =
      Expectations.audience(CounterfoilServer.AUDIENCE).accessToken().anyTenant().bearerAllowed();

  /**
   * Starts one and waits until it has the keys.
   *
   * @param tokensMax verified tokens that it remembers
   */
  static Verifier open(Path policy, int tokensMax, Mode mode)
      throws IOException, FormatException, InterruptedException {
    VerifierBuilder builder =
        Verifier.builder(TrustPolicy.parse(Files.readAllBytes(policy)))
            .limits(VerifierLimits.defaults().withMemory(tokensMax, TILES))
            .network(network(mode));
    VerifierBuilder inMode =
        switch (mode) {
          case TILES, ONLINE -> builder;
          case STAPLED -> builder.stapling(Stapling.REQUIRED);
          case STREAM -> builder.stream();
          case REPORT -> builder.reportedOnly(SightingSink.none());
        };
    Verifier verifier = inMode.build();
    for (int i = 0; !isReady(verifier, mode) && i < ATTEMPTS_MAX; i++) {
      Thread.sleep(PAUSE_MILLIS);
    }
    return verifier;
  }

  private static boolean isReady(Verifier verifier, Mode mode) {
    return verifier.isReady()
        && (mode != Mode.STREAM
            || (!verifier.streams().isEmpty()
                && verifier.streams().stream().allMatch(StreamState::isRunning)));
  }

  private static ReadSide network(Mode mode) {
    ReadSide http = HttpReadSide.create(FETCH_MAX);
    return switch (mode) {
      case TILES, STAPLED, STREAM, REPORT -> http;
      case ONLINE ->
          (uri, bytesMax) -> {
            if (uri.getPath().contains("/tile/") && !uri.getPath().contains("/logs/keys/")) {
              throw new FileNotFoundException("status 404");
            }
            return http.get(uri, bytesMax);
          };
    };
  }

  static Verification require(Verification verification) {
    if (!verification.isVerified()) {
      throw new IllegalStateException("an honest token is refused: " + verification);
    }
    return verification;
  }
}
