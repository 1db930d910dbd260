package dev.counterfoil.verifier;

/** Why a token is refused. Names and texts of the codes stay as they are across versions. */
public enum RefusalCode {
  /** Not a compact JWS in its one encoding, or claims missing or of a wrong type. */
  MALFORMED("malformed"),
  /** The {@code alg} is not supported, or not the one of the key. */
  ALGORITHM("algorithm"),
  /**
   * The token's algorithm is its key's, and this runtime cannot check it: run the service on Java
   * 24 or later, or with AWS-LC on its class path.
   */
  ALGORITHM_UNAVAILABLE("algorithm-unavailable"),
  /** The {@code kid} is not in the key set. */
  KEY_UNKNOWN("key-unknown"),
  /** The key was taken out of the trusted set. */
  KEY_WITHDRAWN("key-withdrawn"),
  /** The key may be stolen, and the token is dated after that was said. */
  KEY_TAINTED("key-tainted"),
  /** Another key had taken over from this one when the token is dated. */
  KEY_RETIRED("key-retired"),
  /** The key is older than any may be whose domain serves as many tenants. */
  KEY_TOO_OLD("key-too-old"),
  /** The key is revoked from a position on, and the token stands at or past it. */
  KEY_REVOKED("key-revoked"),
  /** This one token is revoked. */
  TOKEN_REVOKED("token-revoked"),
  /** The signature is not good. */
  SIGNATURE("signature"),
  /** The ECDSA signature has s in the upper half: a second spelling that our signers never make. */
  SIGNATURE_HIGH_S("signature-high-s"),
  /** The {@code iss} is not the issuer of the policy. */
  ISSUER("issuer"),
  /** The key is a key of another trust domain. */
  DOMAIN("domain"),
  /** The token is of a tenant that the service does not expect. */
  TENANT("tenant"),
  /** The {@code typ} is not the one that the service expects. */
  TOKEN_TYPE("token-type"),
  /** The token is for somebody else. */
  AUDIENCE("audience"),
  /** Past its {@code exp}. */
  EXPIRED("expired"),
  /** Before its {@code nbf} or {@code iat}. */
  NOT_YET_VALID("not-yet-valid"),
  /** The key may not sign for this tenant. */
  KEY_SCOPE_TENANT("key-scope-tenant"),
  /** The key may not sign tokens of this type. */
  KEY_SCOPE_TYPE("key-scope-type"),
  /** The key may not sign for one of the audiences. */
  KEY_SCOPE_AUDIENCE("key-scope-audience"),
  /** The key signs only tokens that carry a {@code cnf}, and this one has none. */
  KEY_SCOPE_BINDING("key-scope-binding"),
  /** The {@code iat} lies outside the key's active window. */
  KEY_NOT_ACTIVE("key-not-active"),
  /** The token lives longer than its key may give, or not at all. */
  LIFE_TOO_LONG("life-too-long"),
  /** The {@code exp} lies past the end of the key's tokens. */
  PAST_VERIFY_UNTIL("past-verify-until"),
  /** The {@code jti} is not log.position.commitment. */
  TOKEN_ID("token-id"),
  /** The {@code jti} names another log than the one that records the key's tokens. */
  WRONG_LOG("wrong-log"),
  /** At the token's position the log holds something else: it was never issued. */
  NEVER_ISSUED("never-issued"),
  /** The token's position is past everything that the log has issued. */
  BEYOND_TIP("beyond-tip"),
  /**
   * The record log of the key's tokens has not the token's digest, as far as its authority says.
   */
  DIGEST_UNKNOWN("digest-unknown"),
  /** The key's tokens are recorded by nobody, and the date is past until which they were taken. */
  UNRECORDED_ENDED("unrecorded-ended"),
  /** Nobody could show that the token was issued: the log cannot be read, or what was read lies. */
  PROOF_UNAVAILABLE("proof-unavailable"),
  /** The service takes tokens only with a proof of issuing, and none came with it. */
  PROOF_MISSING("proof-missing"),
  /** What came as a proof of issuing is none in its one spelling, or too long. */
  PROOF_MALFORMED("proof-malformed"),
  /** The proof that came with the token is of another token. */
  PROOF_MISMATCH("proof-mismatch"),
  /** The proof that came with the token is under no checkpoint of the log of the token's key. */
  PROOF_LOG("proof-log"),
  /** The proof that came with the token is under a checkpoint from before the token. */
  PROOF_OLD("proof-old"),
  /** The policy's witnesses have not cosigned the checkpoint of the proof that came along. */
  PROOF_NOT_COSIGNED("proof-not-cosigned"),
  /** The policy's witnesses have not cosigned the log for too long: it may show others another. */
  NOT_COSIGNED("not-cosigned"),
  /** The log signed two histories. None of its tokens is honoured until somebody looks. */
  LOG_FORKED("log-forked"),
  /** The token, or the service, wants a proof of possession, and there is none. */
  BINDING_MISSING("binding-missing"),
  /** The proof of possession does not hold. */
  BINDING_INVALID("binding-invalid"),
  /** The proof of possession lacks the service's nonce: the client makes it again with it. */
  BINDING_NONCE("binding-nonce"),
  /** The key log signed two histories. Nothing is honoured until somebody looks. */
  KEY_LOG_FORKED("key-log-forked"),
  /** No key log that the root vouches for could be had. */
  KEYS_UNAVAILABLE("keys-unavailable"),
  /** The last head of the key log is too old to tell what is revoked. */
  KEYS_STALE("keys-stale");

