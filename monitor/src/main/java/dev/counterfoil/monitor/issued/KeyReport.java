package dev.counterfoil.monitor.issued;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.held.NameTable;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.TokenStanding;
import dev.counterfoil.monitor.judging.Presented;
import dev.counterfoil.monitor.judging.RefusedTally;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.verifier.RefusalCode;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one key did: every token that we signed with it, from the counterfoils, and every one that
 * was presented and is not among them. Lines of JSON whose {@code type} is {@code signed}, {@code
 * presented}, {@code refused} for what named the key and is not known to be signed with it, counted
 * by refusal, and at the end {@code summary}.
 */
public final class KeyReport {
  /** Who refused it did not know the key, and could not check whether it has signed. */
  private static final String UNCHECKED = RefusalCode.KEY_UNKNOWN.text();

  /** Takes a line. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /** Records, before the first token of a tenant is shown, that this tenant's are. */
  @FunctionalInterface
  public interface TenantsRead {
    void record(String domain, String tenant) throws IOException;
  }

  /** Most audiences and most services that are counted; the summary says when there are more. */
  public static final int NAMES_MAX = 2_000;

  private final Collection<FollowedDomain> domains;
  private final NameTable names;
  private final SightingStore sightings;
  private final AcknowledgementStore reporters;
  private final InstantSource clock;

  /** The one domain of which it tells; empty for all. */
  private final Optional<String> fence;

  public KeyReport(
      Collection<FollowedDomain> domains,
      NameTable names,
      SightingStore sightings,
      AcknowledgementStore reporters,
      InstantSource clock) {
    this(domains, names, sightings, reporters, clock, Optional.empty());
  }

  private KeyReport(
      Collection<FollowedDomain> domains,
      NameTable names,
      SightingStore sightings,
      AcknowledgementStore reporters,
      InstantSource clock,
      Optional<String> fence) {
    this.domains = domains;
    this.names = names;
    this.sightings = sightings;
    this.reporters = reporters;
    this.clock = clock;
    this.fence = fence;
  }

  /**
   * What a domain may be told: tokens of its own, and what its own reporters saw. Where a stolen
   * key of it was used in another domain, that domain's people are told.
   */
  public KeyReport within(String domain) {
    return new KeyReport(
        domains.stream().filter(one -> one.name().equals(domain)).toList(),
        names,
        sightings,
        reporters,
        clock,
        Optional.of(domain));
  }

  /**
   * All of it.
   *
   * @param tenants told of each tenant before its first token is shown
   */
  public void write(String kid, TenantsRead tenants, Lines lines) throws IOException {
    lines.line(summary(kid, tenants, lines));
  }

  /** Whether a domain's key log states a key, or did. */
  private boolean isStated(String kid) {
    return domains.stream()
        .flatMap(domain -> domain.keySet().stream())
        .anyMatch(keys -> isStated(keys, kid));
  }

  private static boolean isStated(KeySet keys, String kid) {
    return Stream.of(keys.keys(), keys.withdrawnStatements())
            .flatMap(Collection::stream)
            .anyMatch(key -> key.kid().equals(kid))
        || keys.withdrawnKeys().contains(kid);
  }

  /** The summary alone. */
  public void writeCounts(String kid, Lines lines) throws IOException {
    lines.line(summary(kid, (domain, tenant) -> {}, null));
  }

