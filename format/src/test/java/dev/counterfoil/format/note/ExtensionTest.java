package dev.counterfoil.format.note;

import static dev.counterfoil.format.note.Extension.EXTENDS;
import static dev.counterfoil.format.note.Extension.FORKED;
import static dev.counterfoil.format.note.Extension.MISFIT;
import static dev.counterfoil.format.note.Extension.OLDER;
import static dev.counterfoil.format.note.Extension.SAME;
import static dev.counterfoil.format.note.Extension.UNPROVEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The judgement by table, and over random trees that part from each other at a random leaf. */
class ExtensionTest {
  private static final String ORIGIN = "log.example/s1";
  private static final List<Integer> SIZES =
      List.of(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65);
  private static final Extension.Evidence NONE = new Extension.Evidence.None();

  /** A log whose leaves are numbers; those of another history differ from a leaf on. */
  private record History(int parting) {
    static final History HONEST = new History(Integer.MAX_VALUE);

    List<Hash> leaves(int size) {
      TreeHasher hasher = new TreeHasher();
      return IntStream.range(0, size)
          .mapToObj(i -> hasher.leaf(new byte[] {(byte) i, (byte) (i < parting ? 0 : 1)}))
          .toList();
    }

    Hash root(int size) {
      MerkleFrontier tree = new MerkleFrontier();
      leaves(size).forEach(tree::append);
      return tree.root();
    }

    Checkpoint at(int size) {
      return new Checkpoint(ORIGIN, size, root(size));
    }

    Extension.Evidence.Proof proof(int from, int to) {
      List<Hash> leaves = leaves(to);
      try {
        return new Extension.Evidence.Proof(
            ConsistencyProof.make(
                    (level, index) -> {
                      MerkleFrontier subtree = new MerkleFrontier();
                      int first = Math.toIntExact(index << level);
                      leaves.subList(first, first + (1 << level)).forEach(subtree::append);
                      return subtree.root();
                    },
                    from,
                    to)
                .path());
      } catch (HashSource.UnavailableException e) {
        throw new IllegalStateException(e);
      }
    }

    Extension.Evidence.Roots roots(int from, int to) {
      return new Extension.Evidence.Roots(root(from), root(to));
    }
  }

  private static Stream<Arguments> table() {
    History honest = History.HONEST;
    History other = new History(2);
    Checkpoint none = Checkpoint.empty(ORIGIN);
    Checkpoint wrongNone = new Checkpoint(ORIGIN, 0, honest.root(3));
    Hash stray = Hash.sha256(new byte[] {7});
    return Stream.of(
        // Sizes and roots alone.
        Arguments.of("nothing twice", none, none, NONE, SAME),
        Arguments.of("the same", honest.at(5), honest.at(5), NONE, SAME),
        Arguments.of("one size, two roots", honest.at(5), other.at(5), NONE, FORKED),
        Arguments.of("smaller", honest.at(5), honest.at(4), NONE, OLDER),
        Arguments.of("smaller, of another history", honest.at(5), other.at(4), NONE, OLDER),
        Arguments.of("nothing after something", honest.at(5), none, NONE, OLDER),
        Arguments.of("larger", honest.at(4), honest.at(5), NONE, UNPROVEN),
        Arguments.of("larger, of another history", honest.at(4), other.at(5), NONE, UNPROVEN),
        Arguments.of("something after nothing", none, honest.at(5), NONE, EXTENDS),
        Arguments.of("an empty tree with leaves' root", wrongNone, honest.at(5), NONE, FORKED),
        Arguments.of("the empty tree with two roots", none, wrongNone, NONE, FORKED),
        // A consistency proof.
        Arguments.of("proved", honest.at(3), honest.at(5), honest.proof(3, 5), EXTENDS),
        Arguments.of("proved from 2^k", honest.at(4), honest.at(5), honest.proof(4, 5), EXTENDS),
        Arguments.of("proof from nothing", none, honest.at(5), honest.proof(0, 5), EXTENDS),
        Arguments.of("proof of the same", honest.at(5), honest.at(5), honest.proof(5, 5), SAME),
        Arguments.of("proof of others", honest.at(3), other.at(5), other.proof(3, 5), MISFIT),
        Arguments.of(
            "proof of other sizes", honest.at(3), honest.at(5), honest.proof(2, 5), MISFIT),
        Arguments.of("no hashes", honest.at(3), honest.at(5), proof(), MISFIT),
        Arguments.of("hashes from nothing", none, honest.at(5), proof(stray), MISFIT),
        Arguments.of("hashes for the same", honest.at(5), honest.at(5), proof(stray), MISFIT),
        Arguments.of("a fork beats a proof", honest.at(5), other.at(5), proof(stray), FORKED),
        Arguments.of(
            "no proof makes a smaller one later", honest.at(5), honest.at(3), proof(), OLDER),
        // Roots that were computed.
        Arguments.of("grown", honest.at(3), honest.at(5), honest.roots(3, 5), EXTENDS),
        Arguments.of("grown from nothing", none, honest.at(5), honest.roots(0, 5), EXTENDS),
        Arguments.of("read again", honest.at(5), honest.at(5), honest.roots(5, 5), SAME),
        Arguments.of("its own leaves tell", honest.at(3), other.at(5), other.roots(3, 5), FORKED),
        Arguments.of("parted later", honest.at(2), other.at(5), other.roots(2, 5), EXTENDS),
        Arguments.of("leaves of others", honest.at(3), other.at(5), honest.roots(3, 5), MISFIT),
        Arguments.of("none leads there", honest.at(3), honest.at(5), roots(stray, stray), MISFIT),
        Arguments.of(
            "leaves of others at one size", honest.at(5), honest.at(5), other.roots(5, 5), MISFIT),
        Arguments.of(
            "roots of two trees at one size",
            honest.at(5),
            honest.at(5),
            roots(stray, honest.root(5)),
            MISFIT),
        Arguments.of(
            "a root that nothing has", none, honest.at(5), roots(stray, honest.root(5)), MISFIT));
  }