  private final String text;

  RefusalCode(String text) {
    this.text = text;
  }

  /** The code as it stands in sightings, logs and vectors. */
  public String text() {
    return text;
  }

  /**
   * Whether the signer would never have signed such a token, so that one with a good signature is
   * forged and may be kept whole as evidence.
   */
  boolean isForgedWhenSigned() {
    return switch (this) {
      case MALFORMED,
          ALGORITHM,
          ISSUER,
          DOMAIN,
          KEY_SCOPE_TENANT,
          KEY_SCOPE_TYPE,
          KEY_SCOPE_AUDIENCE,
          KEY_SCOPE_BINDING,
          KEY_NOT_ACTIVE,
          KEY_TAINTED,
          KEY_RETIRED,
          KEY_TOO_OLD,
          LIFE_TOO_LONG,
          PAST_VERIFY_UNTIL,
          TOKEN_ID,
          WRONG_LOG,
          NEVER_ISSUED,
          BEYOND_TIP ->
          true;
      case ALGORITHM_UNAVAILABLE,
          KEY_UNKNOWN,
          KEY_WITHDRAWN,
          KEY_REVOKED,
          TOKEN_REVOKED,
          SIGNATURE,
          // A client can spell an honest token's signature so, and back.
          SIGNATURE_HIGH_S,
          TENANT,
          TOKEN_TYPE,
          AUDIENCE,
          EXPIRED,
          NOT_YET_VALID,
          // The authority's word that something is not there is no proof of it.
          DIGEST_UNKNOWN,
          UNRECORDED_ENDED,
          PROOF_UNAVAILABLE,
          // Honest clients mix proofs up, too: the monitor has the digest, and knows.
          PROOF_MISSING,
          PROOF_MALFORMED,
          PROOF_MISMATCH,
          PROOF_LOG,
          PROOF_OLD,
          PROOF_NOT_COSIGNED,
          NOT_COSIGNED,
          LOG_FORKED,
          BINDING_MISSING,
          BINDING_INVALID,
          BINDING_NONCE,
          KEY_LOG_FORKED,
          KEYS_UNAVAILABLE,
          KEYS_STALE ->
          false;
    };
  }

  /**
   * Whether nobody can tell for now: the token may be good, so that its client is not to be sent
   * for another, and the service answers that it is out of order (500 or 503) instead of 401.
   */
  public boolean isUndecided() {
    return switch (this) {
      case ALGORITHM_UNAVAILABLE,
          PROOF_UNAVAILABLE,
          NOT_COSIGNED,
          LOG_FORKED,
          KEY_LOG_FORKED,
          KEYS_UNAVAILABLE,
          KEYS_STALE ->
          true;
      case MALFORMED,
          ALGORITHM,
          KEY_UNKNOWN,
          KEY_WITHDRAWN,
          KEY_TAINTED,
          KEY_RETIRED,
          KEY_TOO_OLD,
          KEY_REVOKED,
          TOKEN_REVOKED,
          SIGNATURE,
          SIGNATURE_HIGH_S,
          ISSUER,
          DOMAIN,
          TENANT,
          TOKEN_TYPE,
          AUDIENCE,
          EXPIRED,
          NOT_YET_VALID,
          KEY_SCOPE_TENANT,
          KEY_SCOPE_TYPE,
          KEY_SCOPE_AUDIENCE,
          KEY_SCOPE_BINDING,
          KEY_NOT_ACTIVE,
          LIFE_TOO_LONG,
          PAST_VERIFY_UNTIL,
          TOKEN_ID,
          WRONG_LOG,
          NEVER_ISSUED,
          BEYOND_TIP,
          DIGEST_UNKNOWN,
          UNRECORDED_ENDED,
          PROOF_MISSING,
          PROOF_MALFORMED,
          PROOF_MISMATCH,
          PROOF_LOG,
          PROOF_OLD,
          PROOF_NOT_COSIGNED,
          BINDING_MISSING,
          BINDING_INVALID,
          BINDING_NONCE ->
          false;
    };
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
