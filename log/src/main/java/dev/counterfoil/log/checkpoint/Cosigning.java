package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes in what others cosigned of a log (spec/cosigning.md): checks every line against the
 * configured keys and the root against the log's own tree, says up to which entry the log is held
 * and cosigned, and publishes the cosigned checkpoint.
 *
 * <p>Whoever carries the notes here can keep them back and do nothing else: each line is a
 * signature over the log's origin, size and root. A cosigner's clock is not trusted to go forward;
 * only sizes order cosignatures. Safe for concurrent use; one note is taken at a time.
 */
public final class Cosigning {
  /** The cosigned checkpoint in the public folder. */
  public static final String FILE = "checkpoint.cosigned";

  /** How far a cosigner's clock may be ahead of this one. */
  public static final Duration CLOCK_AHEAD_MAX = Duration.ofSeconds(30);

  /** Sizes for which lines are collected at one time: witnesses answer within few rounds. */
  static final int SIZES_MAX = 64;

  /** Lines of a custodian's word: the log's and his own. */
  private static final int WORD_LINES_MAX = 2;

  private static final System.Logger LOGGER = System.getLogger(Cosigning.class.getName());

  private final NoteSigner signer;
  private final Supplier<TreeState> tree;
  private final Disk publicDisk;
  private final OwnRoots roots;
  private final List<Cosigner> cosigners;
  private final int quorum;
  private final Raising raising;
  private LongFunction<Optional<Hash>> recent = size -> Optional.empty();
  private final Map<String, Standing> standings = new LinkedHashMap<>();
  private final TreeMap<Long, Map<String, Line>> collected = new TreeMap<>();

  /** The newest cosigned checkpoint that is not published yet. */
  private final AtomicReference<@Nullable Due> due = new AtomicReference<>();

  /** Guards what is published. Taken after the object's own lock, or alone. */
  private final Object publishing = new Object();

  /** Size of the largest checkpoint that enough witnesses cosigned, published or not. */
  private long quorumSize = -1;

  private volatile @Nullable SignedNote published;
  private volatile long cosignedSize = -1;
  private volatile long heldSize = -1;

  /** Told that the first so many entries reached a level, as {@link RunningLog#raise}. */
  @FunctionalInterface
  public interface Raising {
    void raise(Level level, long size);
  }

  /** What a note came to. */
  public sealed interface Verdict {
    /**
     * At least one line counts.
     *
     * @param counted the cosigners' names and when each signed
     * @param size what they cosigned
     * @param completes whether enough witnesses cosigned it, so that there is a checkpoint to
     *     publish: {@link #publishDue}
     */
    record Counted(Map<String, Instant> counted, long size, boolean completes) implements Verdict {
      public Counted {
        counted = Map.copyOf(counted);
      }
    }

    /** Nothing in it counts. */
    record Refused(String why) implements Verdict {}

    /**
     * The log has, or had, another tree of that size.
     *
     * @param by who vouches for the other one
     * @param proven whether the log itself or a custodian or holder signed the other tree: then
     *     there are two histories, and going on would make it worse. Where only a witness says so
     *     that nothing depends on, he is wrong or lies
     */
    record Contradicted(String by, Checkpoint theirs, Hash ours, boolean proven)
        implements Verdict {}

    /**
     * The log was larger once than it is now: its disk lost entries or was put back.
     *
     * @param note that shows it
     */
    record Rewound(String by, Checkpoint theirs, long size, SignedNote note) implements Verdict {}
  }

  /**
   * How a cosigner stands.
   *
   * @param size of the largest tree that he cosigned since this process started; -1 for none
   * @param signedAt by his clock
   * @param receivedAt by ours
   * @param problem why his last line did not count; empty when it did
   */
  public record Standing(
      Cosigner cosigner,
      long size,
      Optional<Instant> signedAt,
      Optional<Instant> receivedAt,
      String problem) {}

  private record Line(Cosigner cosigner, long timestamp, NoteSignature signature) {}

  private record Due(SignedNote note, long size) {}

