package dev.counterfoil.signer.door;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.record.RecordedDigest;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.folders.NewLogFolders;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.growth.LogGuard;
import dev.counterfoil.signer.issuing.RequestQuota;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One record log: digests of tokens that were composed elsewhere come in, positions go out when
 * they are durable (spec/record-door.md). It has a journal and a key of its own and never sees a
 * token key.
 *
 * <p>A digest that the log holds keeps its position. The last ones are remembered here, on the
 * sequencer's thread, which is the only place where it is known which digest came first; those
 * further down the asker has looked for and says so.
 */
public final class RecordDoor {
  /** Most digests that were taken and are not answered; as many as the log's queue holds. */
  static final int UNANSWERED_MAX = 16_384;

  private static final System.Logger LOG = System.getLogger(RecordDoor.class.getName());

  private final AllowList sources;
  private final RequestQuota quota;
  private final LongSupplier nanos;
  private final KeySet.StatedLog stated;
  private final RunningLog log;
  private final LogGuard guard;
  private final AtomicInteger unanswered = new AtomicInteger();

  // Of the sequencer's thread.
  private final RecentDigests recent;
  private final Map<Long, List<Entry>> behind = new HashMap<>();
  private long durable;
  private boolean failing;

  private volatile @Nullable Refusal lastRefusal;
  private final AtomicLong recorded = new AtomicLong();

  private RecordDoor(
      SignerConfiguration.Door settings,
      LongSupplier nanos,
      KeySet.StatedLog stated,
      RecentDigests recent,
      Log opened,
      Guarding guarding,
      Consumer<Throwable> onFailure)
      throws IOException {
    this.sources = settings.allowedSources();
    this.quota = new RequestQuota(settings.digestsPerSecond(), Map.of());
    this.nanos = nanos;
    this.stated = stated;
    this.recent = recent;
    this.durable = opened.tree().size();
    this.log = RunningLog.start(opened, RunningLog.Options.DEFAULT, onFailure);
    this.guard = guarding.start(log);
  }

  /** Begins to guard the log: others' word on it, and its own disk's. */
  @FunctionalInterface
  interface Guarding {
    LogGuard start(RunningLog log) throws IOException;
  }

  /** Opens the record log of a generation, new when there is none, and starts it. */
  static RecordDoor open(
      SignerConfiguration configuration,
      SignerConfiguration.Door settings,
      Generation generation,
      SealedKeys sealed,
      InstantSource clock,
      LongSupplier nanos,
      Consumer<Throwable> onFailure)
      throws IOException, GeneralSecurityException {
    String name = generation.recordLogName(settings.name());
    // Nothing is made before it has a place: what there is of it is ended with its generation.
    boolean isNew = !Files.exists(keys(generation, settings.name()).resolve("log.vkey"));
    if (isNew && !new NewLogFolders(configuration).claim(List.of(name))) {
      throw new LogDamagedException(
          "its folder in the public log folder does not belong to this signer, or"
              + " contains another log. If the door belonged to another signer before, run"
              + " counterfoil signer succeed "
              + configuration.name()
              + " --in 0 --yes. That begins its log under the next number");
    }
    Disk folder = FileDisk.privateFolder(generation.recordLog(settings.name()));
    Ed25519Key key = key(configuration, generation, settings.name(), sealed);
    Log opened = openLog(configuration, generation, settings.name(), key, clock);
    KeySet.StatedLog stated =
        new KeySet.StatedLog(name, key.publicKey(), configuration.process().logUrl(name));
    LogGuard.Guarded guarded =
        new LogGuard.Guarded(name, folder, key, publicDisk(configuration, name), isNew);
    return start(
        settings,
        nanos,
        stated,
        opened,
        log ->
            LogGuard.start(
                LogGuard.Rules.ofDigests(configuration),
                guarded,
                log,
                clock,
                new Ending(folder, onFailure)),
        onFailure);
  }

  /** Only this log ends: tokens, and the digests of other sources, are recorded all the same. */
  private record Ending(Disk folder, Consumer<Throwable> onFailure) implements LogGuard.Ending {
    @Override
    public void rewound(long knownSize) {
      try {
        LogEnds.markRewound(folder, knownSize);
      } catch (IOException e) {
        // Without the mark a later start hears it again before it records anything.
        LOG.log(System.Logger.Level.ERROR, "cannot record that the log was larger", e);
      }
    }

    @Override
    public void contradicted() {
      // The guard keeps the other history's note and lets nothing more in.
    }

    @Override
    public void unknownState(Throwable cause) {
      onFailure.accept(cause);
    }
  }

