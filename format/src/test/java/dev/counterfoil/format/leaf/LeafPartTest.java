package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.NoteTest;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/** An audience's part of a log's leaves: folded with what is left out, and kept by themselves. */
class LeafPartTest {
  private static final String ORIGIN = "log.example/a";

  private final NoteSigner signer = NoteTest.signer(ORIGIN);
  private final TreeHasher hasher = new TreeHasher();
  private final MerkleFrontier tree = new MerkleFrontier();

  private Hash leaf(long position) {
    return hasher.leaf(ByteBuffer.allocate(Long.BYTES).putLong(position).array());
  }

  /** The tree's next leaves, as somebody sends them to an audience. */
  private byte[] sent(int count, LongPredicate isIts) throws Exception {
    long first = tree.size();
    byte[] leaves = new byte[count * Hash.BYTES];
    for (int i = 0; i < count; i++) {
      leaf(first + i).write(leaves, i * Hash.BYTES);
      tree.append(leaf(first + i));
    }
    byte[] note = new Checkpoint(ORIGIN, tree.size(), tree.root()).sign(signer).bytes();
    return LeafPart.write(first, note, leaves, isIts);
  }

  private LeafPart part(int count, LongPredicate isIts) throws Exception {
    return LeafPart.parse(sent(count, isIts), signer.key());
  }

  @Test
  void anyPartLeadsToTheRootOfAll() throws Exception {
    Random random = new Random(7);
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
    for (int round = 0; round < 60; round++) {
      int share = 1 + random.nextInt(400);
      LongPredicate isIts = position -> ((position * 0x9e3779b97f4a7c15L) >>> 40) % share == 0;
      long first = tree.size();
      LeafPart part = part(1 + random.nextInt(900), isIts);
      fold.fold(part);
      assertThat(fold.isAt(part.checkpoint())).isTrue();
      fold.prove(part.checkpoint());
      for (long at = first; at < tree.size(); at++) {
        assertThat(kept.look(at, leaf(at))).isEqualTo(isIts.test(at) ? Look.HELD : Look.OUTSIDE);
        assertThat(kept.look(at, leaf(at + 1)))
            .isEqualTo(isIts.test(at) ? Look.OTHER : Look.OUTSIDE);
      }
    }
    assertThat(kept.look(tree.size(), leaf(tree.size()))).isEqualTo(Look.OUTSIDE);
  }

  @Test
  void whatIsLeftOutIsSentAsFewHashes() throws Exception {
    assertThat(part(65_536, position -> false).count()).isEqualTo(1);
    assertThat(part(65_536, position -> true).count()).isEqualTo(65_536);
    assertThat(part(65_536, position -> position % 1_024 == 5).count()).isEqualTo(64 * 11);
  }

  @Test
  void aLeafThatIsNotInTheLogLeadsToNoRootWhereverItIsPut() throws Exception {
    byte[] honest = sent(40, position -> position % 7 == 3);
    LeafPart read = LeafPart.parse(honest, signer.key());
    int entriesAt = honest.length - read.count() * 33;
    for (int i = 0; i < read.count(); i++) {
      byte[] changed = honest.clone();
      changed[entriesAt + i * 33 + 5] ^= 1;
      PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
      LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
      LeafPart planted = LeafPart.parse(changed, signer.key());
      fold.fold(planted);
      assertThat(fold.isAt(planted.checkpoint())).isFalse();
      assertThatThrownBy(() -> fold.prove(planted.checkpoint()))
          .isInstanceOf(IllegalArgumentException.class);
      fold.discard();
      fold.fold(read);
      fold.prove(read.checkpoint());
      assertThat(kept.look(3, leaf(3))).isEqualTo(Look.HELD);
    }
  }

  @Test
  void aSubtreesRootIsTakenForNoLeafAndALeafForNoSubtree() throws Exception {
    byte[] honest = sent(8, position -> position == 6);
    LeafPart read = LeafPart.parse(honest, signer.key());
    // Four, two, the leaf, and one.
    assertThat(read.count()).isEqualTo(4);
    int entriesAt = honest.length - 4 * 33;
    byte[] asLeaf = honest.clone();
    asLeaf[entriesAt] = (byte) 0xff;
    assertThatThrownBy(() -> LeafPart.parse(asLeaf, signer.key()))
        .isInstanceOf(FormatException.class);
    byte[] hidden = honest.clone();
    hidden[entriesAt + 2 * 33] = 0;
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
    LeafPart hiding = LeafPart.parse(hidden, signer.key());
    fold.fold(hiding);
    fold.prove(hiding.checkpoint());
    // All that a liar achieves: the leaf is looked for elsewhere.
    assertThat(kept.look(6, leaf(6))).isEqualTo(Look.OUTSIDE);
  }

