package dev.counterfoil.log.read;

import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.tiles.PartialTile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A log as a folder of the files that c2sp.org/tlog-tiles serves: a static copy, a mirror, an
 * unpacked archive. Safe for concurrent use.
 */
public final class StaticLogSource implements LogSource {
  private final Path folder;

  public StaticLogSource(Path folder) {
    this.folder = folder;
  }

  @Override
  public byte[] checkpoint() throws IOException {
    return read("checkpoint", SignedNote.BYTES_MAX);
  }

  @Override
  public Optional<byte[]> cosignedCheckpoint() throws IOException {
    try {
      return Optional.of(read(COSIGNED, SignedNote.BYTES_MAX));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public byte[] tile(Tile tile) throws IOException {
    try {
      return read(tile.path(), LogSource.bytesMax(tile));
    } catch (NoSuchFileException e) {
      if (!tile.isPartial()) {
        throw missing(tile, e);
      }
    }
    Tile full = PartialTile.full(tile);
    try {
      return PartialTile.cut(tile, read(full.path(), LogSource.bytesMax(full)));
    } catch (NoSuchFileException e) {
      throw missing(tile, e);
    }
  }

  private static MissingTileException missing(Tile tile, NoSuchFileException cause) {
    MissingTileException missing = new MissingTileException(tile, "there is no such file");
    missing.initCause(cause);
    return missing;
  }

  /** One byte more than the limit is read, which no check lets pass. */
  private byte[] read(String path, int bytesMax) throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve(path))) {
      return in.readNBytes(bytesMax + 1);
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
