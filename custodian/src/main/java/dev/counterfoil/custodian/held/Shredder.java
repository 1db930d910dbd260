package dev.counterfoil.custodian.held;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes a tenant's archived counterfoils unreadable for good, by destroying their keys. Their
 * digests stay, so that the log is as sound as before and every other proof holds. May run beside
 * the custodian.
 */
public final class Shredder {
  private final Path custody;
  private final String tenant;
  private final Optional<Instant> before;

  /**
   * What is shredded, or would be.
   *
   * @param shredded counterfoils that cannot be read any more
   * @param later counterfoils of tokens that expire later than was asked for, or lie in one segment
   *     with such
   * @param notArchived counterfoils that are too new to be archived: they can be shredded when they
   *     are
   */
  public record Result(long shredded, long later, long notArchived) {
    Result plus(Result more) {
      return new Result(
          shredded + more.shredded, later + more.later, notArchived + more.notArchived);
    }
  }

  /**
   * Shreds for a tenant.
   *
   * @param data the custodian's data folder
   * @param before only segments all of whose tokens expired before this; empty for all
   */
  public Shredder(Path data, String tenant, Optional<Instant> before) {
    this.custody = data.resolve("custody");
    this.tenant = tenant;
    this.before = before;
  }

  /**
   * Shreds.
   *
   * @param really whether the keys are destroyed; else it is only counted
   */
  public Result run(boolean really) throws IOException {
    if (!Files.isDirectory(custody)) {
      throw new NotDirectoryException(custody + " is no custodian's folder");
    }
    int number = NameTable.numberIn(custody.resolve("names"), tenant);
    Result all = new Result(0, 0, 0);
    if (number < 0) {
      return all;
    }
    for (Path domain : folders(custody)) {
      for (Path log : folders(domain)) {
        all = all.plus(log(log, number, really));
      }
    }
    return all;
  }

  private static List<Path> folders(Path in) throws IOException {
    try (Stream<Path> found = Files.list(in)) {
      return found.filter(Files::isDirectory).sorted().toList();
    }
  }

  private Result log(Path folder, int number, boolean really) throws IOException {
    ArchiveKeys keys = new ArchiveKeys(folder.resolve(ArchiveKeys.FOLDER));
    Result all = new Result(0, 0, 0);
    SegmentTable segments = SegmentTable.read(folder);
    for (int i = 0; i < segments.count(); i++) {
      CustodySegment segment = segments.get(i);
      if (segment.isKept()) {
        all = all.plus(segment(segment, keys, number, really));
      }
    }
    return all;
  }

  private Result segment(CustodySegment segment, ArchiveKeys keys, int number, boolean really)
      throws IOException {
    ByteBuffer entries = segment.entries(segment.places());
    long count = 0;
    long lastExpiry = 0;
    boolean isArchived = segment.isSealed();
    while (entries.hasRemaining()) {
      HeldEntry entry = HeldEntry.read(entries);
      lastExpiry = Math.max(lastExpiry, entry.expiresAt());
      isArchived &= entry.isArchived();
      if (entry.tenant() == number) {
        count++;
      }
    }
    if (count == 0) {
      return new Result(0, 0, 0);
    }
    if (before.isPresent() && lastExpiry >= before.get().getEpochSecond()) {
      return new Result(0, count, 0);
    }
    if (!isArchived) {
      return new Result(0, 0, count);
    }
    if (keys.find(segment.number(), number).isEmpty()) {
      // Shredded before.
      return new Result(0, 0, 0);
    }
    if (really) {
      // Its subjects are found out again, of what can be read: after a crash between, too.
      segment.dropSubjects();
      keys.shred(segment.number(), number);
      segment.dropSubjects();
    }
    return new Result(count, 0, 0);
  }
}