  @Test
  void aLeafTakesTwelveBytesAndIsGivenBack() throws Exception {
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
    for (int round = 0; round < 10; round++) {
      LeafPart part = part(60_000, position -> position % 6 == 1);
      fold.fold(part);
      fold.prove(part.checkpoint());
    }
    assertThat(kept.count()).isEqualTo(100_000);
    assertThat(kept.pageBytes()).isLessThanOrEqualTo(12 * (100_000 + 8_192));
    assertThat(kept.firstOfNewest(1_000)).isEqualTo((100_000 - 1_000) * 6 + 1);
    assertThat(kept.firstOfNewest(200_000)).isZero();
    kept.forget(300_000);
    assertThat(kept.first()).isEqualTo(300_000);
    assertThat(kept.count()).isBetween(50_000L, 50_000L + 8_192);
    assertThat(kept.look(300_001, leaf(300_001))).isEqualTo(Look.HELD);
    assertThat(kept.look(300_001, leaf(7))).isEqualTo(Look.OTHER);
    assertThat(kept.look(1, leaf(1))).isEqualTo(Look.OUTSIDE);
    assertThat(kept.look(599_995, leaf(599_995))).isEqualTo(Look.HELD);
    kept.forget(Long.MAX_VALUE);
    assertThat(kept.count()).isLessThanOrEqualTo(8_192);
    LeafPart more = part(12, position -> position % 6 == 1);
    fold.fold(more);
    fold.prove(more.checkpoint());
    assertThat(kept.look(600_001, leaf(600_001))).isEqualTo(Look.HELD);
  }

  @Test
  void whatIsDroppedIsFoldedAgain() throws Exception {
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    LeafFold fold = new LeafFold(new MerkleFrontier(), kept);
    LeafPart first = part(9_000, position -> true);
    fold.fold(first);
    fold.prove(first.checkpoint());
    LeafPart second = part(20_000, position -> position % 2 == 0);
    for (int again = 0; again < 3; again++) {
      fold.fold(second);
      assertThat(kept.look(9_002, leaf(9_002))).isEqualTo(Look.OUTSIDE);
      fold.discard();
      assertThat(kept.look(8_999, leaf(8_999))).isEqualTo(Look.HELD);
      assertThat(kept.pageBytes()).isEqualTo(2 * 12 * 8_192);
    }
    fold.fold(second);
    fold.prove(second.checkpoint());
    assertThat(kept.look(9_002, leaf(9_002))).isEqualTo(Look.HELD);
    assertThat(kept.look(9_003, leaf(9_003))).isEqualTo(Look.OUTSIDE);
    assertThat(kept.look(28_998, leaf(28_998))).isEqualTo(Look.HELD);
  }

  /** Crowds and deserts, so that no guess from even spread holds. */
  @Test
  void leavesAreFoundHoweverTheyStand() {
    Random random = new Random(11);
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    List<Long> positions = new ArrayList<>();
    long at = 0;
    while (positions.size() < 20_000) {
      long gap = 1L << random.nextInt(random.nextInt(20) == 0 ? 24 : 2);
      for (int crowd = random.nextInt(400); crowd > 0; crowd--) {
        kept.pass(gap - 1);
        at += gap - 1;
        kept.stage(leaf(at));
        positions.add(at++);
      }
    }
    kept.publish();
    Set<Long> all = new HashSet<>(positions);
    for (long position : positions) {
      assertThat(kept.look(position, leaf(position))).isEqualTo(Look.HELD);
      for (long beside : new long[] {position - 1, position + 1}) {
        assertThat(kept.look(beside, leaf(beside)))
            .isEqualTo(all.contains(beside) ? Look.HELD : Look.OUTSIDE);
      }
    }
  }

  @Test
  void leavesFarApartAreFound() {
    PartLeaves kept = new PartLeaves(0, new SeededRandom("part"));
    long[] positions = {1, 2, 3_000_000_000L, 3_000_000_001L, 9_000_000_000L};
    long at = 0;
    for (long position : positions) {
      kept.pass(position - at);
      kept.stage(leaf(position));
      at = position + 1;
    }
    kept.publish();
    for (long position : positions) {
      assertThat(kept.look(position, leaf(position))).isEqualTo(Look.HELD);
      assertThat(kept.look(position, leaf(5))).isEqualTo(Look.OTHER);
    }
    assertThat(kept.look(5, leaf(5))).isEqualTo(Look.OUTSIDE);
    assertThat(kept.look(4_000_000_000L, leaf(5))).isEqualTo(Look.OUTSIDE);
  }
}
