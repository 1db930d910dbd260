package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.LeafKey;
import dev.counterfoil.format.bytes.SipHash;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.NoteTest;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Leaves that are folded, and count once their root is a checkpoint's. */
class LeafFoldTest {
  private static final String ORIGIN = "log.example/a";

  private final NoteSigner signer = NoteTest.signer(ORIGIN);
  private final TreeHasher hasher = new TreeHasher();

  private Hash leaf(long position) {
    return hasher.leaf(ByteBuffer.allocate(Long.BYTES).putLong(position).array());
  }

  private MerkleFrontier tree(long size) {
    MerkleFrontier tree = new MerkleFrontier();
    for (long i = 0; i < size; i++) {
      tree.append(leaf(i));
    }
    return tree;
  }

  private LeafBatch batch(long first, int count) throws Exception {
    byte[] leaves = new byte[count * Hash.BYTES];
    for (int i = 0; i < count; i++) {
      leaf(first + i).write(leaves, i * Hash.BYTES);
    }
    Checkpoint covering = new Checkpoint(ORIGIN, first + count, tree(first + count).root());
    return LeafBatch.parse(
        LeafBatch.write(first, covering.sign(signer).bytes(), leaves), signer.key());
  }

  @Test
  void sipHashIsAsPublished() {
    // The paper's key; the value of 32 bytes 00 to 1f as OpenSSL 3 computes it.
    SipHash keyed = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    byte[] input = new byte[Hash.BYTES];
    for (int i = 0; i < input.length; i++) {
      input[i] = (byte) i;
    }
    long value = Hash.of(input).shortened(keyed);
    assertThat(HexFormat.of().toHexDigits(Long.reverseBytes(value))).isEqualTo("ce7cf2722f512771");
  }

  @Test
  void leavesCountOnceTheirRootIsSigned() throws Exception {
    ResidentLeaves resident = new ResidentLeaves(0, new SeededRandom("leaves"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), resident);
    LeafBatch batch = batch(0, 100);
    fold.fold(batch, 60);
    assertThat(resident.look(5, leaf(5))).isEqualTo(Look.OUTSIDE);
    assertThatThrownBy(() -> fold.prove(batch.checkpoint()))
        .isInstanceOf(IllegalArgumentException.class);
    fold.fold(batch, 100);
    assertThat(resident.look(5, leaf(5))).isEqualTo(Look.OUTSIDE);
    fold.prove(batch.checkpoint());
    assertThat(resident.look(5, leaf(5))).isEqualTo(Look.HELD);
    assertThat(resident.look(5, leaf(6))).isEqualTo(Look.OTHER);
    assertThat(resident.look(99, leaf(99))).isEqualTo(Look.HELD);
    assertThat(resident.look(100, leaf(100))).isEqualTo(Look.OUTSIDE);
  }

  @Test
  void whatIsDroppedIsFoldedAgain() throws Exception {
    ResidentLeaves resident = new ResidentLeaves(0, new SeededRandom("leaves"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), resident);
    LeafBatch first = batch(0, 40_000);
    fold.fold(first, first.end());
    fold.prove(first.checkpoint());
    long bytes = resident.pageBytes();
    LeafBatch other = batch(50_000, 40_000);
    byte[] lies = new byte[40_000 * Hash.BYTES];
    other.leaf(50_001).write(lies, 0);
    LeafBatch planted = LeafBatch.of(40_000, other.note(), lies, signer.key());
    fold.fold(planted, planted.end());
    assertThat(resident.pageBytes()).isGreaterThan(bytes);
    fold.discard();
    assertThat(resident.pageBytes()).isEqualTo(bytes);
    assertThat(resident.look(40_000, other.leaf(50_001))).isEqualTo(Look.OUTSIDE);
    LeafBatch honest = batch(40_000, 30_000);
    fold.fold(honest, honest.end());
    fold.prove(honest.checkpoint());
    assertThat(resident.look(40_000, leaf(40_000))).isEqualTo(Look.HELD);
    assertThat(resident.look(69_999, leaf(69_999))).isEqualTo(Look.HELD);
    assertThat(resident.look(40_000, other.leaf(50_001))).isEqualTo(Look.OTHER);
  }

  @Test
  void everyLeafOfAWindowIsFoundWhateverIsGivenBack() throws Exception {
    Random random = new Random(3);
    long first = 30_000;
    ResidentLeaves resident = new ResidentLeaves(first, new SeededRandom("window"));
    LeafFold fold = new LeafFold(tree(first), resident);
    long size = first;
    for (int round = 0; round < 12; round++) {
      LeafBatch batch = batch(size, 1 + random.nextInt(20_000));
      fold.fold(batch, batch.end());
      fold.prove(batch.checkpoint());
      size = batch.end();
      long before = first + random.nextLong(size - first);
      resident.forget(before);
      first = Math.max(first, before);
      assertThat(resident.first()).isEqualTo(first);
      assertThat(resident.look(first - 1, leaf(first - 1))).isEqualTo(Look.OUTSIDE);
      for (long at = first; at < size; at += 1 + random.nextInt(97)) {
        assertThat(resident.look(at, leaf(at))).isEqualTo(Look.HELD);
        assertThat(resident.look(at, leaf(at + 1))).isEqualTo(Look.OTHER);
      }
      assertThat(resident.pageBytes()).isLessThanOrEqualTo((size - first + 2 * 32_768) * 8);
    }
    resident.forget(Long.MAX_VALUE);
    assertThat(resident.first()).isEqualTo(size);
    assertThat(resident.pageBytes()).isLessThanOrEqualTo(32_768 * 8);
  }

  @Test
  void twoProcessesKeepTheSameLeavesUnderOtherKeys() throws Exception {
    Hash leaf = leaf(1);
    assertThat(leaf.shortened(new LeafKey(new SeededRandom("one"))))
        .isNotEqualTo(leaf.shortened(new LeafKey(new SeededRandom("two"))));
  }
}
