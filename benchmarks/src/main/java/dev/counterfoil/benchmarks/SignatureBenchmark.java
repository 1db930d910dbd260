package dev.counterfoil.benchmarks;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** ES256 with AWS-LC on one thread: the floor under issuing and verifying. */
@State(Scope.Benchmark)
public class SignatureBenchmark {
  private static final int MESSAGE_BYTES = 512;

  private final byte[] message = new byte[MESSAGE_BYTES];
  private final Signature signer = signature();
  private final Signature verifier = signature();
  private final byte[] signed;

  /** Makes a key and one signature to verify. */
  public SignatureBenchmark() {
    try {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance("EC", AmazonCorrettoCryptoProvider.INSTANCE);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      signer.initSign(pair.getPrivate());
      verifier.initVerify(pair.getPublic());
      signed = sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Signature signature() {
    try {
      return Signature.getInstance(
          "SHA256withECDSAinP1363Format", AmazonCorrettoCryptoProvider.INSTANCE);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One signature over a token's signing input. */
  @Benchmark
  public final byte[] sign() throws GeneralSecurityException {
    signer.update(message);
    return signer.sign();
  }

  /** One verification. */
  @Benchmark
  public boolean verify() throws GeneralSecurityException {
    verifier.update(message);
    return verifier.verify(signed);
  }
}
