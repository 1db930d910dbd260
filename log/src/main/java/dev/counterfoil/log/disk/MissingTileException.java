package dev.counterfoil.log.disk;

import dev.counterfoil.format.tree.Tile;
import java.io.IOException;

/** A log's public side does not have a tile that it should have, or not yet. */
public final class MissingTileException extends IOException {
  private static final long serialVersionUID = 1L;

  public MissingTileException(Tile tile, String why) {
    super(tile.path() + ": " + why);
  }
}
