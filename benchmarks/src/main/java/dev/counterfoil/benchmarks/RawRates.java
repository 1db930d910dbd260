package dev.counterfoil.benchmarks;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;

/**
 * What the machine can do at most, one thread, nothing else running.
 *
 * @param signsPerSecond ES256 signatures of a token's signing input with AWS-LC
 * @param verifiesPerSecond ES256 verifications with AWS-LC
 * @param syncsPerSecond one block written into a preallocated file and {@code fdatasync}ed
 * @param syncP50Micros median of one
 * @param syncP99Micros 99th percentile of one
 */
record RawRates(
    double signsPerSecond,
    double verifiesPerSecond,
    double syncsPerSecond,
    long syncP50Micros,
    long syncP99Micros) {

  /** About a token's signing input. */
  private static final int MESSAGE_BYTES = 512;

  /** A batch of some ten records. */
  private static final int BLOCK_BYTES = 16 * 1024;

  private static final int FILE_BYTES = 16 * 1024 * 1024;
  private static final int SYNCS_MAX = 20_000;
  private static final Duration WARM_UP = Duration.ofSeconds(1);
  private static final Duration MEASURED = Duration.ofSeconds(3);

  /** Measures; takes about ten seconds. */
  static RawRates measure(Path folder) throws GeneralSecurityException, IOException {
    KeyPair pair = newPair();
    byte[] message = new byte[MESSAGE_BYTES];
    double signs = warmSigns(pair, message);
    verifies(pair, message, WARM_UP);
    double verifies = verifies(pair, message, MEASURED);
    long[] syncs = syncs(folder.resolve("sync.dat"));
    long total = Arrays.stream(syncs).sum();
    Arrays.sort(syncs);
    return new RawRates(
        signs,
        verifies,
        syncs.length * 1e9 / total,
        syncs[syncs.length / 2] / 1000,
        syncs[(int) (syncs.length * 0.99)] / 1000);
  }

  /** ES256 signatures of one core with AWS-LC alone; takes four seconds. */
  static double oneCoreSigns() throws GeneralSecurityException {
    return warmSigns(newPair(), new byte[MESSAGE_BYTES]);
  }

  private static double warmSigns(KeyPair pair, byte[] message) throws GeneralSecurityException {
    signs(pair, message, WARM_UP);
    return signs(pair, message, MEASURED);
  }

  private static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator =
        KeyPairGenerator.getInstance("EC", AmazonCorrettoCryptoProvider.INSTANCE);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static Signature signature() throws GeneralSecurityException {
    return Signature.getInstance(
        "SHA256withECDSAinP1363Format", AmazonCorrettoCryptoProvider.INSTANCE);
  }

  private static double signs(KeyPair pair, byte[] message, Duration length)
      throws GeneralSecurityException {
    Signature signature = signature();
    signature.initSign(pair.getPrivate());
    long begun = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - begun < length.toNanos()) {
      message[0] = (byte) count;
      signature.update(message);
      signature.sign();
      count++;
    }
    return count * 1e9 / (System.nanoTime() - begun);
  }

  private static double verifies(KeyPair pair, byte[] message, Duration length)
      throws GeneralSecurityException {
    Signature signer = signature();
    signer.initSign(pair.getPrivate());
    signer.update(message);
    byte[] signed = signer.sign();
    Signature signature = signature();
    signature.initVerify(pair.getPublic());
    long begun = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - begun < length.toNanos()) {
      signature.update(message);
      if (!signature.verify(signed)) {
        throw new IllegalStateException("a signature of this run does not verify");
      }
      count++;
    }
    return count * 1e9 / (System.nanoTime() - begun);
  }

  /** Nanoseconds that each write and sync took. */
  static long[] syncs(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
      for (int at = 0; at < FILE_BYTES; at += BLOCK_BYTES) {
        channel.write(block.clear(), at);
      }
      channel.force(true);
      long[] taken = new long[SYNCS_MAX];
      int count = 0;
      long begun = System.nanoTime();
      while (count < SYNCS_MAX && System.nanoTime() - begun < MEASURED.toNanos()) {
        long start = System.nanoTime();
        channel.write(block.clear(), (long) count * BLOCK_BYTES % FILE_BYTES);
        channel.force(false);
        taken[count++] = System.nanoTime() - start;
      }
      return Arrays.copyOf(taken, count);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
