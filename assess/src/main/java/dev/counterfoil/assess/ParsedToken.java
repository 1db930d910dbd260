package dev.counterfoil.assess;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.node.ObjectNode;

/** A sample taken apart, without any trust in it. */
sealed interface ParsedToken {

  /**
   * A compact JWS (RFC 7515 section 7.1).
   *
   * @param signingInput the first two parts as they stand
   * @param signature decoded third part; empty for unsigned tokens
   */
  record Signed(ObjectNode header, ObjectNode claims, byte[] signingInput, byte[] signature)
      implements ParsedToken {}

  /** Five parts: a compact JWE (RFC 7516 section 7.1). */
  record Encrypted() implements ParsedToken {}

  /** No dots that would make it a JOSE object: a handle into the issuer's own record. */
  record Opaque() implements ParsedToken {}

  record Unreadable(String why) implements ParsedToken {}

  static ParsedToken parse(String text, Limits limits) {
    if (text.length() > limits.tokenBytes()) {
      return new Unreadable("longer than " + limits.tokenBytes() + " characters");
    }
    String[] parts = text.split("\\.", -1);
    return switch (parts.length) {
      case 3 -> signed(parts);
      case 5 -> new Encrypted();
      default -> new Opaque();
    };
  }

  private static ParsedToken signed(String[] parts) {
    try {
      Base64.Decoder decoder = Base64.getUrlDecoder();
      Json.Parsed header = Json.parseObject(decoder.decode(parts[0]));
      Json.Parsed claims = Json.parseObject(decoder.decode(parts[1]));
      byte[] signature = decoder.decode(parts[2]);
      if (!(header instanceof Json.Parsed.Document headerObject)) {
        return new Unreadable("its header is not unambiguous JSON");
      }
      if (!(claims instanceof Json.Parsed.Document claimsObject)) {
        return new Unreadable("its claims are not unambiguous JSON");
      }
      byte[] input = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      return new Signed(headerObject.object(), claimsObject.object(), input, signature);
    } catch (IllegalArgumentException e) {
      // Refused: the decoder's message quotes the text, which may be a credential.
      return new Unreadable("a part is not base64url");
    }
  }
}
