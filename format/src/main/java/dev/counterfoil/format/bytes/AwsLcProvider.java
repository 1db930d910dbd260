package dev.counterfoil.format.bytes;

import java.lang.System.Logger.Level;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * AWS-LC, where the Amazon Corretto Crypto Provider is on the class path: it checks an ES256
 * signature some ten times as fast as the JDK, and an Ed25519 one some twenty times.
 *
 * <p>Its native library takes a tenth of a second to load. So it is loaded when somebody asks for
 * it who has many signatures to check, as a verifier does, and notes and entries are checked with
 * it from then on; a command that reads one checkpoint does without.
 */
public final class AwsLcProvider {
  private static final System.Logger LOG = System.getLogger(AwsLcProvider.class.getName());

  private static final String NAME = "AmazonCorrettoCryptoProvider";
  private static final String ES256 = "SHA256withECDSAinP1363Format";
  private static final String ED25519 = "Ed25519";
  private static final String ED_KEYS = "com.amazon.corretto.crypto.provider.registerEdKeyFactory";

  /** Null before it was asked for, and where there is none. */
  private static volatile @Nullable Provider loaded;

  private AwsLcProvider() {}

  /** Loads it once; empty where it is not on the class path, or does not run on this machine. */
  public static Optional<Provider> load() {
    return Once.FOUND;
  }

  private static final class Once {
    private static final Optional<Provider> FOUND = find();

    static {
      loaded = FOUND.orElse(null);
    }
  }

  private static Optional<Provider> find() {
    Provider installed = Security.getProvider(NAME);
    if (installed != null) {
      return Optional.of(installed);
    }
    // Read once, when the provider's class is loaded, and needed to sign in the same process:
    // without it the provider has no Ed25519 keys.
    if (System.getProperty(ED_KEYS) == null) {
      System.setProperty(ED_KEYS, "true");
    }
    try {
      return ServiceLoader.load(Provider.class, AwsLcProvider.class.getClassLoader()).stream()
          .filter(candidate -> candidate.type().getName().endsWith("." + NAME))
          .map(ServiceLoader.Provider::get)
          // It cannot be used where its native library does not load: other systems, other CPUs.
          .filter(candidate -> candidate.getService("Signature", ES256) != null)
          .findFirst();
    } catch (ServiceConfigurationError | LinkageError e) {
      LOG.log(Level.WARNING, "AWS-LC is on the class path but does not load", e);
      return Optional.empty();
    }
  }

  /** Ed25519, to sign or to check: with AWS-LC when it was loaded, else as the runtime does. */
  public static Signature ed25519() throws NoSuchAlgorithmException {
    return signature(ED25519);
  }

  /** ES256, to check: with AWS-LC when it was loaded, else as the runtime does. */
  public static Signature es256() throws NoSuchAlgorithmException {
    return signature(ES256);
  }

  private static Signature signature(String name) throws NoSuchAlgorithmException {
    Provider fast = loaded;
    return fast != null && fast.getService("Signature", name) != null
        ? Signature.getInstance(name, fast)
        : Signature.getInstance(name);
  }
}
