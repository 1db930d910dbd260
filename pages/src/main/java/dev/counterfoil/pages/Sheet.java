package dev.counterfoil.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.YearMonth;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;

/**
 * What every page is written on.
 *
 * @param messages its language
 * @param base the issuer's path, which is empty or begins with a slash; all links begin with it
 * @param brand whose page it is, for people
 * @param now for ages
 */
public record Sheet(Messages messages, String base, String brand, Instant now) {
  private static final String STYLE = read("style.css");
  private static final String CONSOLE_STYLE = read("console.css");
  private static final String SCRIPT = read("passkeys.js");
  private static final String STYLE_HASH = hash(STYLE);
  private static final String CONSOLE_STYLE_HASH = hash(CONSOLE_STYLE);
  private static final String SCRIPT_HASH = hash(SCRIPT);

  private static String read(String name) {
    try (var in = Sheet.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The Content-Security-Policy (Level 3) of a page: nothing is loaded, and what runs is known by
   * its hash.
   *
   * @param script whether it has the script for passkeys
   * @param formAction where its forms may lead, also by redirects; empty for anywhere
   */
  static String policy(boolean script, Optional<String> formAction) {
    return "default-src 'none'; style-src "
        + STYLE_HASH
        + (script ? "; script-src " + SCRIPT_HASH : "")
        + formAction.map(to -> "; form-action " + to).orElse("")
        + "; base-uri 'none'; frame-ancestors 'none'";
  }

  /** The same of a page of the console. */
  static String consolePolicy(Optional<String> formAction) {
    return policy(false, formAction).replace(STYLE_HASH, STYLE_HASH + " " + CONSOLE_STYLE_HASH);
  }

  /** A text. */
  public String say(String key, Object... values) {
    return messages.say(key, values);
  }

  /** The language, as in {@code lang}. */
  public String language() {
    return messages.language();
  }

  /** Where something lies below the issuer. */
  public String path(String below) {
    return base + below;
  }

  /** How long ago something was, or in how long it is to be. */
  public String ago(Instant at) {
    return messages.ago(at, now);
  }

  /** The same, of what may not have been. */
  public String ago(Optional<Instant> at) {
    return at.map(this::ago).orElseGet(() -> say("ago.never"));
  }

  /** A month's name and year. */
  public String month(YearMonth month) {
    return messages.month(month);
  }

  /** A time, or a text where there is none. */
  public String orSay(Optional<Instant> at, String key) {
    return at.map(this::ago).orElseGet(() -> say(key));
  }

  /** The style sheet. */
  public String style() {
    return STYLE;
  }

  /** What the console's pages have beyond it. */
  public String consoleStyle() {
    return CONSOLE_STYLE;
  }

  /** The one script that there is. */
  public String script() {
    return SCRIPT;
  }
}
