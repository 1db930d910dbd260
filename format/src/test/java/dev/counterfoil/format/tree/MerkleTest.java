package dev.counterfoil.format.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SharedProof;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The tree against the known answers of RFC 6962's test data, and every proof of every small tree
 * against an implementation that follows the RFC's definitions word by word.
 */
class MerkleTest {
  private static final int SIZE_MAX = 70;

  /** Entries and roots that certificate transparency's implementations share as test data. */
  private static final List<String> ENTRIES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> ROOTS =
      List.of(
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  private final TreeHasher hasher = new TreeHasher();
  private final List<Hash> leaves = leaves(SIZE_MAX + 1);

  private static List<Hash> leaves(int count) {
    TreeHasher hasher = new TreeHasher();
    List<Hash> leaves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leaves.add(hasher.leaf(new byte[] {(byte) i, (byte) (i >> 8)}));
    }
    return leaves;
  }

  /** MTH of RFC 6962 2.1. */
  private Hash naiveRoot(List<Hash> hashes) {
    int n = hashes.size();
    if (n == 0) {
      return Hash.sha256();
    }
    if (n == 1) {
      return hashes.get(0);
    }
    int k = split(n);
    return Hash.sha256(
        new byte[] {1},
        naiveRoot(hashes.subList(0, k)).bytes(),
        naiveRoot(hashes.subList(k, n)).bytes());
  }

  private static int split(int n) {
    int k = 1;
    while (2 * k < n) {
      k *= 2;
    }
    return k;
  }

  /** PATH of RFC 6962 2.1.1. */
  private List<Hash> naivePath(int m, List<Hash> hashes) {
    int n = hashes.size();
    if (n <= 1) {
      return List.of();
    }
    int k = split(n);
    List<Hash> path = new ArrayList<>();
    if (m < k) {
      path.addAll(naivePath(m, hashes.subList(0, k)));
      path.add(naiveRoot(hashes.subList(k, n)));
    } else {
      path.addAll(naivePath(m - k, hashes.subList(k, n)));
      path.add(naiveRoot(hashes.subList(0, k)));
    }
    return path;
  }

  /** SUBPROOF of RFC 6962 2.1.2. */
  private List<Hash> naiveSubproof(int m, List<Hash> hashes, boolean whole) {
    int n = hashes.size();
    if (m == n) {
      return whole ? List.of() : List.of(naiveRoot(hashes));
    }
    int k = split(n);
    List<Hash> path = new ArrayList<>();
    if (m <= k) {
      path.addAll(naiveSubproof(m, hashes.subList(0, k), whole));
      path.add(naiveRoot(hashes.subList(k, n)));
    } else {
      path.addAll(naiveSubproof(m - k, hashes.subList(k, n), false));
      path.add(naiveRoot(hashes.subList(0, k)));
    }
    return path;
  }

  private HashSource source() {
    return (level, index) -> {
      int first = Math.toIntExact(index << level);
      return naiveRoot(leaves.subList(first, first + (1 << level)));
    };
  }

  @Test
  void knownRoots() {
    MerkleFrontier frontier = new MerkleFrontier();
    for (int size = 0; size <= ENTRIES.size(); size++) {
      assertThat(frontier.root().hex()).isEqualTo(ROOTS.get(size));
      if (size < ENTRIES.size()) {
        frontier.append(hasher.leaf(HexFormat.of().parseHex(ENTRIES.get(size))));
      }
    }
  }

  @Test
  void frontiersOfAllSizesHaveTheRootAndCanBeResumed() throws Exception {
    MerkleFrontier frontier = new MerkleFrontier();
    for (int size = 0; size <= SIZE_MAX; size++) {
      assertThat(frontier.size()).isEqualTo(size);
      assertThat(frontier.root()).isEqualTo(naiveRoot(leaves.subList(0, size)));
      MerkleFrontier resumed = MerkleFrontier.resume(size, source());
      assertThat(resumed.roots()).isEqualTo(frontier.roots());
      frontier.append(leaves.get(size));
      resumed.append(leaves.get(size));
      assertThat(resumed.root()).isEqualTo(frontier.root());
    }
  }

