package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Requests that come back by the browser after a person signed in: all their parameters, when that
 * was demanded, and a keyed hash of both. So nothing is kept here for browsers that never return,
 * and nobody can say that a person signed in for a request when they did not.
 */
final class SealedRequests {
  /** Of ours among the parameters. */
  static final String SEAL = "counterfoil_asked";

  /** How long a person may take. */
  static final Duration AGE_MAX = Duration.ofHours(1);

  private static final String CONTEXT = "counterfoil authorization request\0";
  private static final int MAC_CHARACTERS = 32;

  private final Function<byte[], Hash> keyed;
  private final InstantSource clock;

  SealedRequests(Function<byte[], Hash> keyed, InstantSource clock) {
    this.keyed = keyed;
    this.clock = clock;
  }

  /** The parameters as a query, without a seal. */
  static String query(Form form) {
    return query(form, Set.of());
  }

  /** The same without some parameters. */
  static String query(Form form, Set<String> without) {
    StringBuilder query = new StringBuilder();
    for (Map.Entry<String, List<String>> one : form.parameters().entrySet()) {
      if (one.getKey().equals(SEAL) || without.contains(one.getKey())) {
        continue;
      }
      for (String value : one.getValue()) {
        query
            .append(query.isEmpty() ? "" : "&")
            .append(ClientAnswer.encode(one.getKey()))
            .append('=')
            .append(ClientAnswer.encode(value));
      }
    }
    return query.toString();
  }

  /** The same with a seal that says since when a person is asked to sign in. */
  String seal(Form form, Instant askedAt) {
    String query = query(form);
    long at = askedAt.toEpochMilli();
    return query + "&" + SEAL + "=" + at + "." + mac(query, at);
  }

  /** When a person was asked to sign in; empty where there is no seal, or none that holds. */
  Optional<Instant> askedAt(Form form) {
    Optional<String> seal = form.value(SEAL);
    if (seal.isEmpty()) {
      return Optional.empty();
    }
    int dot = seal.get().indexOf('.');
    long at;
    try {
      at = Long.parseLong(seal.get().substring(0, Math.max(dot, 0)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    boolean isOurs =
        MessageDigest.isEqual(
            mac(query(form), at).getBytes(StandardCharsets.UTF_8),
            seal.get().substring(dot + 1).getBytes(StandardCharsets.UTF_8));
    Instant asked = Instant.ofEpochMilli(at);
    return isOurs && clock.instant().isBefore(asked.plus(AGE_MAX))
        ? Optional.of(asked)
        : Optional.empty();
  }

  private String mac(String query, long at) {
    return keyed
        .apply((CONTEXT + at + "\0" + query).getBytes(StandardCharsets.UTF_8))
        .base64Url()
        .substring(0, MAC_CHARACTERS);
  }
}