  /**
   * The cosigning of a log.
   *
   * @param signer the log's key
   * @param tree of durable entries
   * @param publicDisk the log's public folder
   * @param journal of the log, which decides where the public folder was changed
   * @param quorum how many witnesses make a checkpoint cosigned; 0 for never
   */
  public Cosigning(
      NoteSigner signer,
      Supplier<TreeState> tree,
      Disk publicDisk,
      JournalReader journal,
      List<Cosigner> cosigners,
      int quorum,
      Raising raising) {
    this(
        signer,
        tree,
        publicDisk,
        journal,
        cosigners,
        quorum,
        raising,
        TileStore.LeafRows.DIGESTS,
        (payload, hasher) -> LogEntry.parse(payload).leaf().hash(hasher));
  }

  public Cosigning(
      NoteSigner signer,
      Supplier<TreeState> tree,
      Disk publicDisk,
      JournalReader journal,
      List<Cosigner> cosigners,
      int quorum,
      Raising raising,
      TileStore.LeafRows leafRows,
      OwnRoots.LeafHash leafHash) {
    this.roots =
        new OwnRoots(tree, size -> recent.apply(size), publicDisk, journal, leafRows, leafHash);
    this.signer = signer;
    this.tree = tree;
    this.publicDisk = publicDisk;
    this.cosigners = List.copyOf(cosigners);
    this.quorum = quorum;
    this.raising = raising;
    for (Cosigner cosigner : cosigners) {
      standings.put(
          cosigner.name(),
          new Standing(cosigner, -1, Optional.empty(), Optional.empty(), "nothing heard yet"));
    }
  }

  /**
   * Has roots of the log's last trees taken from memory, and so not made again from its files for
   * each word of a custodian. Before the first note is taken.
   *
   * @param roots as {@link RunningLog#recentRoot}
   */
  public Cosigning remembering(LongFunction<Optional<Hash>> roots) {
    recent = roots;
    return this;
  }

