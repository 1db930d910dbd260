package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.EntryLeaves;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.PublishedCheckpoint;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.read.EntryRows;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A small log whose entries stand in it in full (c2sp.org/tlog-tiles): its journal's records are
 * its entries. One thread appends, one call after another, and each call ends with a signed
 * checkpoint: 1. durable in the journal, 2. in the tree and the public files, 3. under a checkpoint
 * that is published. Only then it counts.
 *
 * <p>What a crash leaves: after 1, entries that the next start publishes by the same steps 2 and 3.
 * Before the journal's sync returned, nothing.
 */
public final class EntryLog implements AutoCloseable {
  /** Longest entry, in bytes: a bundle gives its length in 16 bits. */
  public static final int ENTRY_BYTES_MAX = 0xffff;

  /**
   * Room that is kept on the public folder's file system, and given up when a write there finds
   * none: the journal allocates its own ahead, and a revocation must be published too.
   */
  static final String RESERVE = "reserve";

  private static final long RESERVE_BYTES = 1 << 20;
  private static final int ENTRIES_AT_ONCE = 1024;
  private static final System.Logger LOG = System.getLogger(EntryLog.class.getName());

  /** What became of entries. */
  public enum Outcome {
    /** Durable, and under the published checkpoint. */
    PUBLISHED,
    /** Durable; published as soon as the public folder can be written again. */
    DURABLE,
    /** Not recorded: the journal is full. */
    FULL
  }

  private final Disk publicDisk;
  private final RecordJournal journal;
  private final NoteSigner signer;
  private final HeadLine headLine;
  private final TileStore tiles;
  private final EntryRows rows;
  private final MerkleFrontier frontier = new MerkleFrontier();
  private final TreeHasher hasher = new TreeHasher();

  /** Durable entries that are in the tree and not yet in the public files. */
  private final List<byte[]> unwritten = new ArrayList<>();

  /** Hashes that are in the tree and not yet in the public files. */
  private final ArrayDeque<Subtree> subtrees = new ArrayDeque<>();

  private record Subtree(int level, long index, Hash hash) {}

  private boolean hasReserve;
  private boolean saidFull;
  private volatile @Nullable SignedNote published;
  private long publishedSize = -1;

  /** What is in the public files as a whole, for the scrubber. */
  private volatile TreeState scrubbed = new TreeState(0, TreeHasher.EMPTY_ROOT);

  /** Adds signature lines to a checkpoint that the log has signed. */
  @FunctionalInterface
  public interface HeadLine {
    List<SignedNote.NoteSignature> sign(SignedNote checkpoint) throws GeneralSecurityException;
  }

  private EntryLog(Disk publicDisk, RecordJournal journal, NoteSigner signer, HeadLine headLine)
      throws IOException {
    this.publicDisk = publicDisk;
    this.journal = journal;
    this.signer = signer;
    this.headLine = headLine;
    this.tiles = new TileStore(publicDisk, TileStore.LeafRows.HASHES);
    this.rows = new EntryRows(publicDisk);
  }

  /**
   * Opens the log in its two folders, new when they are empty, and publishes what a crash left
   * unpublished.
   *
   * @param signer the log's key; its name is the origin
   * @param headLine lines that go with every checkpoint, such as a timestamped cosignature
   * @throws LogDamagedException when the log must not go on: records are missing or changed, or the
   *     published checkpoint is not of this journal
   */
  public static EntryLog open(
      Disk journalDisk,
      Disk publicDisk,
      JournalOptions options,
      NoteSigner signer,
      HeadLine headLine,
      RandomGenerator random)
      throws IOException {
    EntryLog log = openSilent(journalDisk, publicDisk, options, signer, headLine, random);
    boolean isPublished = false;
    try {
      isPublished = log.publish();
      if (!isPublished) {
        throw new IOException("the public folder " + publicDisk + " cannot be written");
      }
      return log;
    } finally {
      if (!isPublished) {
        log.close();
      }
    }
  }

