package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.EntryBundle;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The outside check, a piece after every step: what a log published since the last one is held
 * against its entries, as {@link LogChecker} does with all of it. It sees nothing but the public
 * folder; cheap, because it goes on where it was.
 */
final class SteppedCheck {
  private final NoteKey key;
  private final TreeHasher hasher = new TreeHasher();
  private final MerkleFrontier frontier = new MerkleFrontier();
  private final List<Leaf> leaves = new ArrayList<>();
  private Checkpoint last;

  SteppedCheck(NoteKey key) {
    this.key = key;
    this.last = new Checkpoint(key.name(), 0, TreeHasher.EMPTY_ROOT);
  }

  /** The leaves that a checkpoint was seen to cover. */
  List<Leaf> leaves() {
    return leaves;
  }

  /** Looks at what is published now. */
  void look(FaultyDisk publicDisk) throws IOException {
    if (!publicDisk.files.containsKey(Checkpointer.FILE)) {
      assertThat(last.size()).isZero();
      return;
    }
    try (LogReader reader = new LogReader(publicDisk)) {
      LogReader.Published published = reader.published().orElseThrow();
      Checkpoint now = published.checkpoint();
      if (now.equals(last)) {
        return;
      }
      assertThat(published.note().isSignedBy(key)).isTrue();
      assertThat(now.size()).isGreaterThanOrEqualTo(last.size());
      while (frontier.size() < now.size()) {
        grow(reader, Tile.of(Tile.ENTRIES, frontier.size() / Tile.FULL_WIDTH, now.size()), now);
      }
      assertThat(frontier.root()).isEqualTo(now.root());
      last = now;
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  private void grow(LogReader reader, Tile bundle, Checkpoint now)
      throws IOException, FormatException {
    List<byte[]> entries = EntryBundle.parse(reader.tile(bundle), bundle.width());
    byte[] hashes = reader.tile(new Tile(0, bundle.index(), bundle.width()));
    for (int i = (int) (frontier.size() % Tile.FULL_WIDTH); i < bundle.width(); i++) {
      Leaf leaf = Leaf.parse(entries.get(i));
      assertThat(Hash.read(hashes, i * Hash.BYTES)).isEqualTo(leaf.hash(hasher));
      leaves.add(leaf);
      frontier.append(
          leaf.hash(hasher),
          (level, index, hash) -> {
            if (level > 0 && level % 8 == 0) {
              assertThat(row(reader, Tile.holding(level, index, now.size()), index))
                  .isEqualTo(hash);
            }
          });
    }
  }

  private static Hash row(LogReader reader, Tile tile, long index) {
    try {
      return Hash.read(reader.tile(tile), (int) (index % Tile.FULL_WIDTH) * Hash.BYTES);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
