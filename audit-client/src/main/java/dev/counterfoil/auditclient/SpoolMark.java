package dev.counterfoil.auditclient;

import dev.counterfoil.auditclient.SpoolDisk.SpoolFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Small files of a spool with one line each: its stream's name, and how far it was delivered. */
final class SpoolMark {
  private static final int BYTES_MAX = 512;

  private SpoolMark() {}

  static byte[] of(String text) {
    return (text + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** What a file says; empty where there is none, or nothing in it. */
  static Optional<String> read(SpoolDisk disk, String name) throws IOException {
    try (SpoolFile file = disk.openToRead(name)) {
      ByteBuffer content = ByteBuffer.allocate(BYTES_MAX);
      int length = file.read(content, 0);
      String text = new String(content.array(), 0, length, StandardCharsets.US_ASCII).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  static long number(String text) {
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      // Written without a sync: after a crash it may be anything, and all is delivered once more.
      return 0;
    }
  }

  /** A new stream's name. */
  static String name(String prefix, RandomGenerator random) {
    return prefix + "-" + Integer.toHexString(random.nextInt() | 0x1000_0000);
  }
}
