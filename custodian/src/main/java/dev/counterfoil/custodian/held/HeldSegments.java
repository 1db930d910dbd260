package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/**
 * The counterfoils of one log that are vouched for, to look up; old ones are archived and forgotten
 * here. Every look opens the files that it needs, so that an interrupted reader disturbs nobody.
 */
public final class HeldSegments {
  /** Segments that one look for a tenant's counterfoils goes through. */
  private static final int SEGMENTS_LOOKED_MAX = 64;

  /** Segments that one look for a subject's goes through, in each of which it reads little. */
  private static final int SUBJECTS_LOOKED_MAX = 1_024;

  private final SegmentTable segments;
  private final String log;
  private final SubjectWords subjects;
  private final LongSupplier vouchedSize;
  private final ArchiveKeys keys;
  private final ArchiveBlocks blocks = new ArchiveBlocks();

  /**
   * Segments in a folder.
   *
   * @param subjects of the open segment
   * @param vouchedSize number of counterfoils that count
   */
  HeldSegments(
      Path folder,
      String log,
      SegmentTable segments,
      SubjectWords subjects,
      LongSupplier vouchedSize)
      throws IOException {
    this.segments = segments;
    this.subjects = subjects;
    this.log = log;
    this.vouchedSize = vouchedSize;
    this.keys = new ArchiveKeys(folder.resolve(ArchiveKeys.FOLDER));
  }

  private long size() {
    return vouchedSize.getAsLong();
  }

  /** The entry at a position that is vouched for; empty when it is not, or no longer, held. */
  public Optional<HeldEntry> entry(long position) throws IOException {
    if (position < 0 || position >= size()) {
      return Optional.empty();
    }
    CustodySegment segment = segments.holding(position);
    return segment.isKept()
        ? Optional.of(segment.entry((int) (position - segment.first())))
        : Optional.empty();
  }

  /**
   * The record at a position that is vouched for, as it lies in the journal; empty where it is not,
   * or no longer, held, or was shredded.
   */
  public Optional<byte[]> record(long position) throws IOException {
    Optional<HeldEntry> entry = entry(position);
    return entry.isEmpty() ? Optional.empty() : record(position, entry.get());
  }

  private Optional<byte[]> record(long position, HeldEntry entry) throws IOException {
    CustodySegment segment = segments.holding(position);
    if (!entry.isArchived()) {
      try {
        return Optional.of(segment.record(entry));
      } catch (NoSuchFileException e) {
        // Archived or forgotten between the two looks.
        Optional<HeldEntry> now = entry(position);
        return now.isEmpty() || !now.get().isArchived()
            ? Optional.empty()
            : archive(segment).record(now.get());
      }
    }
    return archive(segment).record(entry);
  }

  private CustodyArchive archive(CustodySegment segment) {
    return new CustodyArchive(segment, keys, blocks);
  }

  /** The counterfoil at a position that is vouched for. */
  public Optional<HeldToken> counterfoil(long position) throws IOException {
    Optional<byte[]> record = record(position);
    return record.isEmpty() ? Optional.empty() : Optional.of(read(position, record.get()));
  }

  private HeldToken read(long position, byte[] record) throws IOException {
    try {
      return HeldToken.parse(record, log);
    } catch (FormatException e) {
      throw new CustodyDamagedException("custody of log " + log + " is damaged at " + position, e);
    }
  }

  /** The position of a digest that is vouched for. */
  public OptionalLong find(Hash digest) throws IOException {
    long size = this.size();
    for (int number = segments.count() - 1; number >= 0; number--) {
      CustodySegment segment = segments.get(number);
      if (segment.first() >= size || !segment.isKept()) {
        continue;
      }
      if (segment.isSealed()) {
        for (int place : segment.placesLike(digest)) {
          if (segment.first() + place < size && segment.entry(place).digest().equals(digest)) {
            return OptionalLong.of(segment.first() + place);
          }
        }
      } else {
        OptionalInt place = segment.scan(digest, segments.places(segment, size));
        if (place.isPresent()) {
          return OptionalLong.of(segment.first() + place.getAsInt());
        }
      }
    }
    return OptionalLong.empty();
  }

  /** Told of each counterfoil that is vouched for, in order. */
  @FunctionalInterface
  public interface Visitor {
    void visit(long position, HeldEntry entry, TokenSource token) throws IOException;
  }

  /** Reads an entry's counterfoil when it is wanted; empty where it was shredded. */
  @FunctionalInterface
  public interface TokenSource {
    Optional<HeldToken> token() throws IOException;
  }

