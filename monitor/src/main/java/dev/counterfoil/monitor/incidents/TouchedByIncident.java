package dev.counterfoil.monitor.incidents;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.auditserver.events.TraceDesk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.monitor.judging.Presented;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.monitor.watching.TenantsServed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an incident is and what it touched, computed when it is asked for: its findings in order of
 * time, each token of it with where it was presented, each mailbox or other entity that the audit
 * log says it opened, and what is not known. Where something is not known, a number is a lower
 * bound and says so.
 */
public final class TouchedByIncident {
  /** Most tokens whose events are looked for: each look is itself an event. */
  static final int TRACED_MAX = 200;

  private static final int NAMED_MAX = 20;

  /** Most findings that are shown. */
  static final int FINDINGS_MAX = 5_000;

  /** Most sightings that are read: each that is forged under a key stays one of the key's. */
  static final int SIGHTINGS_MAX = 100_000;

  private final IncidentStore incidents;
  private final SightingStore sightings;
  private final KnownServices services;
  private final AcknowledgementStore acknowledgements;
  private final TraceDesk traces;
  private final TenantsServed tenants;

  public TouchedByIncident(
      IncidentStore incidents,
      SightingStore sightings,
      KnownServices services,
      AcknowledgementStore acknowledgements,
      TraceDesk traces,
      List<FollowedDomain> domains) {
    this.incidents = incidents;
    this.sightings = sightings;
    this.services = services;
    this.acknowledgements = acknowledgements;
    this.traces = traces;
    this.tenants = new TenantsServed(domains);
  }

  /** A token of an incident, by where it was presented. */
  private static final class Token {
    private final String name;
    private final String digest;
    private final Set<String> tenants = new TreeSet<>();
    private final Set<String> subjects = new TreeSet<>();
    // Of sightings that let it in: what a refused one names, its forger made up.
    private final Set<String> servedTenants = new TreeSet<>();
    private final Set<String> acceptedSubjects = new TreeSet<>();
    private final Set<String> clients = new TreeSet<>();
    private final Set<String> services = new TreeSet<>();
    private final Set<String> addresses = new TreeSet<>();
    private long accepted;
    private long refused;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    Token(String name, String digest) {
      this.name = name;
      this.digest = digest;
    }

    /**
     * One more sighting of it.
     *
     * @param isServed whether it names no tenant, or one that the domain serves
     */
    void add(Sighting sighting, Presented presented, boolean isServed) {
      presented.tenant().ifPresent(tenants::add);
      presented.subject().ifPresent(subjects::add);
      presented.clientId().ifPresent(clients::add);
      services.add(sighting.use().service());
      Optional.ofNullable(sighting.use().clientAddress()).ifPresent(addresses::add);
      if (Presented.isLetIn(sighting)) {
        accepted += sighting.count();
        if (isServed) {
          presented.tenant().ifPresent(servedTenants::add);
          presented.subject().ifPresent(acceptedSubjects::add);
        }
      } else {
        refused += sighting.count();
      }
      first = Math.min(first, sighting.seenAt().toEpochMilli());
      last = Math.max(last, sighting.seenAt().toEpochMilli());
    }

    /** What is asked of its events: by digest too, for an identifier can be copied. */
    private Optional<String> asked(String parameter) {
      return switch (parameter) {
        case "token" -> Optional.of(name);
        case "digest" ->
            digest.isEmpty()
                ? Optional.empty()
                : Optional.of(HexFormat.of().formatHex(Base64.getUrlDecoder().decode(digest)));
        default -> Optional.empty();
      };
    }

    JsonObject toJson() {
      return JsonObject.builder()
          .put("token", name)
          .put("digest", digest)
          .put("tenants", List.copyOf(tenants))
          .put("subjects", List.copyOf(subjects))
          .put("clients", List.copyOf(clients))
          .put("services", List.copyOf(services))
          .put("addresses", List.copyOf(addresses))
          .put("accepted", accepted)
          .put("refused", refused)
          .put("first_ms", first)
          .put("last_ms", last)
          .build();
    }
  }

