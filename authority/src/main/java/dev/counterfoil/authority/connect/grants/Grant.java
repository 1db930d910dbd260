package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a person allowed a client at one sign-in. Never changes.
 *
 * @param id 128 random bits in base64url
 * @param group the handle that its access tokens carry
 * @param allowed what it is about
 * @param begunAt when its code was given out
 */
public record Grant(String id, GroupHandle group, Allowed allowed, Instant begunAt) {
  /** Nothing more. */
  public static final JsonObject NOTHING = JsonObject.builder().build();

  /**
   * What was allowed.
   *
   * @param clientId to whom
   * @param subject by whom
   * @param tenant of the person
   * @param session the handle of the session in which it was: the {@code sid}
   * @param isOffline whether it outlives the session (OpenID Connect Core 11)
   * @param refreshes whether there are refresh tokens
   * @param scope of the access tokens
   * @param audiences of the access tokens
   * @param redirectUri where the code went, as the request named it
   * @param challenge the S256 challenge of PKCE (RFC 7636 4.2); empty for none
   * @param nonce for the ID token
   * @param key thumbprint of the key that the code is bound to (RFC 9449 10)
   * @param authTime when the person signed in
   * @param amr by what (RFC 8176)
   * @param acr how well
   * @param more what the ID token says of the person beside
   */
  public record Allowed(
      String clientId,
      String subject,
      String tenant,
      String session,
      boolean isOffline,
      boolean refreshes,
      String scope,
      List<String> audiences,
      String redirectUri,
      Optional<String> challenge,
      Optional<String> nonce,
      Optional<String> key,
      Instant authTime,
      List<String> amr,
      String acr,
      JsonObject more) {
    public Allowed {
      audiences = List.copyOf(audiences);
      amr = List.copyOf(amr);
    }

    /** Whether the person was asked for a scope value, and it was granted. */
    public boolean hasScope(String value) {
      return List.of(scope.split(" ", -1)).contains(value);
    }
  }

  /** The members of a record that hold all of it. */
  JsonObject.Builder json() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("id", id)
            .put("group", group.toString())
            .put("begun_at", begunAt.toEpochMilli())
            .put("client", allowed.clientId)
            .put("subject", allowed.subject)
            .put("tenant", allowed.tenant)
            .put("session", allowed.session)
            .put("offline", allowed.isOffline)
            .put("refreshes", allowed.refreshes)
            .put("scope", allowed.scope)
            .put("audiences", allowed.audiences)
            .put("redirect_uri", allowed.redirectUri)
            .put("auth_time", allowed.authTime.getEpochSecond())
            .put("amr", allowed.amr)
            .put("acr", allowed.acr);
    allowed.challenge.ifPresent(challenge -> json.put("challenge", challenge));
    allowed.nonce.ifPresent(nonce -> json.put("nonce", nonce));
    allowed.key.ifPresent(key -> json.put("code_key", key));
    if (!allowed.more.names().isEmpty()) {
      json.put("more", allowed.more);
    }
    return json;
  }

  static Grant parse(JsonObject json) throws FormatException {
    return new Grant(
        json.string("id"),
        GroupHandle.parse(json.string("group")),
        new Allowed(
            json.string("client"),
            json.string("subject"),
            json.string("tenant"),
            json.string("session"),
            json.truth("offline"),
            json.truth("refreshes"),
            json.string("scope"),
            json.strings("audiences"),
            json.string("redirect_uri"),
            json.optionalString("challenge"),
            json.optionalString("nonce"),
            json.optionalString("code_key"),
            Instant.ofEpochSecond(json.number("auth_time")),
            json.strings("amr"),
            json.string("acr"),
            json.optionalObject("more").orElse(NOTHING)),
        Instant.ofEpochMilli(json.number("begun_at")));
  }
}
