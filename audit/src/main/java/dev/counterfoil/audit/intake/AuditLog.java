package dev.counterfoil.audit.intake;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Quota;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.RecentEvents;
import dev.counterfoil.audit.names.KeyedName;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.RecordedEvent;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Takes events into the audit log. Any thread hands a batch in and waits: the log's one thread
 * gives each new event its position, and the answer comes when all are durable.
 *
 * <p>What a crash leaves: before the answer, any part of the batch, which the source sends again
 * and of which nothing stands twice; after it, all of it. A gap that was found and not yet
 * announced is announced at the next start.
 */
public final class AuditLog implements AutoCloseable {
  /** Most events in a batch. */
  public static final int LINES_MAX = 10_000;

  /** How far ahead of our clock an event may be. */
  static final Duration AHEAD_MAX = Duration.ofMinutes(10);

  /** How long ago an event may have been that a source reports. What is older is imported. */
  static final Duration BEHIND_MAX = Duration.ofDays(400);

  private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());

  private final Log opened;
  private final RunningLog log;
  private final LogReader reader;
  private final Sequencing sequencing;
  private final Quota quota;
  private final Quarantine quarantine;
  private final BooleanSupplier isClockRight;
  private final InstantSource clock;
  private final Names names;
  private final BiConsumer<String, AuditEvent> ownRecorded;
  private final Consumer<String> putBack;
  private final Consumer<Throwable> onFailure;

  /** Held to read while events are sealed and until they are durable. */
  private final ReentrantReadWriteLock underWay = new ReentrantReadWriteLock(true);

  private final AtomicLong refusedLines = new AtomicLong();
  private final AtomicLong refusedByQuota = new AtomicLong();

  /**
   * Starts intake on a log that was opened.
   *
   * @param sequences what is recorded in it; from now on the log's alone
   * @param recent takes what becomes durable, for the index
   * @param names under whose keys events are kept
   * @param isClockRight asked where an event's time is far off: it may be this clock that is
   * @param ownRecorded told of each event of our own that was recorded, with its domain
   * @param putBack told of what a source was told is recorded, and is not here
   * @param onFailure told when the log failed: the process ends, and the next start recovers
   */
  public AuditLog(
      Log opened,
      LogReader reader,
      Sequences sequences,
      RecentEvents recent,
      Quota quota,
      Quarantine quarantine,
      Names names,
      BooleanSupplier isClockRight,
      InstantSource clock,
      BiConsumer<String, AuditEvent> ownRecorded,
      Consumer<String> putBack,
      Consumer<Throwable> onFailure) {
    this.isClockRight = isClockRight;
    this.opened = opened;
    this.reader = reader;
    this.sequencing = new Sequencing(sequences, recent, names);
    this.quota = quota;
    this.quarantine = quarantine;
    this.clock = clock;
    this.names = names;
    this.ownRecorded = ownRecorded;
    this.putBack = putBack;
    this.onFailure = onFailure;
    this.log = RunningLog.start(opened, RunningLog.Options.DEFAULT, onFailure);
  }

  /**
   * Takes a batch: NDJSON, an event a line.
   *
   * @param told the last number of the first event's stream that this log said to have recorded: if
   *     it is not here, the log was put back to a time before; -1 where the source does not say
   */
  public IntakeAnswer take(Source source, byte[] ndjson, long told) throws IOException {
    if (source.isReserved()) {
      return new IntakeAnswer.Malformed(
          "names that begin with @ are for what this installation says itself");
    }
    return take(source, ndjson, clock.millis() - BEHIND_MAX.toMillis(), told, _ -> {});
  }

  /**
   * Takes a batch that an operator brings in, however long ago its events were.
   *
   * @param importing says so of a number of lines, and is recorded before the batch
   */
  public IntakeAnswer takeImport(
      Source source, byte[] ndjson, IntFunction<OwnEvents.Draft> importing) throws IOException {
    return take(source, ndjson, 0, -1, count -> record(source.domain(), importing.apply(count)));
  }

  /** What is to be recorded before. */
  @FunctionalInterface
  private interface Before {
    void record(int lines) throws AuditUnavailableException;
  }

  private IntakeAnswer take(
      Source source, byte[] ndjson, long earliestMillis, long told, Before before)
      throws IOException {
    List<byte[]> lines = lines(ndjson);
    if (lines.isEmpty() || lines.size() > LINES_MAX) {
      return new IntakeAnswer.Malformed("a batch has 1 to " + LINES_MAX + " lines");
    }
    if (!quota.take(source.name(), lines.size())) {
      refusedByQuota.addAndGet(lines.size());
      return new IntakeAnswer.Again("quota", true);
    }
    before.record(lines.size());
    Batch batch;
    underWay.readLock().lock();
    try {
      batch = new Batch(source, lines, earliestMillis, told);
      if (batch.isTimeOff && !isClockRight.getAsBoolean()) {
        return new IntakeAnswer.Again("clock-unsure", false);
      }
      learn(batch.named());
      batch.submit();
      batch.await();
    } catch (AuditUnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "a batch is not taken now", e);
      return new IntakeAnswer.Again("names", false);
    } finally {
      underWay.readLock().unlock();
    }
    return batch.answer();
  }

  private static List<byte[]> lines(byte[] ndjson) {
    List<byte[]> lines = new ArrayList<>();
    // A character a byte: so the platform looks for the ends of lines many bytes at a time.
    String bytes = new String(ndjson, StandardCharsets.ISO_8859_1);
    int from = 0;
    while (from < ndjson.length && lines.size() <= LINES_MAX) {
      int newline = bytes.indexOf('\n', from);
      int end = newline < 0 ? ndjson.length : newline;
      lines.add(Arrays.copyOfRange(ndjson, from, end));
      from = end + 1;
    }
    return lines;
  }

  /**
   * Records an event of our own before what it tells of is done.
   *
   * @throws AuditUnavailableException when it cannot be recorded: do not do it
   */
  public void record(String domain, OwnEvents.Draft draft) throws AuditUnavailableException {
    Sequencing.Own own = sequencing.own(Source.auditor(domain), draft);
    record(own);
    if (own.verdict() != Sequences.Verdict.NEW) {
      throw new AuditUnavailableException("the audit log has no number for an event of our own");
    }
  }

  /**
   * Records an event of our own once: where its number is recorded already, it is no more.
   *
   * @param log which of our logs its number is of
   * @return false where the number is another event's
   */
  public boolean recordOnce(String domain, String log, long number, OwnEvents.Draft draft)
      throws AuditUnavailableException {
    Sequencing.Own own = sequencing.own(Source.auditor(domain), log, number, draft);
    record(own);
    return switch (own.verdict()) {
      case NEW, REPEATED -> true;
      case REUSED, TOO_MANY_STREAMS -> false;
    };
  }

  private void record(Sequencing.Own own) throws AuditUnavailableException {
    underWay.readLock().lock();
    try {
      learn(own.named());
      log.submit(own);
      own.await();
    } finally {
      underWay.readLock().unlock();
    }
    String unavailable = own.unavailable();
    if (unavailable != null) {
      throw new AuditUnavailableException(
          "the audit log takes no event: "
              + unavailable
              + (Refusal.FULL.code().equals(unavailable)
                  ? ", make room on the disk of its journal"
                  : ""));
    }
    own.recordedEvent().ifPresent(event -> ownRecorded.accept(own.domain(), event));
  }

  /** What stands in an event for a text that somebody asked for: see {@link Names#asked}. */
  public String asked(Fence fence, String text) throws AuditUnavailableException {
    try {
      return names.asked(fence, text);
    } catch (IOException e) {
      throw namesUnavailable(e);
    }
  }

  private AuditUnavailableException namesUnavailable(IOException e) {
    if (names.isBroken()) {
      onFailure.accept(e);
    }
    return new AuditUnavailableException("the names in events cannot be kept", e);
  }

  /** Nothing is recorded of people whose keys are not durable. */
  private void learn(Set<Names.Named> named) throws AuditUnavailableException {
    try {
      names.learn(named);
    } catch (IOException e) {
      throw namesUnavailable(e);
    }
  }

  /**
   * Whoever comes by his name from now on is somebody else; nothing of his is under way any more.
   */
  public void retire(KeyedName person) {
    underWay.writeLock().lock();
    try {
      names.retire(person);
    } finally {
      underWay.writeLock().unlock();
    }
  }

  /** Forgets some: see {@link Names#forget}. */
  public void forget(Collection<KeyedName> some, Collection<Names.Named> gone) throws IOException {
    try {
      names.forget(some, gone);
    } catch (IOException e) {
      if (names.isBroken()) {
        onFailure.accept(e);
      }
      throw e;
    }
  }

  /** Announces gaps that a crash kept from being announced. */
  public void announce(List<Sequences.Gap> gaps, String tenant) throws AuditUnavailableException {
    for (Sequences.Gap gap : gaps) {
      record(Source.domainOf(gap.stream().source()), OwnEvents.gap(tenant, gap, clock.millis()));
    }
  }

  /** Number of durable events. */
  public long size() {
    return log.size();
  }

  /** The journal. */
  public JournalReader journal() {
    return log.journal();
  }

  /** The public side. */
  public LogReader reader() {
    return reader;
  }

  /** Events that were refused since the start, one by one. */
  public long refusedLines() {
    return refusedLines.get();
  }

  /** Events that were refused since the start because their source sent too many. */
  public long refusedByQuota() {
    return refusedByQuota.get();
  }

  /** When the first event of the segment that is written was taken in; now where none is. */
  public long segmentAtMillis() throws IOException {
    long first = log.segmentBegin();
    if (first >= log.size()) {
      return clock.millis();
    }
    try {
      return RecordedEvent.parse(log.journal().read(first, 1, Integer.MAX_VALUE).getFirst())
          .timeMillis();
    } catch (FormatException e) {
      throw new IOException("record " + first + " of the audit log is no event", e);
    }
  }

  /** Ends the segment that is written, so that it can be given back. */
  public void rollOver() {
    log.rollOver();
  }

  /** Removes whole segments of events below a position: see {@link Log#giveBack}. */
  public void giveBack(long upTo) throws IOException {
    log.giveBack(upTo);
  }

  /** The tree over all durable events. */
  public TreeState tree() {
    return log.tree();
  }

  public Quarantine quarantine() {
    return quarantine;
  }

  boolean isSealed() {
    return opened.isSealed();
  }

  /** The events of one request. */
  private final class Batch {
    private final Source source;
    private final String sourceName;
    private final List<byte[]> raw;
    private final long earliestMillis;
    private final long told;
    private final List<IntakeAnswer.RefusedLine> refused = new ArrayList<>();
    private final List<Sequencing.Reported> lines = new ArrayList<>();
    private final CountDownLatch done;
    private boolean isTimeOff;

    Batch(Source source, List<byte[]> raw, long earliestMillis, long told) {
      this.source = source;
      this.told = told;
      this.sourceName = source.name();
      this.raw = raw;
      this.earliestMillis = earliestMillis;
      this.done = new CountDownLatch(raw.size());
      long now = clock.millis();
      for (int i = 0; i < raw.size(); i++) {
        check(i + 1, raw.get(i), now);
      }
    }

    private void check(int number, byte[] line, long now) {
      AuditEvent event;
      try {
        event = AuditEvent.parseReported(line);
      } catch (FormatException e) {
        refuse(number, "malformed", String.valueOf(e.getMessage()));
        done.countDown();
        return;
      }
      if (!source.mayReportFor(event.tenant())) {
        refuse(number, "foreign-tenant", "this source may not report for that tenant");
      } else if (event.timeMillis() > now + AHEAD_MAX.toMillis()
          || event.timeMillis() < earliestMillis) {
        isTimeOff = true;
        refuse(
            number,
            "time-off",
            (earliestMillis > 0
                    ? "time is more than 10 minutes ahead or 400 days ago (an operator imports what is older)"
                    : "time is more than 10 minutes ahead")
                + ": milliseconds since 1970");
      } else {
        AuditEvent received = event.received(sourceName, now);
        Sequencing.Reported reported =
            sequencing.reported(sourceName, number, event, received, number == 1 ? told : -1, done);
        if (names.areDurable(reported.named())) {
          // At once, while it is at hand: so few events are in memory as they came.
          reported.seal();
        }
        lines.add(reported);
        return;
      }
      done.countDown();
    }

    private void refuse(int number, String code, String detail) {
      refused.add(new IntakeAnswer.RefusedLine(number, code, detail));
    }

    Set<Names.Named> named() {
      Set<Names.Named> named = new HashSet<>();
      lines.forEach(line -> named.addAll(line.named()));
      return named;
    }

    void submit() {
      lines.forEach(Sequencing.Reported::seal);
      lines.forEach(log::queue);
      log.flush();
    }

    void await() {
      Sequencing.await(done);
    }

    IntakeAnswer answer() {
      int recorded = 0;
      int repeated = 0;
      for (Sequencing.Reported line : lines) {
        String unavailable = line.unavailable();
        if (unavailable != null) {
          return new IntakeAnswer.Again(unavailable, false);
        }
        switch (line.verdict()) {
          case NEW -> recorded++;
          case REPEATED -> repeated++;
          case REUSED ->
              refuse(
                  line.number(), "sequence-reused", "another event was recorded with this number");
          case TOO_MANY_STREAMS ->
              refuse(line.number(), "too-many-streams", "a source has at most 1024 log names");
        }
      }
      layInQuarantine();
      refusedLines.addAndGet(refused.size());
      announceGaps();
      lines.forEach(line -> line.lost().ifPresent(putBack));
      return new IntakeAnswer.Taken(recorded, repeated, refused);
    }

    /** What is refused is answered for precisely, also where the quarantine cannot be written. */
    private void layInQuarantine() {
      if (source.isReserved()) {
        return; // Whoever imports has the file.
      }
      try {
        for (IntakeAnswer.RefusedLine one : refused) {
          quarantine.add(sourceName, clock.millis(), one, raw.get(one.line() - 1));
        }
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "events that were refused are not in the quarantine: " + e.getMessage());
      }
    }

    /**
     * A gap is said when the event behind it is durable: no earlier, and at the latest at a start.
     */
    private void announceGaps() {
      for (Sequencing.Reported line : lines) {
        Sequences.Gap gap = line.gap();
        if (gap != null) {
          try {
            announce(List.of(gap), line.tenant());
          } catch (AuditUnavailableException e) {
            LOG.log(System.Logger.Level.WARNING, "a gap is announced at the next start", e);
          }
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    log.close();
    reader.close();
  }
}
