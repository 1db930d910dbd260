package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What was typed into the box. Of a token nothing goes on but its identifier and the digest of its
 * signing input, neither of which lets anyone use it.
 *
 * @param about a token's identifier, a key, a person, a client or a mailbox
 * @param digest SHA-256 of a token's signing input, in hexadecimal; empty where no token was typed
 */
public record LookedUp(String about, Optional<String> digest) {
  /** Longest text that is no token. */
  static final int ABOUT_MAX = 400;

  /** No token that is signed is shorter. */
  private static final int SIGNED_MIN = 80;

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SCHEME = Pattern.compile("(?i)^(bearer|dpop)\\s+");
  private static final Pattern NOISE = Pattern.compile("[\\s\"'<>]");
  private static final Pattern INSIDE = Pattern.compile("eyJ[\\w-]{16,}");
  private static final Pattern TOKEN = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]*");

  /** What a text is; empty where it is nothing that can be looked up. */
  public static Optional<LookedUp> parse(String typed) {
    // As it stands in a header, or with what a mail program put around and into it.
    String text = SCHEME.matcher(typed.strip()).replaceFirst("");
    String bare = NOISE.matcher(text).replaceAll("");
    if (TOKEN.matcher(bare).matches() && !isTokenId(bare)) {
      return ofToken(bare);
    }
    // What has a token in it is not passed on.
    if (INSIDE.matcher(text).find()) {
      return Optional.empty();
    }
    return text.isEmpty()
            || text.length() > ABOUT_MAX
            || text.chars().anyMatch(Character::isISOControl)
        ? Optional.empty()
        : Optional.of(new LookedUp(text, Optional.empty()));
  }

  /** Of what stands in an address. */
  public static Optional<LookedUp> of(String about, String digest) {
    return parse(about)
        .filter(one -> one.digest().isEmpty())
        .map(
            one ->
                DIGEST.matcher(digest).matches()
                    ? new LookedUp(one.about(), Optional.of(digest))
                    : one);
  }

  private static Optional<LookedUp> ofToken(String token) {
    try {
      CompactToken parsed = CompactToken.parseForeign(token);
      return Optional.of(
          new LookedUp(parsed.claims().string("jti"), Optional.of(parsed.digest().hex())));
    } catch (FormatException e) {
      // A name with two dots is looked up; what is as long as a token is one that is damaged.
      return token.length() > SIGNED_MIN
          ? Optional.empty()
          : Optional.of(new LookedUp(token, Optional.empty()));
    }
  }

  private static boolean isTokenId(String text) {
    try {
      return TokenId.parse(text).position() >= 0;
    } catch (FormatException e) {
      return false;
    }
  }

  /** Whether it is the identifier of a token. */
  boolean isToken() {
    return digest.isPresent() || isTokenId(about);
  }

  /** Where it stands. */
  public String path() {
    return "/look-up?about="
        + MonitorReads.part(about)
        + digest.map(hex -> "&digest=" + hex).orElse("");
  }
}
