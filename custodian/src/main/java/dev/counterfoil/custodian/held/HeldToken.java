package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.record.Counterfoil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A counterfoil, understood: what a record of the journal says of its token.
 *
 * @param position the token's index in its log
 * @param digest SHA-256 of the signing input
 * @param kid the key in its header
 * @param claims its payload
 */
public record HeldToken(long position, Hash digest, String kid, JsonObject claims)
    implements HeldRecord {
  private static final int PART_BYTES_MAX = 32 * 1024;
  private static final String SECURITY_EVENT = "secevent+jwt";

  /** The longest delivery window of a key: until then a receiver may verify an event. */
  private static final long DELIVERY_SECONDS_MAX = 30L * 24 * 60 * 60;

  /** The key of the header that was read last: all tokens of one key have the same. */
  static final class HeaderCache {
    private String header = "";
    private String kid = "";
    private boolean isEvent;

    private void read(String encoded) throws FormatException {
      if (!encoded.equals(header)) {
        JsonObject json = StrictJson.object(Base64Url.decode(encoded), PART_BYTES_MAX);
        kid = json.string("kid");
        isEvent = json.optionalString("typ").filter(SECURITY_EVENT::equals).isPresent();
        header = encoded;
      }
    }
  }

  /**
   * Reads a record and checks that it is of one piece: the {@code jti} names the log and position,
   * and commits to the context.
   *
   * @param log short name of the log that the record is of
   */
  static HeldToken parse(byte[] record, String log, HeaderCache headers) throws FormatException {
    Counterfoil counterfoil = Counterfoil.parse(record);
    byte[] input = counterfoil.signingInput();
    int dot = dot(input);
    JsonObject claims =
        StrictJson.object(Base64Url.decode(ascii(input, dot + 1, input.length)), PART_BYTES_MAX);
    TokenId tokenId = TokenId.parse(claims.string("jti"));
    if (!tokenId.log().equals(log) || tokenId.position() != counterfoil.position()) {
      throw new FormatException("counterfoil stands at another position than its token says");
    }
    if (!TokenId.commitment(counterfoil.salt(), counterfoil.context())
        .equals(tokenId.commitment())) {
      throw new FormatException("context is not the one that the token commits to");
    }
    claims.string("tenant");
    headers.read(ascii(input, 0, dot));
    // A security event does not expire (RFC 8417 2.2).
    claims.number(headers.isEvent ? "iat" : "exp");
    return new HeldToken(counterfoil.position(), counterfoil.leaf().digest(), headers.kid, claims);
  }

  /** Reads one record. */
  public static HeldToken parse(byte[] record, String log) throws FormatException {
    return parse(record, log, new HeaderCache());
  }

  private static int dot(byte[] input) throws FormatException {
    int dot = -1;
    for (int i = 0; i < input.length; i++) {
      if (input[i] == '.') {
        if (dot >= 0) {
          throw new FormatException("signing input is not header.payload");
        }
        dot = i;
      } else if (input[i] < 0) {
        throw new FormatException("signing input is not ASCII");
      }
    }
    if (dot < 1) {
      throw new FormatException("signing input is not header.payload");
    }
    return dot;
  }

  private static String ascii(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
  }

  /** The {@code tenant}. */
  @Override
  public String tenant() {
    return text("tenant").orElseThrow();
  }

  /** The {@code sub}. */
  @Override
  public Optional<String> subject() {
    return text("sub");
  }

  /** The {@code exp}, epoch seconds; of a security event, when no key vouches for it any more. */
  @Override
  public long expiresAt() {
    return number("exp")
        .or(() -> number("iat").map(at -> at + DELIVERY_SECONDS_MAX))
        .orElse(Long.MAX_VALUE);
  }

  /** A claim that is a text; empty when it is missing or something else. */
  public Optional<String> text(String claim) {
    return claims.get(claim) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A claim that is a whole number; empty when it is missing or something else. */
  public Optional<Long> number(String claim) {
    return claims.get(claim) instanceof Long number ? Optional.of(number) : Optional.empty();
  }

  /** The {@code aud}. */
  public List<String> audiences() {
    return texts("aud");
  }

  /** A claim that is a text or a list of texts; empty when it is missing or something else. */
  public List<String> texts(String claim) {
    return switch (claims.get(claim)) {
      case String one -> List.of(one);
      case List<?> many ->
          many.stream().filter(String.class::isInstance).map(String.class::cast).toList();
      case null, default -> List.of();
    };
  }
}
