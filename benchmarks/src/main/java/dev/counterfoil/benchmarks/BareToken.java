package dev.counterfoil.benchmarks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;

/**
 * Prints how many ES256 signatures a second one thread makes in a token, by the JDK's own provider.
 * A process of its own: the library takes its configuration from the environment.
 */
final class BareToken {
  /** Of a token that lives as long as the run. */
  static final String PIN = "bench-1234";

  private static final int MESSAGE_BYTES = 512;
  private static final Duration WARM_UP = Duration.ofSeconds(1);
  private static final Duration MEASURED = Duration.ofSeconds(3);

  private BareToken() {}

  public static void main(String[] arguments) throws Exception {
    Path configuration = Files.createTempFile("token", ".cfg");
    try {
      Files.writeString(
          configuration,
          "name = bench\nlibrary = " + arguments[0] + "\nslotListIndex = 0\n",
          StandardCharsets.UTF_8);
      Provider provider = Security.getProvider("SunPKCS11").configure(configuration.toString());
      KeyStore.getInstance("PKCS11", provider).load(null, PIN.toCharArray());
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      Signature signature = Signature.getInstance("SHA256withECDSA", provider);
      signature.initSign(pair.getPrivate());
      rate(signature, WARM_UP);
      System.out.println(rate(signature, MEASURED));
    } finally {
      Files.delete(configuration);
    }
  }

  private static double rate(Signature signature, Duration length) throws Exception {
    byte[] message = new byte[MESSAGE_BYTES];
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
}
