package dev.counterfoil.benchmarks;

import dev.counterfoil.audit.store.StoreBench;
import dev.counterfoil.benchmarks.ReceivedMail.Asked;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the audit log's store, and PostgreSQL beside it. */
@Command(
    name = "audit-log",
    mixinStandardHelpOptions = true,
    description = {
      "Grows the store of the audit log to a size: what an event costs and takes, and three searches; then the same events",
      "in PostgreSQL."
    })
final class AuditLogCommand implements Callable<Integer> {
  private static final int PEER_BATCH = 100;
  private static final long FIRST_TICK = 100_000;
  private static final double TICK_FACTOR = Math.pow(10, 0.25);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--events",
      defaultValue = "100000",
      description = "Events of the store, 10000 and more (default: ${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--made",
      defaultValue = "1000000",
      description =
          "So many of them are made, and those beyond are copies at later times and with other tokens, which take their way through the"
              + " compactor (default: ${DEFAULT-VALUE}).")
  private int made;

  @Option(
      names = "--peer-events",
      defaultValue = "10000000",
      description =
          "Events of PostgreSQL, at most as many as the store has (default: ${DEFAULT-VALUE}).")
  private int peerEvents;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "For how long PostgreSQL takes more of them in at the end (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "Keep the store in this folder. If it is there already, it is searched as it is, and what it cost to grow is told from then.")
  private @Nullable Path kept;

  @Option(
      names = "--parts",
      split = ",",
      defaultValue = "store,postgres",
      description = "What to measure (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<String> parts;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  private final AuditLogReport.Builder report = new AuditLogReport.Builder();

  @Override
  public Integer call() throws Exception {
    if (events < 10_000 || seconds < 2) {
      throw new IllegalArgumentException("want 10000 events and 2 seconds at least");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      if (parts.contains("store")) {
        store(kept == null ? folder.path().resolve("store") : kept.toAbsolutePath(), machine);
        publish(machine);
      }
      if (parts.contains("postgres")) {
        postgres(folder.path());
        publish(machine);
      }
    }
    return 0;
  }

  /** After each part: what breaks one loses nothing of the hour before. */
  private void publish(Machine machine) throws IOException {
    AuditLogReport made = report.build(events, seconds, machine, command());
    publication.report(place.root(), "audit-log", made.text(), made);
    if (made.samples().size() > 1) {
      publication.picture(place.root(), "audit-log-cost.svg", made.plot());
    }
  }

  private String command() {
    return "./dev bench audit-log --events "
        + events
        + " --made "
        + made
        + " --seconds "
        + seconds
        + " --parts "
        + String.join(",", parts);
  }

  private void store(Path folder, Machine machine) throws Exception {
    Optional<GrownStore> before = GrownStore.in(folder);
    if (before.isPresent() && !before.get().is(events, made)) {
      throw new IllegalArgumentException(
          "The store in %s has %,d events: ask for as many, or for another folder."
              .formatted(folder, before.get().events()));
    }
    if (before.isEmpty() && Files.exists(folder)) {
      throw new IllegalArgumentException(
          "The store in " + folder + " was never finished: delete it, or name another folder.");
    }
    try (StoreBench store = StoreBench.open(folder)) {
      GrownStore grown = before.isPresent() ? before.get() : grow(store, machine);
      if (store.size() != events) {
        throw new IllegalStateException("the store has " + store.size() + " events");
      }
      // What an audit log does in the time after its start: its files are looked into again.
      store.compact();
      grown.finish(folder);
      report.grown(grown, before.isPresent());
      searches(store, grown.asked());
    }
  }

  private GrownStore grow(StoreBench store, Machine machine) throws Exception {
    List<Asked> asked = new ArrayList<>();
    int own = Math.min(events, made);
    long spanMillis = ReceivedMail.SPAN_MS * own / events;
    BlockingQueue<List<AuditEvent>> queue = ReceivedMail.made(own, spanMillis, asked);
    List<long[]> ticks = new ArrayList<>();
    while (store.size() < own) {
      store.add(queue.take());
      tick(ticks, store.size());
    }
    if (own < events) {
      store.keepToCopy(spanMillis);
      // Keeping them is no event's cost.
      ticks.removeLast();
      tick(ticks, store.size());
    }
    while (store.size() < events) {
      store.addCopies();
      tick(ticks, store.size());
    }
    store.compact();
    ticks.removeLast();
    tick(ticks, store.size());
    return new GrownStore(
        events,
        own,
        asked,
        LogReport.Sample.of(apart(ticks)),
        store.files(),
        LoadOutcome.round((double) store.bytes() / store.size(), 1),
        machine);
  }

  private void searches(StoreBench store, List<Asked> asked) throws IOException, FormatException {
    MailAccess absent = ReceivedMail.others();
    int samples = ReceivedMail.SAMPLES;
    long[] tokens = new long[samples];
    long[] weeks = new long[samples];
    long[] nothing = new long[samples];
    // The first round warms up.
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < samples; i++) {
        Asked one = asked.get(i % asked.size());
        tokens[i] = search(store, one.tenant(), Map.of("token", one.token()), true);
        weeks[i] = search(store, one.tenant(), week(one), true);
        nothing[i] = search(store, one.tenant(), Map.of("token", absent.absentToken()), false);
      }
    }
    report.times.add(SearchTimes.of("token", tokens));
    report.times.add(SearchTimes.of("tenant, mailbox and week", weeks));
    report.times.add(SearchTimes.of("token that no event has", nothing));
  }

  /** Four in a decade, from 100,000 on: what is between two has its share of files and merges. */
  private static List<long[]> apart(List<long[]> ticks) {
    List<long[]> apart = new ArrayList<>();
    long next = 0;
    for (int i = 0; i < ticks.size(); i++) {
      long size = ticks.get(i)[0];
      if (size >= next || i == ticks.size() - 1) {
        apart.add(ticks.get(i));
        next = Math.max(FIRST_TICK, Math.round(size * TICK_FACTOR));
      }
    }
    return apart;
  }

  private static Map<String, String> week(Asked one) {
    return Map.of(
        "entity",
        one.entity(),
        "from",
        Long.toString(one.weekFrom()),
        "to",
        Long.toString(one.weekTo()));
  }

  private static void tick(List<long[]> ticks, long size) {
    ticks.add(new long[] {size, System.nanoTime(), (long) (OwnProcessorTime.seconds() * 1e9)});
  }

  private static long search(
      StoreBench store, String tenant, Map<String, String> query, boolean there)
      throws IOException, FormatException {
    long begun = System.nanoTime();
    int found = store.search("bench", tenant, query);
    long took = System.nanoTime() - begun;
    if (found > 0 != there) {
      throw new IllegalStateException("a search found " + found);
    }
    return took;
  }

  private void postgres(Path folder) throws Exception {
    int count = Math.min(events, peerEvents);
    try (PostgresEvents peer = PostgresEvents.fill(folder, count)) {
      report.postgres = peer.version();
      report.postgresEvents = count;
      report.postgresBytesPerEvent = peer.bytesPerEvent();
      report.postgresTimes = peer.searches();
      report.postgresIntake = peer.intake(PEER_BATCH, Duration.ofSeconds(seconds));
    }
  }
}
