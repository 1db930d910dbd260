package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.format.leaf.LeafFold;
import dev.counterfoil.format.leaf.ResidentLeaves;
import dev.counterfoil.format.tree.MerkleFrontier;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.security.SecureRandom;
import java.util.List;

/**
 * The memory that live tokens take in a service which receives every leaf: says for each size the
 * bytes by which the heap in use has grown.
 */
public final class LiveTokens {
  private static final int COLLECTIONS = 3;

  private LiveTokens() {}

  public static void main(String[] arguments) throws Exception {
    long before = used();
    ResidentLeaves resident = new ResidentLeaves(0, new SecureRandom());
    LeafFold fold = new LeafFold(new MerkleFrontier(), resident);
    StreamBenchmark.Source source = new StreamBenchmark.Source();
    try {
      for (int size : List.of(10_000, 100_000, 1_000_000, 10_000_000)) {
        source.foldTo(fold, size);
        System.out.println(size + " " + (used() - before));
      }
    } finally {
      Reference.reachabilityFence(resident);
    }
  }

  private static long used() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
