package dev.counterfoil.benchmarks;

import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Verifying tokens of a throwaway installation, with proof of issuance by tiles, which are cached
 * after the first of them. The command that starts the forks has started the installation.
 */
@State(Scope.Benchmark)
public class VerifierBenchmark {
  /**
   * Verified tokens that are remembered by the verifier that sees each token first: as good as
   * none.
   */
  private static final int FORGETFUL = 1;

  private static final int TILES = 1024;
  private static final int ATTEMPTS_MAX = 100;
  private static final long PAUSE_MILLIS = 100;

  private final Expectations expectations =
      Expectations.audience(CounterfoilServer.AUDIENCE).accessToken().anyTenant().bearerAllowed();
  private List<String> tokens = List.of();
  private final List<byte[]> inputs = new ArrayList<>();
  private final List<byte[]> signatures = new ArrayList<>();
  private @Nullable Signature raw;
  private @Nullable Verifier remembering;
  private @Nullable Verifier forgetting;
  private int next;

  /** Starts two verifiers and lets each fetch keys and tiles. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    tokens = Files.readAllLines(Path.of(System.getProperty(MicroCommand.TOKENS)));
    raw = RawCheck.of(tokens.get(0), Path.of(System.getProperty(MicroCommand.KEYS)));
    for (String token : tokens) {
      inputs.add(RawCheck.input(token));
      signatures.add(RawCheck.signature(token));
    }
    TrustPolicy policy =
        TrustPolicy.parse(Files.readAllBytes(Path.of(System.getProperty(MicroCommand.POLICY))));
    remembering = Verifier.builder(policy).build();
    forgetting =
        Verifier.builder(policy)
            .limits(VerifierLimits.defaults().withMemory(FORGETFUL, TILES))
            .build();
    for (Verifier verifier : List.of(remembering, forgetting)) {
      for (int i = 0; !verifier.isReady() && i < ATTEMPTS_MAX; i++) {
        Thread.sleep(PAUSE_MILLIS);
      }
      for (String token : tokens) {
        require(verifier.verify(token, expectations));
      }
    }
  }

  /** Ends them. */
  @TearDown(Level.Trial)
  public void close() {
    opened(remembering).close();
    opened(forgetting).close();
  }

  /**
   * The signature alone, with AWS-LC, of the same tokens: what no check can be faster than. Each is
   * another one than the last, since a processor learns its way through one that it sees again.
   */
  @Benchmark
  public boolean rawSignature() throws SignatureException {
    int i = next++ % tokens.size();
    Signature check = raw;
    if (check == null) {
      throw new IllegalStateException("the raw check is not open");
    }
    check.update(inputs.get(i));
    if (!check.verify(signatures.get(i))) {
      throw new IllegalStateException("an honest token's signature is not good");
    }
    return true;
  }

  /** A token that was not seen before: everything is checked. */
  @Benchmark
  public Verification firstSight() {
    return require(opened(forgetting).verify(tokens.get(next++ % tokens.size()), expectations));
  }

  /** A token that was verified before. */
  @Benchmark
  public Verification cacheHit() {
    return require(opened(remembering).verify(tokens.get(next++ % tokens.size()), expectations));
  }

  private static Verifier opened(@Nullable Verifier verifier) {
    if (verifier == null) {
      throw new IllegalStateException("the verifier is not open");
    }
    return verifier;
  }

  private static Verification require(Verification verification) {
    if (!verification.isVerified()) {
      throw new IllegalStateException("an honest token is refused: " + verification);
    }
    return verification;
  }
}
