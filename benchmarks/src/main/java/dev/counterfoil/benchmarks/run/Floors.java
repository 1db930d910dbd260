package dev.counterfoil.benchmarks.run;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;

/** What the machine can do at most, one thread, nothing else of the run going on. */
public final class Floors {
  /** ES256 with the signature as a token has it, as AWS-LC and others name it. */
  public static final String ES256 = "SHA256withECDSAinP1363Format";

  /** About a token's signing input. */
  private static final int MESSAGE_BYTES = 512;

  /** A batch of some ten records. */
  private static final int BLOCK_BYTES = 16 * 1024;

  private static final int FILE_BYTES = 16 * 1024 * 1024;
  private static final int SYNCS_MAX = 20_000;
  private static final int AT_ONCE = 100;
  private static final Duration MEASURED = Duration.ofSeconds(3);

  private Floors() {}

  /** ES256 signatures a second with AWS-LC. */
  public static double signs() throws Exception {
    return signs(Signature.getInstance(ES256, AmazonCorrettoCryptoProvider.INSTANCE), newPair());
  }

  /** Signatures a second by any library. */
  public static double signs(Signature signature, KeyPair pair) throws Exception {
    byte[] message = new byte[MESSAGE_BYTES];
    signature.initSign(pair.getPrivate());
    return perSecond(
        () -> {
          message[0]++;
          signature.update(message);
          return signature.sign();
        });
  }

  /** ES256 verifications a second with AWS-LC. */
  public static double verifies() throws Exception {
    KeyPair pair = newPair();
    byte[] message = new byte[MESSAGE_BYTES];
    Signature signature = Signature.getInstance(ES256, AmazonCorrettoCryptoProvider.INSTANCE);
    signature.initSign(pair.getPrivate());
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(pair.getPublic());
    return perSecond(
        () -> {
          signature.update(message);
          return signature.verify(signed);
        });
  }

  /** SHA-256 of a signing input of 160 bytes, a second. */
  public static double digests() throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    byte[] message = new byte[160];
    return perSecond(() -> message[0] = sha256.digest(message)[0]);
  }

  /** SHA-256 of an inner node of the tree, a second. */
  public static double nodes() throws Exception {
    TreeHasher hasher = new TreeHasher();
    Hash[] node = {TreeHasher.EMPTY_ROOT};
    return perSecond(() -> node[0] = hasher.node(node[0], node[0]));
  }

  /** A key of ES256. */
  public static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator =
        KeyPairGenerator.getInstance("EC", AmazonCorrettoCryptoProvider.INSTANCE);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** The second of two rounds. */
  private static double perSecond(Callable<?> one) throws Exception {
    double rate = 0;
    for (int round = 0; round < 2; round++) {
      long begun = System.nanoTime();
      long count = 0;
      while (System.nanoTime() - begun < MEASURED.toNanos()) {
        for (int i = 0; i < AT_ONCE; i++) {
          one.call();
        }
        count += AT_ONCE;
      }
      rate = count * 1e9 / (System.nanoTime() - begun);
    }
    return rate;
  }

  /** Says in a report how fast the device under a folder is. */
  public static void noteSyncs(Path folder, RunReport report) throws IOException {
    Path file = folder.resolve("sync.dat");
    long[] taken = new long[SYNCS_MAX];
    int count = 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
      for (int at = 0; at < FILE_BYTES; at += BLOCK_BYTES) {
        channel.write(block.clear(), at);
      }
      channel.force(true);
      long begun = System.nanoTime();
      while (count < SYNCS_MAX && System.nanoTime() - begun < MEASURED.toNanos()) {
        long start = System.nanoTime();
        channel.write(block.clear(), (long) count * BLOCK_BYTES % FILE_BYTES);
        channel.force(false);
        taken[count++] = System.nanoTime() - start;
      }
    } finally {
      Files.deleteIfExists(file);
    }
    long[] sorted = Arrays.copyOf(taken, count);
    Arrays.sort(sorted);
    report.note(
        "Device: %,.0f fdatasync/s of 16 KiB into a preallocated file, p50 %.2f ms, p99 %.2f ms",
        count * 1e9 / Arrays.stream(sorted).sum(),
        sorted[count / 2] / 1e6,
        sorted[(int) (count * 0.99)] / 1e6);
  }
}
