package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.MetadataFinding;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Fetches the two metadata documents of an issuer and lays them together. */
final class MetadataReader {
  private static final String OAUTH = "/.well-known/oauth-authorization-server";
  private static final String OPENID = "/.well-known/openid-configuration";
  private static final List<String> MUST_AGREE =
      List.of(
          "issuer",
          "jwks_uri",
          "token_endpoint",
          "authorization_endpoint",
          "introspection_endpoint");

  private final Fetcher fetcher;
  private final AssessmentFindings findings;
  private final List<AssessmentReport.DocumentSeen> seen;

  MetadataReader(
      Fetcher fetcher, AssessmentFindings findings, List<AssessmentReport.DocumentSeen> seen) {
    this.fetcher = fetcher;
    this.findings = findings;
    this.seen = seen;
  }

  /** Both documents in one object, the OAuth one first; empty when neither could be read. */
  Optional<ObjectNode> read(URI issuer) {
    List<String> failures = new ArrayList<>();
    Optional<ObjectNode> oauth = fetch(oauthAddress(issuer), issuer, failures);
    if (oauth.isEmpty() && !path(issuer).isEmpty()) {
      // Many servers append the path as OpenID does, though RFC 8414 section 3.1 inserts it.
      oauth = fetch(appended(issuer, OAUTH), issuer, failures);
    }
    Optional<ObjectNode> openId = fetch(appended(issuer, OPENID), issuer, failures);
    if (oauth.isEmpty() && openId.isEmpty()) {
      failures.forEach(failure -> findings.add(MetadataFinding.METADATA_UNREACHABLE, failure));
      return Optional.empty();
    }
    if (oauth.isEmpty() || openId.isEmpty()) {
      // One at which nobody signs in is no OpenID provider, and rightly has no metadata of one.
      if (oauth.isEmpty() || oauth.get().has("authorization_endpoint")) {
        failures.forEach(failure -> findings.add(MetadataFinding.METADATA_INCOMPLETE, failure));
      }
      return oauth.or(() -> openId);
    }
    ObjectNode merged = oauth.get().deepCopy();
    ObjectNode second = openId.get();
    for (String member : MUST_AGREE) {
      Optional<String> one = Json.text(merged, member);
      Optional<String> other = Json.text(second, member);
      if (one.isPresent() && other.isPresent() && !one.equals(other)) {
        findings.add(
            MetadataFinding.METADATA_DISAGREES,
            member
                + " is "
                + Printable.of(one.get())
                + " in one and "
                + Printable.of(other.get())
                + " in the other");
      }
    }
    second
        .properties()
        .forEach(
            member -> {
              if (!merged.has(member.getKey())) {
                merged.set(member.getKey(), member.getValue());
              }
            });
    return Optional.of(merged);
  }

  private Optional<ObjectNode> fetch(URI address, URI issuer, List<String> failures) {
    String where = Printable.of(address.toString());
    switch (fetcher.fetchNamed(address, issuer)) {
      case Fetcher.Fetched.Answer answer -> {
        if (answer.redirects() > 0) {
          findings.add(
              MetadataFinding.REDIRECTED,
              where + " leads to " + Printable.of(answer.from().toString()));
        }
        switch (Json.parseObject(answer.body())) {
          case Json.Parsed.Document document -> {
            seen.add(
                new AssessmentReport.DocumentSeen(
                    where, "metadata, " + answer.body().length() + " characters"));
            return Optional.of(document.object());
          }
          case Json.Parsed.Unreadable unreadable -> {
            // Sites that answer every path with their start page do not mean it as metadata.
            if (answer.body().stripLeading().startsWith("{")) {
              findings.add(MetadataFinding.METADATA_UNREADABLE, where + ": " + unreadable.why());
            }
            failures.add(where + " is no JSON object");
          }
        }
      }
      case Fetcher.Fetched.Refused refused ->
          failures.add(where + " answered with status " + refused.status());
      case Fetcher.Fetched.LedAway away -> {
        findings.add(
            MetadataFinding.REDIRECTED_ELSEWHERE,
            where + " points to " + Printable.of(away.to().toString()));
        failures.add(where + " redirects elsewhere");
      }
      case Fetcher.Fetched.Failed failed -> failures.add(where + ": " + failed.why());
    }
    return Optional.empty();
  }

  /** RFC 8414 section 3.1: between host and path. */
  private static URI oauthAddress(URI issuer) {
    return issuer.resolve(OAUTH + path(issuer));
  }

  /** OpenID Connect Discovery 1.0 section 4: after the path. */
  private static URI appended(URI issuer, String wellKnown) {
    return issuer.resolve(path(issuer) + wellKnown);
  }

  private static String path(URI issuer) {
    String path = issuer.getRawPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
