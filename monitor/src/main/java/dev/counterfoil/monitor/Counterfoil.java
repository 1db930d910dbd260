package dev.counterfoil.monitor;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TokenId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the issuer keeps of a token, as a custodian receives it: one line of JSON with the members
 * {@code position}, {@code signing_input}, {@code salt} and {@code context}.
 *
 * @param position the token's index in its log
 * @param digest SHA-256 of the signing input
 * @param kid the key in its header
 * @param claims its payload
 */
record Counterfoil(long position, Hash digest, String kid, JsonObject claims) {
  /** Longest line accepted, in bytes. */
  static final int LINE_BYTES_MAX = 64 * 1024;

  private static final int PART_BYTES_MAX = 16 * 1024;

  /**
   * Reads a line and checks that it is of one piece: the {@code jti} names the log and position,
   * and commits to the context.
   *
   * @param log short name of the log that the line is of
   */
  static Counterfoil parse(byte[] line, String log) throws FormatException {
    JsonObject json = StrictJson.object(line, LINE_BYTES_MAX);
    long position = json.number("position");
    String signingInput = json.string("signing_input");
    int dot = signingInput.indexOf('.');
    if (dot < 1 || signingInput.indexOf('.', dot + 1) >= 0) {
      throw new FormatException("signing input is not header.payload");
    }
    JsonObject header =
        StrictJson.object(Base64Url.decode(signingInput.substring(0, dot)), PART_BYTES_MAX);
    JsonObject claims =
        StrictJson.object(Base64Url.decode(signingInput.substring(dot + 1)), PART_BYTES_MAX);
    TokenId tokenId = TokenId.parse(claims.string("jti"));
    if (!tokenId.log().equals(log) || tokenId.position() != position) {
      throw new FormatException("counterfoil stands at another position than its token says");
    }
    Optional<byte[]> context = context(json);
    if (context.isPresent()
        && !TokenId.commitment(Base64Url.decode(json.string("salt")), context.get())
            .equals(tokenId.commitment())) {
      throw new FormatException("context is not the one that the token commits to");
    }
    claims.string("tenant");
    claims.number("exp");
    return new Counterfoil(
        position,
        Hash.sha256(signingInput.getBytes(StandardCharsets.US_ASCII)),
        header.string("kid"),
        claims);
  }

  /** The context's canonical bytes; empty where it was shredded together with its salt. */
  private static Optional<byte[]> context(JsonObject json) throws FormatException {
    if (!json.has("salt")) {
      return Optional.empty();
    }
    return Optional.of(
        json.get("context") instanceof JsonObject object
            ? object.canonicalBytes()
            : json.string("context").getBytes(StandardCharsets.UTF_8));
  }

  /** The {@code tenant}. */
  String tenant() {
    return text("tenant").orElseThrow();
  }

  /** The {@code exp}, epoch seconds. */
  long expiresAt() {
    return claims.get("exp") instanceof Long exp ? exp : Long.MAX_VALUE;
  }

  /** A claim that is a text; empty when it is missing or something else. */
  Optional<String> text(String claim) {
    return claims.get(claim) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A claim that is a whole number; empty when it is missing or something else. */
  Optional<Long> number(String claim) {
    return claims.get(claim) instanceof Long number ? Optional.of(number) : Optional.empty();
  }
}
