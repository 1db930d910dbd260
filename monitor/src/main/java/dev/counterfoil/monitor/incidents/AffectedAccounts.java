package dev.counterfoil.monitor.incidents;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.Presented;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The accounts that tokens of an incident name. What a forged token names is a claim of whoever
 * forged it: an account is affected where a service accepted a token that names it. Of accounts
 * that only refused tokens name, no more than their number is told, for the forger chose it.
 */
final class AffectedAccounts {
  private static final int SERVICES_MAX = 20;
  private static final int TOKENS_MAX = 20;

  private record Name(String tenant, String subject) {}

  private static final class Account {
    private final Set<String> services = new TreeSet<>();
    private final Set<String> tokens = new LinkedHashSet<>();
    private final Set<String> accepted = new LinkedHashSet<>();
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
  }

  private final Map<Name, Account> accounts =
      new TreeMap<>(Comparator.comparing(Name::tenant).thenComparing(Name::subject));

  /** A token that names one: of a tenant that the domain serves. */
  void add(String tenant, String subject, String token, Sighting sighting) {
    Account one = accounts.computeIfAbsent(new Name(tenant, subject), _ -> new Account());
    one.tokens.add(token);
    if (Presented.isLetIn(sighting)) {
      one.accepted.add(token);
    }
    one.services.add(sighting.use().service());
    one.first = Math.min(one.first, sighting.seenAt().toEpochMilli());
    one.last = Math.max(one.last, sighting.seenAt().toEpochMilli());
  }

  /** Those that are affected. */
  List<JsonObject> toJson() {
    return accounts.entrySet().stream()
        .filter(one -> !one.getValue().accepted.isEmpty())
        .map(one -> json(one.getKey(), one.getValue()))
        .toList();
  }

  private static JsonObject json(Name name, Account one) {
    return JsonObject.builder()
        .put("tenant", name.tenant())
        .put("subject", name.subject())
        .put("first_seen_at_ms", one.first)
        .put("last_seen_at_ms", one.last)
        .put("tokens", one.tokens.size())
        .put("accepted", one.accepted.size())
        .put("token_names", one.accepted.stream().limit(TOKENS_MAX).toList())
        .put("services", one.services.stream().limit(SERVICES_MAX).toList())
        .build();
  }

  /** How many others are named, by tokens of which no service said that it accepted one. */
  long named() {
    return accounts.values().stream().filter(one -> one.accepted.isEmpty()).count();
  }
}
