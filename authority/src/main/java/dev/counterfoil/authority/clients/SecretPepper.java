package dev.counterfoil.authority.clients;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key under which a domain hashes the secrets of its clients: HMAC-SHA-256. Secrets are made
 * here and have 256 random bits, so nobody can try them out, and a slow password hash would only
 * serve whoever wants to keep the token endpoint busy. The pepper keeps a stolen database from
 * being of use even for checking a guess.
 */
final class SecretPepper {
  private static final int BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";

  /** Keyed and never used: a copy of it costs a fraction of keying another. */
  private final Mac keyed;

  private SecretPepper(byte[] bytes) {
    try {
      this.keyed = Mac.getInstance(ALGORITHM, "SunJCE");
      keyed.init(new SecretKeySpec(bytes, ALGORITHM));
    } catch (NoSuchAlgorithmException | NoSuchProviderException | InvalidKeyException e) {
      throw new IllegalStateException("the platform has " + ALGORITHM, e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Reads the pepper. */
  static SecretPepper read(Path file) throws IOException {
    byte[] bytes = SecretFile.at(file).read();
    if (bytes.length != BYTES) {
      throw new IOException(
          file + " has " + bytes.length + " bytes instead of 32: restore it from a backup");
    }
    return new SecretPepper(bytes);
  }

  /** Makes the pepper of a new store, whole or not at all. */
  static SecretPepper create(Path file, SecureRandom random) throws IOException {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh,
        PosixFilePermissions.asFileAttribute(
            EnumSet.copyOf(PosixFilePermissions.fromString("rw-------"))));
    Files.write(fresh, bytes, StandardOpenOption.SYNC);
    Files.move(fresh, file);
    return new SecretPepper(bytes);
  }

  /** A new secret: 256 random bits in base64url. */
  static String newSecret(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  /** The keyed hash of a secret. */
  Hash mac(byte[] secret) {
    try {
      return Hash.of(((Mac) keyed.clone()).doFinal(secret));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the platform's " + ALGORITHM + " can be copied", e);
    }
  }
}