  private static Extension.Evidence proof(Hash... hashes) {
    return new Extension.Evidence.Proof(List.of(hashes));
  }

  private static Extension.Evidence roots(Hash atSeen, Hash atOffered) {
    return new Extension.Evidence.Roots(atSeen, atOffered);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void byTable(
      String name,
      Checkpoint seen,
      Checkpoint offered,
      Extension.Evidence evidence,
      Extension judged) {
    assertThat(Extension.judge(seen, offered, evidence)).as(name).isEqualTo(judged);
  }

  @Test
  void everySizeAroundAPowerOfTwo() {
    History honest = History.HONEST;
    for (int from : SIZES) {
      for (int to : SIZES) {
        Checkpoint seen = honest.at(from);
        Checkpoint offered = honest.at(to);
        if (to < from) {
          assertThat(Extension.judge(seen, offered)).isEqualTo(OLDER);
          continue;
        }
        Extension good = from == to ? SAME : EXTENDS;
        Extension alone = from == to ? SAME : from == 0 ? EXTENDS : UNPROVEN;
        assertThat(Extension.judge(seen, offered)).isEqualTo(alone);
        assertThat(Extension.judge(seen, offered, honest.proof(from, to))).isEqualTo(good);
        assertThat(Extension.judge(seen, offered, honest.roots(from, to))).isEqualTo(good);
      }
    }
  }

  @Test
  void randomHistoriesAreForkedWhereTheyParted() {
    SplittableRandom random = new SplittableRandom(15);
    for (int i = 0; i < 3_000; i++) {
      int from = random.nextInt(1, 80);
      int to = random.nextInt(from, 90);
      History other = new History(random.nextInt(0, 100));
      boolean isParted = other.parting() < from;
      Checkpoint seen = History.HONEST.at(from);
      Checkpoint offered = other.at(to);
      Extension good = from == to ? SAME : EXTENDS;
      String about = from + " to " + to + ", parted at " + other.parting();
      assertThat(Extension.judge(seen, offered, other.roots(from, to)))
          .as(about)
          .isEqualTo(isParted ? FORKED : good);
      assertThat(Extension.judge(seen, offered, other.proof(from, to)))
          .as(about)
          .isEqualTo(!isParted ? good : from == to ? FORKED : MISFIT);
      // No evidence of the honest history makes another one an extension of it.
      assertThat(Extension.judge(seen, offered, History.HONEST.proof(from, to)))
          .as(about)
          .isEqualTo(other.parting() >= to ? good : from == to ? FORKED : MISFIT);
    }
  }

  @Test
  void noChangedProofIsTaken() {
    SplittableRandom random = new SplittableRandom(16);
    for (int i = 0; i < 1_000; i++) {
      int from = random.nextInt(1, 80);
      int to = random.nextInt(from + 1, 90);
      List<Hash> path = new ArrayList<>(History.HONEST.proof(from, to).path());
      switch (random.nextInt(3)) {
        case 0 -> path.set(random.nextInt(path.size()), Hash.sha256(new byte[] {(byte) i}));
        case 1 -> path.remove(random.nextInt(path.size()));
        default -> path.add(random.nextInt(path.size() + 1), Hash.sha256(new byte[] {(byte) i}));
      }
      assertThat(
              Extension.judge(
                  History.HONEST.at(from),
                  History.HONEST.at(to),
                  new Extension.Evidence.Proof(path)))
          .as("%d to %d: %s", from, to, path)
          .isEqualTo(MISFIT);
    }
  }

  @Test
  void twoLogsAreNotCompared() {
    assertThatThrownBy(
            () -> Extension.judge(History.HONEST.at(1), Checkpoint.empty("log.example/s2")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPathHasALimit() {
    assertThat(new Extension.Evidence.Proof(Collections.nCopies(63, Hash.sha256()))).isNotNull();
    assertThatThrownBy(() -> new Extension.Evidence.Proof(Collections.nCopies(64, Hash.sha256())))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
