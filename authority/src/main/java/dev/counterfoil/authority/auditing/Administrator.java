package dev.counterfoil.authority.auditing;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.verifier.Verified;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Who administers a domain, proved: a Unix user at the admin socket, by the kernel's word, or a
 * client with an access token.
 */
public final class Administrator {
  private final String name;
  private final Optional<String> tenant;
  private final Optional<String> client;
  private final UnaryOperator<EventDraft> saying;

  /** The token with which it asks. */
  private final Optional<JsonObject> own;

  private Administrator(
      String name,
      Optional<String> tenant,
      Optional<String> client,
      UnaryOperator<EventDraft> saying,
      Optional<JsonObject> own) {
    this.own = own;
    this.name = name;
    this.tenant = tenant;
    this.client = client;
    this.saying = saying;
  }

  /** A Unix user at the admin socket, who may do everything. */
  public static Administrator atSocket(SignerServer.Peer peer) {
    return new Administrator(
        peer.user(),
        Optional.empty(),
        Optional.empty(),
        draft -> draft.socket("admin-socket").user(peer.user()),
        Optional.empty());
  }

  /**
   * A client with an access token.
   *
   * @param client that the token was issued to
   * @param address from where it asks
   * @param ownTenant of the operator, whose tokens reach every tenant; any other reaches its own
   */
  public static Administrator with(
      Verified token, String client, String address, String ownTenant) {
    return new Administrator(
        "client " + client,
        token.tenant().equals(ownTenant) ? Optional.empty() : Optional.of(token.tenant()),
        Optional.of(client),
        draft -> draft.address(address).user(token.subject()).client(client),
        Optional.of(Asked.recorded(token)));
  }

  /** A name that no other administrator has: of a Unix user, or {@code client} and its id. */
  public String name() {
    return name;
  }

  /** The client that it is; empty for a Unix user. */
  public Optional<String> client() {
    return client;
  }

  /**
   * Whether it is the Unix user that runs this process, and so could do everything to its files.
   */
  public boolean isOwner() {
    return client.isEmpty() && name.equals(System.getProperty("user.name"));
  }

  /** The only tenant that it reaches; empty for every one. */
  public Optional<String> tenant() {
    return tenant;
  }

  /** Whether it may see and change what belongs to a tenant. */
  public boolean reaches(String of) {
    return tenant.isEmpty() || tenant.get().equals(of);
  }

  /** An event of what it asks for, of a tenant. */
  public EventDraft draft(Operation operation, String of) {
    EventDraft draft = saying.apply(EventDraft.of(operation).part(AuthorityAudit.PART)).tenant(of);
    return own.map(draft::token).orElse(draft);
  }

  /** An event about a token, which stands where the administrator's own would. */
  public EventDraft draftOf(Operation operation, JsonObject recordedToken) {
    return saying
        .apply(EventDraft.of(operation).part(AuthorityAudit.PART))
        .tenant(tenant.orElse(KeyCeiling.OWN_TENANT))
        .token(recordedToken);
  }

  /** The same of something that belongs to no tenant, or to one that is not known. */
  public EventDraft draft(Operation operation) {
    return draft(operation, tenant.orElse(KeyCeiling.OWN_TENANT));
  }
}
