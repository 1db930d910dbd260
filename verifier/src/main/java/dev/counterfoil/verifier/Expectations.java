package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.AllowList;
import java.util.HashSet;
import java.util.Set;

/**
 * What a service expects of a token. Total: leaving one out does not compile, and what is usually a
 * mistake has a name that one can search for.
 *
 * <pre>{@code
 * Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed()
 * }</pre>
 *
 * The issuer is not here: it comes from the policy. Tokens of issuers that the root attached are
 * taken by a service that names them ({@link #attachedIssuer}).
 *
 * @param audience the service's own name, which must stand in {@code aud}
 * @param tokenType the {@code typ}
 * @param tenants tenants whose tokens are honoured
 * @param binding what the token must be bound to. A token that is bound always wants its proof,
 *     whatever stands here
 * @param asIssuer whether the issuer itself asks, for {@link #asIssuer}
 * @param attachedIssuers attached issuers whose tokens are honoured beside the policy's issuer's
 */
public record Expectations(
    String audience,
    String tokenType,
    AllowList tenants,
    Binding binding,
    boolean asIssuer,
    AllowList attachedIssuers) {
  /** What a token must be bound to. */
  public enum Binding {
    /** Nothing: whoever steals it can use it until it expires. */
    BEARER_ALLOWED,
    /** A key or a certificate of its client's. */
    REQUIRED,
    /** A key, shown by a DPoP proof (RFC 9449). */
    DPOP,
    /** A certificate, shown in the TLS handshake (RFC 8705). */
    CERTIFICATE
  }

  /** The type of a JWT access token (RFC 9068 2.1). */
  public static final String ACCESS_TOKEN = "at+jwt";

  /** The type of an ID token (RFC 7519 5.1). */
  public static final String ID_TOKEN = "JWT";

  /**
   * For the issuer alone, which introspects and revokes tokens for others (RFC 7662, RFC 7009):
   * access tokens for any audience and tenant, and whoever asks checks the proof of possession. It
   * must not honour such a token itself.
   */
  public static Expectations asIssuer(String issuer) {
    return new Expectations(
        issuer, ACCESS_TOKEN, AllowList.all(), Binding.BEARER_ALLOWED, true, AllowList.of());
  }

  /**
   * For the issuer alone, to which clients send ID tokens back to say whom they mean ({@code
   * id_token_hint}, OpenID Connect RP-Initiated Logout 2). Whatever was issued counts: also after
   * it expired, and after it was revoked alone or with its group, as it is when its client gives up
   * the refresh token and then signs the person out. Nothing else is let off.
   */
  public static Expectations idTokenHint(String issuer) {
    return new Expectations(
        issuer, ID_TOKEN, AllowList.all(), Binding.BEARER_ALLOWED, true, AllowList.of());
  }

  /** Whether what was issued counts also when it expired or was revoked by itself. */
  boolean takesEnded() {
    return asIssuer && tokenType.equals(ID_TOKEN);
  }

  /** Starts with the service's own name. */
  public static WithAudience audience(String audience) {
    return new WithAudience(audience);
  }

  /** The token type is still to be said. */
  public static final class WithAudience {
    private final String audience;

    private WithAudience(String audience) {
      this.audience = audience;
    }

    /** A JWT access token, {@code at+jwt}. */
    public WithType accessToken() {
      return tokenType(ACCESS_TOKEN);
    }

    /** A token of another type. */
    public WithType tokenType(String tokenType) {
      return new WithType(audience, tokenType);
    }
  }

  /** The tenants are still to be said. */
  public static final class WithType {
    private final String audience;
    private final String tokenType;

    private WithType(String audience, String tokenType) {
      this.audience = audience;
      this.tokenType = tokenType;
    }

    /** Tokens of one tenant. */
    public WithTenant tenant(String tenant) {
      return tenants(AllowList.of(tenant));
    }

    /** Tokens of these tenants. */
    public WithTenant tenants(AllowList tenants) {
      return new WithTenant(audience, tokenType, tenants);
    }

    /**
     * Tokens of any tenant: for services that many tenants share. They must then keep the tenants'
     * data apart by {@link Verified#tenant}.
     */
    public WithTenant anyTenant() {
      return tenants(AllowList.all());
    }
  }

  /** The binding is still to be said. */
  public static final class WithTenant {
    private final String audience;
    private final String tokenType;
    private final AllowList tenants;

    private WithTenant(String audience, String tokenType, AllowList tenants) {
      this.audience = audience;
      this.tokenType = tokenType;
      this.tenants = tenants;
    }

    /** Only tokens bound to a client's key, each with a DPoP proof (RFC 9449). */
    public Expectations dpopRequired() {
      return binding(Binding.DPOP);
    }

    /**
     * Only tokens bound to the certificate that the client shows in its TLS handshake (RFC 8705).
     */
    public Expectations certificateRequired() {
      return binding(Binding.CERTIFICATE);
    }

    /** Only tokens bound to a key or to a certificate of their client's. */
    public Expectations bindingRequired() {
      return binding(Binding.REQUIRED);
    }

    /** Bearer tokens too: whoever steals one can use it until it expires. */
    public Expectations bearerAllowed() {
      return binding(Binding.BEARER_ALLOWED);
    }

    /** What a configuration says. */
    public Expectations binding(Binding binding) {
      return new Expectations(audience, tokenType, tenants, binding, false, AllowList.of());
    }
  }

  /** Whether a token that is bound to nothing is honoured. */
  public boolean bearerAllowed() {
    return binding == Binding.BEARER_ALLOWED;
  }

  /**
   * The same, and tokens of one more issuer that the root attached (docs/integrate/
   * attached-issuers.md). Two issuers may give one {@code sub} to two people: tell them apart by
   * {@link Verified#issuer}.
   */
  public Expectations attachedIssuer(String issuer) {
    Set<String> names = new HashSet<>(attachedIssuers.names());
    names.add(issuer);
    return attachedIssuers(new AllowList(false, names));
  }

  /** The same, and tokens of these attached issuers and no others. */
  public Expectations attachedIssuers(AllowList issuers) {
    return new Expectations(audience, tokenType, tenants, binding, asIssuer, issuers);
  }
}
