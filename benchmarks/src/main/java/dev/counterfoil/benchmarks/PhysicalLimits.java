package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;

/**
 * What the machine can do at most for a log, one thread, nothing else running.
 *
 * @param digestsPerSecond SHA-256 of a signing input of 160 bytes
 * @param nodesPerSecond SHA-256 of an inner node of the tree
 * @param syncsPerSecond one block of 16 KiB written into a preallocated file and synced
 * @param syncP50Micros median of one
 * @param syncP99Micros 99th percentile of one
 */
record PhysicalLimits(
    double digestsPerSecond,
    double nodesPerSecond,
    double syncsPerSecond,
    long syncP50Micros,
    long syncP99Micros) {
  private static final Duration MEASURED = Duration.ofSeconds(2);
  private static final int AT_ONCE = 1_000;
  private static final int MESSAGE_BYTES = 160;

  static PhysicalLimits measure(Path folder) throws IOException, NoSuchAlgorithmException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    byte[] message = new byte[MESSAGE_BYTES];
    TreeHasher hasher = new TreeHasher();
    Hash[] node = {TreeHasher.EMPTY_ROOT};
    Runnable digests = () -> message[0] = sha256.digest(message)[0];
    Runnable nodes = () -> node[0] = hasher.node(node[0], node[0]);
    rate(digests);
    double digestRate = rate(digests);
    rate(nodes);
    double nodeRate = rate(nodes);
    long[] syncs = RawRates.syncs(folder.resolve("sync.dat"));
    long total = Arrays.stream(syncs).sum();
    Arrays.sort(syncs);
    return new PhysicalLimits(
        digestRate,
        nodeRate,
        syncs.length * 1e9 / total,
        syncs[syncs.length / 2] / 1000,
        syncs[(int) (syncs.length * 0.99)] / 1000);
  }

  private static double rate(Runnable one) {
    long begun = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - begun < MEASURED.toNanos()) {
      for (int i = 0; i < AT_ONCE; i++) {
        one.run();
      }
      count += AT_ONCE;
    }
    return count * 1e9 / (System.nanoTime() - begun);
  }
}