  /**
   * Takes up the cosigned checkpoint that was published last, as any other note.
   *
   * @return empty when there is none
   * @throws LogDamagedException when it is not this log's
   */
  public Optional<Verdict> takePublished(Instant now) throws IOException {
    byte[] bytes;
    try {
      bytes = publicDisk.read(FILE, SignedNote.BYTES_MAX);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    SignedNote note;
    try {
      Checkpoint.verify(bytes, signer.key());
      note = SignedNote.parse(bytes);
    } catch (FormatException e) {
      throw new LogDamagedException(
          "%s in %s is not this log's: %s. Delete it; the next round of the witnesses makes another"
              .formatted(FILE, publicDisk, e.getMessage()),
          e);
    }
    return Optional.of(take(note, now));
  }

  /**
   * Takes in a note, as {@link #judge}, and publishes the checkpoint that it may have completed.
   *
   * @throws IOException when the log's files cannot be read, or the cosigned checkpoint not written
   */
  public Verdict take(SignedNote note, Instant now) throws IOException {
    Verdict verdict = judge(note, now);
    publishDue();
    return verdict;
  }

  /**
   * Whether a note, as a custodian's word, has a line or two and is of a tree that the log had a
   * short time ago: then {@link #judge} reads no file and takes a fraction of a millisecond.
   */
  public boolean isJudgedAtOnce(SignedNote note) {
    try {
      Checkpoint theirs = Checkpoint.parse(note.text());
      return note.signatures().size() <= WORD_LINES_MAX
          && recent.apply(theirs.size()).equals(Optional.of(theirs.root()));
    } catch (FormatException e) {
      return false;
    }
  }

  /**
   * Takes in a note: origin, size and root, and lines of cosigners under it. Writes nothing, so
   * that no custodian's word waits for the sync of what witnesses completed: {@link #publishDue}
   * does.
   *
   * @throws IOException when the log's files cannot be read
   */
  public Verdict judge(SignedNote note, Instant now) throws IOException {
    return judge(note, now, _ -> {});
  }

  /**
   * The same, and tells {@code said} at once what time it was by each good line, by the cosigners'
   * names: also by a clock that is ahead. One that was brought here late says its time then.
   */
  public synchronized Verdict judge(
      SignedNote note, Instant now, Consumer<Map<String, Instant>> said) throws IOException {
    Checkpoint theirs;
    try {
      theirs = Checkpoint.parse(note.text());
    } catch (FormatException e) {
      return new Verdict.Refused("the note is no checkpoint: " + e.getMessage());
    }
    if (!theirs.origin().equals(signer.key().name()) || !theirs.text().equals(note.text())) {
      return new Verdict.Refused("the note is of another log, or has extension lines");
    }
    List<Line> lines = good(note, now, said);
    // Whether the log signed it itself is looked at only where it matters: a custodian's word comes
    // hundreds of times a second.
    if (lines.isEmpty() && !note.isSignedBy(signer.key())) {
      return new Verdict.Refused("no line is a good one of a cosigner of this log");
    }
    TreeState own = tree.get();
    // Whether this log extends what others saw of it.
    if (Extension.judge(theirs, new Checkpoint(theirs.origin(), own.size(), own.root()))
        == Extension.OLDER) {
      Vouching vouching = vouching(note, lines);
      return vouching.counts
          ? new Verdict.Rewound(vouching.by, theirs, own.size(), note)
          : refuse(lines, "cosigned a tree larger than the log, which the log never signed");
    }
    Hash ours = roots.at(theirs);
    if (Extension.judge(theirs, new Checkpoint(theirs.origin(), theirs.size(), ours))
        == Extension.FORKED) {
      refuse(lines, "cosigned another tree than the log's at size " + theirs.size());
      Vouching vouching = vouching(note, lines);
      return new Verdict.Contradicted(vouching.by, theirs, ours, vouching.counts);
    }
    if (lines.isEmpty()) {
      return new Verdict.Refused("only the log's own line is good");
    }
    return count(theirs, lines, now);
  }

  /**
   * Who stands behind a note that does not fit the log.
   *
   * @param counts whether the log itself or one on whom it relies does
   */
  private record Vouching(String by, boolean counts) {}

  private Vouching vouching(SignedNote note, List<Line> lines) {
    return note.isSignedBy(signer.key())
        ? new Vouching("the log itself", true)
        : new Vouching(
            lines.getFirst().cosigner.name(),
            lines.stream().anyMatch(line -> isRelied(line.cosigner)));
  }

  private static boolean isRelied(Cosigner cosigner) {
    return cosigner.isHolder() || cosigner.kind() == Cosigner.Kind.CUSTODIAN;
  }

  private List<Line> good(SignedNote note, Instant now, Consumer<Map<String, Instant>> said) {
    List<Line> lines = new ArrayList<>();
    Map<String, Instant> times = new LinkedHashMap<>();
    for (Cosigner cosigner : cosigners) {
      // By its key too: a party with two keys signs one note with one of them.
      boolean named =
          note.signatures().stream()
              .anyMatch(
                  line ->
                      line.name().equals(cosigner.key().name())
                          && line.keyId() == cosigner.key().id());
      if (!named) {
        continue;
      }
      Optional<Cosignature> found = Cosignature.find(note, cosigner.key());
      if (found.isEmpty()) {
        problem(cosigner, "its signature is bad");
        continue;
      }
      times.put(cosigner.name(), instant(found.get().timestamp()));
      if (instant(found.get().timestamp()).isAfter(now.plus(CLOCK_AHEAD_MAX))) {
        problem(cosigner, "its clock is ahead of this one by more than 30 seconds");
      } else {
        lines.add(new Line(cosigner, found.get().timestamp(), found.get().line()));
      }
    }
    said.accept(times);
    return lines;
  }

  private static Instant instant(long timestamp) {
    return Instant.ofEpochSecond(Math.min(timestamp, Instant.MAX.getEpochSecond()));
  }

  private Verdict refuse(List<Line> lines, String why) {
    lines.forEach(line -> problem(line.cosigner, why));
    return new Verdict.Refused(why);
  }

  private void problem(Cosigner cosigner, String why) {
    standings.computeIfPresent(
        cosigner.name(),
        (name, old) -> {
          if (!why.equals(old.problem)) {
            LOGGER.log(
                System.Logger.Level.WARNING,
                "cosigner {0} of log {1}: {2}",
                name,
                signer.key().name(),
                why);
          }
          return new Standing(cosigner, old.size, old.signedAt, old.receivedAt, why);
        });
  }

  private Verdict count(Checkpoint theirs, List<Line> lines, Instant now) {
    Map<String, Instant> counted = new LinkedHashMap<>();
    for (Line line : lines) {
      Instant at = instant(line.timestamp);
      counted.put(line.cosigner.name(), at);
      standings.computeIfPresent(
          line.cosigner.name(),
          (name, old) ->
              new Standing(
                  line.cosigner,
                  Math.max(old.size, theirs.size()),
                  Optional.of(at),
                  Optional.of(now),
                  ""));
      if (line.cosigner.kind() == Cosigner.Kind.CUSTODIAN && theirs.size() > heldSize) {
        heldSize = theirs.size();
        raising.raise(Level.HELD, heldSize);
      }
    }
    return new Verdict.Counted(counted, theirs.size(), collect(theirs, lines));
  }

  /** Whether there is a checkpoint to publish now. */
  private boolean collect(Checkpoint theirs, List<Line> lines) {
    if (quorum == 0 || theirs.size() < quorumSize) {
      return false;
    }
    Map<String, Line> at = collected.computeIfAbsent(theirs.size(), size -> new LinkedHashMap<>());
    boolean changed = false;
    for (Line line : lines) {
      Line before = at.get(line.cosigner.name());
      if (before == null || before.timestamp < line.timestamp) {
        at.put(line.cosigner.name(), line);
        changed = true;
      }
    }
    // A witness that signs with two keys, Ed25519 and ML-DSA-44, is one witness.
    long witnesses =
        at.values().stream()
            .filter(line -> line.cosigner.kind() == Cosigner.Kind.WITNESS)
            .map(line -> line.cosigner.key().name())
            .distinct()
            .count();
    boolean completes = changed && witnesses >= quorum;
    if (completes) {
      complete(theirs, at.values().stream().map(Line::signature).toList());
    }
    while (collected.size() > SIZES_MAX) {
      collected.pollFirstEntry();
    }
    return completes;
  }

  private void complete(Checkpoint checkpoint, List<NoteSignature> cosignatures) {
    SignedNote own;
    try {
      own = checkpoint.sign(signer);
    } catch (GeneralSecurityException e) {
      throw new LogFailedException("the log's key cannot sign", e);
    }
    List<NoteSignature> all = new ArrayList<>(own.signatures());
    all.addAll(cosignatures);
    quorumSize = checkpoint.size();
    collected.headMap(checkpoint.size()).clear();
    due.set(new Due(new SignedNote(own.text(), all), checkpoint.size()));
  }

  /**
   * Publishes the newest cosigned checkpoint, if it is not yet: durable before anybody hears of it,
   * so that no start finds the log behind it unawares. By any thread.
   *
   * @throws IOException when it could not be written; the next one is tried when it is complete
   */
  public void publishDue() throws IOException {
    synchronized (publishing) {
      Due next = due.getAndSet(null);
      if (next == null) {
        return;
      }
      publicDisk.replace(FILE, next.note.bytes());
      published = next.note;
      cosignedSize = next.size;
      raising.raise(Level.COSIGNED, next.size);
    }
  }

  /** The cosigned checkpoint that was published last. */
  public Optional<SignedNote> published() {
    return Optional.ofNullable(published);
  }

  /** Size of the last cosigned checkpoint; -1 before there is one. */
  public long cosignedSize() {
    return cosignedSize;
  }

  /** Entries that a custodian holds; -1 before he said so. */
  public long heldSize() {
    return heldSize;
  }

  /**
   * Entries that every custodian of the configuration holds, each by his own word since this
   * process started; empty where there is no custodian.
   */
  public synchronized OptionalLong heldByAll() {
    return standings.values().stream()
        .filter(standing -> standing.cosigner.kind() == Cosigner.Kind.CUSTODIAN)
        .mapToLong(standing -> Math.max(0, standing.size))
        .min();
  }

  /** How many witnesses make a checkpoint cosigned. */
  public int quorum() {
    return quorum;
  }

  /** All cosigners, in the order of the configuration. */
  public synchronized List<Standing> standings() {
    return List.copyOf(standings.values());
  }
}
