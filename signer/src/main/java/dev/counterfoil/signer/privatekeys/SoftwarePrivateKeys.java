package dev.counterfoil.signer.privatekeys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.KeyOrder;
import dev.counterfoil.keystore.MadeKey;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.DestroyFailedException;

/**
 * Token keys in this process's memory, as handles of AWS-LC, and encrypted in the generation's
 * folder. docs/understand/custody.md says what that withstands and what it does not.
 */
public final class SoftwarePrivateKeys implements PrivateKeys {
  private static final int JWK_BYTES_MAX = 4 * 1024;

  private final SealedKeys sealed;
  private final String domain;

  public SoftwarePrivateKeys(SealedKeys sealed, String domain) {
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
  public Key make(Path folder, String label, PublicJwk.Algorithm algorithm)
      throws IOException, GeneralSecurityException {
    return inOneRun(folder, List.of(new Order(label, algorithm))).getFirst();
  }

  @Override
  public List<Outcome> makeAll(Path folder, List<Order> orders)
      throws IOException, GeneralSecurityException {
    try {
      return inOneRun(folder, orders).stream().<Outcome>map(Outcome.Made::new).toList();
    } catch (HsmAwayException e) {
      String why = String.valueOf(e.getMessage());
      return orders.stream().<Outcome>map(_ -> new Outcome.NotNow(why)).toList();
    }
  }

  /** Of the key maker, which costs more than a key. */
  private List<Key> inOneRun(Path folder, List<Order> orders)
      throws IOException, GeneralSecurityException {
    List<MadeKey> made =
        sealed.make(
            orders.stream().map(one -> order(domain, one.label(), one.algorithm())).toList());
    FileDisk disk = FileDisk.privateFolder(folder);
    List<Key> keys = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      String label = orders.get(i).label();
      // The private half first: a public half without one would be stated and could not sign.
      disk.replace(sealedFile(label), made.get(i).sealed());
      disk.replace(label + ".hint", made.get(i).hintFile());
      disk.replace(publicFile(label), made.get(i).publicKey().toJson().canonicalBytes());
      keys.add(open(folder, label));
    }
    return keys;
  }

  @Override
  public Key open(Path folder, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(folder);
    PublicJwk jwk = publicKey(disk, label);
    PrivateKey key =
        AwsLc.load(
            jwk.algorithm().javaKey(),
            sealed.open(disk, sealedFile(label), KeyOrder.ofTokenKey(domain, label)));
    return new Held(key, jwk);
  }

  private static PublicJwk publicKey(FileDisk disk, String label)
      throws IOException, GeneralSecurityException {
    try {
      return PublicJwk.parse(
          StrictJson.object(disk.read(publicFile(label), JWK_BYTES_MAX), JWK_BYTES_MAX));
    } catch (NoSuchFileException e) {
      throw new GeneralSecurityException(
          "key " + label + " in " + disk + " has no public half: it was never made", e);
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "public key " + publicFile(label) + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  @Override
  public void destroy(Path folder, String label) throws IOException {
    FileDisk.privateFolder(folder).delete(sealedFile(label));
  }

  /** The order of a token key. */
  public static KeyOrder order(String domain, String label, PublicJwk.Algorithm algorithm) {
    return new KeyOrder(algorithm, KeyOrder.ofTokenKey(domain, label));
  }

  private static String sealedFile(String label) {
    return label + ".sealed";
  }

  private static String publicFile(String label) {
    return label + ".jwk";
  }

  /** A key of this process. No record: those ask what they hold for its text and hash code. */
  private static final class Held implements Key {
    private final PrivateKey key;
    private final PublicJwk publicKey;

    Held(PrivateKey key, PublicJwk publicKey) {
      this.key = key;
      this.publicKey = publicKey;
    }

    @Override
    public PublicJwk publicKey() {
      return publicKey;
    }

    @Override
    public Signing newSigning() throws GeneralSecurityException {
      if (publicKey.algorithm() == PublicJwk.Algorithm.ES256) {
        return new Es256Signing(key);
      }
      Signature signature =
          Signature.getInstance(publicKey.algorithm().javaSignature(), AwsLc.PROVIDER);
      signature.initSign(key);
      return input -> {
        signature.update(input);
        return signature.sign();
      };
    }

    @Override
    public void forget() {
      try {
        key.destroy();
      } catch (DestroyFailedException e) {
        throw new IllegalStateException("AWS-LC's keys can be destroyed", e);
      }
    }

    /** The public half. */
    @Override
    public String toString() {
      return "Held[" + publicKey.thumbprint() + "]";
    }
  }
}