  /**
   * The same without a head, which would say that there is no larger tree: for a log that has to
   * hear from others whether its disk was put back. {@link #publish} when it knows. Where nothing
   * is published at all, a checkpoint without the head's lines is, for others to hold theirs
   * against.
   */
  public static EntryLog openSilent(
      Disk journalDisk,
      Disk publicDisk,
      JournalOptions options,
      NoteSigner signer,
      HeadLine headLine,
      RandomGenerator random)
      throws IOException {
    Optional<Checkpoint> before =
        PublishedCheckpoint.read(publicDisk, signer.key()).map(PublishedCheckpoint::checkpoint);
    RecordJournal journal =
        RecordJournal.open(
            journalDisk,
            signer.key().name(),
            options,
            random,
            before.map(Checkpoint::size).orElse(0L));
    boolean isOpen = false;
    try {
      EntryLog log = new EntryLog(publicDisk, journal, signer, headLine);
      log.takeUp(before);
      isOpen = true;
      return log;
    } finally {
      if (!isOpen) {
        journal.close();
      }
    }
  }

  /** Recovery is steps 2 and 3 for every record that there is. */
  private void takeUp(Optional<Checkpoint> before) throws IOException {
    long until = before.map(Checkpoint::size).orElse(0L);
    integrate(0, until);
    if (before.isPresent() && !frontier.root().equals(before.get().root())) {
      throw new LogDamagedException(
          "the checkpoint of size %d in %s is not of the tree that the journal makes: a record was changed; do not go on with this log, restore it from a copy"
              .formatted(until, publicDisk));
    }
    integrate(until, journal.size());
    keepReserve();
    journal.prepareNext();
    if (before.isEmpty() && frontier.size() > 0) {
      writeOut(sign());
    }
  }

  private void integrate(long from, long to) throws IOException {
    List<byte[]> entries = new ArrayList<>();
    journal
        .reader()
        .scan(
            from,
            to,
            (index, payload) -> {
              entries.add(payload);
              if (entries.size() == ENTRIES_AT_ONCE) {
                integrate(entries);
                entries.clear();
              }
            });
    integrate(entries);
  }

  private void integrate(List<byte[]> entries) throws IOException {
    for (byte[] entry : entries) {
      grow(entry);
    }
    unwritten.addAll(entries);
    write();
  }

  /** Touches no file, so that a full disk leaves the tree whole. */
  private void grow(byte[] entry) {
    frontier.append(
        hasher.leaf(entry), (level, index, hash) -> subtrees.add(new Subtree(level, index, hash)));
  }

  private void write() throws IOException {
    while (!subtrees.isEmpty()) {
      Subtree next = subtrees.element();
      tiles.addSubtree(next.level, next.index, next.hash);
      subtrees.remove();
    }
    tiles.flush();
    rows.append(unwritten);
    unwritten.clear();
    scrubbed = tree();
  }

  /**
   * Looks whether journal and public folder are in place; see {@link Disk#requireInPlace}. By any
   * thread.
   */
  public void requireInPlace() throws IOException {
    journal.requireInPlace();
    publicDisk.requireInPlace(Optional.empty());
  }

  /** Its key. */
  public NoteKey key() {
    return signer.key();
  }

  /** Number of entries that are durable. */
  public long size() {
    return journal.size();
  }

  /** The tree over them. */
  public TreeState tree() {
    return new TreeState(frontier.size(), frontier.root());
  }

  /**
   * A scrubber of the public folder and the journal. Its steps may run on another thread than
   * {@link #append}.
   */
  public Scrubber scrubber(InstantSource clock) {
    return new Scrubber(
        publicDisk,
        TileStore.LeafRows.HASHES,
        new EntryLeaves(journal.reader()),
        () -> scrubbed,
        clock);
  }

  /** Gives every entry in order. */
  public void scan(JournalReader.RecordVisitor visitor) throws IOException {
    journal.reader().scan(0, journal.size(), visitor);
  }

