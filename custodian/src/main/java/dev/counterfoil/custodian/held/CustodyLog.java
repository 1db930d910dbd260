package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * The counterfoils of one log, on disk in the order of their positions, with the tree over their
 * leaves. One thread at a time appends; any thread looks up what is vouched for.
 *
 * <p>What was appended counts once it is durable under a checkpoint of the log: the records and the
 * signed checkpoint lie in one file, and one sync makes both durable ({@link #vouch}). A crash may
 * leave the end of that file torn; a start reads the open segment again, drops what is not whole,
 * and goes on from there, so that the road of recovery is walked at every start. Index and tree
 * follow from the records: they are made anew for the open segment.
 */
public final class CustodyLog implements AutoCloseable {
  private static final int RECORDS_BUFFER_BYTES = 1 << 20;
  private static final int ENTRIES_BUFFER_BYTES = 4096 * HeldEntry.BYTES;

  /** What is written ahead of the records at a time. */
  private static final ByteBuffer ROOM = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

  private final Path folder;
  private final String log;
  private final NameTable names;
  private final Disk treeDisk;
  private final TileStore tiles;
  private final TreeHasher hasher = new TreeHasher();
  private final SegmentItems items = new SegmentItems();
  private final HeldRecordForm form;
  private final HeldRecordForm.Reader reader;
  private final ByteBuffer recordBuffer = ByteBuffer.allocateDirect(RECORDS_BUFFER_BYTES);
  private final ByteBuffer entryBuffer = ByteBuffer.allocateDirect(ENTRIES_BUFFER_BYTES);

  private final SegmentTable segments;
  private final SubjectWords subjects = new SubjectWords();
  private final HeldSegments held;

  private MerkleFrontier tree;
  private CustodySegment open;
  private FileChannel records;
  private FileChannel index;
  private long recordsEnd;

  /** Where the zeros end that are written ahead in the open segment's file of records. */
  private long roomEnd;

  private volatile Optional<Vouched> vouched = Optional.empty();

  /**
   * What is vouched for.
   *
   * @param note the checkpoint that the log signed
   * @param checkpoint what it says
   */
  public record Vouched(SignedNote note, Checkpoint checkpoint) {
    public static Vouched parse(byte[] note) throws FormatException {
      SignedNote signed = SignedNote.parse(note);
      return new Vouched(signed, Checkpoint.parse(signed.text()));
    }
  }

  /**
   * Opens the folder of a token log and recovers it.
   *
   * @param log the log's short name
   * @throws IOException also when what was vouched for is damaged
   */
  public CustodyLog(Path folder, String log, NameTable names) throws IOException {
    this(folder, log, HeldRecordForm.TOKENS, names);
  }

  /**
   * Opens the folder of a log and recovers it.
   *
   * @param form of its records
   */
  public CustodyLog(Path folder, String log, HeldRecordForm form, NameTable names)
      throws IOException {
    this.folder = Files.createDirectories(folder);
    this.log = log;
    this.form = form;
    this.reader = form.reader(log);
    this.names = names;
    segments = SegmentTable.read(folder);
    held = new HeldSegments(folder, log, segments, subjects, this::vouchedSize);
    treeDisk = FileDisk.privateFolder(folder.resolve("tree"));
    tiles = new TileStore(treeDisk, TileStore.LeafRows.DIGESTS);
    open = segments.last();
    tree = startOf(open);
    records = channel(open.records());
    index = channel(open.index());
    recover();
  }

  private MerkleFrontier startOf(CustodySegment segment) throws IOException {
    return segment.number() == 0
        ? new MerkleFrontier()
        : segments.get((int) segment.number() - 1).treeAtEnd();
  }

  private static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Reads the open segment again and keeps what is whole. */
  private void recover() throws IOException {
    index.truncate(0);
    Optional<Vouched> last = readOpenSegment(Long.MAX_VALUE);
    if (last.isPresent()) {
      Checkpoint checkpoint = last.get().checkpoint();
      if (checkpoint.size() > tree.size() || !rootAt(checkpoint.size()).equals(checkpoint.root())) {
        throw new IOException(
            "custody of log "
                + log
                + " in "
                + folder
                + " is damaged below position "
                + checkpoint.size()
                + ", which was vouched for. Restore the folder from a copy, or delete it"
                + " so that everything is fetched again");
      }
      vouched = last;
    }
    if (tree.size() == open.first() + CustodySegment.POSITIONS) {
      sync();
      nextSegment();
    }
  }

  /** Reads whole items of the open segment up to a size; gives the last head among them. */
  private Optional<Vouched> readOpenSegment(long sizeMax) throws IOException {
    subjects.begin(open.number());
    Vouched[] last = new Vouched[1];
    recordsEnd =
        items.scan(
            records,
            (kind, content, offset) -> {
              if (tree.size() >= sizeMax && kind == RecordItem.RECORD) {
                return false;
              }
              try {
                if (kind == RecordItem.HEAD) {
                  last[0] = Vouched.parse(content);
                  return true;
                }
                HeldRecord token = reader.parse(content);
                if (token.position() != tree.size()
                    || tree.size() == open.first() + CustodySegment.POSITIONS) {
                  return false;
                }
                enter(token, offset, content.length);
                return true;
              } catch (FormatException e) {
                // Torn by a crash: dropped, and fetched again.
                return false;
              }
            });
    records.truncate(recordsEnd);
    records.position(recordsEnd);
    roomEnd = recordsEnd;
    flush(entryBuffer, index);
    tiles.flush();
    return Optional.ofNullable(last[0]);
  }

  /** Takes the next counterfoil's place in index and tree. */
  private void enter(HeldRecord token, long offset, int length) throws IOException {
    if (entryBuffer.remaining() < HeldEntry.BYTES) {
      flush(entryBuffer, index);
    }
    token.subject().ifPresent(sub -> subjects.add((int) (tree.size() - open.first()), sub));
    new HeldEntry(
            token.digest(),
            offset,
            length,
            names.number(token.kid()),
            names.number(token.tenant()),
            token.expiresAt(),
            0)
        .write(entryBuffer);
    try {
      tiles.addDigest(tree.size(), token.digest());
      tree.append(
          new Leaf(token.digest()).hash(hasher),
          (level, at, hash) -> {
            try {
              tiles.addSubtree(level, at, hash);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Adds the next counterfoil. Counts for nothing before {@link #vouch}. */
  public void append(HeldRecord token, byte[] record) throws IOException {
    if (token.position() != tree.size()) {
      throw new IllegalArgumentException("counterfoils come in the order of their positions");
    }
    long offset = write(RecordItem.RECORD, record);
    enter(token, offset, record.length);
    if (tree.size() == open.first() + CustodySegment.POSITIONS) {
      sync();
      nextSegment();
    }
  }

  /** Writes an item behind the others; gives the place of its content. */
  private long write(int kind, byte[] content) throws IOException {
    int length = SegmentItems.HEAD_BYTES + content.length;
    if (recordBuffer.remaining() < length) {
      flushRecords();
    }
    items.write(recordBuffer, kind, content);
    recordsEnd += length;
    return recordsEnd - content.length;
  }

  /**
   * Writes out the records, into a file that is as long already: a sync of data alone is not held
   * up by what else the file system writes, which one that makes a file longer waits for. A start
   * reads up to the zeros and cuts them off.
   */
  private void flushRecords() throws IOException {
    long end = records.position() + recordBuffer.position();
    if (end > roomEnd) {
      ByteBuffer zeros = ROOM.duplicate();
      while (zeros.hasRemaining()) {
        records.write(zeros, end + zeros.position());
      }
      roomEnd = end + ROOM.capacity();
    }
    flush(recordBuffer, records);
  }

  /** Cuts off the zeros that no record took. */
  private void giveRoomBack() throws IOException {
    records.truncate(recordsEnd);
    roomEnd = recordsEnd;
  }

  private static void flush(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Makes what was appended durable, and readable in index and tree. */
  private void sync() throws IOException {
    flushRecords();
    records.force(false);
    flush(entryBuffer, index);
    tiles.flush();
  }

  /**
   * Goes on in the next segment, which says from its begin what is vouched for; the old one is
   * closed when its frontier stands there.
   */
  private void nextSegment() throws IOException {
    index.force(true);
    tiles.sync();
    giveRoomBack();
    records.close();
    index.close();
    CustodySegment full = open;
    byte[] subjectsOfIt = subjects.file();
    openSegment(new CustodySegment(folder, full.number() + 1, tree.size()));
    records.truncate(0);
    index.truncate(0);
    writeVouched();
    flushRecords();
    records.force(true);
    full.seal(tree, subjectsOfIt);
    segments.closed(tree.size());
    subjects.begin(open.number());
  }

  /**
   * Closes the open segment though it is not full, so that it can be archived and forgotten. Only
   * what is vouched for as a whole is closed so.
   *
   * @param firstExpiredBefore epoch seconds before which its first token expired
   * @return whether it did
   */
  public boolean closeOld(long firstExpiredBefore) throws IOException {
    if (tree.size() == open.first() || tree.size() != vouchedSize()) {
      return false;
    }
    flush(entryBuffer, index);
    if (open.entry(0).expiresAt() >= firstExpiredBefore) {
      return false;
    }
    sync();
    nextSegment();
    return true;
  }

  private void writeVouched() throws IOException {
    Optional<Vouched> last = vouched;
    if (last.isPresent()) {
      write(RecordItem.HEAD, last.get().note().bytes());
    }
  }

  private void openSegment(CustodySegment segment) throws IOException {
    open = segment;
    records = channel(open.records());
    index = channel(open.index());
    recordsEnd = 0;
    roomEnd = 0;
  }

  /** Reads a record as this log understands it. */
  public HeldRecord parse(byte[] record) throws FormatException {
    HeldRecord read = reader.parse(record);
    if (form == HeldRecordForm.EVENTS && !names.hasRoomFor(read.tenant())) {
      // Sources choose these names. Tokens' tenants are the issuer's, which is followed or not.
      throw new FormatException("its events are of more tenants than one log is held of");
    }
    return read;
  }

  /** Numbers of the tenants and keys in its index. */
  public NameTable names() {
    return names;
  }

  /** Of what its records are. */
  public HeldRecordForm form() {
    return form;
  }

  /** Number of counterfoils appended. */
  public long size() {
    return tree.size();
  }

  /** Root of the tree over the first so many of those that were appended. */
  public Hash rootAt(long size) throws IOException {
    if (size == tree.size()) {
      return tree.root();
    }
    tiles.flush();
    try {
      return MerkleFrontier.resume(size, tiles.hashes(size)).root();
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the tree in " + treeDisk + " is damaged", e);
    }
  }

  /**
   * Root of the tree over the first so many of those that are vouched for, by any thread; empty
   * where it is not known so.
   */
  public Optional<Hash> vouchedRoot(long size) throws IOException {
    if (size < 1 || size > vouchedSize()) {
      return Optional.empty();
    }
    try {
      return Optional.of(MerkleFrontier.resume(size, tiles.hashes(size)).root());
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the tree in " + treeDisk + " is damaged", e);
    }
  }

  /** What is vouched for; empty before there is anything. */
  public Optional<Vouched> vouched() {
    return vouched;
  }

  /** Number of counterfoils that are durable and stand under a signed checkpoint. */
  public long vouchedSize() {
    return vouched.map(v -> v.checkpoint().size()).orElse(0L);
  }

  /**
   * Counts everything below a checkpoint, whose root the tree over what was appended has: when this
   * returns, both are durable, and no smaller tree is ever vouched for.
   */
  public void vouch(Vouched by) throws IOException {
    if (by.checkpoint().size() > tree.size() || by.checkpoint().size() < vouchedSize()) {
      throw new IllegalArgumentException("a checkpoint vouches for what is held, and never less");
    }
    write(RecordItem.HEAD, by.note().bytes());
    sync();
    vouched = Optional.of(by);
  }

  /** Drops what was appended past what is vouched for, so that it can be fetched again. */
  public void dropUnvouched() throws IOException {
    long target = vouchedSize();
    recordBuffer.clear();
    entryBuffer.clear();
    records.close();
    index.close();
    while (open.first() > target) {
      open.delete();
      segments.reopened();
      open = segments.last();
    }
    open.unseal();
    tree = startOf(open);
    openSegment(open);
    index.truncate(0);
    // Its head may have stood behind what is dropped: it is written again.
    readOpenSegment(target);
    if (tree.size() != target) {
      throw new IOException("custody of log " + log + " in " + folder + " is damaged");
    }
    writeVouched();
    sync();
  }

  /** A digest that was appended, vouched for or not: to find where a tree parts from the log's. */
  public Hash appendedDigest(long position) throws IOException {
    flush(entryBuffer, index);
    CustodySegment segment = segments.holding(position);
    return segment.entry((int) (position - segment.first())).digest();
  }

  /** Looks up what is vouched for. */
  public HeldSegments held() {
    return held;
  }

  /** Reads all that is vouched for again, and the tree beside it. */
  public Scrubber scrubber(InstantSource clock) {
    return new Scrubber(
        treeDisk,
        TileStore.LeafRows.DIGESTS,
        new HeldLeaves(held, form.reader(log), tiles),
        () ->
            vouched
                .map(v -> new TreeState(v.checkpoint().size(), v.checkpoint().root()))
                .orElse(new TreeState(0, TreeHasher.EMPTY_ROOT)),
        clock);
  }

  /** Reads the tree below what is vouched for. */
  public LogReader reader() {
    return new LogReader(treeDisk, () -> vouched.map(v -> v.note().bytes()));
  }

  @Override
  public void close() throws IOException {
    sync();
    giveRoomBack();
    records.close();
    index.close();
    tiles.close();
  }
}
