package dev.counterfoil.keycloak;

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
import org.keycloak.models.KeycloakSession;

/**
 * Keycloak's signature providers with public keys, each under its own id with the record before it.
 * Of two factories with one id Keycloak takes the one with the higher order. Each factory is a
 * class, as Keycloak's loader wants it.
 *
 * <p>Providers with a shared secret (HS256 and others) stay as they are: only Keycloak accepts what
 * they sign, such as its refresh tokens and cookies.
 */
public final class RecordedAlgorithms {
  /** Above Keycloak's own, which have 0. */
  private static final int ORDER = 100;

  private RecordedAlgorithms() {}

  /** What marks the factories of this class. */
  interface Recorded {}

  private static SignatureProvider recorded(KeycloakSession session, SignatureProvider own) {
    return new RecordedSignatures(session, own, session.getProvider(RecordProvider.class));
  }

  /** {@code RS256}. */
  public static final class Rs256 extends RS256SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Rs256() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code RS384}. */
  public static final class Rs384 extends RS384SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Rs384() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code RS512}. */
  public static final class Rs512 extends RS512SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Rs512() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code PS256}. */
  public static final class Ps256 extends PS256SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Ps256() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code PS384}. */
  public static final class Ps384 extends PS384SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Ps384() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code PS512}. */
  public static final class Ps512 extends PS512SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Ps512() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code ES256}. */
  public static final class Es256 extends ES256SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Es256() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code ES384}. */
  public static final class Es384 extends ES384SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Es384() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code ES512}. */
  public static final class Es512 extends ES512SignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Es512() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }

  /** {@code EdDSA}. */
  public static final class Eddsa extends EdDSASignatureProviderFactory implements Recorded {
    /** For Keycloak's loader. */
    public Eddsa() {}

    @Override
    public SignatureProvider create(KeycloakSession session) {
      return recorded(session, super.create(session));
    }

    @Override
    public int order() {
      return ORDER;
    }
  }
}
