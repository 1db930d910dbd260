package dev.counterfoil.monitor;

import dev.counterfoil.custodian.HeldToken;
import dev.counterfoil.custodian.LogFollower;
import dev.counterfoil.custodian.NameTable;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.format.TokenId;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one key did: every token that we signed with it, from the counterfoils, and every one that
 * was presented and is not among them. Lines of JSON whose {@code type} is {@code signed}, {@code
 * presented}, and at the end {@code summary}.
 */
final class KeyReport {
  /** Takes a line. */
  @FunctionalInterface
  interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /**
   * Most audiences that are counted; tokens of those past it are counted for their tenants only.
   */
  static final int AUDIENCES_MAX = 2_000;

  private final Collection<FollowedDomain> domains;
  private final NameTable names;
  private final SightingStore sightings;

  KeyReport(Collection<FollowedDomain> domains, NameTable names, SightingStore sightings) {
    this.domains = domains;
    this.names = names;
    this.sightings = sightings;
  }

  void write(String kid, Lines lines) throws IOException {
    Map<String, Long> signedByTenant = new TreeMap<>();
    Map<String, Long> signedByAudience = new TreeMap<>();
    Optional<Integer> number = names.find(kid);
    if (number.isPresent()) {
      for (FollowedDomain domain : domains) {
        for (LogFollower follower : domain.followers().values()) {
          follower
              .custody()
              .held()
              .forEach(
                  (position, entry, token) -> {
                    if (entry.key() == number.get()) {
                      signedByTenant.merge(names.name(entry.tenant()), 1L, Long::sum);
                      token.token().ifPresent(held -> count(signedByAudience, held));
                      lines.line(
                          signed(
                              domain.name(),
                              follower.log().name(),
                              position,
                              entry.digest(),
                              token.token()));
                    }
                  });
        }
      }
    }
    Set<String> affected = new TreeSet<>();
    long presented = presented(kid, lines, affected);
    lines.line(
        summary(
            kid,
            signedByTenant,
            signedByAudience,
            sightings.sightedByService(kid),
            presented,
            affected));
  }

  /** The summary alone. */
  void writeCounts(String kid, Lines lines) throws IOException {
    write(
        kid,
        line -> {
          if ("summary".equals(line.get("type"))) {
            lines.line(line);
          }
        });
  }

  private static void count(Map<String, Long> byAudience, HeldToken token) {
    for (String audience : KnownServices.audiences(token)) {
      if (byAudience.size() < AUDIENCES_MAX || byAudience.containsKey(audience)) {
        byAudience.merge(audience, 1L, Long::sum);
      }
    }
  }

  /** A token; of one that was shredded only its place and digest. */
  private static JsonObject signed(
      String domain, String log, long position, Hash digest, Optional<HeldToken> token) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("type", "signed")
            .put("domain", domain)
            .put("log", log)
            .put("position", position)
            .put("digest", digest.base64Url());
    if (token.isEmpty()) {
      return json.put("shredded", true).build();
    }
    for (String claim : new String[] {"jti", "tenant", "sub", "client_id"}) {
      json.put(claim, token.get().text(claim).orElse(null));
    }
    token.get().number("iat").ifPresent(at -> json.put("iat", at));
    token.get().number("exp").ifPresent(at -> json.put("exp", at));
    return json.build();
  }

  private long presented(String kid, Lines lines, Set<String> affected) throws IOException {
    long count = 0;
    List<SightingStore.Kept> page = sightings.found(kid, 0);
    while (!page.isEmpty()) {
      for (SightingStore.Kept kept : page) {
        if (!isRecorded(kept.sighting())) {
          Optional.ofNullable(kept.sighting().tenant()).ifPresent(affected::add);
          lines.line(presented(kept));
          count++;
        }
      }
      page = sightings.found(kid, page.get(page.size() - 1).id());
    }
    return count;
  }

  /** A sighting can be a finding although the token is ours, when it was revoked. */
  private boolean isRecorded(Sighting sighting) throws IOException {
    Presented presented = Presented.of(sighting);
    if (presented.digest().isEmpty() || presented.parsedTokenId().isEmpty()) {
      return false;
    }
    TokenId id = presented.parsedTokenId().get();
    for (FollowedDomain domain : domains) {
      Optional<HeldToken> held = domain.counterfoil(id.log(), id.position());
      if (held.map(HeldToken::digest).equals(presented.digest())) {
        return true;
      }
    }
    return false;
  }

  private static JsonObject presented(SightingStore.Kept kept) {
    Sighting sighting = kept.sighting();
    JsonObject.Builder json =
        JsonObject.builder()
            .put("type", "presented")
            .put("seen_at_ms", sighting.seenAt().toEpochMilli())
            .put("digest", sighting.digest() == null ? null : sighting.digest().base64Url())
            .put("jti", sighting.tokenId())
            .put("iss", sighting.issuer())
            .put("tenant", sighting.tenant())
            .put("sub", sighting.subject())
            .put("client_id", sighting.clientId())
            .put("service", sighting.service())
            .put("resource", sighting.resource())
            .put("action", sighting.action())
            .put("client_address", sighting.clientAddress())
            .put("outcome", sighting.outcome())
            .put("count", sighting.count())
            .put("reported_by", kept.client());
    return json.build();
  }

  private static JsonObject summary(
      String kid,
      Map<String, Long> signedByTenant,
      Map<String, Long> signedByAudience,
      Map<String, Long> sightedByService,
      long presented,
      Set<String> affected) {
    JsonObject.Builder tenants = JsonObject.builder();
    signedByTenant.forEach(tenants::put);
    JsonObject.Builder audiences = JsonObject.builder();
    signedByAudience.forEach(audiences::put);
    JsonObject.Builder services = JsonObject.builder();
    sightedByService.forEach(services::put);
    return JsonObject.builder()
        .put("type", "summary")
        .put("kid", kid)
        .put("signed", signedByTenant.values().stream().mapToLong(Long::longValue).sum())
        .put("signed_by_tenant", tenants.build())
        .put("signed_by_audience", audiences.build())
        .put("sighted_by_service", services.build())
        .put("presented_without_counterfoil", presented)
        .put("tenants_affected", List.copyOf(affected))
        .build();
  }
}
