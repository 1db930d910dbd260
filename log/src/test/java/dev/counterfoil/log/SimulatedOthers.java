package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.checkpoint.TestCosigner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/** What is around a log in a simulation: a network, a custodian and witnesses, all honest. */
final class SimulatedOthers {
  static final String ORIGIN = "sim.example/logs/s1g1";

  private SimulatedOthers() {}

  /** Delivers late, in another order, twice, or not at all. */
  static final class Network {
    private static final int DELAY_MAX_MILLIS = 400;

    private record Delivery(long at, long order, Runnable what) implements Comparable<Delivery> {
      @Override
      public int compareTo(Delivery other) {
        int byTime = Long.compare(at, other.at);
        return byTime != 0 ? byTime : Long.compare(order, other.order);
      }
    }

    private final RandomGenerator random;
    private final PriorityQueue<Delivery> waiting = new PriorityQueue<>();
    private long orders;
    long now;

    Network(RandomGenerator random, long now) {
      this.random = random;
      this.now = now;
    }

    void send(Runnable what) {
      int fate = random.nextInt(20);
      int copies = fate == 0 ? 0 : fate == 1 ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        waiting.add(new Delivery(now + random.nextInt(DELAY_MAX_MILLIS), orders++, what));
      }
    }

    /** Takes out what is due next, if something is. */
    Optional<Runnable> due() {
      if (waiting.isEmpty() || waiting.element().at > now) {
        return Optional.empty();
      }
      return Optional.of(waiting.remove().what);
    }

    long seconds() {
      return now / 1000;
    }
  }

  /** Holds the leaf of every counterfoil that it was sent, in their order, on another machine. */
  static final class Custodian {
    final TestCosigner key = new TestCosigner("custodian.example");
    final List<Leaf> held = new ArrayList<>();
    private final MerkleFrontier frontier = new MerkleFrontier();
    private final TreeHasher hasher = new TreeHasher();

    /** Takes what follows on what it has. */
    boolean take(long from, List<Leaf> leaves) {
      if (from > held.size() || from + leaves.size() <= held.size()) {
        return false;
      }
      for (Leaf leaf : leaves.subList((int) (held.size() - from), leaves.size())) {
        held.add(leaf);
        frontier.append(leaf.hash(hasher));
      }
      return true;
    }

    SignedNote word(long seconds) {
      return TestCosigner.note(
          new Checkpoint(ORIGIN, frontier.size(), frontier.root()), seconds, key);
    }
  }

  /** Cosigns what extends what it cosigned before, and keeps that before it answers. */
  static final class Witness {
    final TestCosigner key;
    long size;
    Hash root = TreeHasher.EMPTY_ROOT;

    Witness(String name) {
      key = new TestCosigner(name);
    }

    boolean take(Checkpoint checkpoint, Optional<ConsistencyProof> proof) {
      boolean extendsMine =
          size == 0
              || (size == checkpoint.size() && root.equals(checkpoint.root()))
              || (size < checkpoint.size()
                  && proof.isPresent()
                  && proof.get().oldSize() == size
                  && proof.get().newSize() == checkpoint.size()
                  && proof.get().proves(root, checkpoint.root()));
      if (extendsMine) {
        size = checkpoint.size();
        root = checkpoint.root();
      }
      return extendsMine;
    }

    SignedNote word(long seconds) {
      return TestCosigner.note(new Checkpoint(ORIGIN, size, root), seconds, key);
    }
  }
}
