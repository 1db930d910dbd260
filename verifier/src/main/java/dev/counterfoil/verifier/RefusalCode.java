package dev.counterfoil.verifier;

import java.util.Locale;

/** Why a token is refused. Names and texts of the codes stay as they are across versions. */
public enum RefusalCode {
  /** Not a compact JWS in its one encoding, or claims missing or of a wrong type. */
  MALFORMED(Says.FORGED),
  /** The {@code alg} is not supported, or not the one of the key. */
  ALGORITHM(Says.FORGED),
  /**
   * The token's algorithm is its key's, and this runtime cannot check it: run the service on Java
   * 24 or later, or with AWS-LC on its class path.
   */
  ALGORITHM_UNAVAILABLE(Says.UNDECIDED),
  /** The {@code kid} is not in the key set. */
  KEY_UNKNOWN(Says.REFUSED),
  /** The key was taken out of the trusted set. */
  KEY_WITHDRAWN(Says.REFUSED),
  /** The key may be stolen, and the token is dated after that was said. */
  KEY_TAINTED(Says.FORGED),
  /** Another key had taken over from this one when the token is dated. */
  KEY_RETIRED(Says.FORGED),
  /** The key is older than any may be whose domain serves as many tenants. */
  KEY_TOO_OLD(Says.FORGED),
  /** The key is revoked from a position on, and the token stands at or past it. */
  KEY_REVOKED(Says.REFUSED),
  /** This one token is revoked. */
  TOKEN_REVOKED(Says.REFUSED),
  /** The signature is not good. */
  SIGNATURE(Says.REFUSED),
  /**
   * The ECDSA signature has s in the upper half: a second spelling that our signers never make. A
   * client can spell an honest token's signature so, and back.
   */
  SIGNATURE_HIGH_S(Says.REFUSED),
  /** The {@code iss} is not the issuer of the policy. */
  ISSUER(Says.FORGED),
  /** The key is a key of another trust domain. */
  DOMAIN(Says.FORGED),
  /** The token is of a tenant that the service does not expect. */
  TENANT(Says.REFUSED),
  /** The {@code typ} is not the one that the service expects. */
  TOKEN_TYPE(Says.REFUSED),
  /** The token is for somebody else. */
  AUDIENCE(Says.REFUSED),
  /** Past its {@code exp}. */
  EXPIRED(Says.REFUSED),
  /** Before its {@code nbf} or {@code iat}. */
  NOT_YET_VALID(Says.REFUSED),
  /** The key may not sign for this tenant. */
  KEY_SCOPE_TENANT(Says.FORGED),
  /** The key may not sign tokens of this type. */
  KEY_SCOPE_TYPE(Says.FORGED),
  /** The key may not sign for one of the audiences. */
  KEY_SCOPE_AUDIENCE(Says.FORGED),
  /** The key signs only tokens that carry a {@code cnf}, and this one has none. */
  KEY_SCOPE_BINDING(Says.FORGED),
  /** The {@code iat} lies outside the key's active window. */
  KEY_NOT_ACTIVE(Says.FORGED),
  /** The token lives longer than its key may give, or not at all. */
  LIFE_TOO_LONG(Says.FORGED),
  /** The {@code exp} lies past the end of the key's tokens. */
  PAST_VERIFY_UNTIL(Says.FORGED),
  /** The {@code jti} is not log.position.commitment. */
  TOKEN_ID(Says.FORGED),
  /** The {@code jti} names another log than the one that records the key's tokens. */
  WRONG_LOG(Says.FORGED),
  /** At the token's position the log holds something else: it was never issued. */
  NEVER_ISSUED(Says.FORGED),
  /** The token's position is past everything that the log has issued. */
  BEYOND_TIP(Says.FORGED),
  /**
   * The record log of the key's tokens has not the token's digest, as far as its authority says,
   * which is no proof of it.
   */
  DIGEST_UNKNOWN(Says.REFUSED),
  /** The key's tokens are recorded by nobody, and the date is past until which they were taken. */
  UNRECORDED_ENDED(Says.REFUSED),
  /** Nobody could show that the token was issued: the log cannot be read, or what was read lies. */
  PROOF_UNAVAILABLE(Says.UNDECIDED),
  /** The service takes tokens only with a proof of issuing, and none came with it. */
  PROOF_MISSING(Says.REFUSED),
  /** What came as a proof of issuing is none in its one spelling, or too long. */
  PROOF_MALFORMED(Says.REFUSED),
  /** The proof that came with the token is of another token. */
  PROOF_MISMATCH(Says.REFUSED),
  /** The proof that came with the token is under no checkpoint of the log of the token's key. */
  PROOF_LOG(Says.REFUSED),
  /** The proof that came with the token is under a checkpoint from before the token. */
  PROOF_OLD(Says.REFUSED),
  /** The policy's witnesses have not cosigned the checkpoint of the proof that came along. */
  PROOF_NOT_COSIGNED(Says.REFUSED),
  /** The policy's witnesses have not cosigned the log for too long: it may show others another. */
  NOT_COSIGNED(Says.UNDECIDED),
  /** The log signed two histories. None of its tokens is honoured until somebody looks. */
  LOG_FORKED(Says.UNDECIDED),
  /** The token, or the service, wants a proof of possession, and there is none. */
  BINDING_MISSING(Says.REFUSED),
  /** The proof of possession does not hold. */
  BINDING_INVALID(Says.REFUSED),
  /** The proof of possession lacks the service's nonce: the client makes it again with it. */
  BINDING_NONCE(Says.REFUSED),
  /** The key log signed two histories. Nothing is honoured until somebody looks. */
  KEY_LOG_FORKED(Says.UNDECIDED),
  /** No key log that the root vouches for could be had. */
  KEYS_UNAVAILABLE(Says.UNDECIDED),
  /** The last head of the key log is too old to tell what is revoked. */
  KEYS_STALE(Says.UNDECIDED);

  private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final Says says;

  RefusalCode(Says says) {
    this.says = says;
  }

  /** What a refusal says of the token. */
  private enum Says {
    /** The signer would never have signed it. */
    FORGED,
    /** Nobody can tell for now. */
    UNDECIDED,
    /** It does not count here. Honest clients may have mixed something up. */
    REFUSED
  }

  /** The code as it stands in sightings, logs and vectors: its name in lower case with hyphens. */
  public String text() {
    return text;
  }

  /**
   * Whether the signer would never have signed such a token, so that one with a good signature is
   * forged and may be kept whole as evidence.
   */
  boolean isForgedWhenSigned() {
    return says == Says.FORGED;
  }

  /**
   * Whether nobody can tell for now: the token may be good, so that its client is not to be sent
   * for another, and the service answers that it is out of order (500 or 503) instead of 401.
   */
  public boolean isUndecided() {
    return says == Says.UNDECIDED;
  }

  /** Whether the key set revokes the token or its key: honest tokens are refused so too. */
  boolean isRevocation() {
    return this == KEY_WITHDRAWN || this == KEY_REVOKED || this == TOKEN_REVOKED;
  }

  @Override
  public String toString() {
    return text;
  }
}
