package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Counts the copies of a token key in the memory of a signer that has signed with it: what a stolen
 * memory image would show. Only root can read the memory; elsewhere the test does not run.
 */
class KeyCopiesTest {
  private static final int TOKENS = 2_000;

  /** Of a loaded key: one in AWS-LC, and what its loading may leave behind. */
  private static final int COPIES_MAX = 3;

  @Test
  void aLoadedKeyIsNotCopiedByUsingIt() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process making = domain.startAll();
      byte[] scalar = scalar(domain);
      sign(domain);
      assumeTrue(isReadable(making), "only root reads another process's memory");
      int made = copies(making, scalar);
      making.destroyForcibly().waitFor();

      Process loading = domain.startSigner();
      domain.awaitSigner();
      sign(domain);
      int loaded = copies(loading, scalar);
      System.getLogger(KeyCopiesTest.class.getName())
          .log(
              System.Logger.Level.INFO,
              "copies of the key after {0} signatures: {1} where it was made, {2} where it was loaded",
              TOKENS,
              made,
              loaded);
      // At least one, or the search is blind.
      assertThat(loaded).isBetween(1, COPIES_MAX);
      assertThat(made).isPositive();
    }
  }

  private static void sign(TestDomain domain) throws Exception {
    try (SignerClient client = domain.signer()) {
      domain.await("a connection", client::isConnected);
      for (int i = 0; i < TOKENS; i++) {
        assertThat(client.ask(TestDomain.request(), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Issued.class);
      }
    }
  }

  private static byte[] scalar(TestDomain domain) throws Exception {
    SealedKeys keys = SealedKeys.with(SecretFile.at(domain.path("signer/passphrase")));
    byte[] pkcs8 =
        keys.open(
            FileDisk.privateFolder(domain.path("signer/g1/keys")),
            "k1.sealed",
            "token key of enterprise: k1");
    ECPrivateKey key =
        (ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    byte[] value = key.getS().toByteArray();
    byte[] scalar = new byte[32];
    int length = Math.min(32, value.length);
    System.arraycopy(value, value.length - length, scalar, 32 - length, length);
    return scalar;
  }

  private static boolean isReadable(Process process) {
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + process.pid() + "/mem", "r")) {
      return memory.length() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Copies in writable memory, big-endian as files and Java hold it, or little-endian as AWS-LC.
   */
  private static int copies(Process process, byte[] scalar) throws IOException {
    byte[] reversed = new byte[scalar.length];
    for (int i = 0; i < scalar.length; i++) {
      reversed[i] = scalar[scalar.length - 1 - i];
    }
    int found = 0;
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + process.pid() + "/mem", "r")) {
      for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/maps"))) {
        String[] words = line.split(" +", -1);
        if (words[1].startsWith("rw")) {
          String[] range = words[0].split("-", -1);
          found +=
              scan(
                  memory,
                  Long.parseUnsignedLong(range[0], 16),
                  Long.parseUnsignedLong(range[1], 16),
                  scalar,
                  reversed);
        }
      }
    }
    return found;
  }

  private static int scan(
      RandomAccessFile memory, long from, long to, byte[] scalar, byte[] reversed) {
    int found = 0;
    byte[] chunk = new byte[1 << 20];
    for (long at = from; at < to; at += chunk.length - 31) {
      int length = (int) Math.min(chunk.length, to - at);
      try {
        memory.seek(at);
        memory.readFully(chunk, 0, length);
      } catch (IOException e) {
        // Reserved and never touched, or unmapped meanwhile.
        continue;
      }
      for (int i = 0; i + 32 <= length; i++) {
        if ((chunk[i] == scalar[0] && Arrays.equals(chunk, i, i + 32, scalar, 0, 32))
            || (chunk[i] == reversed[0] && Arrays.equals(chunk, i, i + 32, reversed, 0, 32))) {
          found++;
        }
      }
    }
    return found;
  }
}
