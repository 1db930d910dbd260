package dev.counterfoil.benchmarks;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.KeptLeaves.Look;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.LeafBatch;
import dev.counterfoil.format.LeafFold;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.ResidentLeaves;
import dev.counterfoil.format.TreeHasher;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Arrays;
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
  private static final int LOOKS = 4096;

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

  private static NoteSigner signer() throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded();
    NoteKey noteKey =
        new NoteKey(
            ORIGIN,
            Hash.of(Arrays.copyOfRange(encoded, encoded.length - Hash.BYTES, encoded.length)));
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return noteKey;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        return signature.sign();
      }
    };
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

    Source() throws GeneralSecurityException {}

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
    private ResidentLeaves resident = new ResidentLeaves(0, new SecureRandom());
    private long drawn = 1;

    /** Folds them. */
    @Setup(Level.Trial)
    public void fill() throws GeneralSecurityException, FormatException {
      resident = new ResidentLeaves(0, new SecureRandom());
      new Source().foldTo(new LeafFold(new MerkleFrontier(), resident), live);
    }

    private final long[] positions = new long[LOOKS];
    private final Hash[] digests = new Hash[LOOKS];

    /** Draws other tokens: what was looked at before may still lie in a cache. */
    @Setup(Level.Invocation)
    public void draw() {
      for (int i = 0; i < LOOKS; i++) {
        drawn = mixed(drawn);
        positions[i] = Math.floorMod(drawn, (long) live);
        digests[i] = digest(positions[i], draft);
      }
    }
  }

  /** A batch that arrives. */
  @State(Scope.Benchmark)
  public static class Received {
    private final SecureRandom random = new SecureRandom();
    private byte[] batch = new byte[0];
    private NoteKey key = new NoteKey(ORIGIN, Hash.sha256());

    /** Writes it. */
    @Setup(Level.Trial)
    public void write() throws GeneralSecurityException {
      NoteSigner signer = signer();
      key = signer.key();
      batch = LeafBatch.write(0, note(signer), leaves(0, BATCH));
    }
  }

  /** Looks up a leaf hash at a position where another leaf stands: where a forgery ends. */
  @Benchmark
  @OperationsPerInvocation(LOOKS)
  public int look(Live leaves) {
    int others = 0;
    for (int i = 0; i < LOOKS; i++) {
      if (leaves.resident.look(leaves.positions[i], leaves.digests[i]) == Look.OTHER) {
        others++;
      }
    }
    if (others != LOOKS) {
      throw new IllegalStateException("a leaf stands where it does not");
    }
    return others;
  }

  /** The whole check of an honest token, from the digest of its signing input on. */
  @Benchmark
  @OperationsPerInvocation(LOOKS)
  public int check(Live leaves) {
    int held = 0;
    for (int i = 0; i < LOOKS; i++) {
      Hash leaf = new Leaf(leaves.digests[i]).hash(leaves.hasher);
      if (leaves.resident.look(leaves.positions[i], leaf) == Look.HELD) {
        held++;
      }
    }
    if (held != LOOKS) {
      throw new IllegalStateException("an honest leaf was not found");
    }
    return held;
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
