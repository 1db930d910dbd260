package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A token key that this process holds, with what it may be used for. */
public final class TokenKey {
  /** Token types that a key states are few; no request adds to what is kept for them. */
  private final Map<String, byte[]> headers = new ConcurrentHashMap<>();

  private final int number;
  private final KeyStatement statement;

  /** A thumbprint, which is a hash: taken once, because it is asked for with every token. */
  private final String kid;

  private final String log;
  private final StatusClaims statusClaims;
  private final int signatureBytes;
  private final KeyStatement.Ring ring;
  private final PrivateKeys.Key held;

  /**
   * A key that is held.
   *
   * @throws IllegalArgumentException if its tokens are not recorded by position: what this program
   *     signs, it records
   */
  public TokenKey(int number, KeyStatement statement, PrivateKeys.Key held) {
    this.number = number;
    this.statement = statement;
    this.kid = statement.kid();
    if (!(statement.record() instanceof RecordForm.Position position)) {
      throw new IllegalArgumentException("a signer's tokens are recorded by position");
    }
    this.log = position.log();
    this.statusClaims = new StatusClaims(statement.issuer(), log);
    this.signatureBytes = statement.jwk().signatureBytes();
    this.ring = statement.ring();
    this.held = held;
  }

  /** Counted from 1 within a generation: a later key has a higher one. */
  public int number() {
    return number;
  }

  /** Its name for the custody. */
  String label() {
    return KeyFolder.label(number);
  }

  /** The keys that it follows, and that follow it. */
  public KeyStatement.Ring ring() {
    return ring;
  }

  public KeyStatement statement() {
    return statement;
  }

  public String kid() {
    return kid;
  }

  /** Short name of the log that records its tokens. */
  public String log() {
    return log;
  }

  /** The claims that say where a token's status is published. */
  public StatusClaims statusClaims() {
    return statusClaims;
  }

  public PublicJwk.Algorithm algorithm() {
    return statement.jwk().algorithm();
  }

  /** Length of its signatures in bytes. */
  public int signatureBytes() {
    return signatureBytes;
  }

  public PrivateKeys.Key held() {
    return held;
  }

  /** The header of tokens of a type, encoded, with the dot behind it (RFC 9068 2.1). */
  public byte[] header(String tokenType) {
    byte[] known = headers.get(tokenType);
    if (known != null) {
      return known;
    }
    JsonObject header =
        JsonObject.builder()
            .put("alg", statement.jwk().algorithm().jose())
            .put("kid", kid)
            .put("typ", tokenType)
            .build();
    byte[] encoded =
        (Base64Url.encode(header.canonicalBytes()) + ".").getBytes(StandardCharsets.US_ASCII);
    if (!statement.tokenTypes().any()) {
      headers.put(tokenType, encoded);
    }
    return encoded;
  }

  @Override
  public String toString() {
    return "TokenKey[" + kid + "]";
  }
}
