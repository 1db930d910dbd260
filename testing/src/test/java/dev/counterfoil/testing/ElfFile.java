package dev.counterfoil.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Which machine a program or library is for, as it says itself (ELF, e_machine). */
final class ElfFile {
  static final int X86_64 = 62;
  static final int AARCH64 = 183;

  private static final int MAGIC = 0x464c457f;
  private static final int HEAD = 20;

  private ElfFile() {}

  /** Empty for a file of another kind. */
  static OptionalInt machine(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      ByteBuffer head = ByteBuffer.wrap(in.readNBytes(HEAD)).order(ByteOrder.LITTLE_ENDIAN);
      return head.limit() == HEAD && head.getInt(0) == MAGIC
          ? OptionalInt.of(head.getShort(18))
          : OptionalInt.empty();
    }
  }
}
