package dev.counterfoil.authority.keys;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who fetched a JWKS, and which keys it had then: a hint at services that never say what they hold.
 * No more than a hint: a fetch is not a cache, an address is not a service, and what an agent calls
 * itself is its own word. Kept in memory, and lost with it.
 */
public final class JwksFetches {
  /** Most fetchers that are remembered; those who have been away longest give way. */
  static final int FETCHERS_MAX = 500;

  /** Most of them at one address, so that one who makes names up does not drive out all others. */
  static final int AGENTS_OF_ADDRESS_MAX = 4;

  /** Who did not come for so long is forgotten: no cache is kept for that long. */
  static final Duration KEPT = Duration.ofDays(7);

  private static final int AGENT_CHARACTERS_MAX = 120;

  private record Fetcher(String address, String agent, Publication publication) {}

  private record Fetch(Instant at, List<String> kids) {}

  private final InstantSource clock;
  private final Instant since;

  /** The least recent first. */
  private final Map<Fetcher, Fetch> fetches = new LinkedHashMap<>();

  public JwksFetches(InstantSource clock) {
    this.clock = clock;
    this.since = clock.instant();
  }

  /**
   * Somebody has these keys now.
   *
   * @param kids the keys of the set that he was given, or has already
   */
  synchronized void fetched(
      String address, String agent, Publication publication, List<String> kids) {
    Instant now = clock.instant();
    Fetcher fetcher = new Fetcher(address, readable(agent), publication);
    boolean known = fetches.remove(fetcher) != null;
    if (!known) {
      makeRoom(address, now);
    }
    fetches.put(fetcher, new Fetch(now, kids));
  }

  private void makeRoom(String address, Instant now) {
    fetches.values().removeIf(fetch -> now.isAfter(fetch.at.plus(KEPT)));
    List<Fetcher> same =
        fetches.keySet().stream().filter(other -> other.address.equals(address)).toList();
    if (same.size() >= AGENTS_OF_ADDRESS_MAX) {
      fetches.remove(same.getFirst());
    } else if (fetches.size() >= FETCHERS_MAX) {
      fetches.remove(fetches.keySet().iterator().next());
    }
  }

  /** It goes to a terminal. */
  private static String readable(String agent) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < agent.length() && text.length() < AGENT_CHARACTERS_MAX; i++) {
      char c = agent.charAt(i);
      text.append(c >= ' ' && c <= '~' ? c : '?');
    }
    return text.isEmpty() ? "-" : text.toString();
  }

  /** Since when it is known who fetched, and who did, the latest last. */
  public synchronized JsonObject toJson() {
    return JsonObject.builder()
        .put("since", since.getEpochSecond())
        .put(
            "fetchers",
            fetches.entrySet().stream()
                .map(
                    entry ->
                        JsonObject.builder()
                            .put("address", entry.getKey().address)
                            .put("agent", entry.getKey().agent)
                            .put("publication", entry.getKey().publication.text())
                            .put("fetched_at", entry.getValue().at.getEpochSecond())
                            .put("kids", entry.getValue().kids)
                            .build())
                .toList())
        .build();
  }
}
