package dev.counterfoil.assess.finding;

import static dev.counterfoil.assess.finding.Severity.HIGH;
import static dev.counterfoil.assess.finding.Severity.INFO;
import static dev.counterfoil.assess.finding.Severity.LOW;
import static dev.counterfoil.assess.finding.Severity.MEDIUM;

/** What an issuer's metadata (RFC 8414, OpenID Connect Discovery) can show. */
public enum MetadataFinding implements FindingKind {
  METADATA_UNREACHABLE(
      HIGH,
      "No metadata document could be read",
      "Clients and services learn an issuer's endpoints and keys from its metadata (RFC 8414 section 3).",
      "Check the issuer URL and its TLS certificate; serve /.well-known/oauth-authorization-server. Without metadata only key sets and tokens given by hand are assessed."),
  METADATA_UNREADABLE(
      HIGH,
      "A metadata document is not unambiguous JSON",
      "Metadata is one JSON object without repeated members (RFC 8414 section 3.2, RFC 8259 section 4): two readers must not see two issuers.",
      "Repair the document; no member may occur twice."),
  METADATA_INCOMPLETE(
      INFO,
      "Only one of the two metadata documents is served",
      "OAuth clients look for /.well-known/oauth-authorization-server before the path (RFC 8414 section 3.1), OpenID clients for /.well-known/openid-configuration after it.",
      "Serve both with the same content, so that no one configures endpoints by hand."),
  METADATA_DISAGREES(
      MEDIUM,
      "The two metadata documents contradict each other",
      "One issuer has one key set and one set of endpoints, whichever document a client reads (RFC 8414 section 3.3).",
      "Generate both documents from one source."),
  ISSUER_MISMATCH(
      HIGH,
      "The metadata names another issuer than the one asked for",
      "The issuer member must be identical to the URL that the metadata was fetched for, or mix-up attacks work (RFC 8414 sections 3.3 and 6.2).",
      "Serve metadata with the exact issuer URL; tell clients the exact URL."),
  ISSUER_PATTERN(
      HIGH,
      "The issuer is a pattern and not a name",
      "A service must be able to compare a token's issuer with one exact value (RFC 8725 section 3.8); a pattern leaves the check to each service's own code.",
      "Give each tenant or trust domain an issuer URL of its own, with a key set of its own."),
  ISSUER_NOT_HTTPS(
      HIGH,
      "The issuer is reached without TLS",
      "Issuer URLs use https (RFC 8414 section 2): an attacker that can change the response in transit can supply its own keys.",
      "Serve the issuer over https only."),
  ISSUER_ON_LOOPBACK(
      INFO,
      "The issuer is on this machine",
      "What is served on loopback may differ from what the world sees: TLS, proxies and their caches are missing from this assessment.",
      "Assess the public URL too, from outside."),
  ENDPOINT_NOT_HTTPS(
      HIGH,
      "An endpoint is reached without TLS",
      "Token requests, client secrets and keys need TLS (RFC 6749 section 3.2, RFC 8414 section 2).",
      "Publish https addresses only."),
  ENDPOINT_ELSEWHERE(
      INFO,
      "An endpoint is on another host than the issuer",
      "Every host that serves keys or takes secrets for an issuer is part of its trust.",
      "Make sure that the other host is yours and guarded like the issuer; otherwise move the endpoint."),
  REDIRECTED(
      LOW,
      "A document is only reached through a redirect",
      "Metadata and keys are served directly (RFC 8414 section 3.2 requires 200): many clients do not follow redirects, and those that do trust the target.",
      "Serve the document at the address itself."),
  REDIRECTED_ELSEWHERE(
      MEDIUM,
      "A document redirects to another host or away from TLS",
      "Keys and metadata come from the issuer, not from a redirect's target (RFC 8414 section 6.2).",
      "Remove the redirect. It was not followed here."),
  JWKS_URI_MISSING(
      HIGH,
      "The metadata names no key set",
      "Services need jwks_uri to find keys and their successors (RFC 8414 section 2); keys copied by hand are never rotated.",
      "Publish a jwks_uri."),
  TOKEN_ENDPOINT_MISSING(
      MEDIUM,
      "The metadata names no token endpoint",
      "An authorization server names its token endpoint unless it only knows the implicit grant (RFC 8414 section 2), which is no longer to be used (RFC 9700 section 2.1.2).",
      "Publish token_endpoint."),
  INTROSPECTION_MISSING(
      MEDIUM,
      "Services cannot ask whether a token was issued",
      "Stateful validation: a stolen key must not be enough (CSRB recommendation 6). Introspection (RFC 7662) is the standard way for a service to ask the issuer's own record.",
      "Offer introspection backed by a record of issued tokens, or proofs of issuance that services check themselves."),
  REVOCATION_MISSING(
      LOW,
      "Clients cannot revoke a token",
      "Tokens that are no longer needed can be revoked (RFC 7009); fast revocation limits theft (draft of NIST IR 8587 as reported).",
      "Offer a revocation endpoint whose effect services notice within seconds."),
  PKCE_MISSING(
      MEDIUM,
      "PKCE with S256 is not announced",
      "Authorization codes are bound to their request with PKCE, and the server says so in its metadata (RFC 9700 section 2.1.1).",
      "Support and require code_challenge_method S256 and publish it in code_challenge_methods_supported."),
  PKCE_PLAIN(
      LOW,
      "PKCE with the method plain is offered",
      "Only S256 keeps the verifier out of the authorization request (RFC 9700 section 2.1.1).",
      "Refuse plain."),
  SENDER_CONSTRAINT_MISSING(
      MEDIUM,
      "Every access token is a bearer token",
      "Tokens are bound to their client by DPoP or mutual TLS, so that a stolen one is worthless (CSRB recommendation 11, RFC 9700 section 2.2.1, draft of NIST IR 8587 as reported).",
      "Support DPoP (RFC 9449) or certificate-bound tokens (RFC 8705), and require them for privileged clients."),
  DPOP_MISSING(
      LOW,
      "DPoP is not offered",
      "DPoP is the bound-token standard that the CSRB names (recommendation 11); mutual TLS alone does not reach browsers and many services.",
      "Support DPoP (RFC 9449) and publish dpop_signing_alg_values_supported."),
  CLIENT_SECRETS_ONLY(
      LOW,
      "Clients can authenticate with shared secrets only",
      "Asymmetric client authentication (private_key_jwt or mutual TLS) is recommended: the issuer then keeps nothing that a thief could use (RFC 9700 section 2.5).",
      "Support private_key_jwt and move clients to it."),
  GRANT_OUTDATED(
      MEDIUM,
      "Deprecated grants are offered",
      "The password grant must not be used and the implicit grant should not be (RFC 9700 sections 2.4 and 2.1.2).",
      "Turn them off, first for new clients, then for all, with a date."),
  ALG_NONE_OFFERED(
      HIGH,
      "Unsigned tokens or proofs are offered",
      "The algorithm none must not be accepted where a signature carries trust (RFC 8725 section 3.2).",
      "Remove none from the lists and refuse it in code."),
  ALG_NONE_FOR_OBJECTS(
      INFO,
      "Unsigned request objects or user information are allowed",
      "OpenID Connect allows none there; an unsigned request object protects nothing.",
      "Remove none unless a client needs it."),
  ALG_SYMMETRIC_OFFERED(
      MEDIUM,
      "ID tokens can be signed with a shared secret",
      "With HS256 and similar algorithms, every party that can check a token can forge one; each key has one purpose (CSRB recommendation 13 on key scope).",
      "Offer asymmetric algorithms only."),
  ALG_RS256_ONLY(
      INFO,
      "RS256 is the only signature algorithm",
      "More than one algorithm family keeps a way open when one falls (RFC 7696).",
      "Offer ES256 or EdDSA beside RS256."),
  ALG_RSA1_5_OFFERED(
      LOW,
      "RSA encryption with PKCS #1 v1.5 padding is offered",
      "RSA1_5 invites padding oracles and should be avoided (RFC 8725 section 3.2).",
      "Offer RSA-OAEP-256 or ECDH-ES instead."),
  ISS_PARAMETER_MISSING(
      LOW,
      "Authorization responses do not name their issuer",
      "Clients that use more than one issuer need the iss parameter against mix-up attacks (RFC 9207, RFC 9700 section 4.4.2.1).",
      "Send iss in authorization responses and publish authorization_response_iss_parameter_supported.");

  // A record of texts: immutable, though it does not carry Error Prone's annotation.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Wording wording;

  MetadataFinding(Severity severity, String title, String requirement, String whatToDo) {
    this.wording = new Wording(severity, title, requirement, whatToDo);
  }

  @Override
  public Wording wording() {
    return wording;
  }
}
