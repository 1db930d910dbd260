package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.benchmarks.verifying.BenchedVerifier.Proof;
import dev.counterfoil.benchmarks.verifying.BenchedVerifier.Signed;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Verifying tokens of a throwaway installation, with proof of issuance by tiles, which are cached
 * after the first of them.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH opens it before a benchmark
public class VerifierBenchmark {
  @Param("")
  public String run;

  private List<String> tokens;
  private final List<Signed> signed = new ArrayList<>();
  private Signature raw;
  private Verifier remembering;

  /** Remembers one token: as good as none. */
  private Verifier forgetting;

  private int next;

  /** Starts two verifiers and lets each fetch keys and tiles. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    Path folder = Path.of(run);
    tokens = Files.readAllLines(folder.resolve(BenchedVerifier.TOKENS));
    for (String token : tokens) {
      signed.add(new Signed(token));
    }
    raw = BenchedVerifier.raw(tokens.getFirst(), folder.resolve(BenchedVerifier.KEYS));
    Path policy = folder.resolve(BenchedVerifier.POLICY);
    remembering = BenchedVerifier.open(policy, 2 * tokens.size(), Proof.TILES);
    forgetting = BenchedVerifier.open(policy, 1, Proof.TILES);
    for (String token : tokens) {
      BenchedVerifier.require(remembering.verify(token, BenchedVerifier.BEARER));
      BenchedVerifier.require(forgetting.verify(token, BenchedVerifier.BEARER));
    }
  }

  /** Ends them. */
  @TearDown(Level.Trial)
  public void close() {
    remembering.close();
    forgetting.close();
  }

  /**
   * The signature alone, with AWS-LC, of the same tokens: what no check can be faster than. Each is
   * another one than the last, since a processor learns its way through one that it sees again.
   */
  @Benchmark
  public boolean rawSignature() throws GeneralSecurityException {
    signed.get(next++ % tokens.size()).check(raw);
    return true;
  }

  /** A token that was not seen before: everything is checked. */
  @Benchmark
  public Verification firstSight() {
    return BenchedVerifier.require(
        forgetting.verify(tokens.get(next++ % tokens.size()), BenchedVerifier.BEARER));
  }

  /** A token that was verified before. */
  @Benchmark
  public Verification cacheHit() {
    return BenchedVerifier.require(
        remembering.verify(tokens.get(next++ % tokens.size()), BenchedVerifier.BEARER));
  }
}
