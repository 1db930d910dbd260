package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.token.CompactToken;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A text that a key may have signed (RFC 7515 7.1), read as leniently as any library does: only to
 * find out which key has, for the sighting of a token that is refused.
 */
final class SignedText {
  private static final Base64.Decoder LENIENT = Base64.getUrlDecoder();

  private final @Nullable String kid;
  private final byte[] input;
  private final byte[] signature;

  private SignedText(@Nullable String kid, byte[] input, byte[] signature) {
    this.kid = kid;
    this.input = input;
    this.signature = signature;
  }

  /** Of a token that could be taken apart. */
  static SignedText of(CompactToken token) {
    return new SignedText(token.kid(), token.signingInput(), token.signature());
  }

  /** Of any other text; empty when it has not three parts, or no signature in base64url. */
  static Optional<SignedText> of(String text) {
    String token = text.strip();
    int first = token.indexOf('.');
    int last = token.lastIndexOf('.');
    if (first < 1 || last == first || token.indexOf('.', first + 1) != last) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SignedText(
              kid(token.substring(0, first)),
              token.substring(0, last).getBytes(StandardCharsets.US_ASCII),
              LENIENT.decode(token.substring(last + 1))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static @Nullable String kid(String header) {
    try {
      return StrictJson.object(LENIENT.decode(header), CompactToken.LENGTH_MAX)
          .optionalString("kid")
          .orElse(null);
    } catch (FormatException | IllegalArgumentException e) {
      return null;
    }
  }

  /** The key that its header names; null where it cannot be read. */
  @Nullable String kid() {
    return kid;
  }

  /** Whether a key has signed it, with either value of s. */
  boolean isSignedBy(SignatureCheck.Key key, SignatureCheck signatures) {
    return signatures.foreignRefusal(key, input, signature).isEmpty();
  }

  /** The digest under which its counterfoil would be found. */
  Hash digest() {
    return Hash.sha256(input);
  }
}