  /** Starts a record log that was opened. */
  static RecordDoor start(
      SignerConfiguration.Door settings,
      LongSupplier nanos,
      KeySet.StatedLog stated,
      Log opened,
      Guarding guarding,
      Consumer<Throwable> onFailure)
      throws IOException {
    return new RecordDoor(settings, nanos, stated, remember(opened), opened, guarding, onFailure);
  }

  private static Path keys(Generation generation, String door) {
    return generation.recordLog(door).resolve("keys");
  }

  private static Ed25519Key key(
      SignerConfiguration configuration, Generation generation, String door, SealedKeys sealed)
      throws IOException, GeneralSecurityException {
    return Ed25519Key.openOrMake(
        sealed,
        FileDisk.privateFolder(keys(generation, door)),
        "log",
        configuration.process().origin(generation.recordLogName(door)));
  }

  private static Log openLog(
      SignerConfiguration configuration,
      Generation generation,
      String door,
      Ed25519Key key,
      InstantSource clock)
      throws IOException {
    return Log.open(
        FileDisk.privateFolder(generation.recordLog(door).resolve("journal")),
        publicDisk(configuration, generation.recordLogName(door)),
        JournalOptions.DIGESTS,
        key.notes(),
        clock,
        AwsLc.random());
  }

  private static Disk publicDisk(SignerConfiguration configuration, String name)
      throws IOException {
    return FileDisk.publicFolder(configuration.process().logFolder().resolve(name));
  }

  /** Ends the record logs of a generation that has ended. */
  public static void endAll(
      SignerConfiguration configuration, Generation ended, SealedKeys sealed, InstantSource clock)
      throws IOException, GeneralSecurityException {
    for (String door : ended.recordLogs()) {
      Ed25519Key key = key(configuration, ended, door, sealed);
      try (Log log = openLog(configuration, ended, door, key, clock)) {
        if (!log.isSealed()) {
          log.seal();
        }
        log.checkpoint();
      }
    }
  }

  private static RecentDigests remember(Log opened) throws IOException {
    RecentDigests recent = new RecentDigests();
    long size = opened.tree().size();
    opened
        .journal()
        .scan(
            Math.max(0, size - RecordDigests.REMEMBERED),
            size,
            (position, payload) -> {
              try {
                recent.put(LogEntry.parse(payload).leaf().digest(), position);
              } catch (FormatException e) {
                throw new IOException("record " + position + " is " + e.getMessage(), e);
              }
            });
    return recent;
  }

  /** The log's name, key and place. */
  KeySet.StatedLog stated() {
    return stated;
  }

  /** Whether a source hands in its digests here. */
  boolean takes(String source) {
    return sources.allows(source);
  }

  /** Records digests; the answer comes later and on another thread. */
  void record(RecordDigests request, Responder responder) {
    if (!takes(request.source())) {
      responder.answer(
          new Answer.Refused(Code.OUT_OF_SCOPE, "the source is not bound to this record log"));
      return;
    }
    if (!guard.mayGrow()) {
      responder.answer(
          guard.end().isPresent()
              ? new Answer.Refused(
                  Code.SEALED,
                  "the source's record log must not continue; the signer's status shows why")
              : new Answer.Refused(
                  Code.NO_KEY, "the log may not grow yet; the signer's status shows why"));
      return;
    }
    int count = request.digests().size();
    if (!quota.spend(request.source(), count, nanos.getAsLong())) {
      responder.answer(new Answer.Refused(Code.QUOTA, "the source's quota is used up"));
      return;
    }
    if (unanswered.addAndGet(count) > UNANSWERED_MAX) {
      unanswered.addAndGet(-count);
      responder.answer(new Answer.Refused(Code.BUSY, "too many digests wait"));
      return;
    }
    new Batch(request, responder).submit();
  }

  /** Holds the log against the cosigned checkpoint that lies in its own public folder. */
  void compareWithPublished() throws IOException {
    guard.compareWithPublished();
  }

  /** Takes the command that brings cosignatures. */
  void addCosignatures(Request.Command command, Responder responder) {
    guard.addCosignatures(command, responder);
  }

  /** What the log is doing, for the signer's status. */
  JsonObject status() {
    JsonObject.Builder status = JsonObject.builder();
    guard.end().ifPresent(why -> status.put("broken", why));
    guard.obstacle().ifPresent(why -> status.put("reason", why));
    return status
        .put("name", stated.name())
        .put("vkey", stated.key().toString())
        .put("url", stated.url().toString())
        .put("size", log.size())
        .put("sealed", log.isSealed())
        .put("full", lastRefusal == Refusal.FULL)
        .put("recorded", recorded.get())
        .put("sources", sources.toJson())
        .put("cosigning", guard.cosignStatus())
        .put("scrub", guard.scrubStatus())
        .build();
  }

  /** Ends the log for good. */
  void seal() {
    log.seal();
  }