  /** Goes through the index of all that is vouched for. */
  public void forEach(Visitor visitor) throws IOException {
    long size = this.size();
    for (int number = 0; number < segments.count(); number++) {
      CustodySegment segment = segments.get(number);
      int places = segments.places(segment, size);
      if (places == 0 || !segment.isKept()) {
        continue;
      }
      try (FileChannel channel = FileChannel.open(segment.index(), StandardOpenOption.READ)) {
        ByteBuffer entries = CustodySegment.readFully(channel, 0, places * HeldEntry.BYTES);
        for (int i = 0; i < places; i++) {
          HeldEntry entry = HeldEntry.read(entries);
          long position = segment.first() + i;
          visitor.visit(position, entry, () -> counterfoil(position));
        }
      }
    }
  }

  /**
   * How many of the first so many counterfoils, which are vouched for, are each tenant's, by its
   * number in the name table; also of those that were forgotten.
   */
  public Map<Integer, Long> tenantCounts(long size) throws IOException {
    Map<Integer, Long> counts = new TreeMap<>();
    for (int number = 0; number < segments.count(); number++) {
      CustodySegment segment = segments.get(number);
      int places = segments.places(segment, size);
      if (places == 0) {
        continue;
      }
      segment
          .tenantCounts(places)
          .forEach((tenant, count) -> counts.merge(tenant, (long) count, Long::sum));
    }
    return counts;
  }

  /** Some positions, and from where on to look for more. */
  public record Positions(List<Long> positions, OptionalLong next) {}

  /**
   * Positions of a tenant's counterfoils below a size that is vouched for.
   *
   * @param tenant its number in the name table
   * @param from first position wanted
   * @param max most positions wanted
   */
  public Positions positionsOf(int tenant, long from, long size, int max) throws IOException {
    List<Long> found = new ArrayList<>();
    long at = from;
    for (int looked = 0;
        at < size && found.size() < max && looked < SEGMENTS_LOOKED_MAX;
        looked++) {
      CustodySegment segment = segments.holding(at);
      int places = segments.places(segment, size);
      long end = segment.first() + places;
      if (segment.isKept() && mayHaveSome(segment, tenant, places)) {
        ByteBuffer entries = segment.entries((int) (at - segment.first()), places);
        while (at < end && found.size() < max) {
          if (HeldEntry.read(entries).tenant() == tenant) {
            found.add(at);
          }
          at++;
        }
      } else {
        at = end;
      }
    }
    return new Positions(found, at < size ? OptionalLong.of(at) : OptionalLong.empty());
  }

  /**
   * The same backward: positions of a tenant's counterfoils, the highest first.
   *
   * @param before first position that is too high; at most the size
   * @return where to look for more is again the first that is too high
   */
  public Positions positionsBefore(int tenant, long before, long size, int max) throws IOException {
    List<Long> found = new ArrayList<>();
    long at = Math.min(before, size);
    for (int looked = 0; at > 0 && found.size() < max && looked < SEGMENTS_LOOKED_MAX; looked++) {
      CustodySegment segment = segments.holding(at - 1);
      int places = (int) (at - segment.first());
      if (segment.isKept() && mayHaveSome(segment, tenant, segments.places(segment, size))) {
        ByteBuffer entries = segment.entries(0, places);
        while (at > segment.first() && found.size() < max) {
          at--;
          entries.position((int) (at - segment.first()) * HeldEntry.BYTES);
          if (HeldEntry.read(entries).tenant() == tenant) {
            found.add(at);
          }
        }
      } else {
        at = segment.first();
      }
    }
    return new Positions(found, at > 0 ? OptionalLong.of(at) : OptionalLong.empty());
  }

  /** Of one that is still written, to count costs as much as to look. */
  private static boolean mayHaveSome(CustodySegment segment, int tenant, int places)
      throws IOException {
    return !segment.isSealed() || segment.tenantCounts(places).getOrDefault(tenant, 0) > 0;
  }

  /**
   * Positions of a subject's counterfoils below a size that is vouched for: as {@link
   * #positionsOf(int, long, long, int)} has them, without a look at those of all others. Where a
   * segment does not know its subjects, all of the tenant's are given: the counterfoil decides, as
   * it does between two subjects of one hash.
   */
  public Positions positionsOf(int tenant, String subject, long from, long size, int max)
      throws IOException {
    List<Long> found = new ArrayList<>();
    long at = from;
    for (int looked = 0;
        at < size && found.size() < max && looked < SUBJECTS_LOOKED_MAX;
        looked++) {
      CustodySegment segment = segments.holding(at);
      long first = segment.first();
      long end = first + segments.places(segment, size);
      Optional<List<Integer>> places = placesOf(segment, tenant, subject);
      if (places.isEmpty()) {
        Positions all = positionsOf(tenant, at, end, max - found.size());
        found.addAll(all.positions());
        end = all.next().orElse(end);
      } else {
        for (int place : places.get()) {
          if (first + place >= at && first + place < end) {
            if (found.size() == max) {
              end = first + place;
              break;
            }
            found.add(first + place);
          }
        }
      }
      at = end;
    }
    return new Positions(found, at < size ? OptionalLong.of(at) : OptionalLong.empty());
  }

