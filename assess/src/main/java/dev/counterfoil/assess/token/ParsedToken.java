package dev.counterfoil.assess.token;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.node.ObjectNode;

/** A sample taken apart, without any trust in it. */
public sealed interface ParsedToken {

  /**
   * A compact JWS (RFC 7515 section 7.1).
   *
   * @param signingInput the first two parts as they stand
   * @param signature third part, known to be base64url; empty for unsigned tokens
   */
  record Signed(ObjectNode header, ObjectNode claims, String signingInput, String signature)
      implements ParsedToken {}

  /** Five parts: a compact JWE (RFC 7516 section 7.1). */
  record Encrypted() implements ParsedToken {}

  /** No dots that would make it a JOSE object: a handle into the issuer's own record. */
  record Opaque() implements ParsedToken {}

  record Unreadable(String why) implements ParsedToken {}

  static ParsedToken parse(String text, AssessmentLimits limits) {
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
      Json.Parsed header = Json.parseObject(text(parts[0]));
      Json.Parsed claims = Json.parseObject(text(parts[1]));
      text(parts[2]);
      if (!(header instanceof Json.Parsed.Document headerObject)) {
        return new Unreadable("its header is not unambiguous JSON");
      }
      if (!(claims instanceof Json.Parsed.Document claimsObject)) {
        return new Unreadable("its claims are not unambiguous JSON");
      }
      return new Signed(
          headerObject.object(), claimsObject.object(), parts[0] + "." + parts[1], parts[2]);
    } catch (IllegalArgumentException e) {
      // Refused: the decoder's message quotes the text, which may be a credential.
      return new Unreadable("a part is not base64url");
    }
  }

  /** Decodes strictly, so that a bad part is noticed here. */
  private static String text(String part) {
    return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
  }
}
