package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.GroupHandle;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A registered client, ready for the hot path. */
public final class Client {
  private final ClientRegistration registration;
  private final @Nullable Hash secretMac;
  private final @Nullable Hash oldSecretMac;
  private final ClientStanding standing;
  private final GroupHandle group;
  private final ClientKeys keys;
  private final Set<String> audiences;
  private final Set<String> scopes;
  private final List<Credential> credentials;
  private final String everyScope;
  private final boolean actsForItself;

  /** One with one secret or none, that nobody restricted. */
  public Client(ClientRegistration registration, @Nullable Hash secretMac, GroupHandle group)
      throws FormatException {
    this(registration, secretMac, null, group, ClientStanding.GOOD);
  }

  Client(
      ClientRegistration registration,
      @Nullable Hash secretMac,
      @Nullable Hash oldSecretMac,
      GroupHandle group,
      ClientStanding standing)
      throws FormatException {
    this.registration = registration;
    this.secretMac = secretMac;
    this.oldSecretMac = oldSecretMac;
    this.standing = standing;
    this.group = group;
    this.keys = keys(registration);
    this.audiences = Set.copyOf(registration.audiences());
    this.scopes = Set.copyOf(registration.scopes());
    this.everyScope = String.join(" ", registration.scopes());
    this.credentials = credentials(secretMac, oldSecretMac, keys);
    this.actsForItself = mayUse(registration, GrantType.CLIENT_CREDENTIALS);
  }

  public ClientRegistration registration() {
    return registration;
  }

  public String id() {
    return registration.clientId();
  }

  public AuthenticationMethod method() {
    return registration.method();
  }

  /** The keyed hash of its secret, where it has one. */
  Optional<Hash> secretMac() {
    return Optional.ofNullable(secretMac);
  }

  /** The same of the secret before, while that still counts. */
  public Optional<Hash> oldSecretMac() {
    return Optional.ofNullable(oldSecretMac);
  }

  /**
   * A secret or key that counts.
   *
   * @param name under which its uses are kept
   * @param kind {@code secret}, {@code old_secret} or {@code key}
   * @param thumbprint of a key (RFC 7638)
   */
  record Credential(String name, String kind, Optional<String> thumbprint) {
    private static final int NAME_BYTES = 8;

    private static Credential secret(String kind, Hash mac) {
      // A part of what lies beside it in the database, and so no secret there.
      return new Credential(
          HexFormat.of().formatHex(mac.bytes(), 0, NAME_BYTES), kind, Optional.empty());
    }
  }

  private static List<Credential> credentials(
      @Nullable Hash secretMac, @Nullable Hash oldSecretMac, ClientKeys keys) {
    List<Credential> all = new ArrayList<>();
    if (secretMac != null) {
      all.add(Credential.secret("secret", secretMac));
    }
    if (oldSecretMac != null) {
      all.add(Credential.secret("old_secret", oldSecretMac));
    }
    keys.thumbprints().forEach(one -> all.add(new Credential(one, "key", Optional.of(one))));
    return List.copyOf(all);
  }

  /** The name of its present secret, or of the one before. */
  String secretName(boolean isPresent) {
    return credentials.get(isPresent ? 0 : 1).name();
  }

  /** Its secrets and keys that count, the present secret first. */
  List<Credential> credentials() {
    return credentials;
  }

  /** Whether it is admitted. */
  public ClientStanding standing() {
    return standing;
  }

  /** What its tokens carry, so that one revocation ends them all. */
  public GroupHandle group() {
    return group;
  }

  static ClientKeys keys(ClientRegistration registration) throws FormatException {
    return registration.jwks().isPresent()
        ? ClientKeys.parse(registration.jwks().get())
        : ClientKeys.none();
  }

  ClientKeys keys() {
    return keys;
  }

  public boolean mayHaveAudience(String audience) {
    return audiences.contains(audience);
  }

  /** Whether it may ask for tokens with a grant type. */
  public boolean mayUse(GrantType type) {
    return type == GrantType.CLIENT_CREDENTIALS ? actsForItself : mayUse(registration, type);
  }

  private static boolean mayUse(ClientRegistration registration, GrantType type) {
    return registration.signIn().grantTypes().contains(type);
  }

  public boolean mayHaveScope(String scope) {
    return scopes.contains(scope);
  }

  /** All that it may have, as a {@code scope} value. */
  public String everyScope() {
    return everyScope;
  }

  /** Names the client, and nothing of its credentials. */
  @Override
  public String toString() {
    return "Client[" + id() + "]";
  }
}
