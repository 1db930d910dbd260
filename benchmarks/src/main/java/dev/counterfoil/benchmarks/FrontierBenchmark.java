package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a token costs the tree: its leaf, and its share of the nodes above. */
@State(Scope.Benchmark)
public class FrontierBenchmark {
  private static final int BATCH = 1024;

  private final byte[] signingInput = "x".repeat(512).getBytes(StandardCharsets.US_ASCII);
  private final TreeHasher hasher = new TreeHasher();

  /** A batch of leaves, and the root over them. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public Hash fold() {
    MerkleFrontier frontier = new MerkleFrontier();
    for (int i = 0; i < BATCH; i++) {
      signingInput[0] = (byte) i;
      frontier.append(Leaf.of(signingInput).hash(hasher));
    }
    return frontier.root();
  }
}
