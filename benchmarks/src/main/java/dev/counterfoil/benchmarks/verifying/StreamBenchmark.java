package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafFold;
import dev.counterfoil.format.leaf.ResidentLeaves;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A verifier that receives every leaf: what it costs to fold one, and to look whether a token's
 * leaf stands where the token says, among those that are live, at places that are drawn at random.
 * The tokens' digests are at hand, as they are where a look is made: the signature was checked over
 * them.
 */
public class StreamBenchmark {
  private static final String ORIGIN = "log.example/bench";

  /**
   * Looks of one invocation, each of a token of its own at a place that was not looked at before;
   * none waits for the one before.
   */
  private static final int LOOKS = 1024;

  private static final int BATCH = LeafBatch.LEAVES_MAX;

  /** The digest of the token at a position: as good as any, and made in no time. */
  private static Hash digest(long position, byte[] draft) {
    ByteBuffer bytes = ByteBuffer.wrap(draft);
    for (int i = 0; i < Hash.BYTES; i += Long.BYTES) {
      bytes.putLong(i, mixed(position + i));
    }
    return Hash.read(draft, 0);
  }

  private static long mixed(long value) {
    long z = (value + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static byte[] leaves(long first, int count) {
    TreeHasher hasher = new TreeHasher();
    byte[] draft = new byte[Hash.BYTES];
    byte[] leaves = new byte[count * Hash.BYTES];
    for (int i = 0; i < count; i++) {
      new Leaf(digest(first + i, draft)).hash(hasher).write(leaves, i * Hash.BYTES);
    }
    return leaves;
  }

  private static NoteSigner signer() throws IOException {
    Path folder = Files.createTempDirectory("stream");
    try {
      return AuditKeyFile.openOrMake(folder, ORIGIN);
    } finally {
      DrillFolder.deleteTree(folder);
    }
  }

  /** A checkpoint that covers everything; roots are compared where leaves are let count. */
  private static byte[] note(NoteSigner signer) throws GeneralSecurityException {
    return new Checkpoint(ORIGIN, Integer.MAX_VALUE, Hash.sha256()).sign(signer).bytes();
  }

  private static void prove(LeafFold fold) {
    fold.prove(new Checkpoint(ORIGIN, fold.size(), fold.root()));
  }

  /** Where leaves come from. */
  static final class Source {
    private final NoteSigner signer = signer();
    private final byte[] note = note(signer);

    Source() throws IOException, GeneralSecurityException {}

    /** Receives leaves up to a size, and lets them count. */
    void foldTo(LeafFold fold, long size) throws FormatException {
      while (fold.size() < size) {
        int count = (int) Math.min(BATCH, size - fold.size());
        LeafBatch next = LeafBatch.of(fold.size(), note, leaves(fold.size(), count), signer.key());
        fold.fold(next, next.end());
      }
      prove(fold);
    }
  }

  /** Leaves that are live. */
  @State(Scope.Benchmark)
  public static class Live {
    /** How many. */
    @Param({"10000", "100000", "1000000", "10000000"})
    public int live;

    private final TreeHasher hasher = new TreeHasher();
    private final byte[] draft = new byte[Hash.BYTES];
    private final long[] positions = new long[LOOKS];
    private final Hash[] digests = new Hash[LOOKS];
    private final Hash[] leaves = new Hash[LOOKS];
    private ResidentLeaves resident = new ResidentLeaves(0, new SecureRandom());
    private long drawn = 1;

    /** Folds them. */
    @Setup(Level.Trial)
    public void fill() throws Exception {
      resident = new ResidentLeaves(0, new SecureRandom());
      new Source().foldTo(new LeafFold(new MerkleFrontier(), resident), live);
    }

    /** Draws other tokens: what was looked at before may still lie in a cache. */
    @Setup(Level.Invocation)
    public void draw() {
      for (int i = 0; i < LOOKS; i++) {
        drawn = mixed(drawn);
        positions[i] = Math.floorMod(drawn, (long) live);
        digests[i] = digest(positions[i], draft);
        leaves[i] = new Leaf(digests[i]).hash(hasher);
      }
    }

    /** How many of the looks find this. */
    private int found(Look wanted, Hash[] hashes) {
      int found = 0;
      for (int i = 0; i < LOOKS; i++) {
        if (resident.look(positions[i], hashes[i]) == wanted) {
          found++;
        }
      }
      return counted(found);
    }
  }

  private static int counted(int found) {
    if (found != LOOKS) {
      throw new IllegalStateException("not every look ended as it should");
    }
    return found;
  }

  /** A batch that arrives. */
  @State(Scope.Benchmark)
  public static class Received {
    private final SecureRandom random = new SecureRandom();
    private byte[] batch = new byte[0];
    private NoteKey key = new NoteKey(ORIGIN, Hash.sha256());

    /** Writes it. */
    @Setup(Level.Trial)
    public void write() throws IOException, GeneralSecurityException {
      NoteSigner signer = signer();
      key = signer.key();
      batch = LeafBatch.write(0, note(signer), leaves(0, BATCH));
    }
  }

  /** Looks whether an honest token's leaf stands where the token says. */
  @Benchmark
  @OperationsPerInvocation(LOOKS)
  public int look(Live live) {
    return live.found(Look.HELD, live.leaves);
  }

  /** Looks at a position where another leaf stands: where a forgery ends. */
  @Benchmark
  @OperationsPerInvocation(LOOKS)
  public int forged(Live live) {
    return live.found(Look.OTHER, live.digests);
  }

  /** The whole check of an honest token, from the digest of its signing input on. */
  @Benchmark
  @OperationsPerInvocation(LOOKS)
  public int check(Live live) {
    int held = 0;
    for (int i = 0; i < LOOKS; i++) {
      Hash leaf = new Leaf(live.digests[i]).hash(live.hasher);
      if (live.resident.look(live.positions[i], leaf) == Look.HELD) {
        held++;
      }
    }
    return counted(held);
  }

  /** Receives leaves: reads a batch, folds each, and lets them count. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long fold(Received received) throws FormatException {
    LeafBatch next = LeafBatch.parse(received.batch, received.key);
    LeafFold fold = new LeafFold(new MerkleFrontier(), new ResidentLeaves(0, received.random));
    fold.fold(next, next.end());
    prove(fold);
    return fold.provenSize();
  }
}
