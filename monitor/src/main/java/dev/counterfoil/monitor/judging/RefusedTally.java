package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Sighting;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A count of what was presented and refused, and no key had signed.
 *
 * @param count how many, at most {@link #COUNT_MAX}
 * @param first when the first of them was received
 * @param last when the last was
 * @param presenters where some of them were presented, and from where
 */
public record RefusedTally(long count, Instant first, Instant last, Set<Presenter> presenters) {
  /** Most presenters that are named; the first stay. */
  static final int PRESENTERS_MAX = 8;

  /** The sum over all minutes that are kept is a number, too. */
  static final long COUNT_MAX = 1_000_000_000_000L;

  private static final int TEXT_MAX = 200;
  private static final int JSON_BYTES_MAX = 64 * 1024;

  public RefusedTally {
    count = Math.min(count, COUNT_MAX);
    presenters = Collections.unmodifiableSet(new LinkedHashSet<>(presenters));
  }

  /**
   * Who presented, as far as a service says.
   *
   * @param reportedBy the OAuth client that reported it
   */
  record Presenter(String reportedBy, String service, @Nullable String clientAddress) {
    private static Presenter of(String client, Sighting sighting) {
      return new Presenter(
          start(client),
          start(sighting.use().service()),
          sighting.use().clientAddress() == null ? null : start(sighting.use().clientAddress()));
    }

    private static String start(String text) {
      if (text.length() <= TEXT_MAX) {
        return text;
      }
      boolean isInside = Character.isHighSurrogate(text.charAt(TEXT_MAX - 1));
      return text.substring(0, isInside ? TEXT_MAX - 1 : TEXT_MAX);
    }

    JsonObject toJson() {
      return JsonObject.builder()
          .put("reported_by", reportedBy)
          .put("service", service)
          .put("client_address", clientAddress)
          .build();
    }
  }

  /** Of one sighting. */
  static RefusedTally of(String client, Instant receivedAt, Sighting sighting) {
    return new RefusedTally(
        sighting.count(), receivedAt, receivedAt, Set.of(Presenter.of(client, sighting)));
  }

  /** Both together. */
  RefusedTally plus(RefusedTally other) {
    Set<Presenter> both = new LinkedHashSet<>(presenters);
    for (Presenter presenter : other.presenters) {
      if (both.size() < PRESENTERS_MAX) {
        both.add(presenter);
      }
    }
    return new RefusedTally(
        Math.min(count, COUNT_MAX) + other.count,
        first.isBefore(other.first) ? first : other.first,
        last.isAfter(other.last) ? last : other.last,
        both);
  }

  /** The presenters as they are kept and shown. */
  public List<JsonObject> presentersJson() {
    return presenters.stream().map(Presenter::toJson).toList();
  }

  /** Reads what {@link #presentersJson} wrote into the table. */
  static Set<Presenter> presenters(String json) {
    try {
      Set<Presenter> presenters = new LinkedHashSet<>();
      for (JsonObject one :
          StrictJson.object(json.getBytes(StandardCharsets.UTF_8), JSON_BYTES_MAX)
              .objects("presenters")) {
        presenters.add(
            new Presenter(
                one.string("reported_by"),
                one.string("service"),
                one.optionalString("client_address").orElse(null)));
      }
      return presenters;
    } catch (FormatException e) {
      throw new IllegalStateException("table tallies is damaged", e);
    }
  }
}
