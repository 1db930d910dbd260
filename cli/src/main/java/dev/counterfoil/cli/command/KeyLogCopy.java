package dev.counterfoil.cli.command;

import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/** A copy of a key log, read as if it lay at its issuer's. */
record KeyLogCopy(TrustPolicy policy, LogSource source) implements ReadSide {
  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    String prefix = KeyLog.url(policy.issuer()) + "/";
    if (!uri.toString().startsWith(prefix)) {
      throw new FileNotFoundException(uri + " does not belong to the key log");
    }
    String path = uri.toString().substring(prefix.length());
    if (path.equals("checkpoint")) {
      return bounded(source.checkpoint(), SignedNote.BYTES_MAX);
    }
    if (path.equals(LogSource.COSIGNED)) {
      return source
          .cosignedCheckpoint()
          .orElseThrow(() -> new FileNotFoundException("there is no cosigned checkpoint"));
    }
    Optional<Tile> tile = Tile.parse(path);
    if (tile.isEmpty()) {
      throw new FileNotFoundException(path + " is not a file of a log");
    }
    try {
      return bounded(source.tile(tile.get()), bytesMax);
    } catch (MissingTileException e) {
      FileNotFoundException missing = new FileNotFoundException(path + " is missing");
      missing.initCause(e);
      throw missing;
    }
  }

  private static byte[] bounded(byte[] bytes, int max) throws IOException {
    if (bytes.length > max) {
      throw new IOException("a file of the key log is longer than " + max + " bytes");
    }
    return bytes;
  }
}