  /**
   * Counts.
   *
   * @param tenants told of each tenant before its first token is shown
   * @param lines takes what is counted; null where nobody wants it
   */
  private JsonObject summary(String kid, TenantsRead tenants, @Nullable Lines lines)
      throws IOException {
    Map<String, Long> signedByTenant = new TreeMap<>();
    Counts signedByAudience = new Counts();
    long heldOfThem = 0;
    long published = 0;
    Set<String> twoHistories = new TreeSet<>();
    List<JsonObject> unread = new ArrayList<>();
    boolean isStated = isStated(kid);
    for (FollowedDomain domain : domains) {
      if (!isStated) {
        // The entry that states it may be one that was not read.
        domain.followed().unreadKeyLog().ifPresent(log -> unread.add(unread(domain, log)));
      }
      for (LogFollower follower : ofKey(domain, kid)) {
        domain.followed().unread(follower).ifPresent(log -> unread.add(unread(domain, log)));
        // Asked first: what comes meanwhile is counted, and not missing.
        published += domain.followed().publishedSizeAfterAMoment(follower);
        heldOfThem += follower.custody().vouchedSize();
        if (sightings.hasTwoHistories(domain.name(), follower.log().name())) {
          twoHistories.add(follower.log().name());
        }
      }
    }
    Optional<Integer> number = names.find(kid);
    if (number.isPresent()) {
      for (FollowedDomain domain : domains) {
        Set<String> shown = new TreeSet<>();
        for (LogFollower follower : domain.followers().values()) {
          follower
              .custody()
              .held()
              .forEach(
                  (position, entry, token) -> {
                    if (entry.key() != number.get()) {
                      return;
                    }
                    String tenant = names.name(entry.tenant());
                    // Of our own tenant the question is an event already.
                    if (lines != null
                        && !tenant.equals(KeyCeiling.OWN_TENANT)
                        && shown.add(tenant)) {
                      tenants.record(domain.name(), tenant);
                    }
                    signedByTenant.merge(tenant, 1L, Long::sum);
                    Optional<HeldToken> held = token.token();
                    held.ifPresent(one -> one.audiences().forEach(signedByAudience));
                    if (lines != null) {
                      lines.line(
                          signed(
                              domain.name(),
                              follower.log().name(),
                              position,
                              entry.digest(),
                              held));
                    }
                  });
        }
      }
    }
    // Asked first: what comes meanwhile is counted.
    Unreported unreported =
        Unreported.of(
            reporters.all(),
            domains.stream().map(FollowedDomain::name).collect(Collectors.toUnmodifiableSet()),
            clock.instant());
    Set<String> affected = new TreeSet<>();
    Strange presented = presented(kid, lines, affected);
    Map<String, RefusedTally> refusals = sightings.refused(kid, fence);
    long refused = refused(refusals, lines);
    long unchecked = count(refusals, UNCHECKED);
    long uncheckedAtHome = uncheckedAtHome(kid);
    // Of a misspelled one nothing is known; it is not one that signed nothing.
    boolean isKnown = !signedByTenant.isEmpty() || presented.all() + refused > 0 || isStated;
    boolean isOwnKey = fence.isEmpty() || !signedByTenant.isEmpty();
    Optional<Instant> lostBefore = sightings.lostBefore();
    JsonObject summary =
        summary(
                kid,
                signedByTenant,
                signedByAudience,
                isOwnKey ? sightedByService(kid) : new Counts(),
                presented,
                refused - unchecked,
                affected)
            .with("refused_unchecked", unchecked)
            .with("refused_unchecked_at_home", uncheckedAtHome)
            .with("held", Math.min(heldOfThem, published))
            .with("published", published)
            // What the key signed in the history that is not held is not listed.
            .with(
                "complete",
                heldOfThem >= published
                    && twoHistories.isEmpty()
                    && unread.isEmpty()
                    && lostBefore.isEmpty()
                    && uncheckedAtHome == 0
                    && unreported.late().isEmpty())
            .with("unreported", unreported.late())
            .with("two_histories", List.copyOf(twoHistories))
            .with("unread", List.copyOf(unread))
            .with("recorded_by_log", recordedByLog(kid))
            .with("known", isKnown);
    if (unreported.until().isPresent()) {
      summary = summary.with("presented_until_ms", unreported.until().get().toEpochMilli());
    }
    // What was presented before then is not known here.
    return lostBefore.isEmpty()
        ? summary
        : summary.with("lost_before_ms", lostBefore.get().toEpochMilli());
  }

