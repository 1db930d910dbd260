package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The files of up to {@link #POSITIONS} neighbouring positions of a log, named by their number:
 *
 * <ul>
 *   <li>{@code N.records}: the journal's records and the log's signed heads, as they came ({@link
 *       SegmentItems});
 *   <li>{@code N.index}: a {@link HeldEntry} for each;
 *   <li>{@code N.digests}, once closed: a word of 48 bits of digest and 16 bits of place for each,
 *       sorted, to find a token by its digest alone;
 *   <li>{@code N.tenants}, once closed: the number of each tenant in the name table and how many of
 *       the positions are its own, four bytes each;
 *   <li>{@code N.subjects}, once closed: the {@link SubjectWords}, sorted;
 *   <li>{@code N.frontier}, once closed: the position at which it ends, and the roots of the tree's
 *       perfect subtrees there, so that a start need not hash the whole log again.
 * </ul>
 *
 * @param folder of the log
 * @param number of the segment, from 0
 * @param first its first position
 */
record CustodySegment(Path folder, long number, long first) {
  /** Most positions in a segment. */
  static final int POSITIONS = 1 << 16;

  private static final int WORDS_READ = 64;

  Path records() {
    return file("records");
  }

  Path index() {
    return file("index");
  }

  private Path digests() {
    return file("digests");
  }

  private Path tenants() {
    return file("tenants");
  }

  private Path subjects() {
    return file("subjects");
  }

  private Path frontier() {
    return file("frontier");
  }

  private Path file(String kind) {
    return folder.resolve(String.format("%010d.%s", number, kind));
  }

  /** Whether it is closed. */
  boolean isSealed() {
    return Files.exists(frontier());
  }

  /** Closes a segment: derives what is looked up later and cannot be told from a crash. */
  void seal(MerkleFrontier tree, byte[] subjects) throws IOException {
    int places = (int) (tree.size() - first);
    long[] words = new long[places];
    ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(index()));
    for (int i = 0; i < places; i++) {
      words[i] = (entries.getLong(i * HeldEntry.BYTES) & ~0xffffL) | i;
    }
    Arrays.sort(words);
    ByteBuffer sorted = ByteBuffer.allocate(places * Long.BYTES);
    for (long word : words) {
      sorted.putLong(word);
    }
    replace(digests(), sorted.array());
    Map<Integer, Integer> counts = countTenants(entries.rewind(), places);
    ByteBuffer counted = ByteBuffer.allocate(counts.size() * 2 * Integer.BYTES);
    counts.forEach((tenant, count) -> counted.putInt(tenant).putInt(count));
    replace(tenants(), counted.array());
    replace(subjects(), subjects);
    ByteBuffer roots =
        ByteBuffer.allocate(Long.BYTES + tree.roots().size() * Hash.BYTES).putLong(tree.size());
    tree.roots().forEach(root -> roots.put(root.bytes()));
    replace(frontier(), roots.array());
  }

  private static Map<Integer, Integer> countTenants(ByteBuffer entries, int places) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < places; i++) {
      counts.merge(HeldEntry.read(entries).tenant(), 1, Integer::sum);
    }
    return counts;
  }

  /** How many of the first places are each tenant's, by its number. */
  Map<Integer, Integer> tenantCounts(int places) throws IOException {
    if (isSealed() && (!isKept() || places == places())) {
      Map<Integer, Integer> counts = new TreeMap<>();
      ByteBuffer counted = ByteBuffer.wrap(Files.readAllBytes(tenants()));
      while (counted.hasRemaining()) {
        counts.put(counted.getInt(), counted.getInt());
      }
      return counts;
    }
    try (FileChannel channel = FileChannel.open(index(), StandardOpenOption.READ)) {
      return countTenants(readFully(channel, 0, places * HeldEntry.BYTES), places);
    }
  }

  /** Where its counterfoils lie once they are archived. */
  Path archive() {
    return file("archive");
  }

  /** Whether its records are not archived yet. */
  boolean hasRecords() {
    return Files.exists(records());
  }

  /** How many positions its index has. */
  int places() throws IOException {
    return (int) Math.min(POSITIONS, Files.size(index()) / HeldEntry.BYTES);
  }

  /** When the last of its tokens expires, epoch seconds. */
  long lastExpiry() throws IOException {
    ByteBuffer all = entries(places());
    long last = 0;
    while (all.hasRemaining()) {
      last = Math.max(last, HeldEntry.read(all).expiresAt());
    }
    return last;
  }

  /** Whether its counterfoils are still here. */
  boolean isKept() {
    return Files.exists(index());
  }

  /** The index entries of the first places. */
  ByteBuffer entries(int places) throws IOException {
    return entries(0, places);
  }

  /** The index entries of the places from one on to below another. */
  ByteBuffer entries(int from, int to) throws IOException {
    try (FileChannel channel = FileChannel.open(index(), StandardOpenOption.READ)) {
      return readFully(channel, (long) from * HeldEntry.BYTES, (to - from) * HeldEntry.BYTES);
    }
  }

  static void replace(Path file, byte[] content) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The tree at the end of a closed segment. */
  MerkleFrontier treeAtEnd() throws IOException {
    byte[] bytes = Files.readAllBytes(frontier());
    long size = bytes.length < Long.BYTES ? -1 : ByteBuffer.wrap(bytes).getLong();
    if (size <= first
        || size > first + POSITIONS
        || bytes.length != Long.BYTES + Long.bitCount(size) * Hash.BYTES) {
      throw new IOException("custody file " + frontier() + " is damaged");
    }
    try {
      // The perfect subtrees of a size come largest first: as many lie before a level's as the size
      // has higher bits.
      return MerkleFrontier.resume(
          size,
          (level, index) ->
              Hash.read(bytes, Long.BYTES + Long.bitCount(size >> (level + 1)) * Hash.BYTES));
    } catch (HashSource.UnavailableException e) {
      throw new IOException("custody file " + frontier() + " is damaged", e);
    }
  }

  /** Places whose digests begin like one: for the caller to compare in full. */
  List<Integer> placesLike(Hash digest) throws IOException {
    return placesIn(digests(), ByteBuffer.wrap(digest.bytes()).getLong() & ~0xffffL);
  }

  /** Whether it is known in whose name its tokens are; a closed one can have lost it. */
  boolean hasSubjects() {
    return Files.exists(subjects());
  }

  /** Keeps in whose name its tokens are. */
  void writeSubjects(byte[] words) throws IOException {
    replace(subjects(), words);
  }

  /** Places that may be a subject's, in their order: the counterfoil decides. */
  List<Integer> placesOf(String subject) throws IOException {
    return placesIn(subjects(), SubjectWords.hash(subject));
  }

  /** Has them found out again. */
  void dropSubjects() throws IOException {
    Files.deleteIfExists(subjects());
  }

  /** The places in words of 48 bits and a place that begin with these bits. */
  private static List<Integer> placesIn(Path file, long prefix) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long words = channel.size() / Long.BYTES;
      long low = 0;
      long high = words;
      while (low < high) {
        long middle = (low + high) >>> 1;
        if (readFully(channel, middle * Long.BYTES, Long.BYTES).getLong() < prefix) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      List<Integer> places = new ArrayList<>();
      for (long i = low; i < words; i += WORDS_READ) {
        ByteBuffer some =
            readFully(channel, i * Long.BYTES, (int) Math.min(WORDS_READ, words - i) * Long.BYTES);
        while (some.hasRemaining()) {
          long word = some.getLong();
          if ((word & ~0xffffL) != prefix) {
            return places;
          }
          places.add((int) (word & 0xffff));
        }
      }
      return places;
    }
  }

  /** The index entry at a place of this segment. */
  HeldEntry entry(int place) throws IOException {
    try (FileChannel channel = FileChannel.open(index(), StandardOpenOption.READ)) {
      return HeldEntry.read(readFully(channel, (long) place * HeldEntry.BYTES, HeldEntry.BYTES));
    }
  }

  /** The record of an entry. */
  byte[] record(HeldEntry entry) throws IOException {
    if (entry.offset() < 0 || entry.length() < 1 || entry.length() > RecordItem.RECORD_BYTES_MAX) {
      throw new CustodyDamagedException("an entry of " + index() + " is damaged");
    }
    try (FileChannel channel = FileChannel.open(records(), StandardOpenOption.READ)) {
      return readFully(channel, entry.offset(), entry.length()).array();
    }
  }

  /** The place of a digest among the first places, by reading them all; for the open segment. */
  OptionalInt scan(Hash digest, int places) throws IOException {
    try (FileChannel channel = FileChannel.open(index(), StandardOpenOption.READ)) {
      ByteBuffer entries = readFully(channel, 0, places * HeldEntry.BYTES);
      for (int i = 0; i < places; i++) {
        if (HeldEntry.read(entries).digest().equals(digest)) {
          return OptionalInt.of(i);
        }
      }
    }
    return OptionalInt.empty();
  }

  /** Removes what a crash or a truncation left of this segment. */
  void delete() throws IOException {
    for (Path file : List.of(frontier(), tenants(), subjects(), digests(), index(), records())) {
      Files.deleteIfExists(file);
    }
  }

  /** Removes the counterfoils and keeps the tree's roots. */
  void forget() throws IOException {
    for (Path file : List.of(index(), subjects(), digests(), records(), archive())) {
      Files.deleteIfExists(file);
    }
  }

  /** Opens it again for appending. */
  void unseal() throws IOException {
    Files.deleteIfExists(frontier());
    Files.deleteIfExists(tenants());
    Files.deleteIfExists(subjects());
    Files.deleteIfExists(digests());
  }

  static ByteBuffer readFully(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        throw new CustodyDamagedException("custody file ends before its entry");
      }
    }
    return buffer.flip();
  }
}