  /**
   * Records entries and publishes a checkpoint over them: all of them or none.
   *
   * @throws LogFailedException when it is unknown whether they are durable
   */
  public Outcome append(List<byte[]> entries) {
    for (byte[] entry : entries) {
      if (entry.length == 0 || entry.length > ENTRY_BYTES_MAX || !journal.fits(entry.length)) {
        journal.abandon();
        throw new IllegalArgumentException("an entry has 1 to " + ENTRY_BYTES_MAX + " bytes");
      }
      journal.add(entry);
    }
    if (!journal.commit()) {
      return Outcome.FULL;
    }
    for (byte[] entry : entries) {
      grow(entry);
    }
    unwritten.addAll(entries);
    boolean done = publish();
    // The next segment is allocated while there is room, so that the disk may fill up after it.
    journal.prepareNext();
    return done ? Outcome.PUBLISHED : Outcome.DURABLE;
  }

  /**
   * Signs the tree as it stands, with fresh lines, and publishes it.
   *
   * @return false when the public folder cannot be written now; a later call tries again
   */
  public boolean publish() {
    SignedNote note;
    try {
      SignedNote signed = sign();
      List<SignedNote.NoteSignature> lines = new ArrayList<>(signed.signatures());
      lines.addAll(headLine.sign(signed));
      note = new SignedNote(signed.text(), lines);
    } catch (GeneralSecurityException e) {
      throw new LogFailedException("the log's key cannot sign", e);
    }
    try {
      writeOut(note);
    } catch (IOException e) {
      if (!giveUpReserve(e)) {
        return false;
      }
      try {
        writeOut(note);
      } catch (IOException again) {
        sayFull(again);
        return false;
      }
    }
    saidFull = false;
    keepReserve();
    published = note;
    publishedSize = frontier.size();
    return true;
  }

  private SignedNote sign() {
    try {
      return new Checkpoint(signer.key().name(), frontier.size(), frontier.root()).sign(signer);
    } catch (GeneralSecurityException e) {
      throw new LogFailedException("the log's key cannot sign", e);
    }
  }

  private void writeOut(SignedNote note) throws IOException {
    write();
    publicDisk.publish(Checkpointer.FILE, note.bytes());
  }

  private boolean giveUpReserve(IOException cause) {
    sayFull(cause);
    if (!hasReserve) {
      return false;
    }
    hasReserve = false;
    try {
      publicDisk.delete(RESERVE);
      return true;
    } catch (IOException e) {
      sayFull(e);
      return false;
    }
  }

  /** Gives the reserve back, of a log that has ended. */
  public void giveUpReserve() throws IOException {
    if (hasReserve) {
      hasReserve = false;
      publicDisk.delete(RESERVE);
    }
  }

  private void sayFull(IOException cause) {
    if (!saidFull) {
      saidFull = true;
      LOG.log(
          System.Logger.Level.ERROR,
          "writing to {0} failed: {1}. Make room on its disk.",
          publicDisk,
          cause.getMessage());
    }
  }

  private void keepReserve() {
    if (hasReserve) {
      return;
    }
    try {
      if (publicDisk.names().contains(RESERVE)) {
        hasReserve = true;
      } else if (publicDisk.freeBytes() > 2 * RESERVE_BYTES) {
        publicDisk.createZeroed(RESERVE, RESERVE_BYTES);
        hasReserve = true;
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "no reserve in {0}: {1}", publicDisk, e.getMessage());
    }
  }

  /** Takes in what others cosign of this log. Belongs to the thread that appends. */
  public Cosigning cosigning(List<Cosigner> cosigners, int quorum) {
    return new Cosigning(
        signer,
        this::tree,
        publicDisk,
        journal.reader(),
        cosigners,
        quorum,
        (level, size) -> {},
        TileStore.LeafRows.HASHES,
        (entry, leaves) -> leaves.leaf(entry));
  }

  /** The checkpoint that is published. */
  public Optional<SignedNote> published() {
    return Optional.ofNullable(published);
  }

  /** Whether every durable entry is under it. */
  public boolean isPublished() {
    return publishedSize == frontier.size();
  }

  @Override
  public void close() throws IOException {
    try (journal;
        tiles;
        rows) {
      tiles.sync();
    }
  }
}