  /**
   * One incident.
   *
   * @param domain only of this trust domain
   * @param tenant only what names this tenant
   * @param reader who asks: each look into a tenant's events is recorded as theirs
   * @return empty where there is none
   */
  public Optional<JsonObject> of(
      long id, Optional<String> domain, Optional<String> tenant, Reader reader)
      throws IOException, FormatException {
    Optional<JsonObject> found = incidents.find(id, domain, tenant);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    JsonObject incident = found.get();
    List<String> unknown = new ArrayList<>();
    List<JsonObject> findings = findings(incident, tenant, unknown);
    TenantsServed.Of served = this.tenants.of(incident.string("domain"));
    AffectedAccounts accounts = new AffectedAccounts();
    Map<String, Token> tokens =
        tokens(incident.string("domain"), tenant, findings, served, accounts, unknown);
    Touched touched = touched(incident.string("domain"), tokens.values(), reader, unknown);
    silent(incident.string("domain"), tenant.isEmpty(), unknown);
    Set<String> tenants = new TreeSet<>();
    Set<String> subjects = new TreeSet<>();
    for (Token token : tokens.values()) {
      tenants.addAll(token.servedTenants);
      subjects.addAll(token.acceptedSubjects);
    }
    for (JsonObject finding : findings) {
      if (finding.get("detail") instanceof JsonObject detail
          && detail.get("person") instanceof String person) {
        subjects.add(person);
        tenants.add(String.valueOf(detail.get("tenant")));
      }
    }
    return Optional.of(
        incident
            .with("timeline", findings)
            .with("tokens", tokens.values().stream().map(Token::toJson).toList())
            .with(
                "touched",
                JsonObject.builder()
                    .put("tenants", List.copyOf(tenants))
                    .put("subjects", List.copyOf(subjects))
                    .put("accounts", accounts.toJson())
                    .put("named_only", accounts.named())
                    .put("entities", touched.entities())
                    .put("items", touched.items)
                    .put("exact", unknown.isEmpty())
                    .build())
            .with("not_known", List.copyOf(unknown)));
  }

  private List<JsonObject> findings(
      JsonObject incident, Optional<String> tenant, List<String> unknown) throws FormatException {
    List<JsonObject> all = new ArrayList<>();
    List<JsonObject> page = incidents.findings(incident.number("id"), tenant, 0);
    while (!page.isEmpty() && all.size() < FINDINGS_MAX) {
      all.addAll(page);
      page = incidents.findings(incident.number("id"), tenant, page.getLast().number("id"));
    }
    if (!page.isEmpty()) {
      unknown.add(
          "The incident has more than %d findings; tokens of the later ones are not counted."
              .formatted(FINDINGS_MAX));
    }
    all.sort((one, other) -> Long.compare(time(one), time(other)));
    return all;
  }

  private static long time(JsonObject finding) {
    return finding.get("first_seen_ms") instanceof Long at ? at : 0;
  }

  /** The tokens that the findings are about, with their sightings, and the accounts they name. */
  private Map<String, Token> tokens(
      String domain,
      Optional<String> tenant,
      List<JsonObject> findings,
      TenantsServed.Of served,
      AffectedAccounts accounts,
      List<String> unknown)
      throws IOException, FormatException {
    Map<String, Set<String>> namesByKey = new TreeMap<>();
    for (JsonObject finding : findings) {
      String kid = finding.optionalString("kid").orElse("");
      for (String member : List.of("digest", "jti")) {
        finding
            .optionalString(member)
            .ifPresent(name -> namesByKey.computeIfAbsent(kid, _ -> new TreeSet<>()).add(name));
      }
    }
    Map<String, Token> tokens = new LinkedHashMap<>();
    int looked = 0;
    for (Map.Entry<String, Set<String>> key : namesByKey.entrySet()) {
      long after = 0;
      while (true) {
        List<SightingStore.Kept> page = sightings.found(key.getKey(), after);
        if (page.isEmpty()) {
          break;
        }
        if (looked >= SIGHTINGS_MAX) {
          unknown.add(
              "The keys of these tokens have more than %d sightings; later ones are not counted."
                  .formatted(SIGHTINGS_MAX));
          return tokens;
        }
        looked += page.size();
        after = page.getLast().id();
        for (SightingStore.Kept kept : page) {
          Presented presented = Presented.of(kept.sighting());
          String digest = presented.digest().map(one -> one.base64Url()).orElse("");
          String jti = presented.tokenId().orElse("");
          boolean isOfIncident =
              key.getValue().contains(digest) || (digest.isEmpty() && key.getValue().contains(jti));
          // What a service of another domain saw is not this domain's to be told.
          boolean isOfTenant = tenant.isEmpty() || presented.tenant().equals(tenant);
          if (isOfIncident && isOfTenant && kept.client().startsWith(domain + "/")) {
            String name = digest.isEmpty() ? jti : digest;
            String of = presented.tenant().orElse("");
            boolean isServed = of.isEmpty() || served.serves(of);
            tokens
                .computeIfAbsent(name, _ -> new Token(jti, digest))
                .add(kept.sighting(), presented, isServed);
            if (isServed && !of.isEmpty() && presented.subject().isPresent()) {
              accounts.add(of, presented.subject().get(), name, kept.sighting());
            }
          }
        }
      }
    }
    return tokens;
  }

