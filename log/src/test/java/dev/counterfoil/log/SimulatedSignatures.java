package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import java.io.ByteArrayOutputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For simulations of a million steps: in place of Ed25519, whose signing and checking would be most
 * of their time, a signature that is the SHA-512 of key and text. A changed text or key shows as
 * with the real one; that nobody else can sign is not what they are about. {@link SimulationRuns}
 * has the real one.
 */
public final class SimulatedSignatures implements BeforeAllCallback, AfterAllCallback {
  private static final String NAME = "simulated-signatures";
  private final Logger logger = Logger.getLogger("dev.counterfoil.log");

  @Override
  public void beforeAll(ExtensionContext context) {
    Security.insertProviderAt(new SimulatedProvider(), 1);
    logger.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Security.removeProvider(NAME);
    logger.setLevel(null);
  }

  /** A log's key of this kind. */
  public static NoteSigner signer(String origin) {
    NoteKey key = new NoteKey(origin, Hash.sha256(origin.getBytes(StandardCharsets.UTF_8)));
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        return signature(key.javaKey().getEncoded(), text);
      }
    };
  }

  private static byte[] signature(byte[] key, byte[] text) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-512");
    digest.update(key);
    return digest.digest(text);
  }

  private static final class SimulatedProvider extends Provider {
    @Serial private static final long serialVersionUID = 1L;

    SimulatedProvider() {
      super(NAME, "1", "signatures of simulations");
      putService(
          new Service(this, "KeyFactory", "Ed25519", Keys.class.getName(), null, null) {
            @Override
            public Object newInstance(Object parameter) {
              return new Keys();
            }
          });
      putService(
          new Service(this, "Signature", "Ed25519", Signatures.class.getName(), null, null) {
            @Override
            public Object newInstance(Object parameter) {
              return new Signatures();
            }
          });
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record SimulatedKey(byte[] encoded) implements PublicKey {
    @Override
    public String getAlgorithm() {
      return "Ed25519";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return encoded;
    }
  }

  private static final class Keys extends KeyFactorySpi {
    @Override
    protected PublicKey engineGeneratePublic(KeySpec spec) throws InvalidKeySpecException {
      if (spec instanceof X509EncodedKeySpec encoded) {
        return new SimulatedKey(encoded.getEncoded());
      }
      throw new InvalidKeySpecException("only encoded keys");
    }

    @Override
    protected PrivateKey engineGeneratePrivate(KeySpec spec) throws InvalidKeySpecException {
      throw new InvalidKeySpecException("only public keys");
    }

    @Override
    protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> form)
        throws InvalidKeySpecException {
      throw new InvalidKeySpecException("only encoded keys");
    }

    @Override
    protected Key engineTranslateKey(Key key) {
      return key;
    }
  }

  @SuppressWarnings("deprecation") // SignatureSpi wants them
  private static final class Signatures extends SignatureSpi {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private byte[] key = {};

    @Override
    protected void engineInitVerify(PublicKey publicKey) {
      key = publicKey.getEncoded();
      text.reset();
    }

    @Override
    protected void engineInitSign(PrivateKey privateKey) throws InvalidKeyException {
      throw new InvalidKeyException("only public keys");
    }

    @Override
    protected void engineUpdate(byte b) {
      text.write(b);
    }

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) {
      text.write(bytes, offset, length);
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
      throw new SignatureException("only verifies");
    }

    @Override
    protected boolean engineVerify(byte[] bytes) {
      try {
        return Arrays.equals(signature(key, text.toByteArray()), bytes);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    protected void engineSetParameter(String parameter, Object value) {
      throw new InvalidParameterException("it has none");
    }

    @Override
    protected Object engineGetParameter(String parameter) {
      throw new InvalidParameterException("it has none");
    }
  }
}
