package dev.counterfoil.format.token;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.JwsAlgorithm;
import dev.counterfoil.format.keys.PublicJwk;
import java.time.Instant;
import java.util.Optional;

/**
 * A JWT that a client signed, an assertion or a DPoP proof, taken apart and not verified: a compact
 * JWS (RFC 7515 7.1) with one spelling of everything. Nothing in its header is an extension, and no
 * key is looked for where the header says.
 */
public final class SignedJwt {
  private static final int VALUES_MAX = 64;

  /** Latest time that a claim may name: the end of the year 9999. */
  private static final long SECONDS_MAX = 253_402_300_799L;

  private final String input;
  private final JsonObject header;
  private final JsonObject claims;
  private final byte[] signature;

  private SignedJwt(String input, JsonObject header, JsonObject claims, byte[] signature) {
    this.input = input;
    this.header = header;
    this.claims = claims;
    this.signature = signature;
  }

  /**
   * Takes a JWT apart.
   *
   * @param lengthMax longest one accepted, in characters
   * @param headerMembers what its header may have
   */
  public static SignedJwt parse(String jwt, int lengthMax, String... headerMembers)
      throws FormatException {
    if (jwt.length() > lengthMax) {
      throw new FormatException("JWT is longer than " + lengthMax + " characters");
    }
    String[] parts = jwt.split("\\.", -1);
    if (parts.length != 3) {
      throw new FormatException("JWT is not header.payload.signature");
    }
    JsonObject header = StrictJson.object(Base64Url.decode(parts[0]), lengthMax, VALUES_MAX);
    header.allowOnly(headerMembers);
    return new SignedJwt(
        parts[0] + "." + parts[1],
        header,
        StrictJson.object(Base64Url.decode(parts[1]), lengthMax, VALUES_MAX),
        Base64Url.decode(parts[2]));
  }

  /** What the header says. */
  public JsonObject header() {
    return header;
  }

  /** What it says. */
  public JsonObject claims() {
    return claims;
  }

  /** The header's {@code alg}, of those that clients sign with. */
  public JwsAlgorithm algorithm() throws FormatException {
    return JwsAlgorithm.ofJose(header.string("alg"))
        .orElseThrow(() -> new FormatException("JWT's algorithm is not supported"));
  }

  /** Whether a key signed it, as its header says. */
  public boolean isSignedBy(PublicJwk key) throws FormatException {
    return algorithm().verify(key, input, signature);
  }

  /**
   * A time that must be there: seconds since 1970, whose fraction is cut (RFC 7519 2, NumericDate).
   */
  public Instant time(String claim) throws FormatException {
    return optionalTime(claim).orElseThrow(() -> new FormatException("JWT has no " + claim));
  }

  /** The same of one that may be left out. */
  public Optional<Instant> optionalTime(String claim) throws FormatException {
    if (!claims.has(claim)) {
      return Optional.empty();
    }
    long seconds =
        claims.get(claim) instanceof Double fraction
            ? (long) Math.floor(fraction)
            : claims.number(claim);
    if (seconds < 0 || seconds > SECONDS_MAX) {
      throw new FormatException("JWT's " + claim + " is no time");
    }
    return Optional.of(Instant.ofEpochSecond(seconds));
  }

  /** Says nothing of what it says. */
  @Override
  public String toString() {
    return "SignedJwt[" + input.length() + " characters]";
  }
}