  /** Answers what was taken and closes the files. */
  void close() throws IOException {
    guard.close();
    log.close();
  }

  private static Answer.Refused refusal(Refusal refusal) {
    return switch (refusal) {
      case BUSY, BEHIND -> new Answer.Refused(Code.BUSY, "too many digests wait for the journal");
      case FULL ->
          new Answer.Refused(
              Code.DISK_FULL, "the record log is full. Make room on the signer's disk");
      case SEALED -> new Answer.Refused(Code.SEALED, "the record log has ended");
      case CLOSED -> new Answer.Refused(Code.BUSY, "the signer is stopping");
    };
  }

  /** The digests of one request, each of them once, and its answer. */
  private final class Batch {
    private final RecordDigests request;
    private final Responder responder;
    private final byte[] id;
    private final byte[] source;
    private final Map<Hash, Entry> entries = new LinkedHashMap<>();
    private final AtomicInteger open;
    private volatile Answer.@Nullable Refused refused;

    Batch(RecordDigests request, Responder responder) {
      this.request = request;
      this.responder = responder;
      this.id = request.batchBytes();
      this.source = request.source().getBytes(StandardCharsets.US_ASCII);
      for (Hash digest : request.digests()) {
        entries.computeIfAbsent(digest, one -> new Entry(this, one));
      }
      this.open = new AtomicInteger(entries.size());
    }

    void submit() {
      // A copy: the last entry may be answered while this loop runs.
      List.copyOf(entries.values()).forEach(log::queue);
      log.flush();
    }

    void end(Answer.@Nullable Refused why) {
      if (why != null) {
        refused = why;
      }
      if (open.decrementAndGet() > 0) {
        return;
      }
      unanswered.addAndGet(-request.digests().size());
      Answer.Refused first = refused;
      if (first != null) {
        responder.answer(first);
        return;
      }
      List<Long> positions = new ArrayList<>(request.digests().size());
      for (Hash digest : request.digests()) {
        Entry entry = entries.get(digest);
        positions.add(entry == null ? -1L : entry.position);
      }
      responder.answer(new Answer.Recorded(positions));
    }
  }

  /** One digest on its way. */
  private final class Entry implements Submission {
    private final Batch batch;
    private final Hash digest;
    private boolean composed;
    private volatile long position = -1;

    Entry(Batch batch, Hash digest) {
      this.batch = batch;
      this.digest = digest;
    }

    @Override
    public Optional<RecordedDigest> compose(long at, long timeMillis) {
      if (at - batch.request.lookedTo() > RecordDigests.REMEMBERED) {
        batch.end(
            new Answer.Refused(Code.CONFLICT, "look for the digests further up, then ask again"));
        return Optional.empty();
      }
      OptionalLong known = recent.find(digest);
      if (known.isPresent()) {
        position = known.getAsLong();
        if (position < durable) {
          batch.end(null);
        } else {
          // It stands in the batch that is not durable yet.
          behind.computeIfAbsent(position, of -> new ArrayList<>()).add(this);
        }
        return Optional.empty();
      }
      composed = true;
      position = at;
      recent.put(digest, at);
      return Optional.of(new RecordedDigest(at, timeMillis, digest, batch.id, batch.source));
    }

    @Override
    public void recorded(long at) {
      durable = at + 1;
      failing = false;
      recorded.incrementAndGet();
      if (lastRefusal != null) {
        lastRefusal = null;
      }
      endAll(at, null);
    }

    @Override
    public void refused(Refusal refusal) {
      lastRefusal = refusal;
      if (composed) {
        recent.forget(digest, position);
        endAll(position, refusal(refusal));
      } else {
        batch.end(refusal(refusal));
      }
    }

    /** Ends this one and those that wait for what became of it. */
    private void endAll(long at, Answer.@Nullable Refused why) {
      batch.end(why);
      List<Entry> same = behind.isEmpty() ? null : behind.remove(at);
      if (same != null) {
        same.forEach(entry -> entry.batch.end(why));
      }
    }

    @Override
    public void failed(Throwable cause) {
      if (cause instanceof LogFailedException) {
        // Nobody knows what was recorded, and the process is about to stop: no answer is the truth.
        return;
      }
      if (!failing) {
        // A defect here fails every digest alike, and they come by the thousand: one trace is
        // enough.
        failing = true;
        LOG.log(
            System.Logger.Level.ERROR,
            "a digest could not be recorded. The door records nothing more until it can",
            cause);
      }
      Answer.Refused why = new Answer.Refused(Code.MALFORMED, "the digest could not be recorded");
      if (composed) {
        recent.forget(digest, position);
        endAll(position, why);
      } else {
        batch.end(why);
      }
    }
  }
}
