package dev.counterfoil.verifier;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import org.jspecify.annotations.Nullable;

/** Keys made for a test. */
public final class TestKeys {
  static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private TestKeys() {}

  /** An Ed25519 key that signs notes and statements. */
  public static final class Ed25519 {
    private final KeyPair pair;

    Ed25519() {
      this(new SecureRandom());
    }

    /** The same key for each seed. */
    Ed25519(SecureRandom random) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, random);
        pair = generator.generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    NoteKey noteKey(String name) {
      return NoteKey.of(name, pair.getPublic());
    }

    PublicJwk jwk() {
      return PublicJwk.ed25519(noteKey("key").publicKey());
    }

    byte[] signature(byte[] input) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    }

    NoteSigner noteSigner(String name) {
      NoteKey key = noteKey(name);
      return new NoteSigner() {
        @Override
        public NoteKey key() {
          return key;
        }

        @Override
        public byte[] sign(byte[] text) throws GeneralSecurityException {
          return signature(text);
        }
      };
    }

    StatementSigner statementSigner() {
      return new StatementSigner() {
        @Override
        public PublicJwk key() {
          return jwk();
        }

        @Override
        public byte[] sign(byte[] input) throws GeneralSecurityException {
          return signature(input);
        }
      };
    }
  }

  /** A key that signs tokens. */
  public interface TokenKey {
    PublicJwk jwk();

    /** The signature as JWS writes it. */
    byte[] signature(byte[] input);

    default String kid() {
      return jwk().thumbprint();
    }
  }

  /** A token key of any algorithm. */
  public static TokenKey of(PublicJwk.Algorithm algorithm) {
    return of(algorithm, new SecureRandom());
  }

  /** The same key for each seed. */
  static TokenKey of(PublicJwk.Algorithm algorithm, SecureRandom random) {
    return switch (algorithm) {
      case ES256 -> new Es256(random);
      case RS256 -> rsa(2048, random);
      case EDDSA, ML_DSA_44 -> {
        try {
          KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaKey());
          generator.initialize(new NamedParameterSpec(algorithm.javaKey()), random);
          yield new Plain(algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  /** An RSA key of a length in bits. */
  static TokenKey rsa(int bits, SecureRandom random) {
    return new Plain(PublicJwk.Algorithm.RS256, rsaPair(bits, random));
  }

  static KeyPair rsaPair(int bits, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits, random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A key whose signatures are the platform's as they come. */
  record Plain(PublicJwk jwk, PrivateKey privateKey) implements TokenKey {
    Plain(PublicJwk.Algorithm algorithm, KeyPair pair) {
      this(PublicJwk.of(algorithm, pair.getPublic()), pair.getPrivate());
    }

    @Override
    public byte[] signature(byte[] input) {
      return signature(jwk.algorithm().javaSignature(), null, input);
    }

    /** A signature of another kind by the same key. */
    byte[] signature(String algorithm, @Nullable AlgorithmParameterSpec parameters, byte[] input) {
      try {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(privateKey, new SeededRandom(privateKey.getEncoded(), input));
        if (parameters != null) {
          signature.setParameter(parameters);
        }
        signature.update(input);
        return signature.sign();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A P-256 key that signs tokens. */
  public static final class Es256 implements TokenKey {
    private final PrivateKey privateKey;
    private final PublicJwk.Es256 jwk;

    public Es256() {
      this(new SecureRandom());
    }

    /** The same key for each seed. */
    public Es256(SecureRandom random) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        KeyPair pair = generator.generateKeyPair();
        privateKey = pair.getPrivate();
        jwk = PublicJwk.es256((ECPublicKey) pair.getPublic());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public PublicJwk.Es256 jwk() {
      return jwk;
    }

    PrivateKey privateKey() {
      return privateKey;
    }

    /** A low-s signature, r ‖ s. */
    @Override
    public byte[] signature(byte[] input) {
      byte[] signature = raw(input);
      return SignatureCheck.isHighS(signature) ? otherS(signature) : signature;
    }

    private byte[] raw(byte[] input) {
      try {
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(privateKey, new SeededRandom(privateKey.getEncoded(), input));
        signature.update(input);
        return signature.sign();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The other signature that verifies under the same key: r ‖ (n - s). */
  static byte[] otherS(byte[] signature) {
    byte[] s = Hash.read(signature, 32).bytes();
    byte[] other = P256_ORDER.subtract(new BigInteger(1, s)).toByteArray();
    byte[] result = signature.clone();
    java.util.Arrays.fill(result, 32, 64, (byte) 0);
    int length = Math.min(32, other.length);
    System.arraycopy(other, other.length - length, result, 64 - length, length);
    return result;
  }
}
