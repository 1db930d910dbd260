package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleEvent;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how many events a core looks at. */
@Command(
    name = "rules",
    description = {
      "Has detection rules look at the events of a world of people, on one thread: those that come with Counterfoil, and",
      "with thousands of others beside them. Counts events for each second of processor time, reading them included."
    })
public final class RuleSpeedCommand extends Measurement {
  private static final int EVENT_BYTES_MAX = 1 << 16;

  @Option(
      names = "--rules",
      split = ",",
      defaultValue = "0,300,3000",
      description = "Rules beside those that come with Counterfoil (default: ${DEFAULT-VALUE}).")
  private List<Integer> sizes = List.of();

  @Option(
      names = "--people",
      defaultValue = "3000",
      description = "People of the world, 500 to 100000 (default: ${DEFAULT-VALUE}).")
  private int people;

  @Option(
      names = "--events",
      defaultValue = "100000",
      description = "Events that are looked at (default: ${DEFAULT-VALUE}).")
  private int count;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /** What one pass came to. */
  private record Pass(double wallSeconds, double processorSeconds, long matches, RuleEngine end) {}

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(people >= 500 && people <= 100_000, "want 500 to 100000 people");
    require(count >= 10_000 && count <= 2_000_000, "want 10000 to 2000000 events");
    require(
        sizes.stream().allMatch(size -> size >= 0 && size <= 20_000), "want 0 to 20000 rules more");
    List<byte[]> events = events();
    RunReport.Table table =
        report.table(
            "rules",
            "events/s of a core",
            "µs for one",
            "events/s on the clock",
            "rules looked at in full, for one event",
            "matches",
            "state KiB");
    for (int size : sizes) {
      RuleSet rules = rules(size);
      // The first pass is for the compiler.
      var _ = pass(rules, events);
      Pass pass = pass(rules, events);
      table.row(
          rules.all().count(),
          events.size() / pass.processorSeconds(),
          pass.processorSeconds() / events.size() * 1e6,
          events.size() / pass.wallSeconds(),
          (double) pass.end().looked() / events.size(),
          pass.matches(),
          pass.end().stateBytes() >> 10);
    }
    report.note(
        "%,d events of a world of %,d people, as bytes; each is read, and looked at by all rules",
        events.size(), people);
    report.note(
        "The other rules are made: nine of ten about one event, by texts, their ends, networks and expressions, and one of"
            + " ten counts the matches of another");
  }

  private List<byte[]> events() {
    List<byte[]> events = new ArrayList<>();
    new PeopleWorld(people, 3, 1, 1)
        .tell(
            one -> {
              if (events.size() < count) {
                events.add(one.event().canonical().getBytes(StandardCharsets.UTF_8));
              }
            });
    return events;
  }

  private Pass pass(RuleSet rules, List<byte[]> events) throws FormatException {
    RuleEngine engine =
        new RuleEngine(
            rules, RuleFiles.ownFields(), new RuleEngine.Limits(32L << 20, Duration.ofMinutes(5)));
    long[] matches = {0};
    long wall = System.nanoTime();
    long processor = threads.getCurrentThreadCpuTime();
    for (byte[] bytes : events) {
      JsonObject event = StrictJson.object(bytes, EVENT_BYTES_MAX);
      engine.take(new RuleEvent(event, event.number("time"), "e"), match -> matches[0]++);
    }
    return new Pass(
        (System.nanoTime() - wall) / 1e9,
        (threads.getCurrentThreadCpuTime() - processor) / 1e9,
        matches[0],
        engine);
  }

  private static RuleSet rules(int more) throws IOException {
    List<RuleDocument> documents = new ArrayList<>(RuleFiles.shipped().documents());
    for (int i = 0; i < more; i++) {
      try {
        documents.addAll(RuleReader.read("made-" + i + ".yml", made(i), Map.of()));
      } catch (RuleFault e) {
        throw new IOException(e);
      }
    }
    RuleSet rules = RuleSet.of(documents);
    require(rules.faults().isEmpty(), "rules without faults");
    return rules;
  }

  /** What a rule of someone else's may look like. */
  private static String made(int number) {
    if (number % 10 == 9) {
      return """
      title: Made %1$d
      name: made-%1$d
      correlation:
        type: event_count
        rules: [made-%2$d]
        group-by: [actor.user.uid]
        timespan: 10m
        condition: {gte: 5}
      """
          .formatted(number, number - 1);
    }
    String test =
        switch (number % 5) {
          case 0 -> "actor.app_uid: 'tool-%d'".formatted(number);
          case 1 -> "actor.user.uid|startswith: 'p%d'".formatted(number);
          case 2 -> "message|contains: ['evil-%1$d', 'worse-%1$d']".formatted(number);
          case 3 -> "src_endpoint.ip|cidr: '203.%d.%d.0/24'".formatted(number / 250, number % 250);
          default -> "actor.app_uid|re: '^bot-%d-[0-9]+$'".formatted(number);
        };
    String code =
        List.of("person.sign-in", "grant.give", "client.register", "staff.begin").get(number % 4);
    return """
    title: Made %1$d
    name: made-%1$d
    logsource: {product: counterfoil, service: audit}
    detection:
      what: {metadata.event_code: %2$s}
      who: {%3$s}
      usual: {status_id: 99}
      condition: what and who and not usual
    """
        .formatted(number, code, test);
  }
}
