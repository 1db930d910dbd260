package dev.counterfoil.signin;

import dev.counterfoil.format.bytes.Base64Url;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.EnumSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Which browsers a person signed in at before, by a cookie that they keep. It proves nothing but
 * that strangers' attempts are not theirs, so that those lock nobody out.
 */
final class KnownBrowsers {
  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  private KnownBrowsers(byte[] key) {
    this.key = new SecretKeySpec(key, "HmacSHA256");
  }

  /** Reads the key, and makes it where there is none. */
  static KnownBrowsers open(Path file, SecureRandom random) throws IOException {
    if (!Files.exists(file)) {
      byte[] made = new byte[KEY_BYTES];
      random.nextBytes(made);
      Path half = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(half);
      try (FileChannel channel =
          FileChannel.open(
              half,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        channel.write(ByteBuffer.wrap(made));
        // Or an empty file may stand here after a power failure, and the process does not start.
        channel.force(true);
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    }
    byte[] key = Files.readAllBytes(file);
    if (key.length != KEY_BYTES) {
      throw new IOException(
          file
              + " is not the key that was made. Remove it: people then sign in as at new browsers.");
    }
    return new KnownBrowsers(key);
  }

  /** What a browser of a person keeps. */
  String cookie(String subject) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return Base64Url.encode(
          mac.doFinal(("known browser of " + subject).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a browser is one of a person's. */
  boolean isOf(String subject, String cookie) {
    return MessageDigest.isEqual(
        cookie(subject).getBytes(StandardCharsets.UTF_8), cookie.getBytes(StandardCharsets.UTF_8));
  }
}
