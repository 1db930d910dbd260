package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.AuthorityAdmin.JwksFetcher;
import dev.counterfoil.authority.AuthorityAdmin.JwksFetchers;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyStatement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who fetched the JWKS that a key stands in. Never counted as knowledge: a fetch is not a cache,
 * one address may be many services, and an agent is called what it calls itself.
 */
final class FetchHints {
  private static final int SHOWN_MAX = 20;

  private final @Nullable JwksFetchers fetchers;

  FetchHints(@Nullable JwksFetchers fetchers) {
    this.fetchers = fetchers;
  }

  /** Asks the authority; without its answer there are no hints. */
  static FetchHints of(Path adminSocket) throws InterruptedException {
    try (AuthorityAdmin admin = new AuthorityAdmin(adminSocket)) {
      return new FetchHints(admin.jwksFetchers());
    } catch (IOException | AuthorityAdmin.RefusedException e) {
      System.getLogger(FetchHints.class.getName())
          .log(System.Logger.Level.DEBUG, "the authority does not tell who fetched: {0}", e);
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

  /** Those who fetched a set that lacked the key first. */
  String text(KeyStatement key) {
    if (fetchers == null) {
      return "  hint only: the authority does not say who fetched the JWKS";
    }
    List<JwksFetcher> all = of(key);
    long had = all.stream().filter(one -> has(one, key)).count();
    StringBuilder text =
        new StringBuilder("  hint only, by fetches of the JWKS since ")
            .append(fetchers.since())
            .append(": ")
            .append(had)
            .append(" of ")
            .append(all.size())
            .append(" fetchers had this key");
    all.stream()
        .filter(one -> !has(one, key))
        .limit(SHOWN_MAX)
        .forEach(one -> text.append("\n    not in its last fetch: ").append(line(one)));
    if (all.size() - had > SHOWN_MAX) {
      text.append("\n    and ").append(all.size() - had - SHOWN_MAX).append(" more");
    }
    return text.toString();
  }

  private static String line(JwksFetcher one) {
    return one.address() + " (" + one.agent() + "), last at " + one.fetchedAt();
  }

  /** The same, all of it. */
  JsonObject toJson(KeyStatement key) {
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
                            .build())
                .toList())
        .build();
  }
}
