package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What garbage and attacks cost: none more than a good token that is seen for the first time. */
@State(Scope.Benchmark)
public class AttackBenchmark {
  private static final int LONG = 16 * 1024;
  private static final int HEADER_CHARS = 140;

  /** What is presented. */
  public enum Presented {
    /** Nothing. */
    EMPTY,
    /** 16 KiB that are no token. */
    LONG_GARBAGE,
    /** A megabyte. */
    MEGABYTE,
    /** 16 KiB of dots. */
    DOTS,
    /** A good token with a letter in front that is none of ASCII. */
    NOT_ASCII,
    /** A good token whose signature has one bit flipped. */
    BIT_FLIPPED,
    /** A good token that names a key which nobody stated. */
    UNKNOWN_KEY,
    /** A good token that says it needs no signature. */
    ALG_NONE,
    /** 16 KiB of claims: brackets. */
    DEEP_CLAIMS,
    /** 16 KiB of claims: members. */
    MANY_CLAIMS,
    /** 16 KiB of claims: one text. */
    LONG_CLAIM,
    /** 16 KiB of claims: numbers of eighteen digits. */
    NUMBERS
  }

  /** Each for itself. */
  @Param
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public Presented presented;

  @Param("")
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public String run;

  private String text = "";

  @SuppressWarnings("NullAway.Init") // made in open
  private Verifier verifier;

  /** Starts a verifier, and has it refuse what is presented. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    Path folder = Path.of(run);
    String good = Files.readAllLines(folder.resolve(BenchedVerifier.TOKENS)).getFirst();
    text = text(presented, good);
    verifier =
        BenchedVerifier.open(
            folder.resolve(BenchedVerifier.POLICY), 1, BenchedVerifier.Proof.TILES);
    BenchedVerifier.require(verifier.verify(good, BenchedVerifier.BEARER));
    if (verifier.verify(text, BenchedVerifier.BEARER).isVerified()) {
      throw new IllegalStateException("an attack passes: nothing is measured");
    }
  }

  private static String text(Presented presented, String good) {
    String[] parts = good.split("\\.", -1);
    return switch (presented) {
      case EMPTY -> "";
      case LONG_GARBAGE -> "garbage ".repeat(LONG / 8);
      case MEGABYTE -> "A".repeat(1024 * 1024);
      case DOTS -> ".".repeat(LONG);
      case NOT_ASCII -> "\u0435" + good.substring(1);
      case BIT_FLIPPED -> flipped(good);
      case UNKNOWN_KEY ->
          header(
              "{\"alg\":\"ES256\",\"kid\":\"" + "A".repeat(43) + "\",\"typ\":\"at+jwt\"}", parts);
      case ALG_NONE ->
          header("{\"alg\":\"none\",\"kid\":\"" + "A".repeat(43) + "\",\"typ\":\"at+jwt\"}", parts);
      case DEEP_CLAIMS -> claims(parts, "{\"a\":" + "[".repeat(room() - 6));
      case MANY_CLAIMS -> claims(parts, many());
      case LONG_CLAIM -> claims(parts, "{\"a\":\"" + "x".repeat(room() - 8) + "\"}");
      case NUMBERS ->
          claims(
              parts,
              "{\"a\":[" + "9".repeat(18) + ("," + "8".repeat(18)).repeat(room() / 19 - 2) + "]}");
    };
  }

  /** In the middle: the last character has bits that must be zero. */
  private static String flipped(String good) {
    int at = good.length() - 40;
    return good.substring(0, at) + (good.charAt(at) == 'A' ? 'B' : 'A') + good.substring(at + 1);
  }

  private static String header(String header, String[] parts) {
    return encoded(header) + "." + parts[1] + "." + parts[2];
  }

  private static String claims(String[] parts, String claims) {
    return parts[0] + "." + encoded(claims) + "." + parts[2];
  }

  private static String encoded(String json) {
    return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes of claims that a token of the longest length has room for. */
  private static int room() {
    return (LONG - HEADER_CHARS - 88) / 4 * 3;
  }

  private static String many() {
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; json.length() < room() - 20; i++) {
      json.append("\"m").append(i).append("\":0,");
    }
    return json.append("\"z\":0}").toString();
  }

  /** Ends it. */
  @TearDown(Level.Trial)
  public void close() {
    verifier.close();
  }

  /** One refusal. */
  @Benchmark
  public Verification refusal() {
    return verifier.verify(text, BenchedVerifier.BEARER);
  }
}
