package dev.counterfoil.format.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths and contents of tiles, with the examples of c2sp.org/tlog-tiles. */
class TileTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 256, tile/0/000",
    "0, 1234067, 256, tile/0/x001/x234/067",
    "0, 1234067, 8, tile/0/x001/x234/067.p/8",
    "1, 999, 255, tile/1/999.p/255",
    "2, 1000, 1, tile/2/x001/000.p/1",
    "-1, 273, 112, tile/entries/273.p/112",
    "6, 5, 256, tile/6/005"
  })
  void pathsAreWrittenAndParsed(int level, long index, int width, String path) {
    Tile tile = new Tile(level, index, width);
    assertThat(tile.path()).isEqualTo(path);
    assertThat(Tile.parse(path)).contains(tile);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/X001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/2",
        "tile/00/000",
        "tile/-1/000",
        "tile/7/000",
        "tile/64/000",
        "tile/0/00a",
        "tile/0/-01",
        "tile/0/٠٠٠",
        "tile/entries/x1/000",
        "tile/data/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999"
      })
  void otherSpellingsAreNoTiles(String path) {
    assertThat(Tile.parse(path)).isEmpty();
  }

  @Test
  void partialWidthsAreTheSpecifications() {
    // c2sp.org/tlog-tiles: size 70,000 has 273 full tiles and one of 112 at level 0.
    assertThat(Tile.of(0, 272, 70_000).width()).isEqualTo(256);
    assertThat(Tile.of(0, 273, 70_000).width()).isEqualTo(112);
    assertThat(Tile.of(1, 0, 70_000).width()).isEqualTo(256);
    assertThat(Tile.of(1, 1, 70_000).width()).isEqualTo(17);
    assertThat(Tile.of(2, 0, 70_000).width()).isEqualTo(1);
    assertThat(Tile.of(Tile.ENTRIES, 273, 70_000).width()).isEqualTo(112);
    assertThat(Tile.of(0, 0, 256).width()).isEqualTo(256);
    assertThat(Tile.of(1, 0, 256).width()).isEqualTo(1);
    assertThatThrownBy(() -> Tile.of(0, 274, 70_000)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Tile.of(2, 0, 65_535)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everySubtreeIsFoundInTheTileThatHoldsIt() {
    int size = 1500;
    TreeHasher hasher = new TreeHasher();
    List<List<Hash>> stored = List.of(new ArrayList<>(), new ArrayList<>());
    List<Hash> subtrees = new ArrayList<>();
    List<int[]> places = new ArrayList<>();
    MerkleFrontier frontier = new MerkleFrontier();
    for (int i = 0; i < size; i++) {
      frontier.append(
          hasher.leaf(new byte[] {(byte) i, (byte) (i >> 8)}),
          (level, index, hash) -> {
            subtrees.add(hash);
            places.add(new int[] {level, (int) index});
            if (level % 8 == 0) {
              stored.get(level / 8).add(hash);
            }
          });
    }
    for (int i = 0; i < subtrees.size(); i++) {
      int level = places.get(i)[0];
      int index = places.get(i)[1];
      Tile tile = Tile.holding(level, index, size);
      List<Hash> rows = stored.get(tile.level());
      byte[] bytes = new byte[tile.width() * Hash.BYTES];
      for (int row = 0; row < tile.width(); row++) {
        rows.get((int) (tile.index() * Tile.FULL_WIDTH) + row).write(bytes, row * Hash.BYTES);
      }
      assertThat(Tile.subtree(hasher, bytes, level, index)).isEqualTo(subtrees.get(i));
    }
  }
}
