package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;

/**
 * One version of a root, by its hash: all that a verifier needs to hold. The version itself stands
 * in the key log; those before it follow from it by their hashes, those after it by their
 * signatures.
 *
 * @param version the version
 * @param hash SHA-256 of its signed bytes
 */
public record RootPin(long version, Hash hash) {
  public RootPin {
    if (version < 1) {
      throw new IllegalArgumentException("a root's versions count from 1");
    }
  }

  /** Reads {@code <version> <hash>}, as in a policy's line. */
  public static RootPin parse(String version, String hash) throws FormatException {
    if (!version.matches("[1-9][0-9]{0,8}")) {
      throw new FormatException("root's version is no number from 1 on");
    }
    return new RootPin(Long.parseLong(version), Hash.parseHex(hash));
  }

  /** Reads both with a space between them, as in a configuration. */
  public static RootPin parse(String text) throws FormatException {
    String[] words = text.strip().split(" +", -1);
    if (words.length != 2) {
      throw new FormatException("root is not pinned by version and SHA-256");
    }
    return parse(words[0], words[1]);
  }

  /** Version and hash in hexadecimal, with a space between them. */
  @Override
  public String toString() {
    return version + " " + hash.hex();
  }
}
