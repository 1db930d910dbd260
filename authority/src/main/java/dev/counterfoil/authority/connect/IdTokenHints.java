package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.CompactToken;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Optional;

/**
 * ID tokens that clients send back: who signed these, and nothing else, for they may have expired
 * (OpenID Connect RP-Initiated Logout 2).
 */
public record IdTokenHints(PublishedKeys keys, String issuer) {
  /** Its {@code typ}. */
  public static final String ID_TOKEN = "JWT";

  /**
   * What a hint says.
   *
   * @param subject the {@code sub}
   * @param clientId the {@code aud}
   * @param session the {@code sid}
   */
  record Hint(String subject, String clientId, Optional<String> session) {}

  /** Reads one; empty when it is no ID token of this issuer, or its key counts no more. */
  Optional<Hint> read(String token) throws InterruptedException {
    try {
      CompactToken parsed = CompactToken.parse(token);
      Optional<KeyStatement> key =
          keys.current().flatMap(published -> published.set().key(parsed.kid()));
      if (key.isEmpty()
          || !parsed.type().equals(ID_TOKEN)
          || !parsed.claims().string("iss").equals(issuer)
          || !isSigned(parsed, key.get().jwk())) {
        return Optional.empty();
      }
      return Optional.of(
          new Hint(
              parsed.claims().string("sub"),
              parsed.claims().string("aud"),
              parsed.claims().optionalString("sid")));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isSigned(CompactToken token, PublicJwk key) {
    if (!token.algorithm().equals(key.algorithm().jose())) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(key.algorithm().javaSignature());
      signature.initVerify(key.javaKey());
      signature.update(token.signingInput());
      return signature.verify(token.signature());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
