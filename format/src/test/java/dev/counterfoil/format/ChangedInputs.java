package dev.counterfoil.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * Inputs near a good one, the same ones for each seed: a few of its bytes changed, dropped, doubled
 * or moved. What tests of parsers run beside what a fuzzer finds.
 */
public final class ChangedInputs {
  /** Stretches that are dropped, doubled or moved, in bytes. */
  private static final int STRETCH_MAX = 24;

  private static final byte[] SYNTAX =
      "{}[]\",:.+/=_-&%0 \t\n\r\u0000~e".getBytes(StandardCharsets.US_ASCII);

  private final Random random;

  /** The inputs of a seed. */
  public ChangedInputs(long seed) {
    this.random = new Random(seed);
  }

  /** Another input near a good one; one in eight of them is the good one itself. */
  public byte[] of(byte[] good) {
    byte[] bytes = good.clone();
    int changes = random.nextInt(8);
    for (int i = changes > 4 ? 4 - changes / 2 : changes; i > 0 && bytes.length > 0; i--) {
      bytes = once(bytes);
    }
    return bytes;
  }

  /** The same of a text. */
  public String of(String good) {
    return new String(of(good.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
  }

  private byte[] once(byte[] bytes) {
    int at = random.nextInt(bytes.length);
    int to = at + random.nextInt(Math.min(STRETCH_MAX, bytes.length - at) + 1);
    switch (random.nextInt(7)) {
      case 0 -> bytes[at] = (byte) random.nextInt(256);
      case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> bytes[at] = SYNTAX[random.nextInt(SYNTAX.length)];
      case 3 -> {
        return joined(Arrays.copyOf(bytes, to), bytes, at);
      }
      case 4 -> {
        return joined(Arrays.copyOf(bytes, at), bytes, to);
      }
      case 5 -> Arrays.fill(bytes, at, to, (byte) (random.nextBoolean() ? 0 : 0xff));
      default -> {
        return Arrays.copyOf(bytes, at);
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] head, byte[] source, int tailFrom) {
    byte[] joined = Arrays.copyOf(head, head.length + source.length - tailFrom);
    System.arraycopy(source, tailFrom, joined, head.length, source.length - tailFrom);
    return joined;
  }
}
