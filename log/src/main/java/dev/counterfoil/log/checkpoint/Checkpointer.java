package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Signs the tree as it grows and publishes the checkpoint. Only ever signs a tree that is durable
 * and whose hashes are written, and never one that is smaller than the last. {@link #step} belongs
 * to one thread.
 */
public final class Checkpointer {
  public static final String FILE = "checkpoint";

  private final Supplier<TreeState> tree;
  private final Disk disk;
  private final NoteSigner signer;
  private volatile @Nullable SignedNote last;
  private long lastSize;

  /**
   * A checkpointer.
   *
   * @param tree gives the tree over durable entries
   * @param disk the public folder
   * @param lastNote the last checkpoint that was published, after it was verified
   */
  public Checkpointer(
      Supplier<TreeState> tree,
      Disk disk,
      NoteSigner signer,
      @Nullable SignedNote lastNote,
      long lastSize) {
    this.tree = tree;
    this.disk = disk;
    this.signer = signer;
    this.last = lastNote;
    this.lastSize = lastNote == null ? -1 : lastSize;
  }

  /**
   * Signs and publishes when the tree grew.
   *
   * @return whether it did
   * @throws IOException when the checkpoint could not be written; the next step tries again
   */
  public boolean step() throws IOException {
    TreeState now = tree.get();
    if (now.size() <= lastSize) {
      return false;
    }
    SignedNote note;
    try {
      note = new Checkpoint(signer.key().name(), now.size(), now.root()).sign(signer);
    } catch (GeneralSecurityException e) {
      throw new LogFailedException("the log's key cannot sign", e);
    }
    disk.publish(FILE, note.bytes());
    lastSize = now.size();
    last = note;
    return true;
  }

  /** Size of the last checkpoint, -1 when there is none. On the thread of {@link #step}. */
  public long lastSize() {
    return lastSize;
  }

  /** The last checkpoint that was published. May be read by any thread. */
  public Optional<SignedNote> last() {
    return Optional.ofNullable(last);
  }
}
