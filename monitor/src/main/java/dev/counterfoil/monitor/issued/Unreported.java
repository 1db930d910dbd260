package dev.counterfoil.monitor.issued;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Until when all is known that verifiers saw, by their own words: each says for how long sightings
 * wait with it. One that says nothing may hold some.
 *
 * @param until what was seen before is here; empty when no verifier speaks
 * @param late who has something that is not here, or was not heard in time; the longest first
 */
record Unreported(Optional<Instant> until, List<JsonObject> late) {
  /** Most that are named. */
  static final int NAMED_MAX = 20;

  /** A verifier speaks every 25 seconds, and a word takes a few. */
  static final Duration HEARD_WITHIN = Duration.ofSeconds(40);

  Unreported {
    late = List.copyOf(late);
  }

  /** Of the processes that verify tokens of some domains. */
  static Unreported of(
      Collection<AcknowledgementStore.Kept> words, Set<String> domains, Instant now) {
    List<AcknowledgementStore.Kept> those =
        words.stream()
            .filter(one -> domains.contains(one.said().domain()))
            .sorted(Comparator.comparing(Unreported::until))
            .toList();
    return new Unreported(
        those.stream().findFirst().map(Unreported::until),
        those.stream()
            .filter(
                one ->
                    one.said().unsent().isPresent()
                        || now.isAfter(one.heardAt().plus(HEARD_WITHIN)))
            .limit(NAMED_MAX)
            .map(Unreported::json)
            .toList());
  }

  private static Instant until(AcknowledgementStore.Kept one) {
    return one.heardAt().minus(one.said().unsent().orElse(Acknowledgement.UNSENT_AT_ONCE));
  }

  private static JsonObject json(AcknowledgementStore.Kept one) {
    return JsonObject.builder()
        .put("client", one.client())
        .put("instance", one.said().instance())
        .put("until_ms", until(one).toEpochMilli())
        .put("waiting", one.said().unsent().isPresent())
        .build();
  }
}