  /** The same backward, as {@link #positionsBefore(int, long, long, int)}. */
  public Positions positionsBefore(int tenant, String subject, long before, long size, int max)
      throws IOException {
    List<Long> found = new ArrayList<>();
    long at = Math.min(before, size);
    for (int looked = 0; at > 0 && found.size() < max && looked < SUBJECTS_LOOKED_MAX; looked++) {
      CustodySegment segment = segments.holding(at - 1);
      long first = segment.first();
      long end = first;
      Optional<List<Integer>> places = placesOf(segment, tenant, subject);
      if (places.isEmpty()) {
        while (at > first && found.size() < max) {
          Positions all = positionsBefore(tenant, at, size, max - found.size());
          all.positions().stream().filter(position -> position >= first).forEach(found::add);
          at = all.next().orElse(0);
        }
        end = Math.max(at, first);
      } else {
        for (int place : places.get().reversed()) {
          if (first + place < at) {
            if (found.size() == max) {
              end = first + place + 1;
              break;
            }
            found.add(first + place);
          }
        }
      }
      at = end;
    }
    return new Positions(found, at > 0 ? OptionalLong.of(at) : OptionalLong.empty());
  }

  /** A subject's places of a segment, in their order; empty where it does not know them. */
  private Optional<List<Integer>> placesOf(CustodySegment segment, int tenant, String subject)
      throws IOException {
    if (!segment.isKept()) {
      return Optional.of(List.of());
    }
    Optional<List<Integer>> open = subjects.places(segment.number(), subject);
    if (open.isEmpty() && !segment.hasSubjects()) {
      return Optional.empty();
    }
    List<Integer> places = new ArrayList<>();
    for (int place : open.isPresent() ? open.get() : segment.placesOf(subject)) {
      // Of the open one the last entries may not be written yet: they do not count yet either.
      if (segment.first() + place < size() && segment.entry(place).tenant() == tenant) {
        places.add(place);
      }
    }
    return Optional.of(places);
  }

  /**
   * Has one segment that does not know its subjects, since an earlier version closed it or they
   * were lost, find them out.
   *
   * @return whether there was one
   */
  public boolean findSubjects() throws IOException {
    for (int number = 0; number < segments.count() - 1; number++) {
      CustodySegment segment = segments.get(number);
      if (!segment.isKept() || segment.hasSubjects()) {
        continue;
      }
      int places = segment.places();
      LongStream.Builder words = LongStream.builder();
      for (int place = 0; place < places; place++) {
        int at = place;
        counterfoil(segment.first() + place)
            .flatMap(HeldToken::subject)
            .ifPresent(subject -> words.add(SubjectWords.hash(subject) | at));
      }
      segment.writeSubjects(SubjectWords.file(words.build().toArray()));
      return true;
    }
    return false;
  }

  /** The first position whose counterfoil was not forgotten. */
  public long keptFrom() {
    int number = 0;
    while (number < segments.count() - 1 && !segments.get(number).isKept()) {
      number++;
    }
    return segments.get(number).first();
  }

  /** Removes sealed segments all of whose tokens expired before an instant, oldest first. */
  public void forget(long expiredBeforeEpochSecond) throws IOException {
    for (int number = 0; number < segments.count() - 1; number++) {
      CustodySegment segment = segments.get(number);
      if (segment.isKept()) {
        if (segment.lastExpiry() >= expiredBeforeEpochSecond) {
          return;
        }
        keys.forget(segment.number());
        segment.forget();
      }
    }
  }

  /**
   * Archives sealed segments all of whose tokens expired before an instant: compressed, and
   * encrypted under a key for each tenant.
   */
  public void archive(long expiredBeforeEpochSecond, SecureRandom random) throws IOException {
    for (int number = 0; number < segments.count() - 1; number++) {
      CustodySegment segment = segments.get(number);
      if (segments.get(number + 1).first() <= size()
          && segment.isKept()
          && segment.hasRecords()
          && segment.lastExpiry() < expiredBeforeEpochSecond) {
        archive(segment).write(random);
      }
    }
  }
}
