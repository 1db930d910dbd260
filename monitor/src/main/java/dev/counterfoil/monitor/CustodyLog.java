package dev.counterfoil.monitor;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The counterfoils of one log, on disk in the order of their positions, with the tree over their
 * leaves. One thread appends; any thread looks up what is vouched for.
 *
 * <p>Three sizes, each at most the one before it: what was appended, what is durable (after {@link
 * #sync}), and what is vouched for: durable and under a signed checkpoint. Only the last counts. A
 * crash may leave the end of the open segment torn; a start reads that segment again, drops what is
 * not whole, and goes on from there, so that the road of recovery is walked at every start.
 */
final class CustodyLog implements AutoCloseable {
  private static final int LINES_BUFFER_BYTES = 1 << 20;
  private static final int ENTRIES_BUFFER_BYTES = 4096 * HeldEntry.BYTES;

  private final Path folder;
  private final String log;
  private final NameTable names;
  private final TreeHasher hasher = new TreeHasher();
  private final ByteBuffer lineBuffer = ByteBuffer.allocateDirect(LINES_BUFFER_BYTES);
  private final ByteBuffer entryBuffer = ByteBuffer.allocateDirect(ENTRIES_BUFFER_BYTES);

  private MerkleFrontier tree;
  private CustodySegment open;
  private FileChannel lines;
  private FileChannel index;
  private long lineEnd;
  private volatile long vouchedSize;

  /**
   * Opens the folder of a log and recovers it.
   *
   * @param log the log's short name
   */
  CustodyLog(Path folder, String log, NameTable names) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.log = log;
    this.names = names;
    open = new CustodySegment(folder, lastSegment(folder));
    tree = startOf(open);
    lines = channel(open.lines());
    index = channel(open.index());
    recover();
  }

  private static long lastSegment(Path folder) throws IOException {
    long sealed;
    try (Stream<Path> files = Files.list(folder)) {
      sealed =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.matches("\\d{10}\\.frontier"))
              .mapToLong(name -> Long.parseLong(name.substring(0, 10)))
              .max()
              .orElse(-1);
    }
    return sealed + 1;
  }

  private MerkleFrontier startOf(CustodySegment segment) throws IOException {
    return segment.number() == 0
        ? new MerkleFrontier()
        : new CustodySegment(folder, segment.number() - 1).treeAtEnd();
  }

  private static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Reads the open segment again and keeps what is whole. */
  private void recover() throws IOException {
    int entries = (int) Math.min(index.size() / HeldEntry.BYTES, CustodySegment.POSITIONS);
    ByteBuffer buffer = CustodySegment.readFully(index, 0, entries * HeldEntry.BYTES);
    lineEnd = 0;
    int kept = 0;
    while (kept < entries) {
      HeldEntry entry = HeldEntry.read(buffer);
      if (!isWhole(entry, open.first() + kept)) {
        break;
      }
      tree.append(new Leaf(entry.digest()).hash(hasher));
      lineEnd = entry.offset() + entry.length() + 1;
      kept++;
    }
    cutOpenSegment(kept);
    if (kept == CustodySegment.POSITIONS) {
      nextSegment();
    }
  }

  private boolean isWhole(HeldEntry entry, long position) throws IOException {
    if (entry.offset() != lineEnd
        || entry.length() < 1
        || entry.length() > Counterfoil.LINE_BYTES_MAX
        || entry.offset() + entry.length() + 1 > lines.size()) {
      return false;
    }
    byte[] line = CustodySegment.readFully(lines, entry.offset(), entry.length()).array();
    try {
      Counterfoil counterfoil = Counterfoil.parse(line, log);
      return counterfoil.position() == position
          && counterfoil.digest().equals(entry.digest())
          && names.name(entry.key()).equals(counterfoil.kid())
          && names.name(entry.tenant()).equals(counterfoil.tenant());
    } catch (FormatException | IndexOutOfBoundsException e) {
      // Torn by a crash: dropped, and fetched again.
      return false;
    }
  }

  private void cutOpenSegment(int entries) throws IOException {
    index.truncate((long) entries * HeldEntry.BYTES);
    lines.truncate(lineEnd);
    index.position(index.size());
    lines.position(lineEnd);
  }

  /** Adds the next counterfoil. Not durable before {@link #sync}. */
  void append(Counterfoil counterfoil, byte[] line) throws IOException {
    if (counterfoil.position() != tree.size()) {
      throw new IllegalArgumentException("counterfoils come in the order of their positions");
    }
    HeldEntry entry =
        new HeldEntry(
            counterfoil.digest(),
            lineEnd,
            line.length,
            names.number(counterfoil.kid()),
            names.number(counterfoil.tenant()),
            counterfoil.expiresAt());
    if (lineBuffer.remaining() < line.length + 1) {
      flush(lineBuffer, lines);
    }
    lineBuffer.put(line).put((byte) '\n');
    if (entryBuffer.remaining() < HeldEntry.BYTES) {
      flush(entryBuffer, index);
    }
    entry.write(entryBuffer);
    lineEnd += line.length + 1;
    tree.append(new Leaf(counterfoil.digest()).hash(hasher));
    if (tree.size() % CustodySegment.POSITIONS == 0) {
      sync();
      nextSegment();
    }
  }

  private static void flush(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Makes what was appended durable: the lines first, since an entry without its line is torn. */
  void sync() throws IOException {
    flush(lineBuffer, lines);
    lines.force(false);
    flush(entryBuffer, index);
    index.force(false);
  }

  private void nextSegment() throws IOException {
    lines.close();
    index.close();
    open.seal(tree);
    openSegment(open.number() + 1);
  }

  private void openSegment(long number) throws IOException {
    open = new CustodySegment(folder, number);
    lines = channel(open.lines());
    index = channel(open.index());
    lineEnd = 0;
  }

  /** Number of counterfoils appended. */
  long size() {
    return tree.size();
  }

  /** Root of the tree over them. */
  Hash root() {
    return tree.root();
  }

  /** Number of counterfoils that are durable and stand under a signed checkpoint. */
  long vouchedSize() {
    return vouchedSize;
  }

  /** Counts everything that was appended and synced: a checkpoint has its root. */
  void vouch() {
    vouchedSize = tree.size();
  }

  /**
   * Drops what was appended past a size that a checkpoint vouched for once, so that it can be
   * fetched again.
   */
  void dropTo(long target) throws IOException {
    if (target < vouchedSize || target > tree.size()) {
      throw new IllegalArgumentException("what is vouched for is not dropped");
    }
    lineBuffer.clear();
    entryBuffer.clear();
    lines.close();
    index.close();
    while (open.first() > target) {
      open.delete();
      open = new CustodySegment(folder, open.number() - 1);
    }
    open.unseal();
    int keep = (int) (target - open.first());
    tree = startOf(open);
    openSegment(open.number());
    for (int i = 0; i < keep; i++) {
      HeldEntry entry =
          HeldEntry.read(
              CustodySegment.readFully(index, (long) i * HeldEntry.BYTES, HeldEntry.BYTES));
      tree.append(new Leaf(entry.digest()).hash(hasher));
      lineEnd = entry.offset() + entry.length() + 1;
    }
    cutOpenSegment(keep);
  }

  /** The entry at a position that is vouched for; empty when it is not, or no longer, held. */
  Optional<HeldEntry> entry(long position) throws IOException {
    if (position < 0 || position >= vouchedSize || !Files.exists(segment(position).index())) {
      return Optional.empty();
    }
    return Optional.of(segment(position).entry((int) (position % CustodySegment.POSITIONS)));
  }

  /** A digest that was appended, vouched for or not: to find where a tree parts from the log's. */
  Hash appendedDigest(long position) throws IOException {
    sync();
    return segment(position).entry((int) (position % CustodySegment.POSITIONS)).digest();
  }

  /** The counterfoil at a position that is vouched for. */
  Optional<Counterfoil> counterfoil(long position) throws IOException {
    Optional<HeldEntry> entry = entry(position);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Counterfoil.parse(segment(position).line(entry.get()), log));
    } catch (FormatException e) {
      throw new IOException("custody of log " + log + " is damaged at " + position, e);
    }
  }

  /** The position of a digest that is vouched for. */
  OptionalLong find(Hash digest) throws IOException {
    long size = vouchedSize;
    for (long number = size / CustodySegment.POSITIONS; number >= 0; number--) {
      CustodySegment segment = new CustodySegment(folder, number);
      if (!Files.exists(segment.index())) {
        continue;
      }
      if (segment.isSealed()) {
        for (int place : segment.placesLike(digest)) {
          if (segment.first() + place < size && segment.entry(place).digest().equals(digest)) {
            return OptionalLong.of(segment.first() + place);
          }
        }
      } else {
        OptionalInt place = segment.scan(digest, (int) (size - segment.first()));
        if (place.isPresent()) {
          return OptionalLong.of(segment.first() + place.getAsInt());
        }
      }
    }
    return OptionalLong.empty();
  }

  /** Told of each counterfoil that is vouched for, in order. */
  @FunctionalInterface
  interface Visitor {
    void visit(long position, HeldEntry entry, LineSource line) throws IOException;
  }

  /** Reads an entry's line when it is wanted. */
  @FunctionalInterface
  interface LineSource {
    byte[] line() throws IOException;
  }

  /** Goes through the index of all that is vouched for. */
  void forEach(Visitor visitor) throws IOException {
    long size = vouchedSize;
    for (long number = 0; number * CustodySegment.POSITIONS < size; number++) {
      CustodySegment segment = new CustodySegment(folder, number);
      if (!Files.exists(segment.index())) {
        continue;
      }
      int places = (int) Math.min(CustodySegment.POSITIONS, size - segment.first());
      try (FileChannel channel = FileChannel.open(segment.index(), StandardOpenOption.READ)) {
        ByteBuffer entries = CustodySegment.readFully(channel, 0, places * HeldEntry.BYTES);
        for (int i = 0; i < places; i++) {
          HeldEntry entry = HeldEntry.read(entries);
          visitor.visit(segment.first() + i, entry, () -> segment.line(entry));
        }
      }
    }
  }

  /** Removes sealed segments all of whose tokens expired before an instant, oldest first. */
  void forget(long expiredBeforeEpochSecond) throws IOException {
    for (long number = 0; number < open.number(); number++) {
      CustodySegment segment = new CustodySegment(folder, number);
      if (!Files.exists(segment.index())) {
        continue;
      }
      ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(segment.index()));
      long last = 0;
      while (entries.hasRemaining()) {
        last = Math.max(last, HeldEntry.read(entries).expiresAt());
      }
      if (last >= expiredBeforeEpochSecond) {
        return;
      }
      segment.forget();
    }
  }

  private CustodySegment segment(long position) {
    return new CustodySegment(folder, position / CustodySegment.POSITIONS);
  }

  @Override
  public void close() throws IOException {
    sync();
    lines.close();
    index.close();
  }
}
