package dev.counterfoil.authority.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.root.Delegation;
import java.time.Instant;

/**
 * What the registrar signed for those who read no key log. It is held against the key log before it
 * is served, as whoever fetches it may.
 *
 * @param content what is signed
 * @param signedAt when ({@code iat})
 * @param signer thumbprint of the key that signed it
 */
public record RegistrarStatement(JsonObject content, Instant signedAt, String signer) {
  /**
   * Reads one.
   *
   * @param type of the JWS
   * @throws FormatException when the key that the key log's delegation names for that time did not
   *     sign it
   */
  public static RegistrarStatement verified(String type, String jws, KeySet keys)
      throws FormatException {
    Instant signedAt = Instant.ofEpochSecond(SignedStatement.unverified(jws).number("iat"));
    Delegation delegation =
        keys.delegation(signedAt)
            .orElseThrow(() -> new FormatException("no delegation stood when it was signed"));
    return new RegistrarStatement(
        SignedStatement.verify(type, jws, delegation.statementKey()),
        signedAt,
        delegation.statementKey().thumbprint());
  }

  /** Asked again each time: a delegation may have been taken back by a later one. */
  public boolean counts(KeySet keys) {
    return keys.delegation(signedAt)
        .filter(one -> one.statementKey().thumbprint().equals(signer))
        .isPresent();
  }
}
