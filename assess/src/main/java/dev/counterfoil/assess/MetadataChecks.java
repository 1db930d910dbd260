package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.MetadataFinding;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Judges one issuer's metadata. */
final class MetadataChecks {
  private static final Set<String> OUTDATED_GRANTS = Set.of("password", "implicit");
  private static final Set<String> CLIENT_PROOFS =
      Set.of(
          "private_key_jwt",
          "tls_client_auth",
          "self_signed_tls_client_auth",
          "attest_jwt_client_auth");
  private static final List<String> NONE_MATTERS =
      List.of(
          "id_token_signing_alg_values_supported",
          "token_endpoint_auth_signing_alg_values_supported",
          "introspection_endpoint_auth_signing_alg_values_supported",
          "revocation_endpoint_auth_signing_alg_values_supported",
          "introspection_signing_alg_values_supported",
          "authorization_signing_alg_values_supported",
          "dpop_signing_alg_values_supported");
  private static final List<String> NONE_ALLOWED =
      List.of(
          "request_object_signing_alg_values_supported", "userinfo_signing_alg_values_supported");
  private static final List<String> ENCRYPTION =
      List.of(
          "id_token_encryption_alg_values_supported",
          "userinfo_encryption_alg_values_supported",
          "request_object_encryption_alg_values_supported",
          "authorization_encryption_alg_values_supported",
          "introspection_encryption_alg_values_supported");

  private final URI issuer;
  private final ObjectNode metadata;
  private final AssessmentFindings findings;

  MetadataChecks(URI issuer, ObjectNode metadata, AssessmentFindings findings) {
    this.issuer = issuer;
    this.metadata = metadata;
    this.findings = findings;
  }

  void run() {
    checkIssuer();
    checkEndpoints();
    checkAuthorization();
    checkBinding();
    checkAlgorithms();
  }

  private void checkIssuer() {
    Optional<String> named = Json.text(metadata, "issuer");
    if (named.isEmpty()) {
      add(MetadataFinding.ISSUER_MISMATCH, "the metadata of " + where() + " has no issuer");
    } else if (named.get().contains("{")) {
      add(
          MetadataFinding.ISSUER_PATTERN,
          Printable.of(named.get()) + " in the metadata of " + where());
    } else if (!named.get().equals(issuer.toString())) {
      add(
          MetadataFinding.ISSUER_MISMATCH,
          "asked for " + where() + ", the metadata says " + Printable.of(named.get()));
    }
  }

  private void checkEndpoints() {
    require("jwks_uri", MetadataFinding.JWKS_URI_MISSING);
    require("token_endpoint", MetadataFinding.TOKEN_ENDPOINT_MISSING);
    require("introspection_endpoint", MetadataFinding.INTROSPECTION_MISSING);
    require("revocation_endpoint", MetadataFinding.REVOCATION_MISSING);
    List<String> endpoints =
        Stream.concat(
                Stream.of("jwks_uri"),
                metadata.propertyNames().stream()
                    .filter(name -> name.endsWith("_endpoint"))
                    .sorted())
            .toList();
    for (String name : endpoints) {
      Json.text(metadata, name).ifPresent(text -> checkEndpoint(name, text));
    }
  }

  private void checkEndpoint(String name, String text) {
    String shown = name + " of " + where() + " is " + Printable.of(text);
    URI address;
    try {
      address = new URI(text);
    } catch (URISyntaxException e) {
      // Refused: a stranger's text that is no address has no https either.
      add(MetadataFinding.ENDPOINT_NOT_HTTPS, shown + ", which is no address");
      return;
    }
    if (!Fetcher.isHttps(address) && !(Fetcher.isInward(address) && Fetcher.isInward(issuer))) {
      add(MetadataFinding.ENDPOINT_NOT_HTTPS, shown);
    }
    if (address.getHost() != null && !address.getHost().equalsIgnoreCase(issuer.getHost())) {
      add(MetadataFinding.ENDPOINT_ELSEWHERE, shown);
    }
  }

