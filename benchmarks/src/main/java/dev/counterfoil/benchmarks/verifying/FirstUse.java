package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A service that has just started and gets its first tokens: {@code POLICY TOKENS PROOF}, a token
 * and the proof that a client sends with it in each line. Says how long it took, in microseconds:
 * from the start of the process until the first token was verified, until the verifier had its
 * keys, and for the first, the second and the thousandth token.
 */
public final class FirstUse {
  private static final int REMEMBERED = 1;
  private static final int WARM = 1000;

  private FirstUse() {}

  public static void main(String[] arguments) throws Exception {
    List<String> tokens = Files.readAllLines(Path.of(arguments[1]));
    long begun = System.nanoTime();
    try (Verifier verifier =
        BenchedVerifier.open(
            Path.of(arguments[0]), REMEMBERED, BenchedVerifier.Proof.valueOf(arguments[2]))) {
      long ready = micros(begun);
      long first = first(verifier, tokens.get(0));
      Instant started = ProcessHandle.current().info().startInstant().orElseThrow();
      long cold = Duration.between(started, Instant.now()).toNanos() / 1000;
      long second = first(verifier, tokens.get(1));
      for (int i = 2; i < WARM; i++) {
        first(verifier, tokens.get(i % tokens.size()));
      }
      long warm = first(verifier, tokens.get(0));
      System.out.println(cold + " " + ready + " " + first + " " + second + " " + warm);
    }
    System.exit(0);
  }

  private static long first(Verifier verifier, String line) {
    int space = line.indexOf(' ');
    String token = line.substring(0, space);
    RequestContext request = RequestContext.none().withStapledProof(line.substring(space + 1));
    long begun = System.nanoTime();
    BenchedVerifier.require(verifier.verify(token, BenchedVerifier.BEARER, request));
    return micros(begun);
  }

  private static long micros(long begunNanos) {
    return (System.nanoTime() - begunNanos) / 1000;
  }
}
