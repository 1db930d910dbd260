package dev.counterfoil.authority.auditing;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.verifier.Verified;
import org.jspecify.annotations.Nullable;

/**
 * What a request turned out to be about, as far as it was read: for the event that tells of it. Who
 * is named here proved it.
 */
public final class Asked {
  private final String address;
  private @Nullable Client client;
  private @Nullable String method;
  private @Nullable Verified token;
  private @Nullable String tenant;
  private @Nullable String person;
  private boolean isTold;

  public Asked(String address) {
    this.address = address;
  }

  public void by(ClientAuthenticator.Authenticated asking) {
    client = asking.client();
    method = asking.method().text();
  }

  /** A client that a browser named: it proved nothing, and nothing is told about it. */
  public void about(Client named) {
    client = named;
  }

  /** Why it is refused is an event already. */
  public void told() {
    isTold = true;
  }

  boolean isTold() {
    return isTold;
  }

  /** A person for whom a client that proved itself acts. */
  public void inTheNameOf(String theirTenant, String subject) {
    tenant = theirTenant;
    person = subject;
  }

  public void with(Verified verified) {
    token = verified;
  }

  /** Client and address, where many are counted together. */
  public String who() {
    Client asking = client;
    return (asking == null ? "" : asking.id()) + "@" + address;
  }

  /** An event of an operation: who, through which client, from where, with which token. */
  public EventDraft draft(Operation operation) {
    EventDraft draft = EventDraft.of(operation).part(AuthorityAudit.PART).address(address);
    Client asking = client;
    Verified presented = token;
    String filed = KeyCeiling.OWN_TENANT;
    if (asking != null) {
      filed = asking.registration().tenant();
      draft.client(asking.id()).user(asking.registration().subject());
    }
    if (presented != null) {
      // Whose token it is, he sees what becomes of it.
      filed = presented.tenant();
      draft.token(recorded(presented));
      if (asking == null) {
        draft.user(presented.subject());
        presented.clientId().ifPresent(draft::client);
      }
    }
    String how = method;
    if (how != null) {
      draft.with("ground", JsonObject.builder().put("name", how).build());
    }
    if (tenant != null && person != null) {
      filed = tenant;
      draft.user(person);
    }
    return draft.tenant(filed);
  }

  static JsonObject recorded(Verified token) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("uid", token.tokenId().toString())
            .put("issuer", token.issuer())
            .put("key_uid", token.keyId())
            .put("digest", token.digest().hex())
            .put("client_uid", token.clientId().orElse(null))
            .put("log", token.tokenId().log())
            .put("position", token.position())
            .put("expiration_time", token.expiresAt().toEpochMilli());
    if (token.audiences().size() == 1) {
      json.put("audience", token.audiences().getFirst());
    }
    return json.build();
  }
}
