package dev.counterfoil.hardening;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/**
 * AWS-LC through the Amazon Corretto Crypto Provider. It is asked by name of the provider and never
 * installed as the JVM's default, so that only what touches private keys goes through it, and the
 * cosigners' lines: a custodian's come hundreds of times a second, and the JDK takes ten times as
 * long to check one.
 */
public final class AwsLc {
  public static final Provider PROVIDER = provider();

  private AwsLc() {}

  private static Provider provider() {
    // Read once, when the provider's class is loaded. Without it Ed25519 keys stay the JDK's heap
    // objects, of which every signature leaves copies in memory.
    System.setProperty("com.amazon.corretto.crypto.provider.registerEdKeyFactory", "true");
    return AmazonCorrettoCryptoProvider.INSTANCE;
  }

  /** Runs the library's own tests, a fifth of a second of them. */
  public static void assertHealthy() {
    AmazonCorrettoCryptoProvider.INSTANCE.assertHealthy();
  }

  /** AWS-LC's random generator. */
  public static SecureRandom random() {
    try {
      return SecureRandom.getInstance("LibCryptoRng", PROVIDER);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AWS-LC has a random generator", e);
    }
  }

  /**
   * Takes a private key into AWS-LC's memory and zeroes the array.
   *
   * @param algorithm {@code EC}, {@code RSA}, {@code Ed25519} or {@code ML-DSA-44}
   * @param pkcs8 zeroed when this returns
   */
  public static PrivateKey load(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
    try {
      return KeyFactory.getInstance(algorithm, PROVIDER).generatePrivate(new OwnArray(pkcs8));
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  /** Gives out the caller's own array: the ordinary class copies, and its copies are not zeroed. */
  private static final class OwnArray extends PKCS8EncodedKeySpec {
    private final byte[] pkcs8;

    OwnArray(byte[] pkcs8) {
      super(new byte[0]);
      this.pkcs8 = pkcs8;
    }

    @Override
    public byte[] getEncoded() {
      return pkcs8;
    }
  }
}
