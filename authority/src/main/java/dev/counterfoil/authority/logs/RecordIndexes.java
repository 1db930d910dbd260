package dev.counterfoil.authority.logs;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.DigestIndex;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The indexes of a domain's record logs, which follow them on a thread of their own. */
public final class RecordIndexes implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RecordIndexes.class.getName());

  /** As often as a log publishes a checkpoint. */
  private static final Duration FOLLOW = Duration.ofMillis(20);

  /**
   * Rounds, a second's, after which the folder is listed although its time says that it is as it
   * was: two changes within a tick of the file system's clock have one time.
   */
  private static final int LIST_ROUNDS = 50;

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private final Path logFolder;
  private final Path folder;
  private final SecureRandom random;
  private final Map<String, Followed> followed = new ConcurrentHashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread follower;
  private @Nullable FileTime listedAt;
  private int roundsSinceListed;

  /** A log that is followed; it can be asked once all of it was read. */
  private static final class Followed {
    private final LogReader log;
    private final DigestIndex index;
    private volatile boolean caughtUp;
    private volatile boolean saidFailed;

    Followed(LogReader log, DigestIndex index) {
      this.log = log;
      this.index = index;
    }
  }

  private RecordIndexes(Path logFolder, Path folder, SecureRandom random) {
    this.logFolder = logFolder;
    this.folder = folder;
    this.random = random;
    this.follower = Thread.ofPlatform().daemon().name("record-index").unstarted(this::follow);
  }

  /**
   * Starts to follow.
   *
   * @param logFolder where each log has its public folder
   * @param folder for the indexes, which can be deleted: they are made again
   */
  public static RecordIndexes start(Path logFolder, Path folder, SecureRandom random) {
    RecordIndexes indexes = new RecordIndexes(logFolder, folder, random);
    indexes.follower.start();
    return indexes;
  }

  private void follow() {
    try {
      do {
        try {
          find();
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "{0}: {1}", logFolder, e.toString());
        }
        followed.forEach(this::catchUp);
      } while (!stop.await(FOLLOW.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  private void find() throws IOException {
    FileTime modified;
    try {
      modified = Files.getLastModifiedTime(logFolder);
    } catch (NoSuchFileException e) {
      // Nobody has started a log yet.
      return;
    }
    if (modified.equals(listedAt) && ++roundsSinceListed < LIST_ROUNDS) {
      return;
    }
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(logFolder, "d*")) {
      for (Path log : logs) {
        String name = log.getFileName().toString();
        if (TokenId.isRecordLogName(name) && !followed.containsKey(name)) {
          LogReader reader = new LogReader(FileDisk.toRead(log));
          followed.put(
              name, new Followed(reader, DigestIndex.open(folder.resolve(name), reader, random)));
        }
      }
    }
    // The time before the listing: what came during it has changed the time again.
    listedAt = modified;
    roundsSinceListed = 0;
  }

  private void catchUp(String name, Followed log) {
    try {
      log.index.catchUp();
      log.caughtUp = true;
      log.saidFailed = false;
    } catch (IOException e) {
      if (!log.saidFailed) {
        log.saidFailed = true;
        LOG.log(System.Logger.Level.ERROR, "record log " + name + " cannot be followed", e);
      }
    }
  }

  /** The index of a log; empty until all of the log was read once. */
  Optional<DigestIndex> of(String log) {
    Followed known = followed.get(log);
    return known == null || !known.caughtUp ? Optional.empty() : Optional.of(known.index);
  }

  /**
   * The position of a digest under a log's published checkpoint.
   *
   * @param hex the digest in lower-case hexadecimal; anything else is found nowhere
   */
  OptionalLong position(String log, String hex) throws IOException {
    Optional<DigestIndex> index = of(log);
    if (index.isEmpty() || !DIGEST.matcher(hex).matches()) {
      return OptionalLong.empty();
    }
    Hash digest = Hash.of(HexFormat.of().parseHex(hex));
    OptionalLong position = index.get().find(digest);
    if (position.isPresent()) {
      return position;
    }
    // It may have come with the last checkpoint.
    long before = index.get().indexed();
    return index.get().catchUp() == before ? position : index.get().find(digest);
  }

  /** Entries that can be found, of all logs together. */
  public long indexed() {
    return followed.values().stream().mapToLong(log -> log.index.indexed()).sum();
  }

  @Override
  public void close() {
    stop.countDown();
    try {
      follower.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Followed log : followed.values()) {
      try {
        log.log.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
