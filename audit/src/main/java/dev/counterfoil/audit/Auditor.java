package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.audit.access.AuditDisks;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.ImportedBatch;
import dev.counterfoil.audit.access.Quota;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.bundle.Export;
import dev.counterfoil.audit.bundle.ExportTime;
import dev.counterfoil.audit.event.RecentEvents;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.forget.Deleting;
import dev.counterfoil.audit.forget.LegalHolds;
import dev.counterfoil.audit.forget.Retention;
import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.intake.Quarantine;
import dev.counterfoil.audit.intake.Restoration;
import dev.counterfoil.audit.intake.Sequences;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.restore.SealedRecords;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.audit.store.Indexer;
import dev.counterfoil.audit.store.TallyMarks;
import dev.counterfoil.audit.store.Totals;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * The auditor, put together: intake, index, search and export. Its folder holds {@code names},
 * {@code journal}, {@code public}, {@code counts}, {@code store}, {@code quarantine} and the log's
 * key. Constructed in order, closed in reverse.
 */
public final class Auditor implements AutoCloseable {
  private final Care care;
  private final InstantSource clock;
  private final AuditKeyFile key;
  private final Disk publicDisk;
  private final Names names;
  private final EventStore store;
  private final AuditLog log;
  private final Indexer indexer;
  private final LegalHolds holds;
  private final StoreUpkeep upkeep;
  private final RecordedSearch searches;
  private final Statements statements;
  private final AuditChecks checks;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final AuditorThreads threads;

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
    static Page of(EventStore.Found found, long indexed) {
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

  public static Auditor start(
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
    this.care = care;
    this.clock = clock;
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
    CatchingUp.requireTogether(store, opened, folder);
    TallyMarks marks = new TallyMarks(disks.open(folder.resolve("counts")));
    RecentEvents recent = new RecentEvents();
    indexer = new Indexer(opened.journal(), store, recent, marks, names);
    Totals totals =
        new Totals(folder.resolve("counts"), marks, indexer, opened.journal(), key, random);
    CatchingUp.takeUp(opened.tree().size(), store, indexer, marks);
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
            care.own(),
            care.putBack(),
            unknownState);
    log.announce(unannounced, KeyCeiling.OWN_TENANT);
    Restoration.say(folder, log, clock);
    holds = new LegalHolds(disks.open(folder.resolve("counts")));
    Deleting deleting = new Deleting(store, log, marks, holds, settings.retention(), care, clock);
    upkeep =
        new StoreUpkeep(
            settings,
            store,
            log,
            indexer,
            marks,
            names,
            holds,
            deleting,
            disks.open(folder.resolve(Names.FOLDER)),
            clock,
            ending);
    searches = new RecordedSearch(log, store, indexer, clock, ending);
    statements = new Statements(key.key(), log, indexer, totals, ending);
    checks = new AuditChecks(folder, key.key(), log, store, names, deleting, care, clock);
    threads = new AuditorThreads(unknownState);
    threads.start("audit-index", () -> indexer.stepForever(log::size, ending));
    upkeep.resume();
    threads.start("audit-compact", upkeep::compactForever);
    threads.start("audit-scrub", () -> checks.readForever(ending));
    threads.start("audit-silence", () -> new Silences(indexer, log, clock).watchForever(ending));
  }

