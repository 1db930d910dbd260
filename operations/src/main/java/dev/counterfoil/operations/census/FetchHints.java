package dev.counterfoil.operations.census;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.AuthorityAdmin.JwksFetcher;
import dev.counterfoil.authority.AuthorityAdmin.JwksFetchers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keys.KeyStatement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who fetched the JWKS that a key stands in. Never counted as knowledge: a fetch is not a cache,
 * one address may be many services, and an agent is called what it calls itself.
 */
public final class FetchHints {
  private static final int SHOWN_MAX = 20;

  /** A service that comes back does so a little after its copy ran out. */
  private static final Duration COMING_BACK = Duration.ofMinutes(1);

  private final @Nullable JwksFetchers fetchers;

  FetchHints(@Nullable JwksFetchers fetchers) {
    this.fetchers = fetchers;
  }

  /** Asks the authority; without its answer there are no hints. */
  public static FetchHints of(Path adminSocket) throws InterruptedException {
    try (AuthorityAdmin admin = new AuthorityAdmin(adminSocket)) {
      return new FetchHints(admin.jwksFetchers());
    } catch (IOException | AuthorityAdmin.RefusedException e) {
      System.getLogger(FetchHints.class.getName())
          .log(System.Logger.Level.DEBUG, "the authority does not report who fetched: {0}", e);
      return new FetchHints(null);
    }
  }

  private List<JwksFetcher> of(KeyStatement key) {
    return Optional.ofNullable(fetchers).map(JwksFetchers::fetchers).orElse(List.of()).stream()
        .filter(one -> one.publication().equals(key.publication().text()))
        .toList();
  }

  private static boolean has(JwksFetcher fetcher, KeyStatement key) {
    return fetcher.kids().contains(key.kid());
  }

  /** By when a copy of a set that lacks the key has run out: none was served for longer. */
  private static Instant copyUntil(JwksFetcher fetcher, KeyStatement key) {
    Duration longest = key.successorLead().minus(JwksMaxAge.MARGIN);
    return fetcher.fetchedAt().plus(longest.isNegative() ? Duration.ZERO : longest);
  }

  /** Whether its copy has run out and it did not come back: it is gone, or keeps it for longer. */
  private static boolean isOverdue(JwksFetcher fetcher, KeyStatement key, Instant now) {
    return !has(fetcher, key) && now.isAfter(copyUntil(fetcher, key).plus(COMING_BACK));
  }

  /** Those who may refuse the key's tokens: their copy lacks it and should have run out. */
  public long overdue(KeyStatement key, Instant now) {
    return of(key).stream().filter(one -> isOverdue(one, key, now)).count();
  }

  /** Those who fetched a set that lacked the key. */
  public String text(KeyStatement key, Instant now) {
    if (fetchers == null) {
      return "  hint only: the authority does not report who fetched the JWKS";
    }
    List<JwksFetcher> all = of(key);
    long had = all.stream().filter(one -> has(one, key)).count();
    StringBuilder text =
        new StringBuilder("  hint only, from fetches of the JWKS since ")
            .append(fetchers.since())
            .append(": ")
            .append(had)
            .append(" of ")
            .append(all.size())
            .append(" fetchers had this key");
    all.stream()
        .filter(one -> !has(one, key))
        .limit(SHOWN_MAX)
        .forEach(one -> text.append("\n    not in its last fetch: ").append(line(one, key, now)));
    if (all.size() - had > SHOWN_MAX) {
      text.append("\n    and ").append(all.size() - had - SHOWN_MAX).append(" more");
    }
    return text.toString();
  }

  private static String line(JwksFetcher one, KeyStatement key, Instant now) {
    return one.address()
        + " ("
        + one.agent()
        + "), last at "
        + one.fetchedAt()
        + (isOverdue(one, key, now)
            ? "; its copy expired at "
                + copyUntil(one, key)
                + ", and it did not come back: it is gone, or keeps keys for too long"
            : "; its copy expires at "
                + copyUntil(one, key)
                + (now.isBefore(key.activeFrom()) ? ", before the key signs" : ""));
  }

  /** What to make of it, for who asks whether this rotation will hurt anybody. */
  public static String verdict(boolean ready, long overdue) {
    if (!ready) {
      return "Not ready: some reporting verifiers lack this key. Find out why before it signs";
    }
    return overdue == 0
        ? "Ready: every verifier that reports has this key, and every"
            + " copy of the JWKS expires before it signs"
        : "Probably ready: every verifier that reports has this key, but "
            + overdue
            + " of the JWKS fetchers did not come back in time and would refuse its tokens";
  }

  /** The same, all of it. */
  public JsonObject toJson(KeyStatement key, Instant now) {
    JsonObject.Builder json = JsonObject.builder().put("hint_only", true);
    if (fetchers != null) {
      Instant since = fetchers.since();
      json.put("since", since.getEpochSecond());
    }
    return json.put(
            "fetchers",
            of(key).stream()
                .map(
                    one ->
                        JsonObject.builder()
                            .put("address", one.address())
                            .put("agent", one.agent())
                            .put("fetched_at", one.fetchedAt().getEpochSecond())
                            .put("had_key", has(one, key))
                            .put("copy_until", copyUntil(one, key).getEpochSecond())
                            .put("overdue", isOverdue(one, key, now))
                            .build())
                .toList())
        .build();
  }
}