  @Test
  void completedSubtreesAreReportedOnce() {
    MerkleFrontier frontier = new MerkleFrontier();
    List<String> reported = new ArrayList<>();
    for (int size = 0; size < 64; size++) {
      frontier.append(
          leaves.get(size),
          (level, index, hash) -> {
            int first = Math.toIntExact(index << level);
            assertThat(hash).isEqualTo(naiveRoot(leaves.subList(first, first + (1 << level))));
            reported.add(level + "/" + index);
          });
    }
    assertThat(reported).hasSize(127).doesNotHaveDuplicates();
  }

  @Test
  void everyInclusionProofIsTheRfcsAndProvesNothingElse() throws Exception {
    for (int size = 1; size <= SIZE_MAX; size++) {
      Hash root = naiveRoot(leaves.subList(0, size));
      for (int index = 0; index < size; index++) {
        InclusionProof proof = InclusionProof.make(source(), index, size);
        assertThat(proof.path()).isEqualTo(naivePath(index, leaves.subList(0, size)));
        assertThat(proof.proves(leaves.get(index), root)).isTrue();
        assertThat(proof.proves(leaves.get((index + 1) % (SIZE_MAX + 1)), root)).isFalse();
        assertThat(proof.proves(leaves.get(index), leaves.get(index))).isEqualTo(size == 1);
        refusesChangedPaths(proof, leaves.get(index), root);
      }
    }
  }

  private static void refusesChangedPaths(InclusionProof proof, Hash leaf, Hash root) {
    List<Hash> path = proof.path();
    for (int i = 0; i < path.size(); i++) {
      List<Hash> changed = new ArrayList<>(path);
      changed.set(i, Hash.sha256(new byte[] {(byte) i}));
      assertThat(new InclusionProof(proof.index(), proof.size(), changed).proves(leaf, root))
          .isFalse();
      changed.remove(i);
      assertThat(new InclusionProof(proof.index(), proof.size(), changed).proves(leaf, root))
          .isFalse();
    }
    List<Hash> longer = new ArrayList<>(path);
    longer.add(root);
    assertThat(new InclusionProof(proof.index(), proof.size(), longer).proves(leaf, root))
        .isFalse();
    for (long other = 0; other < proof.size(); other++) {
      if (other != proof.index()) {
        assertThat(new InclusionProof(other, proof.size(), path).proves(leaf, root)).isFalse();
      }
    }
  }

  @Test
  void everySharedProofProvesItsLeavesAndNothingElse() throws Exception {
    SplittableRandom random = new SplittableRandom(20261127);
    for (int round = 0; round < 2000; round++) {
      int size = 1 + random.nextInt(SIZE_MAX);
      int one = 1 + random.nextInt(8);
      long[] shown =
          LongStream.range(0, size).filter(position -> random.nextInt(one) == 0).toArray();
      Hash root = naiveRoot(leaves.subList(0, size));
      List<Hash> proof = SharedProof.make(source(), size, shown);
      assertThat(holds(proof, shown, size, root)).isTrue();
      assertThat(holds(proof, shown, size, Hash.sha256(new byte[] {7}))).isFalse();
      if (!proof.isEmpty()) {
        int at = random.nextInt(proof.size());
        List<Hash> changed = new ArrayList<>(proof);
        changed.set(at, Hash.sha256(new byte[] {9}));
        assertThat(holds(changed, shown, size, root)).isFalse();
        changed.remove(at);
        assertThat(holds(changed, shown, size, root)).isFalse();
      }
      List<Hash> longer = new ArrayList<>(proof);
      longer.add(root);
      assertThat(holds(longer, shown, size, root)).isFalse();
      if (shown.length > 0) {
        long[] moved = shown.clone();
        int which = random.nextInt(moved.length);
        moved[which] = random.nextInt(size);
        assertThat(holds(proof, moved, size, root)).isEqualTo(moved[which] == shown[which]);
      }
    }
  }

  /** Also what goes back is refused. */
  private boolean holds(List<Hash> proof, long[] positions, int size, Hash root) {
    try {
      Iterator<Hash> hashes = proof.iterator();
      SharedProof tree = new SharedProof();
      for (long position : positions) {
        tree.skip(position, hashes).leaf(leaves.get((int) position));
      }
      return tree.makes(size, root, hashes);
    } catch (FormatException e) {
      return false;
    }
  }

