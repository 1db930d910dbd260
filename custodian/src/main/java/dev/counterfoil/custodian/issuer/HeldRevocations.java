package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.HeldFile;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A key log's revocation logs as this custodian has them: every bundle of entries that a look at
 * the key log read and verified. None is ever deleted, so that an auditor can replay what was
 * revoked at any time; verifiers read a log only until its tokens have expired.
 *
 * <p>Grows on one thread; what it has may be read by any.
 */
public final class HeldRevocations {
  private static final String TEMPORARY = ".new";

  private final Path folder;

  /** What the look that is under way read, by its path; not verified yet. */
  private final Map<Bundle, byte[]> read = new LinkedHashMap<>();

  /**
   * A bundle of a revocation log.
   *
   * @param number of the log
   * @param tile of entries
   */
  public record Bundle(long number, Tile tile) {
    /** Reads a path such as {@code revoked/7/tile/entries/000}; empty where it is no such path. */
    public static Optional<Bundle> parse(String path) {
      String[] parts = path.split("/", 3);
      if (parts.length != 3 || !parts[0].equals(RevocationLogs.FOLDER)) {
        return Optional.empty();
      }
      try {
        long number = Decimal.parse(parts[1], TokenId.POSITION_LIMIT - 1);
        return Tile.parse(parts[2])
            .filter(tile -> tile.level() == Tile.ENTRIES)
            .map(tile -> new Bundle(number, tile));
      } catch (FormatException e) {
        return Optional.empty();
      }
    }
  }

  /**
   * What lies in a folder.
   *
   * @param folder of the key log
   */
  HeldRevocations(Path folder) {
    this.folder = folder;
  }

  /** A look at the key log begins: what one before read and was not kept is nobody's word. */
  void begin() {
    read.clear();
  }

  /** Remembers what was read, until it is verified. */
  void read(Bundle bundle, byte[] bytes) {
    read.put(bundle, bytes);
  }

  /** A bundle that is held. */
  Optional<HeldFile> file(Bundle bundle) throws IOException {
    return HeldFile.find(log(bundle.number()), bundle.tile());
  }

  private Path log(long number) {
    return folder.resolve(RevocationLogs.path(number));
  }

  /** Makes durable what was read, which was verified meanwhile. */
  void keep() throws IOException {
    for (Map.Entry<Bundle, byte[]> entry : read.entrySet()) {
      write(entry.getKey(), entry.getValue());
    }
    read.clear();
  }

  /** Whole and durable before it has its name; a shorter one of the same place is in it. */
  private void write(Bundle bundle, byte[] bytes) throws IOException {
    Path log = log(bundle.number());
    Path file = log.resolve(bundle.tile().path());
    Path parent = Optional.ofNullable(file.getParent()).orElse(log);
    createFolders(parent);
    Path temporary = log.resolve(TEMPORARY);
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer content = ByteBuffer.wrap(bytes);
      while (content.hasRemaining()) {
        out.write(content);
      }
      out.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    FileDisk.sync(parent);
    removeShorter(log, bundle.tile());
  }

  private void createFolders(Path wanted) throws IOException {
    if (!Files.isDirectory(wanted)) {
      Path parent = Optional.ofNullable(wanted.getParent()).orElse(folder);
      createFolders(parent);
      Files.createDirectory(wanted);
      FileDisk.sync(parent);
    }
  }

  private static void removeShorter(Path log, Tile tile) throws IOException {
    Path partials =
        log.resolve(new Tile(Tile.ENTRIES, tile.index(), Tile.FULL_WIDTH).path() + ".p");
    if (!Files.isDirectory(partials)) {
      return;
    }
    String own = tile.isPartial() ? Integer.toString(tile.width()) : "";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(partials)) {
      for (Path file : files) {
        if (!String.valueOf(file.getFileName()).equals(own)) {
          Files.delete(file);
        }
      }
    }
    if (!tile.isPartial()) {
      Files.delete(partials);
    }
  }
}
