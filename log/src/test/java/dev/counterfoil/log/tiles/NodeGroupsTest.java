package dev.counterfoil.log.tiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.ChangedLeafHashes;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.TileHashes;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hashes of a folder, by groups, are those that its tiles make. */
class NodeGroupsTest {
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk publicDisk = machine.disk("public");

  @Test
  void everyHashIsTheOneThatTheTilesMakeAtEverySize() throws Exception {
    Random random = new Random(11);
    try (Log log =
            Log.open(
                machine.disk("journal"),
                publicDisk,
                new JournalOptions(4 << 20, 0),
                new TestKey("log.example/logs/s1g1"),
                () -> Instant.ofEpochSecond(1),
                new Random(3));
        LogReader reader = new LogReader(publicDisk)) {
      for (int more : new int[] {1, 2, 12, 1, 1, 15, 223, 1, 256, 3_584, 1, 5_000, 60_000}) {
        List<TestSubmission> batch = new ArrayList<>();
        for (int i = 0; i < more; i++) {
          batch.add(new TestSubmission("e" + i));
        }
        log.sequence(batch);
        log.checkpoint();
        // The same reader all along: a group that was kept when it was partial is read again.
        compare(reader, log.tree().size(), random);
      }
    }
  }

  private static void compare(LogReader reader, long size, Random random) throws Exception {
    HashSource groups = reader.storedHashes(size).orElseThrow();
    HashSource tiles = new TileHashes(new ChangedLeafHashes(reader)).of(size);
    for (int level = 0; size >> level > 0; level++) {
      long count = size >> level;
      for (int i = 0; i < 50; i++) {
        long index = i == 0 ? count - 1 : random.nextLong(count);
        assertThat(groups.hash(level, index))
            .as("level %d index %d of size %d", level, index, size)
            .isEqualTo(tiles.hash(level, index));
      }
      int beyond = level;
      assertThatThrownBy(() -> groups.hash(beyond, count))
          .isInstanceOf(HashSource.UnavailableException.class);
    }
    for (int i = 0; i < 20; i++) {
      long position = random.nextLong(size);
      assertThat(InclusionProof.make(groups, position, size))
          .isEqualTo(InclusionProof.make(tiles, position, size));
    }
  }

  @Test
  void aFileThatCannotBeReadIsSaid() throws IOException {
    NodeGroups groups =
        new NodeGroups(
            (level, first, count) -> {
              throw new IOException("gone");
            });
    assertThatThrownBy(() -> groups.of(Tile.FULL_WIDTH).hash(0, 3))
        .isInstanceOf(HashSource.UnavailableException.class)
        .hasMessageContaining("level 0 from 0 on");
  }
}
