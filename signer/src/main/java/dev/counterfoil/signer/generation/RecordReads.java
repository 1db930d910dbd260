package dev.counterfoil.signer.generation;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.TreeState;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Reads counterfoils for custodians, of the present log and of those that have ended, on a thread
 * of its own: a read never holds up a token. Who asks past the log's end may wait here for what
 * comes, which is given out when {@link RecordPace} says; nobody is woken while the log does not
 * grow.
 *
 * <p>Records that reach the log's end come with a checkpoint that is signed for just that size: so
 * a custodian cosigns at once what the log's key vouches for, and whoever carries the records can
 * neither make it cosign another history nor let it wait for the next published checkpoint.
 */
public final class RecordReads {
  private static final System.Logger LOG = System.getLogger(RecordReads.class.getName());
  private static final int WAITING_MAX = 256;

  /** Most bytes of one answer: small enough that tokens on the same connection go between. */
  private static final int READ_BYTES_MAX = 512 * 1024;

  /** Records for which nobody waits any longer: an answer of this many is worth its costs. */
  private static final int BULK = 512;

  private final SignerConfiguration configuration;
  private final Generation current;
  private final JournalReader journal;
  private final Supplier<TreeState> tree;
  private final BooleanSupplier isHeldAwaited;
  private final LongSupplier held;
  private final RecordPace pace = new RecordPace(System.nanoTime());
  private final NoteSigner signer;
  private final Consumer<String> unreadable;
  private final ArrayBlockingQueue<Waiting> incoming = new ArrayBlockingQueue<>(WAITING_MAX);
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<String, JournalReader> ended = new HashMap<>();
  private final Thread thread;
  private volatile boolean resting;
  private volatile boolean gathering;
  private volatile boolean closed;

  private record Waiting(Request.ReadRecords read, Responder responder, long deadlineNanos) {}

  /**
   * Reads of a signer.
   *
   * @param current its present generation
   * @param log of that generation
   * @param signer the log's key
   * @param unreadable told of records that nobody else holds and that cannot be read back
   */
  public RecordReads(
      SignerConfiguration configuration,
      Generation current,
      RunningLog log,
      NoteSigner signer,
      Consumer<String> unreadable) {
    this.configuration = configuration;
    this.current = current;
    this.journal = log.journal();
    this.tree = log::tree;
    this.isHeldAwaited = () -> log.isAwaited(Level.HELD);
    this.held = () -> log.size(Level.HELD);
    this.signer = signer;
    this.unreadable = unreadable;
    this.thread = Thread.ofPlatform().daemon().name("record-reader").start(this::run);
  }

  /** Answers a request later, or says at once that too many wait. */
  public void answer(Request.ReadRecords read, Responder responder) {
    long deadline = System.nanoTime() + Duration.ofMillis(read.waitMillis()).toNanos();
    if (closed || !incoming.offer(new Waiting(read, responder, deadline))) {
      responder.answer(new Answer.Refused(Code.BUSY, "too many reads wait"));
      return;
    }
    LockSupport.unpark(thread);
  }

  /** Told that the log grew. Called for every batch, so it costs next to nothing. */
  public void growing() {
    if (resting || (gathering && isHeldAwaited.getAsBoolean())) {
      resting = false;
      gathering = false;
      LockSupport.unpark(thread);
    }
  }

  /** Told that a custodian holds more. As cheap. */
  public void held() {
    if (gathering) {
      gathering = false;
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    while (!closed) {
      boolean full = waiting.size() >= WAITING_MAX;
      for (Waiting next = incoming.poll(); next != null; next = incoming.poll()) {
        if (full) {
          next.responder().answer(new Answer.Refused(Code.BUSY, "too many reads wait"));
        } else {
          waiting.add(next);
        }
      }
      answerDue(System.nanoTime());
      rest();
    }
  }

  private void answerDue(long now) {
    if (hasMore()) {
      pace.more(now);
    }
    boolean paced = now - paceAt() >= 0;
    long upTo = -1;
    for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
      Waiting one = all.next();
      long more = available(one.read());
      boolean due = now - one.deadlineNanos() >= 0;
      if (due || more >= BULK || (paced && more > 0)) {
        all.remove();
        Answer answer = read(one.read());
        one.responder().answer(answer);
        if (more > 0 && answer instanceof Answer.Records records) {
          upTo = Math.max(upTo, one.read().from() + records.count());
        }
      }
    }
    if (upTo >= 0) {
      pace.answered(now, upTo);
    }
  }

