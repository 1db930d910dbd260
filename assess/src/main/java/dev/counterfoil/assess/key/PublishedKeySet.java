package dev.counterfoil.assess.key;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.MetadataFinding;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A key set as it was served.
 *
 * @param address where it was asked for
 * @param headers of the answer; empty for a file
 * @param keys the entries that were read, in order
 * @param keysNotRead entries beyond the limit
 */
public record PublishedKeySet(
    URI address, HttpHeaders headers, List<PublishedKey> keys, int keysNotRead) {

  /** The set in a fetched document; findings and empty when it holds none. */
  public static Optional<PublishedKeySet> read(
      URI address, Fetcher.Fetched fetched, AssessmentLimits limits, AssessmentFindings findings) {
    String where = Printable.of(address.toString());
    switch (fetched) {
      case Fetcher.Fetched.Answer answer -> {
        if (answer.redirects() > 0) {
          findings.add(
              MetadataFinding.REDIRECTED,
              where + " leads to " + Printable.of(answer.from().toString()));
        }
        return parse(address, answer, limits, findings);
      }
      case Fetcher.Fetched.Refused refused ->
          findings.add(
              KeyFinding.JWKS_UNREACHABLE, where + " answered with status " + refused.status());
      case Fetcher.Fetched.LedAway away ->
          findings.add(
              MetadataFinding.REDIRECTED_ELSEWHERE,
              where + " points to " + Printable.of(away.to().toString()));
      case Fetcher.Fetched.Failed failed ->
          findings.add(KeyFinding.JWKS_UNREACHABLE, where + ": " + failed.why());
    }
    return Optional.empty();
  }

  private static Optional<PublishedKeySet> parse(
      URI address,
      Fetcher.Fetched.Answer answer,
      AssessmentLimits limits,
      AssessmentFindings findings) {
    String where = Printable.of(address.toString());
    return switch (Json.parseObject(answer.body())) {
      case Json.Parsed.Unreadable unreadable -> {
        findings.add(KeyFinding.JWKS_UNREADABLE, where + ": " + unreadable.why());
        yield Optional.empty();
      }
      case Json.Parsed.Document document -> {
        @Nullable JsonNode list = document.object().get("keys");
        if (list == null || !list.isArray()) {
          findings.add(KeyFinding.JWKS_UNREADABLE, where + ": no list named keys");
          yield Optional.empty();
        }
        yield Optional.of(readKeys(address, answer, list, limits, findings));
      }
    };
  }

  private static PublishedKeySet readKeys(
      URI address,
      Fetcher.Fetched.Answer answer,
      JsonNode list,
      AssessmentLimits limits,
      AssessmentFindings findings) {
    List<PublishedKey> keys = new ArrayList<>();
    int read = Math.min(list.size(), limits.keysPerSet());
    for (int index = 0; index < read; index++) {
      if (list.get(index) instanceof ObjectNode object) {
        keys.add(PublishedKey.read(index, object, limits));
      } else {
        findings.add(
            KeyFinding.KEY_UNREADABLE,
            "entry "
                + (index + 1)
                + " of "
                + Printable.of(address.toString())
                + " is not an object");
      }
    }
    return new PublishedKeySet(address, answer.headers(), List.copyOf(keys), list.size() - read);
  }

  public List<PublishedKey> signingKeys() {
    return keys.stream().filter(PublishedKey::isForSigning).toList();
  }

  /** Thumbprints of the keys that may sign. */
  public Set<String> signingThumbprints() {
    Set<String> thumbprints = new LinkedHashSet<>();
    signingKeys().forEach(key -> key.thumbprint().ifPresent(thumbprints::add));
    return thumbprints;
  }

  /** The key and its set, for a line of evidence. */
  public String name(PublishedKey key) {
    return key.name() + " in " + Printable.of(address.toString());
  }
}
