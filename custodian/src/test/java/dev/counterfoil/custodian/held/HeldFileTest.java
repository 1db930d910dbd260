package dev.counterfoil.custodian.held;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Tile;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a log that are given out in pieces. */
final class HeldFileTest {
  private static final int ENTRY_BYTES = 1000;

  @TempDir Path folder;

  private byte[] write(Tile tile, byte[] content) throws Exception {
    Path file = folder.resolve(tile.path());
    Files.createDirectories(file.getParent());
    return Files.readAllBytes(Files.write(file, content));
  }

  private byte[] given(Tile tile) throws Exception {
    HeldFile file = HeldFile.find(folder, tile).orElseThrow();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (all.size() < file.length()) {
      all.writeBytes(file.piece(all.size()));
    }
    return all.toByteArray();
  }

  private static byte[] bundle(int entries) {
    ByteArrayOutputStream bundle = new ByteArrayOutputStream();
    for (int i = 0; i < entries; i++) {
      byte[] entry = new byte[ENTRY_BYTES];
      Arrays.fill(entry, (byte) i);
      bundle.write(ENTRY_BYTES >> 8);
      bundle.write(ENTRY_BYTES & 0xff);
      bundle.writeBytes(entry);
    }
    return bundle.toByteArray();
  }

  @Test
  void whatIsLongerThanAPieceComesWhole() throws Exception {
    Tile whole = new Tile(Tile.ENTRIES, 0, Tile.FULL_WIDTH);
    byte[] bundle = write(whole, bundle(Tile.FULL_WIDTH));
    assertThat(given(whole)).isEqualTo(bundle);
    assertThat(HeldFile.find(folder, whole).orElseThrow().piece(0).length)
        .isLessThan(bundle.length);
    assertThat(HeldFile.find(folder, new Tile(Tile.ENTRIES, 1, Tile.FULL_WIDTH))).isEmpty();
  }

  @Test
  void aPartialOneIsItsOwnFileOrHowTheWholeOneBegins() throws Exception {
    byte[] bundle = write(new Tile(Tile.ENTRIES, 0, Tile.FULL_WIDTH), bundle(Tile.FULL_WIDTH));
    byte[] tile = new byte[Tile.FULL_BYTES];
    Arrays.fill(tile, 32, 64, (byte) 1);
    write(new Tile(0, 0, Tile.FULL_WIDTH), tile);
    assertThat(given(new Tile(Tile.ENTRIES, 0, 70)))
        .isEqualTo(Arrays.copyOf(bundle, 70 * (2 + ENTRY_BYTES)));
    assertThat(given(new Tile(0, 0, 2))).isEqualTo(Arrays.copyOf(tile, 2 * Hash.BYTES));
    byte[] own = write(new Tile(0, 0, 3), new byte[3 * Hash.BYTES]);
    assertThat(given(new Tile(0, 0, 3))).isEqualTo(own);
    assertThat(HeldFile.find(folder, new Tile(1, 0, 3))).isEmpty();
  }

  @Test
  void whatEndsEarlyIsNotGivenAsIfItWereWhole() throws Exception {
    Tile tile = new Tile(0, 0, 3);
    write(tile, new byte[3 * Hash.BYTES]);
    HeldFile file = HeldFile.find(folder, tile).orElseThrow();
    assertThat(file.piece(0)).hasSize(3 * Hash.BYTES);
    write(tile, new byte[Hash.BYTES]);
    assertThatThrownBy(() -> file.piece(0)).isInstanceOf(EOFException.class);
  }
}
