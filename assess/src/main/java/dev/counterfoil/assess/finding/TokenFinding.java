package dev.counterfoil.assess.finding;

import static dev.counterfoil.assess.finding.Severity.CRITICAL;
import static dev.counterfoil.assess.finding.Severity.HIGH;
import static dev.counterfoil.assess.finding.Severity.INFO;
import static dev.counterfoil.assess.finding.Severity.LOW;
import static dev.counterfoil.assess.finding.Severity.MEDIUM;

/** What sample tokens can show, alone and beside the key sets. */
public enum TokenFinding implements FindingKind {
  TOKEN_UNREADABLE(
      MEDIUM,
      "A sample is not a well-formed signed token",
      "A signed token is three base64url parts, the first two of them JSON objects without repeated members (RFC 7515 sections 3 and 4).",
      "Check the file; if the issuer really made it, repair the issuer."),
  TOKEN_OPAQUE(
      INFO,
      "A sample is opaque",
      "Opaque tokens mean nothing without the issuer's record: that is stateful validation. Nothing else could be checked.",
      "Nothing. Make sure that every service asks the issuer about it."),
  TOKEN_ENCRYPTED(
      INFO,
      "A sample is encrypted",
      "Its content could not be assessed.",
      "Assess a sample before encryption, too."),
  TOKEN_ALG_NONE(
      CRITICAL,
      "A token is not signed",
      "The algorithm none proves nothing (RFC 8725 section 3.2); services that accept this token accept anyone's.",
      "Sign tokens; make services refuse none; search logs for its use."),
  TOKEN_ALG_SYMMETRIC(
      HIGH,
      "A token is signed with a shared secret",
      "Every service that can check it can forge it; asymmetric signatures are recommended (RFC 9068 section 2.1).",
      "Use ES256, EdDSA or RS256."),
  TOKEN_KEY_OF_OTHER_ISSUER(
      CRITICAL,
      "A token of one issuer is signed with another issuer's key",
      "No honest issuer signs so: this was the unambiguous mark of the forged tokens of 2023. Issuer and key belong together (CSRB recommendation 13).",
      "If you did not make this sample yourself, treat it as forged: find where it was accepted, and revoke the key."),
  TOKEN_SIGNATURE_INVALID(
      HIGH,
      "A token's signature does not fit the key it names",
      "A token is the issuer's only if its signature verifies with the named key (RFC 7515 section 5.2).",
      "Check that the sample is whole; if it is, find out its origin."),
  TOKEN_KEY_UNKNOWN(
      HIGH,
      "A token names a key that is in no published set",
      "Services either refuse such tokens or trust keys from elsewhere.",
      "If the key was withdrawn, the sample is old; if not, find out which key signed and who holds it."),
  TOKEN_KID_MISSING(
      HIGH,
      "A token does not name its key",
      "Without kid it is unknown which key signed, both to a service that must choose one and to an investigation afterwards (RFC 7515 section 4.1.4).",
      "Write kid into every header."),
  TOKEN_SIGNATURE_UNCHECKED(
      INFO,
      "A token's signature could not be checked",
      "Its algorithm, or its key's type, is not supported here.",
      "Check it with another tool."),
  TOKEN_SIGNED_BY_EXPIRED_KEY(
      CRITICAL,
      "A token was made after the end of its key",
      "Tokens signed after a key's end are refused by verifiers (CSRB; the key of the 2023 breach was 771 days past it).",
      "Stop signing with the key; withdraw it; find out who signs."),
  TOKEN_OUTLIVES_KEY(
      MEDIUM,
      "A token lives longer than its key",
      "No token outlives the key that vouches for it; else the key cannot be withdrawn when it ends.",
      "Cap exp at the key's end."),
  TOKEN_ISSUER_MISSING(
      HIGH,
      "A token does not name its issuer",
      "iss is required in JWT access tokens (RFC 9068 section 2.2) and is what a service compares with the key (RFC 8725 section 3.8).",
      "Write iss into every token."),
  TOKEN_ISSUER_UNKNOWN(
      MEDIUM,
      "A token names an issuer that was not assessed",
      "A service compares iss with the exact issuer it trusts (RFC 8725 section 3.8).",
      "Assess that issuer too, or find out why it appears here."),
  TOKEN_END_MISSING(
      HIGH,
      "A token never expires",
      "exp is required in JWT access tokens (RFC 9068 section 2.2).",
      "Write exp into every token: minutes, not days."),
  TOKEN_LIFE_VERY_LONG(
      HIGH,
      "A token lives for more than a day",
      "Short lives limit what theft is worth (the draft of NIST IR 8587, as reported, asks to shorten them); a key cannot be withdrawn before its last token ends.",
      "Issue tokens for minutes; renew through the issuer, where each renewal is a decision."),
  TOKEN_LIFE_LONG(
      MEDIUM,
      "A token lives for more than an hour",
      "Short lives limit what theft is worth (the draft of NIST IR 8587, as reported, asks to shorten them).",
      "Issue tokens for minutes."),
  TOKEN_START_MISSING(
      LOW,
      "A token does not say when it was issued",
      "iat is required in JWT access tokens (RFC 9068 section 2.2): it is compared with the time in which the key was active.",
      "Write iat into every token."),
  TOKEN_TYPE_UNSTATED(
      LOW,
      "A token does not say what kind it is",
      "typ at+jwt keeps ID tokens and other JWTs from being taken for access tokens (RFC 9068 section 2.1, RFC 8725 section 3.11).",
      "Write an explicit typ into the header."),
  TOKEN_AUDIENCE_MISSING(
      HIGH,
      "A token is valid for any audience",
      "aud is required (RFC 9068 section 2.2), so that a token stolen from one service is worthless at another (RFC 8725 section 3.9).",
      "Issue tokens for one named service; make services check it."),
  TOKEN_AUDIENCE_MANY(
      LOW,
      "A token is for several services",
      "Each audience can replay the token at the others; narrow audiences limit harm (RFC 9700 section 2.3).",
      "Issue one token for each service."),
  TOKEN_ID_MISSING(
      HIGH,
      "A token carries no identifier",
      "Without jti a presented token cannot be matched with the issuer's record by name (RFC 9068 section 2.2; CSRB recommendation 6 on linkable identifiers; draft of NIST IR 8587, as reported, on token elements).",
      "Write a unique jti into every token and record it before the token leaves."),
  TOKEN_BEARER(
      MEDIUM,
      "A token works for every holder",
      "Tokens are bound to their client (cnf: RFC 9449, RFC 8705; CSRB recommendation 11).",
      "Issue bound tokens, first to privileged clients."),
  TOKEN_TENANT_UNSTATED(
      LOW,
      "A token does not name its tenant",
      "Where an issuer serves tenants, the tenant is part of what a service checks and of what a victim is told.",
      "Write the tenant into a claim, or give each tenant an issuer."),
  TOKEN_ELEMENTS_MISSING(
      INFO,
      "A token leaves out elements that make it traceable",
      "Token elements that the draft of NIST IR 8587 reportedly lists: issuer, audience, subject, client, times and a unique identifier (acting party, assurance and authentication time where a person is behind it).",
      "Add what is missing.");

  // A record of texts: immutable, though it does not carry Error Prone's annotation.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Wording wording;

  TokenFinding(Severity severity, String title, String requirement, String whatToDo) {
    this.wording = new Wording(severity, title, requirement, whatToDo);
  }

  @Override
  public Wording wording() {
    return wording;
  }
}
