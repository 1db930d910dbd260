package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * The hint of a key that a process keeps in the clear and that signs no tokens, beside its public
 * half: by it the dump gate finds the private one in an image of the process's memory
 * (docs/decisions/scan-hints.md). As confidential as the folder it lies in.
 */
public final class HintFile {
  private static final int BYTES_MAX = 4096;

  private HintFile() {}

  /**
   * Writes it where there is none, as before hints were kept, or one of another key.
   *
   * @param label of the key's files
   * @param pkcs8 the private half
   * @param algorithm JOSE name of what it signs with
   */
  public static void keep(Disk disk, String label, byte[] pkcs8, String algorithm)
      throws IOException, GeneralSecurityException {
    String file = label + ".hint";
    byte[] hint;
    try {
      hint = KeyHint.of(pkcs8, algorithm).text().getBytes(StandardCharsets.US_ASCII);
    } catch (FormatException e) {
      throw new GeneralSecurityException("the key of " + file + " in " + disk + " is damaged", e);
    }
    if (!Arrays.equals(hint, there(disk, file))) {
      disk.replace(file, hint);
    }
  }

  private static byte[] there(Disk disk, String file) throws IOException {
    try {
      return disk.read(file, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }
}