  /** When those who wait may be answered again. */
  private long paceAt() {
    return pace.next(isHeldAwaited.getAsBoolean(), held.getAsLong());
  }

  private long available(Request.ReadRecords read) {
    // Logs that ended do not grow: what there is of them is read when the request is due.
    return read.log().equals(current.logName()) ? tree.get().size() - read.from() : 0;
  }

  private void rest() {
    if (waiting.isEmpty()) {
      LockSupport.park(this);
      return;
    }
    // Looked at again after the flag is up: who recorded something before it woke nobody.
    gathering = hasMore();
    resting = !gathering;
    long now = System.nanoTime();
    long until =
        hasMore()
            ? paceAt() - now
            : waiting.stream().mapToLong(one -> one.deadlineNanos() - now).min().orElse(0);
    if (until > 0) {
      LockSupport.parkNanos(this, until);
    }
    resting = false;
    gathering = false;
  }

  private boolean hasMore() {
    return waiting.stream().anyMatch(one -> available(one.read()) > 0);
  }

  private Answer read(Request.ReadRecords read) {
    try {
      Optional<JournalReader> from = journal(read.log());
      if (from.isEmpty()) {
        return new Answer.Refused(Code.UNKNOWN, "there is no such log");
      }
      boolean isCurrent = read.log().equals(current.logName());
      TreeState end = tree.get();
      // Not past the tree, so that the checkpoint can be signed for what is given.
      long max = isCurrent ? Math.min(read.countMax(), end.size() - read.from()) : read.countMax();
      JournalReader.Packed packed =
          from.get().readPacked(read.from(), (int) Math.max(0, max), READ_BYTES_MAX);
      boolean isEnd = isCurrent && packed.count() > 0 && read.from() + packed.count() == end.size();
      return new Answer.Records(packed.count(), packed.bytes(), isEnd ? head(end) : new byte[0]);
    } catch (RecordsGivenBackException e) {
      return new Answer.Refused(
          Code.GONE,
          "the signer has no counterfoil of log "
              + read.log()
              + " below position "
              + e.begin()
              + " any more. They were deleted once its custodians held them ("
              + custodians()
              + "). Copy the folder custody/<domain>/<log> of one of them, with its"
              + " names file. The stream continues from there");
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "reading records of " + read.log() + " failed", e);
      if (e instanceof LogDamagedException
          && read.log().equals(current.logName())
          && read.from() >= held.getAsLong()) {
        unreadable.accept(String.valueOf(e.getMessage()));
      }
      return new Answer.Refused(
          Code.UNKNOWN, "the records cannot be read; the signer's log shows why");
    }
  }

  private String custodians() {
    return configuration.process().allCosigners().stream()
        .filter(cosigner -> cosigner.kind() == Cosigner.Kind.CUSTODIAN)
        .map(Cosigner::name)
        .collect(Collectors.joining(", "));
  }

  private byte[] head(TreeState end) throws GeneralSecurityException {
    return new Checkpoint(signer.key().name(), end.size(), end.root()).sign(signer).bytes();
  }

  private Optional<JournalReader> journal(String name) throws IOException {
    if (name.equals(current.logName())) {
      return Optional.of(journal);
    }
    JournalReader known = ended.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    for (Generation old : Generation.all(configuration.name(), configuration.process().folder())) {
      if (old.logName().equals(name)) {
        JournalReader opened =
            JournalReader.open(
                FileDisk.toRead(old.journal()), configuration.process().origin(name));
        ended.put(name, opened);
        return Optional.of(opened);
      }
    }
    return Optional.empty();
  }

  /** Ends its thread. */
  public void close() throws InterruptedException {
    closed = true;
    LockSupport.unpark(thread);
    thread.join();
  }
}
