package dev.counterfoil.keystore.pkcs11;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keys of the JDK, in memory. */
public final class FakePrivateKeys implements PrivateKeys {
  public final Map<String, KeyPair> pairs = new HashMap<>();

  /** Of each key that was made, its algorithm. */
  public final List<PublicJwk.Algorithm> made = new ArrayList<>();

  /** Of which it makes no keys now. */
  public final Set<PublicJwk.Algorithm> refused = EnumSet.noneOf(PublicJwk.Algorithm.class);

  public boolean neverDestroys;

  public static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static KeyPair newRsaPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(HsmAlgorithm.RSA_BITS);
    return generator.generateKeyPair();
  }

  public static Key held(KeyPair pair) {
    return new Key() {
      @Override
      public PublicJwk publicKey() {
        return pair.getPublic() instanceof ECPublicKey key
            ? PublicJwk.es256(key)
            : PublicJwk.of(PublicJwk.Algorithm.RS256, pair.getPublic());
      }

      @Override
      public Signing newSigning() throws NoSuchAlgorithmException {
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        return input -> {
          signature.initSign(pair.getPrivate());
          signature.update(input);
          return signature.sign();
        };
      }

      @Override
      public void forget() {}
    };
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public KeyStatement.Assurance assurance() {
    return KeyStatement.Assurance.UNKNOWN;
  }

  @Override
  public Key make(Path folder, String label, PublicJwk.Algorithm algorithm)
      throws GeneralSecurityException {
    if (refused.contains(algorithm)) {
      throw new HsmAwayException("no key of " + algorithm.jose() + " now");
    }
    pairs.put(label, algorithm == PublicJwk.Algorithm.RS256 ? newRsaPair() : newPair());
    made.add(algorithm);
    return open(folder, label);
  }

  @Override
  public Key open(Path folder, String label) throws GeneralSecurityException {
    KeyPair pair = pairs.get(label);
    if (pair == null) {
      throw new GeneralSecurityException("there is no key " + label);
    }
    return held(pair);
  }

  @Override
  public void destroy(Path folder, String label) {
    if (!neverDestroys) {
      pairs.remove(label);
    }
  }
}
