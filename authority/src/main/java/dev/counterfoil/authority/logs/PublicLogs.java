package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.keys.HeadPosition;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The read sides of a domain's logs, one folder each, as the signer writes them. */
public final class PublicLogs implements AutoCloseable {
  private static final String PROOF = "proof/";

  private final Path folder;
  private final Map<String, LogReader> readers = new ConcurrentHashMap<>();

  public PublicLogs(Path folder) {
    this.folder = folder;
  }

  /** What kind of thing is read, since each is cached differently. */
  enum Kind {
    CHECKPOINT,
    FULL_TILE,
    PARTIAL_TILE,
    PROOF
  }

  /** Something of a log. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(Kind kind, byte[] bytes) {}

  /**
   * Reads what lies at a path below a log's prefix; empty when there is no such thing yet.
   *
   * @param log the log's short name; below the key log's, {@code revoked/<number>} of one of its
   *     revocation logs comes before the path
   * @param path {@code checkpoint}, {@code checkpoint.cosigned}, {@code tile/...} or {@code
   *     proof/<position>}
   */
  Optional<Found> find(String log, String path) throws IOException {
    Optional<RevocationPath> revocations = RevocationPath.parse(log, path);
    return revocations.isPresent() ? find(revocations.get()) : find(reader(log), path);
  }

  /** A path below one of the key log's revocation logs. */
  private record RevocationPath(String folder, String rest) {
    static Optional<RevocationPath> parse(String log, String path) {
      String[] parts = path.split("/", 3);
      if (!log.equals(KeyLog.NAME)
          || parts.length != 3
          || !parts[0].equals(RevocationLogs.FOLDER)) {
        return Optional.empty();
      }
      try {
        long number = Decimal.parse(parts[1], TokenId.POSITION_LIMIT - 1);
        return Optional.of(
            new RevocationPath(KeyLog.NAME + "/" + RevocationLogs.path(number), parts[2]));
      } catch (FormatException e) {
        // Not the spelling of a number: nothing lies there.
        return Optional.empty();
      }
    }
  }

  /** Opened for one answer: these logs end, and nobody would close them. */
  private Optional<Found> find(RevocationPath path) throws IOException {
    Path log = folder.resolve(path.folder());
    if (!Files.isDirectory(log)) {
      return Optional.empty();
    }
    try (LogReader reader = new LogReader(FileDisk.toRead(log))) {
      return find(Optional.of(reader), path.rest());
    }
  }

  private Optional<Found> find(Optional<LogReader> reader, String path) throws IOException {
    if (reader.isEmpty()) {
      return Optional.empty();
    }
    if (path.equals("checkpoint")) {
      return reader
          .get()
          .published()
          .map(published -> new Found(Kind.CHECKPOINT, published.note().bytes()));
    }
    if (path.equals(Cosigning.FILE)) {
      return reader.get().cosigned().map(note -> new Found(Kind.CHECKPOINT, note));
    }
    if (path.startsWith(PROOF)) {
      try {
        long position = Decimal.parse(path.substring(PROOF.length()), TokenId.POSITION_LIMIT - 1);
        return reader
            .get()
            .proof(position)
            .map(TlogProof::bytes)
            .map(bytes -> new Found(Kind.PROOF, bytes));
      } catch (FormatException e) {
        // Not the spelling of a position: nothing lies there.
        return Optional.empty();
      }
    }
    Optional<Tile> tile = Tile.parse(path);
    if (tile.isEmpty()) {
      return Optional.empty();
    }
    Kind kind = tile.get().isPartial() ? Kind.PARTIAL_TILE : Kind.FULL_TILE;
    return reader.get().find(tile.get()).map(bytes -> new Found(kind, bytes));
  }

  /** How large the published checkpoint says that a log is; 0 while there is none. */
  public long size(String log) throws IOException {
    Optional<LogReader> reader = reader(log);
    return reader.isEmpty()
        ? 0
        : reader.get().published().map(now -> now.checkpoint().size()).orElse(0L);
  }

  /**
   * How far the key log's head is: grows with the key log and with the open revocation log, of
   * which only the registrar's line is read and not checked.
   */
  public HeadPosition head() throws IOException {
    Optional<LogReader> reader = reader(KeyLog.NAME);
    Optional<LogReader.Published> published =
        reader.isEmpty() ? Optional.empty() : reader.get().published();
    return published.isEmpty()
        ? HeadPosition.NOTHING
        : new HeadPosition(
            published.get().checkpoint().size(),
            RevocationTip.unverifiedSize(published.get().note()));
  }

  /** The public folder of a log; empty when there is none. */
  public Optional<LogReader> log(String name) {
    return reader(name);
  }

  private Optional<LogReader> reader(String log) {
    LogReader known = readers.get(log);
    if (known != null) {
      return Optional.of(known);
    }
    // A log's name has no dot and no slash, so that it cannot lead out of the folder.
    if (!TokenId.isLogName(log) || !Files.isDirectory(folder.resolve(log))) {
      return Optional.empty();
    }
    return Optional.of(
        readers.computeIfAbsent(log, name -> new LogReader(FileDisk.toRead(folder.resolve(name)))));
  }

  @Override
  public void close() {
    for (LogReader reader : readers.values()) {
      try {
        reader.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
