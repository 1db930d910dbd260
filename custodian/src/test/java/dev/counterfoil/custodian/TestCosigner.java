package dev.counterfoil.custodian;

import dev.counterfoil.format.CosignatureSigner;
import dev.counterfoil.format.CosignerKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;

/** A cosigner with a fresh Ed25519 key. */
final class TestCosigner {
  private TestCosigner() {}

  static CosignatureSigner named(String name) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    CosignerKey key = CosignerKey.of(name, CosignerKey.Algorithm.ED25519, pair.getPublic());
    return new CosignatureSigner() {
      @Override
      public CosignerKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] message) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(message);
        return signature.sign();
      }
    };
  }
}