  /** Entities that events name, by tenant and name. */
  private static final class Touched {
    private final Map<String, JsonObject> byName = new TreeMap<>();
    private long items;

    void add(String tenant, JsonObject entity) throws FormatException {
      items += entity.number("items");
      String name = tenant + " " + entity.string("entity");
      @Nullable JsonObject before = byName.get(name);
      byName.put(
          name,
          JsonObject.builder()
              .put("tenant", tenant)
              .put("entity", entity.string("entity"))
              .put("events", sum(before, entity, "events"))
              .put("items", sum(before, entity, "items"))
              .put(
                  "first_ms",
                  before == null
                      ? entity.number("first_time")
                      : Math.min(before.number("first_ms"), entity.number("first_time")))
              .put(
                  "last_ms",
                  before == null
                      ? entity.number("last_time")
                      : Math.max(before.number("last_ms"), entity.number("last_time")))
              .build());
    }

    private static long sum(@Nullable JsonObject before, JsonObject entity, String member)
        throws FormatException {
      return entity.number(member) + (before == null ? 0 : before.number(member));
    }

    List<JsonObject> entities() {
      return List.copyOf(byName.values());
    }
  }

  private Touched touched(
      String domain, Iterable<Token> tokens, Reader reader, List<String> unknown)
      throws IOException, FormatException {
    Touched touched = new Touched();
    int traced = 0;
    long left = 0;
    for (Token token : tokens) {
      if (token.accepted == 0) {
        continue;
      }
      if (token.name.isEmpty() || token.servedTenants.isEmpty()) {
        unknown.add(
            "A token that %s accepted has no identifier or no tenant of ours, so no event can be found by it."
                .formatted(String.join(", ", token.services)));
        continue;
      }
      for (String tenant : token.servedTenants) {
        if (traced == TRACED_MAX) {
          left++;
          continue;
        }
        traced++;
        JsonObject answer = traces.trace(new Fence(domain, tenant), token::asked, reader);
        for (JsonObject one : answer.objects("tokens")) {
          for (JsonObject entity : one.objects("touched")) {
            touched.add(tenant, entity);
          }
          if (!one.objects("may_have_touched").isEmpty()) {
            unknown.add(
                "Token %s copies an issued token's identifier; events with that alone are not counted."
                    .formatted(token.name));
          }
          if (one.truth("more_events")) {
            unknown.add(
                "More events name token %s than are counted here; counterfoil audit search has all."
                    .formatted(token.name));
          }
          if (one.objects("events").isEmpty()) {
            unknown.add(
                "%s accepted token %s, and no event says what was opened with it."
                    .formatted(String.join(", ", token.services), token.name));
          }
        }
      }
    }
    if (left > 0) {
      unknown.add(
          "The events of %d more tokens were not looked for: run counterfoil audit trace."
              .formatted(left));
    }
    return touched;
  }

  /** Services that take tokens of the domain and say nothing. */
  private void silent(String domain, boolean isNamed, List<String> unknown) throws FormatException {
    Set<String> silent = new TreeSet<>();
    Set<String> speaking = new TreeSet<>();
    for (JsonObject one : services.toJson(domain)) {
      ("audience".equals(one.get("type")) ? silent : speaking).add(one.string("name"));
    }
    acknowledgements.all().stream()
        .map(AcknowledgementStore.Kept::said)
        .filter(said -> said.domain().equals(domain))
        .forEach(said -> speaking.addAll(said.services()));
    silent.removeAll(speaking);
    if (!silent.isEmpty() && !isNamed) {
      // Which services other tenants have is not a tenant's to know.
      unknown.add(
          "%d services that take tokens do not speak to the monitor, so a token may have been used there unseen."
              .formatted(silent.size()));
    } else if (!silent.isEmpty()) {
      unknown.add(
          "Nobody who verifies tokens for these services speaks to the monitor, so a token may have"
              + " been used there unseen: %s%s"
                  .formatted(
                      String.join(", ", silent.stream().limit(NAMED_MAX).toList()),
                      silent.size() > NAMED_MAX
                          ? " and %d more.".formatted(silent.size() - NAMED_MAX)
                          : "."));
    }
  }
}
