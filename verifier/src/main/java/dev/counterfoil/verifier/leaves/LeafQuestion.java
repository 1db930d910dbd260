package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.TokenId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What a neighbour asks on a Unix socket (spec/leaves.md): {@code LOG FROM WAIT}, the wait in
 * milliseconds, and a line feed.
 *
 * @param log short name of the log
 * @param from position of the first leaf
 * @param hold for how long to wait for one that is not there yet
 */
public record LeafQuestion(String log, long from, Duration hold) {
  /** Longest question, without its line feed. */
  public static final int BYTES_MAX = 16 + 1 + 15 + 1 + 4;

  private static final long WAIT_MILLIS_MAX = 5_000;

  /** Reads a question without its line feed. */
  public static LeafQuestion parse(byte[] bytes) throws FormatException {
    if (bytes.length > BYTES_MAX) {
      throw new FormatException("question is too long");
    }
    String[] words = new String(bytes, StandardCharsets.ISO_8859_1).split(" ", -1);
    if (words.length != 3 || !TokenId.isLogName(words[0])) {
      throw new FormatException("question is not a log, a position and a wait");
    }
    return new LeafQuestion(
        words[0],
        Decimal.parse(words[1], TokenId.POSITION_LIMIT - 1),
        Duration.ofMillis(Decimal.parse(words[2], WAIT_MILLIS_MAX)));
  }

  /** The question with its line feed. */
  public byte[] bytes() {
    return (log + " " + from + " " + hold.toMillis() + "\n").getBytes(StandardCharsets.US_ASCII);
  }
}
