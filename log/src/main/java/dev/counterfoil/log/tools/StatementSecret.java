package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;

/**
 * The secret from which the salts of stated counts follow (spec/custody.md): whoever states can
 * make the same statement again, and nobody else can link two.
 */
public final class StatementSecret {
  private static final String FILE = "statement.secret";

  private StatementSecret() {}

  /**
   * Reads it, or makes it in a folder that has none.
   *
   * @param disk a folder for its owner alone
   * @return 32 bytes
   * @throws IOException also when the file is damaged
   */
  public static byte[] openOrMake(FileDisk disk, SecureRandom random) throws IOException {
    try {
      byte[] known = disk.read(FILE, Hash.BYTES);
      if (known.length == Hash.BYTES) {
        return known;
      }
      throw new IOException(FILE + " in " + disk + " is damaged: remove it, and another is made");
    } catch (NoSuchFileException e) {
      byte[] fresh = new byte[Hash.BYTES];
      random.nextBytes(fresh);
      disk.replace(FILE, fresh);
      return fresh;
    }
  }
}
