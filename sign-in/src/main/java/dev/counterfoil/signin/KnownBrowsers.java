package dev.counterfoil.signin;

import dev.counterfoil.format.bytes.Base64Url;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Which browsers a person signed in at before, by a cookie that they keep. It proves nothing but
 * that strangers' attempts are not theirs, so that those lock nobody out.
 */
final class KnownBrowsers {
  private final SignInKey key;

  KnownBrowsers(SignInKey key) {
    this.key = key;
  }

  /** What a browser of a person keeps. */
  String cookie(String subject) {
    return Base64Url.encode(key.mac("known browser of " + subject));
  }

  /** Whether a browser is one of a person's. */
  boolean isOf(String subject, String cookie) {
    return MessageDigest.isEqual(
        cookie(subject).getBytes(StandardCharsets.UTF_8), cookie.getBytes(StandardCharsets.UTF_8));
  }
}