  /** What cannot be recorded is not done: it is due again at the next look. */
  public void deleteWhatIsDue() throws IOException {
    upkeep.deleteWhatIsDue();
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

  /** Says who would be forgotten; that somebody looked is recorded before. */
  public ForgottenPerson lookForForgetting(Fence fence, String name, Reader reader)
      throws IOException {
    return upkeep.lookForForgetting(fence, name, reader);
  }

  /** Forgets somebody on a tenant's ground: see {@link Forgetting}. Recorded before it is done. */
  public ForgottenPerson forget(Fence fence, String name, String ground, Reader reader)
      throws IOException {
    return upkeep.forget(fence, name, ground, reader);
  }

  /** Writes what is in memory into a file, and small files into larger ones. */
  public void compact() throws IOException {
    upkeep.compact();
  }

  /** Takes a batch: see {@link AuditLog#take}. */
  public IntakeAnswer take(Source source, byte[] ndjson) throws IOException {
    return log.take(source, ndjson, -1);
  }

  /** Takes a batch of a source that says what it was told: see {@link AuditLog#take}. */
  public IntakeAnswer take(Source source, byte[] ndjson, long told) throws IOException {
    return log.take(source, ndjson, told);
  }

  /**
   * Takes a batch that an operator brings in, for one tenant: recorded before, each time. The
   * events themselves stand once.
   *
   * @throws AuditUnavailableException when that cannot be recorded: nothing was taken then
   * @throws IllegalArgumentException when the names are too long
   */
  public IntakeAnswer takeImport(Fence fence, ImportedBatch batch, byte[] ndjson, Reader by)
      throws IOException {
    Source source = Source.imported(fence, batch.name());
    IntakeAnswer answer =
        log.takeImport(source, ndjson, count -> imported(fence, by, source, batch.begins(count)));
    if (answer instanceof IntakeAnswer.Taken taken) {
      String recorded = batch.recorded(taken.recorded(), taken.repeated());
      log.record(fence.domain(), imported(fence, by, source, recorded));
    }
    return answer;
  }

  private OwnEvents.Draft imported(Fence fence, Reader by, Source source, String message) {
    return OwnEvents.imported(fence.tenant(), by, source.name(), message, clock.millis());
  }

  /**
   * Records an event of this process's own before what it tells of is done.
   *
   * @throws AuditUnavailableException when it cannot be recorded: do not do it
   */
  public void record(String domain, EventDraft draft) throws AuditUnavailableException {
    log.record(domain, OwnEvents.of(draft.at(clock.millis())));
  }

  /**
   * Records an event of this process's own that may have been recorded before a crash: once.
   *
   * @param log what these are called; another name where numbers begin again
   * @param number the same each time, as the event and its time are
   * @throws AuditUnavailableException when it cannot be recorded now
   */
  public void recordOnce(String domain, EventDraft draft, long atMillis, String log, long number)
      throws AuditUnavailableException {
    JsonObject event = draft.at(atMillis);
    if (!this.log.recordOnce(domain, log, number, OwnEvents.of(event, log))) {
      this.log.record(domain, OwnEvents.of(event));
    }
  }

  /** What this process reads for itself: no person sees it, and no event says that it looked. */
  public OwnReading forItself() {
    return new OwnReading(store, log, names);
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
    return searches.look(fence, operation, question, reader);
  }

  /** Finds events; {@link AuditUnavailableException} when it cannot be recorded who looks. */
  public Page search(Fence fence, EventQuery query, Reader reader) throws IOException {
    return searches.search(fence, query, reader);
  }

  /**
   * Somebody begins to read events as they come: recorded before he gets the first.
   *
   * @throws AuditUnavailableException when that cannot be recorded
   */
  public void follows(Fence fence, EventQuery query, Reader reader) throws IOException {
    searches.follows(fence, query, reader);
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
    return searches.next(fence, query, waitMillis);
  }

  /**
   * Writes all events that a query selects, each with its proof under one checkpoint
   * (spec/audit-bundle.md). That somebody did is recorded before.
   *
   * @throws AuditBusyException before anything is written, when too many are under way
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
    export(fence, query, since, reader, out, _ -> List.of(), _ -> {});
  }

  /** What stands behind the events in the same file. */
  @FunctionalInterface
  public interface Rest {
    /**
     * Writes it, in the place and the time of the export.
     *
     * @param out ends what takes too long, at each write: write nothing to it now and then, where
     *     there is nothing to write
     */
    void write(OutputStream out) throws IOException;
  }

  /** The same, with what custodians say of the log, and something behind it; flushed at the end. */
  public void export(
      Fence fence,
      EventQuery query,
      long since,
      Reader reader,
      OutputStream out,
      HeldWord.Source words,
      Rest rest)
      throws IOException {
    JsonObject question = since > 0 ? query.toJson().with("since", since) : query.toJson();
    int forgotten = names.forgottenCount();
    boolean forgetting = upkeep.isForgetting();
    try (TenantShares.Share _ = store.walker(fence)) {
      searches.record(fence, Operation.AUDIT_EXPORT.code(), question, reader);
      Export.Extent extent = statements.extent(since, words);
      ExportTime timed = new ExportTime(out, System::nanoTime);
      new Export(store, log.reader(), key.key()).write(fence, query, extent, timed);
      rest.write(timed);
      timed.flush();
    } catch (AuditDamagedException e) {
      if (forgetting || names.forgottenCount() != forgotten) {
        // What it lacks may be what they took from under it; if it is not, the next one says so.
        throw new IOException("somebody was forgotten during the export: export again", e);
      }
      care.damage().accept(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** What a bundle says was asked for: empty for everything. */
  public static JsonObject asked(EventQuery query) {
    return Export.asked(query);
  }

  /**
   * States how many events each tenant has, to who checks the whole and sees no event.
   *
   * @param size below which; empty for all that is durable now
   * @return {@code statement} and {@code counts}
   */
  public JsonObject totals(Optional<Long> size) throws IOException {
    return statements.all(size);
  }

  /**
   * Counts as a custodian states them, for who has his word on them: it counts if the statement is
   * the same. Of a state that this log did not have there are none, and nothing is counted for it.
   *
   * @param state below which
   * @param secretOfStatement 32 bytes, of this one statement, from him
   * @return empty where the log did not have that state
   * @throws IllegalArgumentException when the log has not so many events
   * @throws AuditUnavailableException when they cannot be counted now, or no more
   */
  public Optional<StatedCounts> countsStatedBy(Checkpoint state, byte[] secretOfStatement)
      throws IOException {
    return statements.of(state, secretOfStatement);
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

  /** Its word that it keeps the events of the domain of a key log, for that one's registrar. */
  public AuditLogRequest request(String keyLog) throws IOException {
    return key.request(log.tree(), keyLog);
  }

  /** The journal's records as they lie, sealed, for who holds them on another host. */
  public SealedRecords sealedRecords() {
    return new SealedRecords(log, key, ending);
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
    threads.join();
    log.close();
    store.close();
    names.close();
  }
}
