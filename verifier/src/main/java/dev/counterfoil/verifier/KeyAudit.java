package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyHistory;
import dev.counterfoil.format.keylog.KeyHistory.Objection;
import dev.counterfoil.format.keylog.KeyHistory.Reason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * A key log replayed from its first entry, for whoever asks afterwards which key was allowed to
 * sign what, when. Starts from a policy, as a verifier does, and believes nothing but it. A copy of
 * a key log will do, however old: what it says of a time before its head does not change.
 */
public final class KeyAudit {
  private final KeyHistory history;
  private final KeySet keySet;
  private final Instant asOf;
  private final SignatureCheck signatures = SignatureCheck.platform();

  private KeyAudit(KeyHistory history, KeySet keySet, Instant asOf) {
    this.history = history;
    this.keySet = keySet;
    this.asOf = asOf;
  }

  /**
   * Whether a key was allowed to sign a token.
   *
   * @param kid the key that the token names
   * @param issuedAt when it says that it was signed
   * @param then why it was not allowed to, by what the key log said then; empty when it was
   * @param since what the key log said later against the token; empty when nothing
   */
  public record TokenVerdict(
      String kid, Instant issuedAt, Optional<Objection> then, Optional<Objection> since) {}

  /**
   * Reads a domain's key log from its first entry on.
   *
   * @param network where the key log is read, below {@code <issuer>/logs/keys}
   * @throws FormatException when it does not verify from the policy's root down
   */
  public static KeyAudit read(TrustPolicy policy, ReadSide network, Instant now)
      throws IOException, FormatException {
    KeyHistory history = KeyHistory.under(policy);
    try {
      KeyLogMirror.View view =
          KeyLogMirror.ofKeysAlone(policy, network, history::apply).advance(now);
      history.countedBelow(view.counted());
      return new KeyAudit(history, view.set(), view.asOf());
    } catch (KeyLogMirror.ForkedException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What the log says of every time. */
  public KeyHistory history() {
    return history;
  }

  /** What counts by its end, without the revocations of single tokens that stand elsewhere. */
  public KeySet keySet() {
    return keySet;
  }

  /** The time of its head: what came later is not known. */
  public Instant asOf() {
    return asOf;
  }

  /**
   * Whether the key that a token names was allowed to sign it, then. Whether it was recorded is not
   * asked: that stands in its log.
   *
   * @throws FormatException when it is no token of the form that is issued
   */
  public TokenVerdict judge(String text) throws FormatException {
    CompactToken token = CompactToken.parse(text);
    TokenClaims claims = TokenClaims.read(token.claims(), token.type());
    Instant issuedAt = claims.issuedAt();
    Optional<Objection> then = history.objection(token.kid(), issuedAt);
    Optional<KeyStatement> key = history.life(token.kid()).map(KeyHistory.Life::key);
    if (then.isEmpty() && key.isPresent()) {
      then = scope(token, claims, key.get());
    }
    return new TokenVerdict(
        token.kid(),
        issuedAt,
        then,
        then.isEmpty() ? history.since(token.kid(), position(claims)) : Optional.empty());
  }

  private Optional<Objection> scope(CompactToken token, TokenClaims claims, KeyStatement key)
      throws FormatException {
    SignatureCheck.Key signer = signatures.key(key.jwk());
    if (!token.algorithm().equals(key.jwk().algorithm().jose())
        || signatures.refusal(signer, token).isPresent()) {
      return Optional.of(
          new Objection(
              Reason.SIGNATURE,
              SignedText.of(token).isSignedBy(signer, signatures)
                  ? "this key signed it, but the signature is spelled as its signer spells none,"
                      + " so every verifier refuses it"
                  : "the signature is not this key's, so this key did not sign it"));
    }
    return key.violation(
            token.type(),
            claims.issuer(),
            claims.tenant(),
            claims.audiences(),
            claims.isBound(),
            claims.issuedAt(),
            claims.expiresAt())
        .map(violation -> new Objection(Reason.OUT_OF_SCOPE, text(violation)));
  }

  private static String text(KeyStatement.Violation violation) {
    return switch (violation) {
      case ISSUER -> "its statement is for another issuer";
      case TENANT -> "its statement does not name the token's tenant";
      case TOKEN_TYPE -> "its statement does not name the token's type";
      case AUDIENCE -> "its statement does not name one of the token's audiences";
      case BINDING -> "its statement asks for tokens that are bound to a key of their client's";
      case LIFE -> "its statement does not allow so long a life";
      case ACTIVE_WINDOW -> "the token is dated outside the key's active window";
      case VERIFY_UNTIL -> "the token outlives what the key's statement allows";
    };
  }

  private static Optional<Long> position(TokenClaims claims) {
    try {
      return Optional.of(TokenId.parse(String.valueOf(claims.tokenId())).position());
    } catch (FormatException e) {
      // One that was composed elsewhere names no position.
      return Optional.empty();
    }
  }
}
