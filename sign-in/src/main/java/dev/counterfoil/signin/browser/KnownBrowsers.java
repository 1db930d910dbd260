package dev.counterfoil.signin.browser;

import dev.counterfoil.format.bytes.Base64Url;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Which browsers a person signed in at before, by a cookie that they keep. It proves nothing but
 * that strangers' attempts are not theirs, so that those lock nobody out.
 */
public final class KnownBrowsers {
  private final SignInKey key;

  public KnownBrowsers(SignInKey key) {
    this.key = key;
  }

  /** What a browser of a person keeps. */
  public String cookie(String subject) {
    return Base64Url.encode(key.mac("known browser of " + subject));
  }

  /** Whether a browser is one of a person's. */
  public boolean isOf(String subject, String cookie) {
    return MessageDigest.isEqual(
        cookie(subject).getBytes(StandardCharsets.UTF_8), cookie.getBytes(StandardCharsets.UTF_8));
  }
}
