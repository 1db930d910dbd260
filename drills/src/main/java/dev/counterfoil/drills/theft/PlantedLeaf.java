package dev.counterfoil.drills.theft;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A thief who sits between one service and its issuer: in the leaves that the service receives he
 * puts his forgery's in the place of an honest one's (spec/leaves.md). All else he hands on.
 */
final class PlantedLeaf implements ReadSide {
  private static final int FIRST_AT = 8;
  private static final int COUNT_AT = 16;

  private final ReadSide network;
  private volatile @Nullable Plant plant;
  private volatile boolean isSent;

  private record Plant(String log, long position, Hash leaf) {}

  PlantedLeaf(ReadSide network) {
    this.network = network;
  }

  /** Plants it from now on. */
  void plant(String log, long position, Hash digest) {
    plant = new Plant(log, position, new Leaf(digest).hash(new TreeHasher()));
  }

  /** Whether the service was sent it. */
  boolean isSent() {
    return isSent;
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    byte[] body = network.get(uri, bytesMax);
    Plant planted = plant;
    if (planted != null && uri.getPath().endsWith("/logs/" + planted.log() + "/leaves")) {
      replace(body, planted);
    }
    return body;
  }

  private void replace(byte[] batch, Plant planted) {
    if (batch.length < COUNT_AT + Integer.BYTES || batch.length > LeafBatch.BYTES_MAX) {
      return;
    }
    long first = ByteBuffer.wrap(batch).getLong(FIRST_AT);
    long end = first + ByteBuffer.wrap(batch).getInt(COUNT_AT);
    if (planted.position() >= first && planted.position() < end) {
      int fromEnd = (int) (end - planted.position());
      planted.leaf().write(batch, batch.length - fromEnd * Hash.BYTES);
      isSent = true;
    }
  }
}
