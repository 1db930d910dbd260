package dev.counterfoil.log.read;

import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Tile;
import java.io.IOException;
import java.util.Optional;

/**
 * A log as it stands at the moment, while it goes on.
 *
 * @param notes the cosigned checkpoint where there is one, and the log's own
 */
public record FrozenSource(LogSource source, Notes notes) implements LogSource {
  /** What was served at the moment; not to be changed. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Notes(Optional<byte[]> cosigned, byte[] checkpoint) {}

  public static FrozenSource of(LogSource source) throws IOException {
    // The cosigned one first: the log's own covers at least as much by then.
    Optional<byte[]> cosigned = source.cosignedCheckpoint();
    return new FrozenSource(source, new Notes(cosigned, source.checkpoint()));
  }

  @Override
  public byte[] checkpoint() {
    return notes.checkpoint();
  }

  @Override
  public Optional<byte[]> cosignedCheckpoint() {
    return notes.cosigned();
  }

  @Override
  public byte[] tile(Tile tile) throws IOException {
    return source.tile(tile);
  }

  @Override
  public boolean derivesLeafHashes() throws IOException {
    return source.derivesLeafHashes();
  }

  @Override
  public Optional<HashSource> storedHashes(long size) {
    return source.storedHashes(size);
  }
}
