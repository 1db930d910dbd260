package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.KeyStatement.Binding;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes {@link KeyStatement}s; not safe for concurrent use. */
public final class KeyStatementBuilder {
  private PublicJwk jwk;
  private @Nullable String domain;
  private @Nullable String issuer;
  private String purpose = KeyStatement.ACCESS;
  private @Nullable AllowList tenants;
  private @Nullable AllowList tokenTypes;
  private @Nullable AllowList audiences;
  private @Nullable Duration lifeMax;
  private @Nullable Instant activeFrom;
  private @Nullable Instant activeUntil;
  private @Nullable Instant verifyUntil;
  private Duration successorLead = Duration.ZERO;
  private @Nullable RecordForm record;
  private Binding binding = Binding.NONE;
  private Publication publication = Publication.ORDINARY;
  private @Nullable String alias;
  private String custody = Assurance.UNKNOWN.text();
  private Assurance assurance = Assurance.UNKNOWN;

  KeyStatementBuilder(PublicJwk jwk) {
    this.jwk = jwk;
  }

  /** Another public key. */
  public KeyStatementBuilder jwk(PublicJwk newJwk) {
    jwk = newJwk;
    return this;
  }

  public KeyStatementBuilder domain(String newDomain) {
    domain = newDomain;
    return this;
  }

  public KeyStatementBuilder issuer(String newIssuer) {
    issuer = newIssuer;
    return this;
  }

  public KeyStatementBuilder purpose(String newPurpose) {
    purpose = newPurpose;
    return this;
  }

  public KeyStatementBuilder tenants(AllowList newTenants) {
    tenants = newTenants;
    return this;
  }

  public KeyStatementBuilder tokenTypes(AllowList newTokenTypes) {
    tokenTypes = newTokenTypes;
    return this;
  }

  public KeyStatementBuilder audiences(AllowList newAudiences) {
    audiences = newAudiences;
    return this;
  }

  public KeyStatementBuilder lifeMax(Duration newLifeMax) {
    lifeMax = newLifeMax;
    return this;
  }

  /** The active window, its end exclusive. */
  public KeyStatementBuilder active(Instant from, Instant until) {
    activeFrom = from;
    activeUntil = until;
    return this;
  }

  public KeyStatementBuilder verifyUntil(Instant newVerifyUntil) {
    verifyUntil = newVerifyUntil;
    return this;
  }

  public KeyStatementBuilder successorLead(Duration newSuccessorLead) {
    successorLead = newSuccessorLead;
    return this;
  }

  public KeyStatementBuilder record(RecordForm newRecord) {
    record = newRecord;
    return this;
  }

  public KeyStatementBuilder binding(Binding newBinding) {
    binding = newBinding;
    return this;
  }

  public KeyStatementBuilder publication(Publication newPublication) {
    publication = newPublication;
    return this;
  }

  /** The {@code kid} in another issuer's tokens; null for the thumbprint. */
  public KeyStatementBuilder alias(@Nullable String newAlias) {
    alias = newAlias;
    return this;
  }

  /** How the private half is held, and what that supports to be said of it. */
  public KeyStatementBuilder custody(String newCustody, Assurance newAssurance) {
    custody = newCustody;
    assurance = newAssurance;
    return this;
  }

  /**
   * The statement.
   *
   * @throws NullPointerException if something that limits the key was not given
   * @throws IllegalArgumentException if times are out of order
   */
  public KeyStatement build() {
    return new KeyStatement(
        jwk,
        Objects.requireNonNull(domain, "domain"),
        Objects.requireNonNull(issuer, "issuer"),
        purpose,
        Objects.requireNonNull(tenants, "tenants"),
        Objects.requireNonNull(tokenTypes, "token types"),
        Objects.requireNonNull(audiences, "audiences"),
        Objects.requireNonNull(lifeMax, "longest life"),
        Objects.requireNonNull(activeFrom, "active window"),
        Objects.requireNonNull(activeUntil, "active window"),
        Objects.requireNonNull(verifyUntil, "verify until"),
        successorLead,
        Objects.requireNonNull(record, "record form"),
        binding,
        publication,
        alias,
        custody,
        assurance);
  }
}