  private void checkAuthorization() {
    List<String> outdated = new ArrayList<>(Json.texts(metadata, "grant_types_supported"));
    outdated.retainAll(OUTDATED_GRANTS);
    if (!outdated.isEmpty()) {
      add(MetadataFinding.GRANT_OUTDATED, where() + " offers " + String.join(", ", outdated));
    }
    if (Json.text(metadata, "authorization_endpoint").isEmpty() || grantsExcludeCode()) {
      return;
    }
    List<String> methods = Json.texts(metadata, "code_challenge_methods_supported");
    if (!methods.contains("S256")) {
      add(MetadataFinding.PKCE_MISSING, where() + " announces " + shown(methods));
    }
    if (methods.contains("plain")) {
      add(MetadataFinding.PKCE_PLAIN, where() + " announces " + shown(methods));
    }
    if (!metadata.path("authorization_response_iss_parameter_supported").asBoolean(false)) {
      add(MetadataFinding.ISS_PARAMETER_MISSING, where() + " does not announce it");
    }
  }

  /** Left out, the list means authorization_code and implicit (RFC 8414 section 2). */
  private boolean grantsExcludeCode() {
    return metadata.has("grant_types_supported")
        && !Json.texts(metadata, "grant_types_supported").contains("authorization_code");
  }

  private void checkBinding() {
    boolean dpop = !Json.texts(metadata, "dpop_signing_alg_values_supported").isEmpty();
    boolean mutualTls =
        metadata.path("tls_client_certificate_bound_access_tokens").asBoolean(false);
    if (!dpop && !mutualTls) {
      add(
          MetadataFinding.SENDER_CONSTRAINT_MISSING,
          where() + " announces neither DPoP nor certificate-bound tokens");
    } else if (!dpop) {
      add(MetadataFinding.DPOP_MISSING, where() + " announces certificate-bound tokens only");
    }
    List<String> methods = Json.texts(metadata, "token_endpoint_auth_methods_supported");
    if (methods.stream().noneMatch(CLIENT_PROOFS::contains)) {
      // Left out, the list means client_secret_basic (RFC 8414 section 2).
      String offered =
          methods.isEmpty() ? "client_secret_basic (nothing is announced)" : shown(methods);
      add(MetadataFinding.CLIENT_SECRETS_ONLY, where() + " offers " + offered);
    }
  }

  private void checkAlgorithms() {
    checkFor("none", NONE_MATTERS, MetadataFinding.ALG_NONE_OFFERED);
    checkFor("none", NONE_ALLOWED, MetadataFinding.ALG_NONE_FOR_OBJECTS);
    List<String> idTokens = Json.texts(metadata, "id_token_signing_alg_values_supported");
    List<String> symmetric =
        idTokens.stream().filter(name -> name.startsWith("HS")).sorted().toList();
    if (!symmetric.isEmpty()) {
      add(MetadataFinding.ALG_SYMMETRIC_OFFERED, where() + " offers " + shown(symmetric));
    }
    if (idTokens.equals(List.of("RS256"))) {
      add(MetadataFinding.ALG_RS256_ONLY, where() + " offers RS256 for ID tokens");
    }
    checkFor("RSA1_5", ENCRYPTION, MetadataFinding.ALG_RSA1_5_OFFERED);
  }

  private void checkFor(String algorithm, List<String> members, MetadataFinding kind) {
    List<String> listing =
        members.stream()
            .filter(member -> Json.texts(metadata, member).contains(algorithm))
            .toList();
    if (!listing.isEmpty()) {
      add(kind, where() + " offers " + algorithm + " in " + String.join(", ", listing));
    }
  }

  private void require(String member, MetadataFinding whenMissing) {
    if (Json.text(metadata, member).isEmpty()) {
      add(whenMissing, "the metadata of " + where() + " has no " + member);
    }
  }

  private void add(MetadataFinding kind, String evidence) {
    findings.add(kind, evidence);
  }

  private String where() {
    return Printable.of(issuer.toString());
  }

  private static String shown(List<String> values) {
    return values.isEmpty() ? "nothing" : Printable.of(String.join(", ", values));
  }
}
