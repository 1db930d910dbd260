package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.auditlog.RuleWatchBench;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.rules.RuleSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Has the monitor's watch look at all that happens in a world. */
final class EventTrial {
  private static final String DOMAIN = "enterprise";
  private static final long STEP_MILLIS = 60_000;

  private final PeopleWorld world;
  private final double lost;
  private final SplittableRandom random;
  private final Score score;
  private final RuleWatchBench watch;
  private final Map<String, Long> numbers = new HashMap<>();
  private long nowMillis;
  private long events;
  private long lostEvents;

  /**
   * A trial.
   *
   * @param lost share of the events that get lost on the way
   */
  EventTrial(PeopleWorld world, RuleSet rules, long stateBytes, double lost, long seed) {
    this.world = world;
    this.lost = lost;
    this.random = new SplittableRandom(seed + 1);
    this.score = new Score(world.attacks());
    this.watch =
        new RuleWatchBench(rules, stateBytes, this::raised, () -> Instant.ofEpochMilli(nowMillis));
  }

  private void raised(Finding finding) {
    try {
      List<?> events = finding.detail().strings("events");
      score.take(finding, events, finding.detail().string("title"), nowMillis);
    } catch (FormatException e) {
      throw new IllegalStateException("a finding of a rule names no events", e);
    }
  }

  /**
   * Runs it.
   *
   * @param folder where events and labels are written, apart from each other; empty for nowhere
   */
  Score run(Optional<Path> folder) throws IOException {
    if (folder.isEmpty()) {
      world.tell(one -> happen(one, Optional.empty()));
    } else {
      Files.createDirectories(folder.get());
      try (Writer lines = Files.newBufferedWriter(folder.get().resolve("events.jsonl"));
          Writer labels = Files.newBufferedWriter(folder.get().resolve("labels.jsonl"))) {
        world.tell(one -> happen(one, Optional.of(new Out(lines, labels))));
      }
    }
    // What rules wait for ends within two days.
    long end = nowMillis + 2 * 86_400_000L;
    while (nowMillis < end) {
      nowMillis += 10 * STEP_MILLIS;
      watch.step();
    }
    return score;
  }

  private record Out(Writer lines, Writer labels) {}

  private void happen(Happening one, Optional<Out> out) {
    events++;
    String source = DOMAIN + "/" + one.source();
    long number = numbers.merge(source, 1L, Long::sum);
    nowMillis = Math.max(nowMillis, one.timeMillis());
    try {
      JsonObject event =
          one.event().with("metadata", one.event().object("metadata").with("sequence", number));
      if (one.attack() != Happening.HONEST) {
        score.label(source + " " + number, one.attack());
      }
      if (out.isPresent()) {
        write(one, source, number, event, out.get());
      }
      if (lost > 0 && random.nextDouble() < lost) {
        lostEvents++;
        return;
      }
      watch.take(
          new Source(DOMAIN, one.source(), Optional.empty()),
          event.canonical().getBytes(StandardCharsets.UTF_8),
          STEP_MILLIS);
    } catch (FormatException e) {
      throw new IllegalStateException("an event of the world has no metadata", e);
    }
  }

  private void write(Happening one, String source, long number, JsonObject event, Out out) {
    try {
      out.lines().write(event.with("reporter", source).canonical() + "\n");
      if (one.attack() != Happening.HONEST) {
        out.labels()
            .write(
                JsonObject.builder()
                        .put("reporter", source)
                        .put("sequence", number)
                        .put("attack", one.attack())
                        .put("shape", world.attacks().get(one.attack()).shape().text())
                        .build()
                        .canonical()
                    + "\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long events() {
    return events;
  }

  long lostEvents() {
    return lostEvents;
  }

  RuleWatchBench watch() {
    return watch;
  }
}
