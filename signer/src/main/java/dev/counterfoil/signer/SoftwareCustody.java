package dev.counterfoil.signer;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import javax.security.auth.DestroyFailedException;

/**
 * Token keys in this process's memory, as handles of AWS-LC, and encrypted in the generation's
 * folder. docs/custody.md says what that withstands and what it does not.
 */
final class SoftwareCustody implements Custody {
  private static final int JWK_BYTES_MAX = 1024;

  private final SealedKeys sealed;
  private final String domain;

  SoftwareCustody(SealedKeys sealed, String domain) {
    this.sealed = sealed;
    this.domain = domain;
  }

  @Override
  public String name() {
    return "software";
  }

  @Override
  public KeyStatement.Assurance assurance() {
    return KeyStatement.Assurance.COPYABLE_BY_ROOT;
  }

  @Override
  public Key make(Path folder, String label) throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", AwsLc.PROVIDER);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    PublicJwk jwk = PublicJwk.es256((ECPublicKey) pair.getPublic());
    FileDisk disk = FileDisk.privateFolder(folder);
    // The private half first: a public half without one would be stated and could not sign.
    sealed.seal(disk, sealedFile(label), purpose(label), pair.getPrivate().getEncoded());
    destroy(pair.getPrivate());
    disk.replace(publicFile(label), jwk.toJson().canonicalBytes());
    return open(folder, label);
  }

  @Override
  public Key open(Path folder, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(folder);
    PrivateKey key = AwsLc.load("EC", sealed.open(disk, sealedFile(label), purpose(label)));
    try {
      PublicJwk jwk =
          PublicJwk.parse(
              StrictJson.object(disk.read(publicFile(label), JWK_BYTES_MAX), JWK_BYTES_MAX));
      return new Held(key, jwk);
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "public key " + publicFile(label) + " in " + folder + " is damaged: " + e.getMessage(),
          e);
    }
  }

  @Override
  public void destroy(Path folder, String label) throws IOException {
    FileDisk.privateFolder(folder).delete(sealedFile(label));
  }

  private String purpose(String label) {
    return "token key of " + domain + ": " + label;
  }

  private static String sealedFile(String label) {
    return label + ".sealed";
  }

  private static String publicFile(String label) {
    return label + ".jwk";
  }

  private static void destroy(PrivateKey key) {
    try {
      key.destroy();
    } catch (DestroyFailedException e) {
      throw new IllegalStateException("AWS-LC's keys can be destroyed", e);
    }
  }

  private record Held(PrivateKey key, PublicJwk publicKey) implements Key {
    @Override
    public Signing newSigning() throws GeneralSecurityException {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format", AwsLc.PROVIDER);
      signature.initSign(key);
      return input -> {
        signature.update(input);
        return signature.sign();
      };
    }

    @Override
    public void forget() {
      destroy(key);
    }

    /** The public half: the record's own would ask the private key for its text. */
    @Override
    public String toString() {
      return "Held[" + publicKey.thumbprint() + "]";
    }

    /** By the public half: hashing the private key would copy it to the heap. */
    @Override
    public int hashCode() {
      return publicKey.hashCode();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Held that && publicKey.equals(that.publicKey);
    }
  }
}