  /**
   * Of a key whose issuer hands in digests: how many each of its record logs has, which are those
   * of all keys that share the log.
   */
  private JsonObject recordedByLog(String kid) {
    JsonObject.Builder recorded = JsonObject.builder();
    for (FollowedDomain domain : domains) {
      statements(domain, kid)
          .map(KeyStatement::record)
          .filter(RecordForm.Digest.class::isInstance)
          .map(RecordForm.Digest.class::cast)
          .findFirst()
          .ifPresent(
              form ->
                  domain
                      .followed()
                      .mirrors()
                      .forEach(
                          (log, mirror) -> {
                            if (form.covers(log)) {
                              recorded.put(log, mirror.vouchedSize());
                            }
                          }));
    }
    return recorded.build();
  }

  private static Stream<KeyStatement> statements(FollowedDomain domain, String kid) {
    return domain.keySet().stream()
        .flatMap(keys -> Stream.of(keys.keys(), keys.withdrawnStatements()))
        .flatMap(Collection::stream)
        .filter(key -> key.kid().equals(kid));
  }

  /** A log of which nobody can tell what it published since. */
  private static JsonObject unread(FollowedDomain domain, FollowedIssuer.Unread log) {
    JsonObject.Builder json =
        JsonObject.builder().put("domain", domain.name()).put("log", log.log());
    log.since().ifPresent(at -> json.put("read_at_ms", at.toEpochMilli()));
    return json.build();
  }

  /**
   * The logs that record a key's tokens: its statement's, or all where only its end is known or no
   * key log was read yet.
   */
  private static List<LogFollower> ofKey(FollowedDomain domain, String kid) {
    Optional<KeySet> keys = domain.keySet().filter(set -> isStated(set, kid));
    List<String> named =
        statements(domain, kid)
            .map(key -> key.record() instanceof RecordForm.Position own ? own.log() : "")
            .toList();
    return keys.isEmpty() && domain.keySet().isPresent()
        ? List.of()
        : domain.followers().entrySet().stream()
            .filter(log -> named.isEmpty() || named.contains(log.getKey()))
            .map(Map.Entry::getValue)
            .toList();
  }

  /** Tokens that were refused for one reason. */
  private static long count(Map<String, RefusedTally> refusals, String outcome) {
    return Optional.ofNullable(refusals.get(outcome)).map(RefusedTally::count).orElse(0L);
  }

  /**
   * How many tokens services of the key's own domain refused because they did not know it: one of
   * another domain cannot, and shows nothing.
   */
  private long uncheckedAtHome(String kid) {
    return domains.stream()
        .filter(domain -> domain.keySet().filter(keys -> isStated(keys, kid)).isPresent())
        .mapToLong(domain -> count(sightings.refused(kid, Optional.of(domain.name())), UNCHECKED))
        .sum();
  }

  /** What named the key, was refused, and is not known to be signed with it. */
  private static long refused(Map<String, RefusedTally> refusals, @Nullable Lines lines)
      throws IOException {
    long count = 0;
    for (Map.Entry<String, RefusedTally> one : refusals.entrySet()) {
      RefusedTally tally = one.getValue();
      count += tally.count();
      if (lines != null) {
        lines.line(
            JsonObject.builder()
                .put("type", "refused")
                .put("outcome", one.getKey())
                .put("count", tally.count())
                .put("first_seen_ms", tally.first().toEpochMilli())
                .put("last_seen_ms", tally.last().toEpochMilli())
                .put("presenters", tally.presentersJson())
                .build());
      }
    }
    return count;
  }

  private Counts sightedByService(String kid) {
    Counts counts = new Counts();
    sightings.sightedByService(kid, NAMES_MAX + 1).forEach(counts::add);
    return counts;
  }

