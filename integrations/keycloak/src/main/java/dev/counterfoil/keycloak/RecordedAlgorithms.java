package dev.counterfoil.keycloak;

import java.util.Set;
import org.keycloak.crypto.ES256SignatureProviderFactory;
import org.keycloak.crypto.ES384SignatureProviderFactory;
import org.keycloak.crypto.ES512SignatureProviderFactory;
import org.keycloak.crypto.EdDSASignatureProviderFactory;
import org.keycloak.crypto.PS256SignatureProviderFactory;
import org.keycloak.crypto.PS384SignatureProviderFactory;
import org.keycloak.crypto.PS512SignatureProviderFactory;
import org.keycloak.crypto.RS256SignatureProviderFactory;
import org.keycloak.crypto.RS384SignatureProviderFactory;
import org.keycloak.crypto.RS512SignatureProviderFactory;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.crypto.SignatureProviderFactory;
import org.keycloak.models.KeycloakSession;

/**
 * Keycloak's signature providers with public keys, each under its own id with the record before it.
 * Of two factories with one id Keycloak takes the one with the higher order.
 *
 * <p>A list would not do: Keycloak finds factories by {@code ServiceLoader} when it is built, keeps
 * only their classes by id, and makes them again at each start by their constructors without
 * parameters.
 *
 * <p>Providers with a shared secret (HS256 and others) stay as they are: only Keycloak accepts what
 * they sign, such as its refresh tokens and cookies.
 */
public final class RecordedAlgorithms {
  private RecordedAlgorithms() {}

  /** Keycloak's own factory of one algorithm, with the record before what it makes. */
  abstract static class Recorded implements SignatureProviderFactory {
    /** Above Keycloak's own, which have 0. */
    private static final int ORDER = 100;

    private final SignatureProviderFactory own;

    Recorded(SignatureProviderFactory own) {
      this.own = own;
    }

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return new RecordedSignatures(
          session, own.create(session), session.getProvider(RecordProvider.class));
    }

    @Override
    public String getId() {
      return own.getId();
    }

    @Override
    public int order() {
      return ORDER;
    }

    @Override
    public Set<String> getJwkPrivateKeyClaims() {
      return own.getJwkPrivateKeyClaims();
    }
  }

  /** {@code RS256}. */
  public static final class Rs256 extends Recorded {
    /** For Keycloak's loader. */
    public Rs256() {
      super(new RS256SignatureProviderFactory());
    }
  }

  /** {@code RS384}. */
  public static final class Rs384 extends Recorded {
    /** For Keycloak's loader. */
    public Rs384() {
      super(new RS384SignatureProviderFactory());
    }
  }

  /** {@code RS512}. */
  public static final class Rs512 extends Recorded {
    /** For Keycloak's loader. */
    public Rs512() {
      super(new RS512SignatureProviderFactory());
    }
  }

  /** {@code PS256}. */
  public static final class Ps256 extends Recorded {
    /** For Keycloak's loader. */
    public Ps256() {
      super(new PS256SignatureProviderFactory());
    }
  }

  /** {@code PS384}. */
  public static final class Ps384 extends Recorded {
    /** For Keycloak's loader. */
    public Ps384() {
      super(new PS384SignatureProviderFactory());
    }
  }

  /** {@code PS512}. */
  public static final class Ps512 extends Recorded {
    /** For Keycloak's loader. */
    public Ps512() {
      super(new PS512SignatureProviderFactory());
    }
  }

  /** {@code ES256}. */
  public static final class Es256 extends Recorded {
    /** For Keycloak's loader. */
    public Es256() {
      super(new ES256SignatureProviderFactory());
    }
  }

  /** {@code ES384}. */
  public static final class Es384 extends Recorded {
    /** For Keycloak's loader. */
    public Es384() {
      super(new ES384SignatureProviderFactory());
    }
  }

  /** {@code ES512}. */
  public static final class Es512 extends Recorded {
    /** For Keycloak's loader. */
    public Es512() {
      super(new ES512SignatureProviderFactory());
    }
  }

  /** {@code EdDSA}. */
  public static final class Eddsa extends Recorded {
    /** For Keycloak's loader. */
    public Eddsa() {
      super(new EdDSASignatureProviderFactory());
    }
  }
}
