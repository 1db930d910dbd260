package dev.counterfoil.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.counterfoil.audit.AuditBundle;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.EventQuery;
import dev.counterfoil.audit.Fence;
import dev.counterfoil.audit.IntakeAnswer;
import dev.counterfoil.audit.Reader;
import dev.counterfoil.audit.Source;
import dev.counterfoil.audit.StoreBench;
import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the audit log, and PostgreSQL beside it. */
@Command(
    name = "audit-log",
    mixinStandardHelpOptions = true,
    description = {
      "Loads an installation's audit log over HTTP; then, one after another: export with proofs and its verification; the",
      "store grown to a size, with what an event costs and takes, and three searches; and the same events in PostgreSQL."
    })
final class AuditLogCommand implements Callable<Integer> {
  private static final int BATCH = 100;
  private static final int BATCH_CONNECTIONS = 8;
  private static final int SINGLE_CONNECTIONS = 64;
  private static final int SAMPLES = 200;
  private static final long WEEK_MS = Duration.ofDays(7).toMillis();
  private static final long SPAN_MS = Duration.ofDays(90).toMillis();
  private static final int EXPORTED_MAX = 300_000;
  private static final int LOADED_AT_ONCE = 5000;
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
      description = "Length of each load, after half of it to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--parts",
      split = ",",
      defaultValue = "intake,export,store,postgres",
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
      if (parts.contains("intake")) {
        intake(folder.path());
      }
      if (parts.contains("export")) {
        export(folder.path().resolve("audit"));
      }
      if (parts.contains("store")) {
        store(folder.path().resolve("store"));
      }
      if (parts.contains("postgres")) {
        postgres(folder.path());
      }
      AuditLogReport made = report.build(events, seconds, machine, command());
      publication.report(place.root(), "audit-log", made.text(), made);
      if (made.samples().size() > 1) {
        publication.picture(place.root(), "audit-log-cost.svg", made.plot());
      }
    }
    return 0;
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

  private void intake(Path folder) throws Exception {
    try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder)) {
      AuditIntake intake = new AuditIntake(place.root(), folder, server);
      intake.prepare();
      report.eventBytes = Outcome.round(intake.eventBytes(), 0);
      Duration length = Duration.ofSeconds(seconds);
      report.intake.add(intake.load(BATCH, BATCH_CONNECTIONS, length));
      report.intake.add(intake.load(1, SINGLE_CONNECTIONS, length));
      report.times("from the answer to a source until found, over HTTP", intake.freshness());
      report.times("token, over HTTP, and the look itself recorded", intake.lookups());
    }
  }

  private static MailAccess access(int count, long spanMillis) {
    return new MailAccess(
        3, System.currentTimeMillis() - SPAN_MS, (double) spanMillis / Math.max(1, count));
  }

  private static MailAccess access(int count) {
    return access(count, SPAN_MS);
  }

  private static AuditEvent received(MailAccess access) {
    try {
      AuditEvent event = AuditEvent.of(access.next());
      return event.received("bench/mail", event.timeMillis() + event.sequence() % 900);
    } catch (FormatException e) {
      throw new IllegalStateException("the generator makes what is no event", e);
    }
  }

  private static double processorSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }

  /** One tenant's events of a log, exported and verified. */
  private void export(Path folder) throws Exception {
    int count = Math.min(events, EXPORTED_MAX);
    MailAccess access = access(count);
    Path bundle = folder.resolveSibling("bundle.ndjson");
    Auditor.Settings settings =
        new Auditor.Settings(folder, "bench.example/audit", Integer.MAX_VALUE);
    try (Auditor auditor =
        Auditor.start(
            settings,
            InstantSource.system(),
            new SecureRandom(),
            failed -> failed.printStackTrace())) {
      Source source = new Source("bench", "mail", Optional.empty());
      double before = processorSeconds();
      for (int done = 0; done < count; done += LOADED_AT_ONCE) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LOADED_AT_ONCE; i++) {
          // All of one tenant, which is the most that an export can be of.
          lines
              .append(
                  access
                      .next()
                      .toString()
                      .replaceFirst("\"tenant_uid\":\"[^\"]*\"", "\"tenant_uid\":\"acme\""))
              .append('\n');
        }
        IntakeAnswer answer =
            auditor.take(source, lines.toString().getBytes(StandardCharsets.UTF_8));
        if (!(answer instanceof IntakeAnswer.Taken taken) || taken.recorded() != LOADED_AT_ONCE) {
          throw new IllegalStateException("events were not taken: " + answer);
        }
      }
      while (auditor.indexed() < auditor.size()) {
        Thread.sleep(20);
      }
      report.takenMicros = Outcome.round((processorSeconds() - before) * 1e6 / count, 1);
      for (int round = 0; round < 3; round++) {
        exportOnce(auditor, bundle, count);
        verifyOnce(auditor, bundle, count);
      }
    }
    Files.delete(bundle);
  }

  private void exportOnce(Auditor auditor, Path bundle, int count)
      throws IOException, FormatException {
    long begun = System.nanoTime();
    double before = processorSeconds();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(bundle), 1 << 16)) {
      auditor.export(
          new Fence("bench", "acme"),
          EventQuery.parse(name -> name.equals("class") ? Optional.of("6005") : Optional.empty()),
          new Reader("bench", Optional.empty(), Optional.empty()),
          out);
    }
    report.export.add(
        new AuditLogReport.Rate(
            "export with proofs, " + Files.size(bundle) / count + " bytes an event",
            Outcome.round(count / ((System.nanoTime() - begun) / 1e9), 0),
            Outcome.round((processorSeconds() - before) * 1e6 / count, 2)));
  }

  private void verifyOnce(Auditor auditor, Path bundle, int count)
      throws IOException, FormatException {
    long begun = System.nanoTime();
    double before = processorSeconds();
    try (InputStream in = Files.newInputStream(bundle)) {
      if (AuditBundle.check(in, auditor.key()).events() < count) {
        throw new IllegalStateException("events are missing in an export");
      }
    }
    report.export.add(
        new AuditLogReport.Rate(
            "verification of an export",
            Outcome.round(count / ((System.nanoTime() - begun) / 1e9), 0),
            Outcome.round((processorSeconds() - before) * 1e6 / count, 2)));
  }

  /** What is asked for later: a few of the events, spread over all. */
  private record Asked(String tenant, String entity, String token, long timeMillis) {}

  /** Makes events on a thread of its own, so that making them does not count twice. */
  private static BlockingQueue<List<AuditEvent>> made(
      int count, long spanMillis, List<Asked> asked) {
    BlockingQueue<List<AuditEvent>> queue = new ArrayBlockingQueue<>(8);
    MailAccess access = access(count, spanMillis);
    SplittableRandom random = new SplittableRandom(5);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                for (int done = 0; done < count; done += LOADED_AT_ONCE) {
                  List<AuditEvent> batch = new ArrayList<>(LOADED_AT_ONCE);
                  for (int i = 0; i < LOADED_AT_ONCE; i++) {
                    batch.add(received(access));
                  }
                  if (random.nextInt(count / LOADED_AT_ONCE + 1) < SAMPLES
                      || asked.size() < SAMPLES) {
                    AuditEvent one = batch.get(random.nextInt(batch.size()));
                    asked.add(
                        new Asked(
                            one.tenant(),
                            one.keys().entity().orElseThrow(),
                            one.keys().token().orElseThrow(),
                            one.timeMillis()));
                  }
                  queue.put(batch);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return queue;
  }

  private void store(Path folder) throws Exception {
    List<Asked> asked = new ArrayList<>();
    int own = Math.min(events, made);
    long spanMillis = SPAN_MS * own / events;
    BlockingQueue<List<AuditEvent>> queue = made(own, spanMillis, asked);
    List<long[]> ticks = new ArrayList<>();
    try (StoreBench store = new StoreBench(folder)) {
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
      report.made = own;
      report.samples = LogReport.Sample.of(apart(ticks));
      report.files = store.files();
      report.bytesPerEvent = Outcome.round((double) store.bytes() / store.size(), 1);
      MailAccess absent = access(1);
      for (int round = 0; round < 2; round++) {
        long[] tokens = new long[SAMPLES];
        long[] weeks = new long[SAMPLES];
        long[] nothing = new long[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
          Asked one = asked.get(i % asked.size());
          tokens[i] = search(store, one.tenant(), Map.of("token", one.token()), true);
          weeks[i] = search(store, one.tenant(), week(one), true);
          nothing[i] = search(store, one.tenant(), Map.of("token", absent.absentToken()), false);
        }
        if (round > 0) {
          report.times("token", tokens);
          report.times("tenant, mailbox and week", weeks);
          report.times("token that no event has", nothing);
        }
      }
    }
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
        Long.toString(one.timeMillis() - WEEK_MS / 2),
        "to",
        Long.toString(one.timeMillis() + WEEK_MS / 2));
  }

  private static void tick(List<long[]> ticks, long size) {
    ticks.add(new long[] {size, System.nanoTime(), (long) (processorSeconds() * 1e9)});
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
    try (PostgresPeer peer = PostgresPeer.start(folder)) {
      report.postgres = peer.version();
      int count = Math.min(events, peerEvents);
      report.postgresEvents = count;
      List<Asked> asked = new ArrayList<>();
      BlockingQueue<List<AuditEvent>> queue = made(count, SPAN_MS, asked);
      long rows = 0;
      while (rows < count) {
        List<AuditEvent> batch = queue.take();
        peer.copy(batch);
        rows += batch.size();
      }
      peer.index();
      report.postgresBytesPerEvent = Outcome.round((double) peer.bytes() / peer.rows(), 1);
      MailAccess absent = access(1);
      try (PostgresPeer.Search token = peer.new Search("tenant = ? AND token = ?");
          PostgresPeer.Search week =
              peer.new Search("tenant = ? AND entity = ? AND time >= ? AND time < ?")) {
        for (int round = 0; round < 2; round++) {
          long[] tokens = new long[SAMPLES];
          long[] weeks = new long[SAMPLES];
          long[] nothing = new long[SAMPLES];
          for (int i = 0; i < SAMPLES; i++) {
            Asked one = asked.get(i % asked.size());
            tokens[i] = timed(() -> token.find(one.tenant(), one.token()));
            weeks[i] =
                timed(
                    () ->
                        week.find(
                            one.tenant(),
                            one.entity(),
                            new Timestamp(one.timeMillis() - WEEK_MS / 2),
                            new Timestamp(one.timeMillis() + WEEK_MS / 2)));
            nothing[i] = timed(() -> token.find(one.tenant(), absent.absentToken()));
          }
          if (round > 0) {
            report.postgresTimes("token", tokens);
            report.postgresTimes("tenant, mailbox and week", weeks);
            report.postgresTimes("token that no event has", nothing);
          }
        }
      }
      MailAccess more = access(count);
      report.postgresIntake =
          Outcome.round(
              peer.intake(
                  () -> {
                    synchronized (more) {
                      AuditEvent[] batch = new AuditEvent[BATCH];
                      Arrays.setAll(batch, i -> received(more));
                      return List.of(batch);
                    }
                  },
                  Duration.ofSeconds(seconds)),
              0);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long timed(Callable<Integer> search) throws Exception {
    long begun = System.nanoTime();
    search.call();
    return System.nanoTime() - begun;
  }
}