  /** Tokens by names, of which there are no more than {@link #NAMES_MAX}. */
  private static final class Counts implements Consumer<String> {
    private final Map<String, Long> byName = new TreeMap<>();
    private boolean isCut;

    @Override
    public void accept(String name) {
      add(name, 1);
    }

    void add(String name, long tokens) {
      if (byName.size() < NAMES_MAX || byName.containsKey(name)) {
        byName.merge(name, tokens, Long::sum);
      } else {
        isCut = true;
      }
    }

    JsonObject json() {
      JsonObject.Builder json = JsonObject.builder();
      byName.forEach(json::put);
      return json.build();
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

  /**
   * How many tokens of a key were presented that are not among those that were signed.
   *
   * @param unproven not among the first: those of which their log cannot tell
   * @param twoHistories not among the others: those that may be of their log's other history
   */
  private record Strange(long forged, long unproven, long twoHistories) {
    long all() {
      return forged + unproven + twoHistories;
    }
  }

  private Strange presented(String kid, @Nullable Lines lines, Set<String> affected)
      throws IOException {
    long forged = 0;
    long unproven = 0;
    long twoHistories = 0;
    List<SightingStore.Kept> page = sightings.found(kid, 0);
    while (!page.isEmpty()) {
      for (SightingStore.Kept kept : page) {
        if (mayBeTold(kept) && !isRecorded(kept.sighting())) {
          TokenStanding standing = sightings.standing(kept);
          switch (standing) {
            case UNPROVEN -> unproven++;
            case TWO_HISTORIES -> twoHistories++;
            case NOT_SIGNED -> {
              Optional.ofNullable(kept.sighting().token().tenant()).ifPresent(affected::add);
              forged++;
            }
          }
          if (lines != null) {
            lines.line(
                presented(kept)
                    .with("unproven", standing == TokenStanding.UNPROVEN)
                    .with("two_histories", standing == TokenStanding.TWO_HISTORIES));
          }
        }
      }
      page = sightings.found(kid, page.get(page.size() - 1).id());
    }
    return new Strange(forged, unproven, twoHistories);
  }

  /** Who reports is called by his domain, a slash and his own name. */
  private boolean mayBeTold(SightingStore.Kept kept) {
    return fence.isEmpty() || kept.client().startsWith(fence.get() + "/");
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
            .put(
                "digest",
                sighting.token().digest() == null ? null : sighting.token().digest().base64Url())
            .put("jti", sighting.token().tokenId())
            .put("iss", sighting.token().issuer())
            .put("tenant", sighting.token().tenant())
            .put("sub", sighting.token().subject())
            .put("client_id", sighting.token().clientId())
            .put("service", sighting.use().service())
            .put("resource", sighting.use().resource())
            .put("action", sighting.use().action())
            .put("client_address", sighting.use().clientAddress())
            .put("outcome", sighting.outcome())
            .put("count", sighting.count())
            .put("reported_by", kept.client());
    return json.build();
  }

  private static JsonObject summary(
      String kid,
      Map<String, Long> signedByTenant,
      Counts signedByAudience,
      Counts sightedByService,
      Strange presented,
      long refused,
      Set<String> affected) {
    JsonObject.Builder tenants = JsonObject.builder();
    signedByTenant.forEach(tenants::put);
    return JsonObject.builder()
        .put("type", "summary")
        .put("kid", kid)
        .put("signed", signedByTenant.values().stream().mapToLong(Long::longValue).sum())
        .put("signed_by_tenant", tenants.build())
        .put("signed_by_audience", signedByAudience.json())
        .put("more_audiences", signedByAudience.isCut)
        .put("sighted_by_service", sightedByService.json())
        .put("more_services", sightedByService.isCut)
        .put("presented_without_counterfoil", presented.forged())
        .put("presented_unproven", presented.unproven())
        .put("presented_two_histories", presented.twoHistories())
        .put("refused_unsigned", refused)
        .put("tenants_affected", List.copyOf(affected))
        .build();
  }
}
