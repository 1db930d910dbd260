package dev.counterfoil.console.session;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sign-in that was begun. The browser keeps it in a cookie, so sign-ins that are begun and left
 * cost no memory; what goes to the authority is derived from the secret and does not give it away.
 *
 * @param secret of this browser
 * @param tenant whose people it is for
 * @param to path and query where the person wanted to go
 */
public record SignInDraft(String secret, String tenant, String to) {
  private static final Pattern COOKIE =
      Pattern.compile("([A-Za-z0-9_-]{43})\\.([A-Za-z0-9_-]{1,300})\\.([A-Za-z0-9_-]{1,1500})");

  /** Below the console, and never another host's. */
  private static final Pattern PATH =
      Pattern.compile("/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]{0,999}");

  /** A new one. */
  public static SignInDraft begin(String tenant, String to, SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return new SignInDraft(Base64Url.encode(bytes), tenant, isPath(to) ? to : "/");
  }

  private static boolean isPath(String to) {
    return PATH.matcher(to).matches();
  }

  /** As a cookie. */
  public String cookie() {
    return secret + "." + encoded(tenant) + "." + encoded(to);
  }

  /** Of a cookie; empty where it is none. */
  public static Optional<SignInDraft> parse(String cookie) {
    Matcher parts = COOKIE.matcher(cookie);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      String to = decoded(parts.group(3));
      return Optional.of(
          new SignInDraft(parts.group(1), decoded(parts.group(2)), isPath(to) ? to : "/"));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static String encoded(String text) {
    return Base64Url.encode(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String text) throws FormatException {
    return new String(Base64Url.decode(text), StandardCharsets.UTF_8);
  }

  String state() {
    return derived("state");
  }

  String nonce() {
    return derived("nonce");
  }

  String verifier() {
    return derived("verifier");
  }

  String challenge() {
    return Hash.sha256(verifier().getBytes(StandardCharsets.US_ASCII)).base64Url();
  }

  private String derived(String what) {
    return Hash.sha256((what + " " + secret).getBytes(StandardCharsets.US_ASCII)).base64Url();
  }

  /** Names nothing secret. */
  @Override
  public String toString() {
    return "SignInDraft[" + tenant + "]";
  }
}
