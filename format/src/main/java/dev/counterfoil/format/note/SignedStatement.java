package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/**
 * A canonical JSON object signed by an Ed25519 key as a compact JWS (RFC 7515 7.1, RFC 8037 3.1).
 */
public final class SignedStatement {
  /** Longest statement accepted, in characters. */
  public static final int LENGTH_MAX = 8 * 1024 * 1024;

  private static final int HEADER_BYTES_MAX = 1024;

  private SignedStatement() {}

  /** Signs an object; the type keeps a statement of one kind from being taken for another. */
  public static String sign(String type, JsonObject statement, StatementSigner signer)
      throws GeneralSecurityException {
    JsonObject header =
        JsonObject.builder()
            .put("alg", PublicJwk.Algorithm.EDDSA.jose())
            .put("kid", signer.key().thumbprint())
            .put("typ", type)
            .build();
    String input =
        Base64Url.encode(header.canonicalBytes())
            + "."
            + Base64Url.encode(statement.canonicalBytes());
    byte[] signature = signer.sign(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64Url.encode(signature);
  }

  /** Verifies a statement of a type by a key and gives its content. */
  public static JsonObject verify(String type, String jws, PublicJwk key) throws FormatException {
    String[] parts = split(jws);
    JsonObject header = StrictJson.object(Base64Url.decode(parts[0]), HEADER_BYTES_MAX);
    header.allowOnly("alg", "kid", "typ");
    if (!header.string("typ").equals(type)) {
      throw new FormatException("statement is of another type");
    }
    if (!header.string("alg").equals(PublicJwk.Algorithm.EDDSA.jose())
        || !header.string("kid").equals(key.thumbprint())) {
      throw new FormatException("statement is signed by another key");
    }
    byte[] input = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    if (!(key instanceof PublicJwk.Ed25519 ed25519)
        || !new NoteKey("key", ed25519.x()).verify(input, Base64Url.decode(parts[2]))) {
      throw new FormatException("statement's signature is not good");
    }
    return StrictJson.object(Base64Url.decode(parts[1]), LENGTH_MAX);
  }

  /**
   * What a statement says, before anybody knows who said it: only to find the key that must have
   * signed it.
   */
  public static JsonObject unverified(String jws) throws FormatException {
    return StrictJson.object(Base64Url.decode(split(jws)[1]), LENGTH_MAX);
  }

  private static String[] split(String jws) throws FormatException {
    if (jws.length() > LENGTH_MAX) {
      throw new FormatException("statement is too long");
    }
    String[] parts = jws.split("\\.", -1);
    if (parts.length != 3) {
      throw new FormatException("statement is not a compact JWS");
    }
    return parts;
  }
}
