package dev.counterfoil.audit;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.HashSource;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyCeiling;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.log.Cosigner;
import dev.counterfoil.log.Cosigning;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.LogReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The auditor, put together: intake, index, search and export. Its folder holds {@code names},
 * {@code journal}, {@code public}, {@code counts}, {@code store}, {@code quarantine} and the log's
 * key. Constructed in order, closed in reverse.
 */
public final class Auditor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Auditor.class.getName());
  private static final long INDEX_EVERY_MS = 50;
  private static final long COMPACT_EVERY_MS = 1000;
  private static final long COMPACT_PAUSE_MAX_MS = 60_000;
  private static final long WATCH_EVERY_MS = 1000;

  /** So many bytes of events in memory become a file, however few events they are. */
  private static final long COMPACT_BYTES = 96L << 20;

  private static final long SETTLE_MAX_MS = 60_000;
  private static final long EXPORT_WAIT_MAX_MS = 10_000;

  private final Settings settings;
  private final Care care;
  private final InstantSource clock;
  private final AuditKeyFile key;
  private final Disk publicDisk;
  private final Names names;
  private final EventStore store;
  private final AuditLog log;
  private final Indexer indexer;
  private final TallyMarks marks;
  private final Totals totals;
  private final LegalHolds holds;
  private final Deleting deleting;
  private final Forgetting forgetting;
  private final AuditChecks checks;
  private final Consumer<Throwable> unknownState;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread indexing;
  private final Thread compacting;
  private final Thread scrubbing;
  private final Thread watching;
  private final long startedMillis;

  /**
   * How it runs.
   *
   * @param folder its own
   * @param origin name of the audit log
   * @param journal sizes of the journal
   * @param eventsPerSecond what one source may send
   * @param compactEvents so many events in memory become a file
   * @param compactAfterMillis or as many as there are after so long
   * @param retention how long events are kept
   */
  public record Settings(
      Path folder,
      String origin,
      JournalOptions journal,
      long eventsPerSecond,
      long compactEvents,
      long compactAfterMillis,
      Retention retention) {
    /** Keeps events no longer than they must be. */
    public Settings(
        Path folder,
        String origin,
        JournalOptions journal,
        long eventsPerSecond,
        long compactEvents,
        long compactAfterMillis) {
      this(
          folder,
          origin,
          journal,
          eventsPerSecond,
          compactEvents,
          compactAfterMillis,
          Retention.FLOOR);
    }

    /** The usual sizes. */
    public Settings(Path folder, String origin, long eventsPerSecond) {
      this(folder, origin, JournalOptions.EVENTS, eventsPerSecond, 50_000, 3_600_000);
    }

    /** The same with another retention. */
    public Settings keeping(Retention other) {
      return new Settings(
          folder, origin, journal, eventsPerSecond, compactEvents, compactAfterMillis, other);
    }
  }

  /**
   * A page of what was found.
   *
   * @param indexed positions below could be found
   * @param more whether there may be more: a page has fewer events than were asked for when they
   *     are long
   */
  public record Page(List<StoredEvent> events, long indexed, boolean more) {
    private static Page of(EventStore.Found found, long indexed) {
      return new Page(found.events(), indexed, found.more());
    }

    public Page {
      events = List.copyOf(events);
    }
  }

  /**
   * Starts it: takes up what is in the journal and not in the store, then takes events.
   *
   * @param unknownState told when the state of the disk is unknown: the process ends
   */
  public static Auditor start(
      Settings settings, InstantSource clock, SecureRandom random, Consumer<Throwable> unknownState)
      throws IOException {
    return start(settings, Care.BY_ITSELF, clock, random, unknownState);
  }

  /** Starts it in the care of somebody who hears what is damaged, and knows whether it is late. */
  public static Auditor start(
      Settings settings,
      Care care,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    return start(settings, AuditDisks.FOLDERS, care, clock, random, unknownState);
  }

  static Auditor start(
      Settings settings,
      AuditDisks disks,
      Care care,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    return new Auditor(settings, disks, care, clock, random, unknownState);
  }

  private Auditor(
      Settings settings,
      AuditDisks disks,
      Care care,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    this.settings = settings;
    this.care = care;
    this.clock = clock;
    this.unknownState = unknownState;
    Path folder = settings.folder();
    key = AuditKeyFile.openOrMake(folder, settings.origin());
    names =
        Names.open(
            disks.open(folder.resolve(Names.FOLDER)),
            !Files.exists(folder.resolve("journal")),
            random);
    store = EventStore.open(folder.resolve("store"), names, disks);
    publicDisk = disks.open(folder.resolve("public"));
    Log opened =
        Log.open(
            disks.open(folder.resolve("journal")),
            publicDisk,
            settings.journal(),
            key,
            clock,
            random);
    long begin = opened.journal().begin();
    if (store.manifest().size() < begin) {
      opened.close();
      throw new IOException(
          "the audit store in %s has %d events, and the journal begins at %d: put back store/ from a copy, since what was deleted from the journal cannot be found from it again"
              .formatted(folder, store.manifest().size(), begin));
    }
    if (store.manifest().size() > opened.tree().size()) {
      opened.close();
      throw new IOException(
          "the audit store in %s knows more events than the journal has: one of them was put back"
              .formatted(folder));
    }
    marks = new TallyMarks(disks.open(folder.resolve("counts")));
    RecentEvents recent = new RecentEvents();
    indexer = new Indexer(opened.journal(), store, recent, marks, names);
    totals = new Totals(folder.resolve("counts"), marks, indexer, opened.journal(), key, random);
    while (indexer.step(opened.tree().size())) {
      if (indexer.freshBytes() >= COMPACT_BYTES) {
        compact();
      }
    }
    Sequences sequences = indexer.handOverSequences();
    List<Sequences.Gap> unannounced = sequences.unannounced();
    log =
        new AuditLog(
            opened,
            new LogReader(publicDisk),
            sequences,
            recent,
            new Quota(settings.eventsPerSecond(), System::nanoTime),
            new Quarantine(folder.resolve("quarantine")),
            names,
            care.isClockRight(),
            clock,
            unknownState);
    log.announce(unannounced, KeyCeiling.OWN_TENANT);
    holds = new LegalHolds(disks.open(folder.resolve("counts")));
    deleting = new Deleting(store, log, marks, holds, settings.retention(), care, clock);
    forgetting =
        new Forgetting(
            store,
            log,
            names,
            holds,
            disks.open(folder.resolve(Names.FOLDER)),
            clock,
            this::settle);
    checks = new AuditChecks(folder, key.key(), log, store, names, deleting, care, clock);
    indexing = start("audit-index", this::indexForever);
    compacting = start("audit-compact", this::compactForever);
    scrubbing = start("audit-scrub", () -> checks.readForever(ending));
    startedMillis = clock.millis();
    watching = start("audit-silence", this::watchForever);
    forgetting.resume();
  }

  /** One thread's work. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private Thread start(String name, Work work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (IOException | RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, name + " failed", e);
                unknownState.accept(e);
              }
            });
  }

  private void indexForever() throws IOException, InterruptedException {
    boolean more = true;
    while (more || !ending.await(INDEX_EVERY_MS, TimeUnit.MILLISECONDS)) {
      more = indexer.step(log.size());
    }
  }

  private void compactForever() throws InterruptedException {
    long since = clock.millis();
    long pause = COMPACT_EVERY_MS;
    while (!ending.await(pause, TimeUnit.MILLISECONDS)) {
      try {
        long fresh = indexer.indexed() - store.manifest().size();
        if (fresh == 0) {
          since = clock.millis();
        } else if (fresh >= settings.compactEvents()
            || indexer.freshBytes() >= COMPACT_BYTES
            || clock.millis() - since >= settings.compactAfterMillis()) {
          compact();
          since = clock.millis();
        }
        deleteWhatIsDue();
        if (pause > COMPACT_EVERY_MS) {
          LOG.log(System.Logger.Level.INFO, "the audit store is written again");
        }
        pause = COMPACT_EVERY_MS;
      } catch (IOException e) {
        // Nothing is lost: the journal has it, it is found in memory, and the files are as before.
        pause = Math.min(COMPACT_PAUSE_MAX_MS, pause * 2);
        LOG.log(
            System.Logger.Level.WARNING,
            "the audit store in " + settings.folder() + " cannot be written; tried again",
            e);
      }
    }
  }

  /** What cannot be recorded is not done: it is due again at the next look. */
  synchronized void deleteWhatIsDue() throws IOException {
    try {
      deleting.step();
    } catch (AuditUnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "nothing is deleted by policy now", e);
    }
  }

  /**
   * What a check came to.
   *
   * @param events how many the log has
   * @param found how many rows of files were read
   * @param differences that were found
   */
  public record Checked(long events, long found, long differences) {}

  /**
   * Reads everything once, now: journal and tree against the checkpoint, and each file of the store
   * against the tree.
   *
   * @param difference told of each thing that is not as it was recorded, with its event
   */
  public Checked check(Consumer<String> difference) throws IOException, InterruptedException {
    return checks.check(difference);
  }

  /** Tenants of whom nothing is deleted. */
  public List<LegalHolds.Hold> holds() {
    return holds.all();
  }

  /**
   * Has nothing of a tenant deleted until {@link #endHold}. Recorded before it counts.
   *
   * @param reason for the tenant to read
   */
  public void hold(Fence fence, String reason, Reader by) throws IOException {
    log.record(fence.domain(), OwnEvents.hold(fence.tenant(), by, true, reason, clock.millis()));
    holds.add(new LegalHolds.Hold(fence, reason, clock.millis()));
  }

  /**
   * Ends a hold. Recorded before.
   *
   * @return false when there is none
   */
  public boolean endHold(Fence fence, String reason, Reader by) throws IOException {
    if (!holds.has(fence)) {
      return false;
    }
    log.record(fence.domain(), OwnEvents.hold(fence.tenant(), by, false, reason, clock.millis()));
    holds.remove(fence);
    return true;
  }

  /** Says of sources that say from time to time that they are there when they say it no more. */
  private void watchForever() throws IOException, InterruptedException {
    while (!ending.await(WATCH_EVERY_MS, TimeUnit.MILLISECONDS)) {
      for (Sequences.Heard heard : indexer.changedSilences(clock.millis(), startedMillis)) {
        try {
          log.record(
              Source.domainOf(heard.stream().source()), OwnEvents.silence(heard, clock.millis()));
        } catch (AuditUnavailableException e) {
          indexer.unsaid(heard);
          LOG.log(System.Logger.Level.WARNING, "a silence is said later: {0}", e.getMessage());
        }
      }
    }
  }

  /**
   * Who is forgotten, or would be.
   *
   * @param pseudonyms of whoever has the name
   * @param events of his
   * @param young how many of them have to be kept but for the tenant's ground
   * @param first position; -1 where there is none
   * @param last position
   * @param administered whether he administered, or read the audit log, within the last year
   * @param refusal why it is not done
   */
  public record Forgotten(
      List<String> pseudonyms,
      long events,
      long young,
      long first,
      long last,
      boolean administered,
      Optional<String> refusal) {
    public Forgotten {
      pseudonyms = List.copyOf(pseudonyms);
    }

    Forgotten refused(String why) {
      return new Forgotten(pseudonyms, events, young, first, last, administered, Optional.of(why));
    }
  }

  /** Says who would be forgotten; that somebody looked is recorded before. */
  public synchronized Forgotten lookForForgetting(Fence fence, String name, Reader reader)
      throws IOException {
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(),
            reader,
            Operation.AUDIT_SEARCH.code(),
            "who would be forgotten",
            clock.millis()));
    return forgetting.look(fence, name);
  }

  /**
   * Forgets somebody: see {@link Forgetting}. Recorded before it is done.
   *
   * @param ground of the tenant's, without his name
   */
  public synchronized Forgotten forget(Fence fence, String name, String ground, Reader reader)
      throws IOException {
    return forgetting.forget(fence, name, ground, reader);
  }

  /** Has all that is recorded by now lie in files. */
  private synchronized void settle() throws IOException {
    long size = log.size();
    for (long waited = 0; indexer.indexed() < size; waited += INDEX_EVERY_MS) {
      try {
        if (waited > SETTLE_MAX_MS || ending.await(INDEX_EVERY_MS, TimeUnit.MILLISECONDS)) {
          throw new AuditUnavailableException("the newest events cannot be found yet");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AuditUnavailableException("the monitor ends", e);
      }
    }
    compact();
  }

  /** Writes what is in memory into a file, and small files into larger ones. */
  synchronized void compact() throws IOException {
    Indexer.Mark mark = indexer.mark();
    if (mark.size() > store.manifest().size()) {
      store.compact(mark.size(), mark.sequences());
      indexer.inFiles(mark.bytes());
      marks.write(mark.tally());
    }
    for (int newest = Compaction.due(store.mergeable());
        newest > 0;
        newest = Compaction.due(store.mergeable())) {
      store.merge(newest);
    }
  }

  /** Takes a batch: see {@link AuditLog#take}. */
  public IntakeAnswer take(Source source, byte[] ndjson) throws IOException {
    return log.take(source, ndjson);
  }

  /**
   * Records an event of this process's own before what it tells of is done.
   *
   * @throws AuditUnavailableException when it cannot be recorded: do not do it
   */
  public void record(String domain, EventDraft draft) throws AuditUnavailableException {
    log.record(domain, OwnEvents.of(draft.at(clock.millis())));
  }

  /** What was asked, with the pseudonyms of who is named: it stays when they are forgotten. */
  private String asked(Fence fence, JsonObject question) {
    JsonObject shown = question;
    for (String member : List.of("entity", "actor")) {
      if (question.get(member) instanceof String name) {
        Optional<Person> known = names.find(fence, name);
        if (known.isPresent()) {
          shown = shown.with(member, "~" + known.get().pseudonym());
        }
      }
    }
    return shown.toString();
  }

  /** A tenant's events, for one question that was recorded. */
  @FunctionalInterface
  public interface Looking {
    /** Finds events. */
    Page search(EventQuery query) throws IOException;
  }

  /**
   * Lets somebody find events for one question, which is recorded before.
   *
   * @param operation its name, such as {@code audit.trace}
   * @param question what was asked
   */
  public Looking look(Fence fence, String operation, JsonObject question, Reader reader)
      throws IOException {
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(), reader, operation, asked(fence, question), clock.millis()));
    return query -> Page.of(store.search(fence, query), indexer.indexed());
  }

  /**
   * Finds events. That somebody looked is recorded before he is answered.
   *
   * @throws AuditUnavailableException when that cannot be recorded
   */
  public Page search(Fence fence, EventQuery query, Reader reader) throws IOException {
    String asked = asked(fence, query.toJson());
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(), reader, Operation.AUDIT_SEARCH.code(), asked, clock.millis()));
    // Read before: what is found is at least what was there then.
    long indexed = indexer.indexed();
    return Page.of(found(fence, query), indexed);
  }

  private EventStore.Found found(Fence fence, EventQuery query) throws IOException {
    try {
      return store.search(fence, query);
    } catch (EventStore.BusyException e) {
      throw new AuditUnavailableException("too many search at this moment: ask again", e);
    }
  }

  /**
   * Somebody begins to read events as they come: recorded before he gets the first.
   *
   * @throws AuditUnavailableException when that cannot be recorded
   */
  public void follows(Fence fence, EventQuery query, Reader reader) throws IOException {
    String asked = asked(fence, query.toJson());
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(), reader, Operation.AUDIT_STREAM.code(), asked, clock.millis()));
  }

  /**
   * The next events in the order of their positions, of one who {@link #follows}. Where there are
   * no more, the page has all below {@link Page#indexed}: go on after that.
   *
   * @param waitMillis how long to wait for something new; it may still be that none of it is
   *     selected
   */
  public Page next(Fence fence, EventQuery query, long waitMillis)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + waitMillis * 1_000_000;
    long indexed = indexer.indexed();
    while (indexed - 1 <= query.after() && System.nanoTime() < deadline) {
      if (ending.await(INDEX_EVERY_MS, TimeUnit.MILLISECONDS)) {
        throw new AuditUnavailableException("the monitor ends");
      }
      indexed = indexer.indexed();
    }
    if (indexed - 1 <= query.after()) {
      return new Page(List.of(), indexed, false);
    }
    long before = Math.min(indexed, query.before());
    return Page.of(found(fence, query.page(query.after(), before, query.limit())), indexed);
  }

  /**
   * Writes all events that a query selects, each with its proof under one checkpoint
   * (spec/audit-bundle.md). That somebody did is recorded before.
   */
  public void export(Fence fence, EventQuery query, Reader reader, OutputStream out)
      throws IOException {
    export(fence, query, 0, reader, out);
  }

  /**
   * The same of what came after an earlier checkpoint, so that it goes on from another bundle.
   *
   * @param since that checkpoint's size; 0 for everything
   * @throws IllegalArgumentException when the log has not so many events
   */
  public void export(Fence fence, EventQuery query, long since, Reader reader, OutputStream out)
      throws IOException {
    String asked = asked(fence, since > 0 ? query.toJson().with("since", since) : query.toJson());
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(), reader, Operation.AUDIT_EXPORT.code(), asked, clock.millis()));
    LogReader.Published under = coveringAll();
    Optional<Totals.Stated> before =
        since > 0 ? Optional.of(totals.at(checkpointOf(since))) : Optional.empty();
    try {
      new Export(store, log.reader(), key.key())
          .write(
              fence, query, new Export.Extent(under, totals.at(under.checkpoint()), before), out);
    } catch (AuditDamagedException e) {
      care.damage().accept(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** What a bundle says was asked for: empty for everything. */
  public static JsonObject asked(EventQuery query) {
    return Export.asked(query);
  }

  /** The checkpoint that the log had, or could have had, at a size. */
  private Checkpoint checkpointOf(long size) throws IOException {
    if (size < 1 || size > log.size()) {
      throw new IllegalArgumentException("the audit log has " + log.size() + " events");
    }
    try {
      return Checkpoint.of(key.key().name(), size, log.reader().hashes(size));
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the root of the first " + size + " events cannot be made", e);
    }
  }

  /**
   * States how many events each tenant has, to who checks the whole and sees no event.
   *
   * @param size below which; empty for all that is durable now
   * @return {@code statement} and {@code counts}
   */
  public JsonObject totals(Optional<Long> size) throws IOException {
    return totals
        .at(size.isPresent() ? checkpointOf(size.get()) : coveringAll().checkpoint())
        .all();
  }

  /** A checkpoint over all that is durable now, when all below it can be found. */
  private LogReader.Published coveringAll() throws IOException {
    long size = log.size();
    for (long waited = 0; waited < EXPORT_WAIT_MAX_MS; waited += INDEX_EVERY_MS) {
      Optional<LogReader.Published> published = log.reader().published();
      if (published.isPresent()
          && published.get().checkpoint().size() >= size
          && indexer.indexed() >= published.get().checkpoint().size()) {
        return published.get();
      }
      try {
        if (ending.await(INDEX_EVERY_MS, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new AuditUnavailableException("no checkpoint covers the newest events yet");
  }

  /** Whether it is being closed. */
  public boolean isEnding() {
    return ending.getCount() == 0;
  }

  /** Events of a source that were not taken, for its owner. */
  public List<JsonObject> quarantined(Source source) throws IOException {
    return log.quarantine().of(source.name());
  }

  /**
   * Takes in what others cosign of the log.
   *
   * @param quorum how many of them make a checkpoint cosigned
   */
  public Cosigning cosigning(List<Cosigner> cosigners, int quorum) {
    return new Cosigning(
        key, log::tree, publicDisk, log.journal(), cosigners, quorum, (level, size) -> {});
  }

  /** The audit log's key. */
  public NoteKey key() {
    return key.key();
  }

  /** The public side of the audit log. */
  public LogReader reader() {
    return log.reader();
  }

  /** Number of durable events. */
  public long size() {
    return log.size();
  }

  /** Number of events that can be found. */
  public long indexed() {
    return indexer.indexed();
  }

  /** Events that were refused one by one since the start. */
  public long refusedLines() {
    return log.refusedLines();
  }

  /** Events that were refused since the start because their source sent too many. */
  public long refusedByQuota() {
    return log.refusedByQuota();
  }

  @Override
  public void close() throws IOException {
    ending.countDown();
    checks.close();
    // Threads are not interrupted: that would close their files.
    for (Thread thread : List.of(indexing, compacting, scrubbing, watching)) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    log.close();
    store.close();
    names.close();
  }
}
