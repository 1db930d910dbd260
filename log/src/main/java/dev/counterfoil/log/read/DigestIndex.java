package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Finds the position of a digest in a log, as far as {@link #catchUp} has read it. Derived from the
 * log's public folder: a table for each 2^20 entries, 8 bytes an entry, the full ones in files that
 * are made again where one is missing or damaged. A digest costs one look into each table, wherever
 * it stands, and one more for those that are not there.
 *
 * <p>Not a database on purpose: digests are random, so every insertion into a sorted tree changes
 * another page, and the page is written again.
 */
public final class DigestIndex {
  private static final int ROWS_AT_ONCE = 8_192;

  private final Path folder;
  private final LogReader log;
  private final RandomGenerator random;
  private volatile State state;
  private volatile long indexed;

  /** Full tables in the order of their positions, and the one that grows. */
  private record State(List<DigestTable> full, DigestTable tail) {}

  private DigestIndex(Path folder, LogReader log, RandomGenerator random) {
    this.folder = folder;
    this.log = log;
    this.random = random;
    this.state = new State(List.of(), DigestTable.empty(random));
  }

  /**
   * An index in a folder of its own, which is made where there is none.
   *
   * @param log outlives the index
   * @param random makes the tables' keys, which nobody outside may guess
   */
  public static DigestIndex open(Path folder, LogReader log, RandomGenerator random)
      throws IOException {
    Files.createDirectories(folder);
    return new DigestIndex(folder, log, random);
  }

  /** Where the full tables lie. */
  Path folder() {
    return folder;
  }

  /** Number of entries that can be found. By any thread. */
  public long indexed() {
    return indexed;
  }

  /** Reads the log up to its published checkpoint; the number of entries that can be found then. */
  public synchronized long catchUp() throws IOException {
    long size = log.published().map(published -> published.checkpoint().size()).orElse(0L);
    while (indexed < size) {
      long first = indexed - indexed % DigestTable.COUNT;
      if (indexed == first && size - first >= DigestTable.COUNT && openTable(first)) {
        continue;
      }
      int count = (int) Math.min(ROWS_AT_ONCE, Math.min(size, first + DigestTable.COUNT) - indexed);
      byte[] digests = log.digests(indexed, count);
      int row = (int) (indexed - first);
      for (int i = 0; i < count; i++) {
        state.tail.add(row + i, digests, i * Hash.BYTES, rows(first));
      }
      indexed += count;
      if (indexed == first + DigestTable.COUNT) {
        finish(state.tail.toFile(file(first), ends(first)));
      }
    }
    return indexed;
  }

  private boolean openTable(long first) throws IOException {
    var table = DigestTable.open(file(first), ends(first));
    table.ifPresent(
        known -> {
          finish(known);
          indexed = first + DigestTable.COUNT;
        });
    return table.isPresent();
  }

  private void finish(DigestTable table) {
    List<DigestTable> full = new ArrayList<>(state.full);
    full.add(table);
    state = new State(List.copyOf(full), DigestTable.empty(random));
  }

  private Path file(long first) {
    return folder.resolve(first / DigestTable.COUNT + ".table");
  }

  /** The digests at both ends of a table tell that it is of this log. */
  private byte[] ends(long first) throws IOException {
    byte[] ends = Arrays.copyOf(log.digests(first, 1), 2 * Hash.BYTES);
    byte[] last = log.digests(first + DigestTable.COUNT - 1, 1);
    System.arraycopy(last, 0, ends, Hash.BYTES, Hash.BYTES);
    return ends;
  }

  private DigestTable.Rows rows(long first) {
    return row -> log.digests(first + row, 1);
  }

  /** The first position of a digest among the entries that were read. By any thread. */
  public OptionalLong find(Hash digest) throws IOException {
    byte[] bytes = digest.bytes();
    State now = state;
    long first = 0;
    for (DigestTable table : now.full) {
      int row = table.find(bytes, rows(first));
      if (row >= 0) {
        return OptionalLong.of(first + row);
      }
      first += DigestTable.COUNT;
    }
    int row = now.tail.find(bytes, rows(first));
    return row < 0 ? OptionalLong.empty() : OptionalLong.of(first + row);
  }
}