  @Test
  void aSharedProofOfTheBeginningIsThatALogGoesOn() throws Exception {
    for (int size = 1; size <= SIZE_MAX; size++) {
      Checkpoint now = state(size);
      for (int old = 1; old <= size; old++) {
        List<Hash> proof = SharedProof.goingOn(source(), old, size);
        Checkpoint earlier = state(old);
        assertThat(SharedProof.goesOn(earlier, now, proof)).isTrue();
        assertThat(SharedProof.goesOn(new Checkpoint("log", old, now.root()), now, proof))
            .isEqualTo(old == size);
        assertThat(SharedProof.goesOn(earlier, new Checkpoint("log", size, leaves.get(0)), proof))
            .isEqualTo(size == 1);
        List<Hash> more = new ArrayList<>(proof);
        more.add(now.root());
        assertThat(SharedProof.goesOn(earlier, now, more)).isFalse();
        assertThatThrownBy(
                () -> SharedProof.goesOn(earlier, now, proof.subList(0, proof.size() - 1)))
            .isInstanceOf(FormatException.class);
      }
    }
  }

  private Checkpoint state(int size) {
    return new Checkpoint("log", size, naiveRoot(leaves.subList(0, size)));
  }

  @Test
  void aStateOfNoLeafShowsNothing() throws Exception {
    Checkpoint now = state(3);
    assertThatThrownBy(() -> SharedProof.goesOn(state(0), now, SharedProof.goingOn(source(), 0, 3)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("at least 1");
    assertThat(SharedProof.goesOn(state(1), now, SharedProof.goingOn(source(), 1, 3)))
        .as("the control")
        .isTrue();
    assertThat(SharedProof.goesOn(now, state(1), SharedProof.goingOn(source(), 1, 3)))
        .as("a later state is no earlier one")
        .isFalse();
  }

  @Test
  void everyConsistencyProofIsTheRfcsAndProvesNothingElse() throws Exception {
    for (int size = 0; size <= SIZE_MAX; size++) {
      Hash newRoot = naiveRoot(leaves.subList(0, size));
      for (int old = 0; old <= size; old++) {
        Hash oldRoot = naiveRoot(leaves.subList(0, old));
        ConsistencyProof proof = ConsistencyProof.make(source(), old, size);
        List<Hash> naive =
            old == 0 || old == size ? List.of() : naiveSubproof(old, leaves.subList(0, size), true);
        assertThat(proof.path()).isEqualTo(naive);
        assertThat(proof.proves(oldRoot, newRoot)).isTrue();
        Hash other = Hash.sha256(new byte[] {9});
        assertThat(proof.proves(other, newRoot)).isFalse();
        assertThat(proof.proves(oldRoot, other)).isEqualTo(old == 0 && size > 0);
        refusesChangedPaths(proof, oldRoot, newRoot);
      }
    }
  }

  private static void refusesChangedPaths(ConsistencyProof proof, Hash oldRoot, Hash newRoot) {
    for (int i = 0; i < proof.path().size(); i++) {
      List<Hash> changed = new ArrayList<>(proof.path());
      changed.set(i, Hash.sha256(new byte[] {(byte) i}));
      assertThat(
              new ConsistencyProof(proof.oldSize(), proof.newSize(), changed)
                  .proves(oldRoot, newRoot))
          .isFalse();
      changed.remove(i);
      assertThat(
              new ConsistencyProof(proof.oldSize(), proof.newSize(), changed)
                  .proves(oldRoot, newRoot))
          .isFalse();
    }
    List<Hash> longer = new ArrayList<>(proof.path());
    longer.add(newRoot);
    assertThat(
            new ConsistencyProof(proof.oldSize(), proof.newSize(), longer).proves(oldRoot, newRoot))
        .isFalse();
  }

  @Test
  void emptyRootIsTheHashOfNothing() {
    assertThat(TreeHasher.EMPTY_ROOT.hex()).isEqualTo(ROOTS.get(0));
    assertThat(hasher.leaf(new byte[0]).hex()).isEqualTo(ROOTS.get(1));
  }
}
