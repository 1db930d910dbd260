package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.TokenGrant;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.grants.GrantsUnavailableException;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Codes and refresh tokens at the token endpoint (RFC 6749 4.1.3 and 6). */
public record PersonGrants(Grants grants, GrantEnds ends) implements AutoCloseable {
  private static final String GRANT_TYPE = "grant_type";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * Opens the journal of what people allowed, and goes on with what ended.
   *
   * @param folder of the journal
   * @param keyed the keyed hash that makes codes and refresh tokens
   * @throws IOException when it cannot be read
   */
  public static PersonGrants open(
      Path folder,
      Function<byte[], Hash> keyed,
      GrantEnds.Revoking revoking,
      AuthorityAudit audit,
      SecureRandom random,
      InstantSource clock)
      throws IOException {
    Grants grants = Grants.open(FileDisk.privateFolder(folder), keyed, random, clock);
    return new PersonGrants(grants, GrantEnds.start(grants, revoking, audit));
  }

  @Override
  public void close() throws IOException {
    ends.close();
    grants.close();
  }

  /** Whether a request is one with a code or refresh token. */
  public boolean isFor(Form form) {
    return form.says(GRANT_TYPE, GrantType.AUTHORIZATION_CODE.text())
        || form.says(GRANT_TYPE, GrantType.REFRESH_TOKEN.text());
  }

  /**
   * Takes the grant of a request, whose code or refresh token is good.
   *
   * @param key thumbprint of the key that the request proved; null for none
   */
  public Taken take(Client client, Form form, @Nullable String key, Asked asked)
      throws RequestRefusedException, InterruptedException {
    boolean isCode = form.says(GRANT_TYPE, GrantType.AUTHORIZATION_CODE.text());
    GrantType type = isCode ? GrantType.AUTHORIZATION_CODE : GrantType.REFRESH_TOKEN;
    if (!client.mayUse(type)) {
      throw TokenGrant.notFor(type);
    }
    String name = isCode ? "code" : "refresh_token";
    String secret =
        form.value(name)
            .orElseThrow(
                () -> new RequestRefusedException(OAuthError.invalidRequest(name + " is missing")));
    Grants.Turn turn = grants.take(secret).orElseThrow(PersonGrants::over);
    boolean isTaken = false;
    try {
      Taken taken = taken(client, form, key, asked, turn, isCode);
      isTaken = true;
      return taken;
    } finally {
      if (!isTaken) {
        turn.close();
      }
    }
  }

  private Taken taken(
      Client client, Form form, @Nullable String key, Asked asked, Grants.Turn turn, boolean isCode)
      throws RequestRefusedException {
    Grant.Allowed allowed = turn.grant().allowed();
    if (turn.isCode() != isCode || !allowed.clientId().equals(client.id())) {
      throw over();
    }
    if (isCode) {
      Optional<String> objection = CodeRules.objection(allowed, client, form, key);
      if (objection.isPresent()) {
        throw refused(objection.get());
      }
    }
    switch (turn.verdict(key)) {
      case GOOD, AGAIN -> {
        // Both go on; the second gives out what the first did.
      }
      case OVER -> throw over();
      case OTHER_KEY -> throw refused("the refresh token is bound to another key (RFC 9449 5)");
      case USED -> {
        ends.replayed(turn, asked);
        throw refused(
            "it was used before, so someone else may have it: the person has to sign in again");
      }
    }
    Optional<String> scope =
        isCode ? Optional.of(allowed.scope()) : CodeRules.narrowed(allowed, form);
    if (scope.isEmpty()) {
      throw new RequestRefusedException(
          OAuthError.of(
              OAuthError.Code.INVALID_SCOPE,
              "a refreshed token has no scope that the person did not allow"));
    }
    asked.inTheNameOf(allowed.tenant(), allowed.subject());
    // RFC 9449 5: what a client that proves itself refreshes is bound to the client.
    boolean isBound = client.method() == AuthenticationMethod.NONE;
    return new Taken(turn, scope.get(), isBound ? key : null);
  }

  /**
   * Ends the grant of a refresh token that a client gives up.
   *
   * @return whether it was one; of another client's nothing ends
   */
  public boolean giveUp(Client client, String token) throws RequestRefusedException {
    Optional<Grant> grant = grants.find(token);
    if (grant.isEmpty()) {
      return false;
    }
    if (!grant.get().allowed().clientId().equals(client.id())) {
      throw new RequestRefusedException(
          OAuthError.of(
              OAuthError.Code.UNAUTHORIZED_CLIENT, "the token was issued to another client"));
    }
    ends.givenUp(grant.get());
    return true;
  }

  private static RequestRefusedException over() {
    return refused("it is none of this client, or counts no more: the person has to sign in again");
  }

  private static RequestRefusedException refused(String why) {
    return new RequestRefusedException(OAuthError.of(OAuthError.Code.INVALID_GRANT, why));
  }

  /** A grant that one request holds until it is closed. */
  public static final class Taken implements AutoCloseable {
    private final Grants.Turn turn;
    private final String scope;
    private final @Nullable String key;

    private Taken(Grants.Turn turn, String scope, @Nullable String key) {
      this.turn = turn;
      this.scope = scope;
      this.key = key;
    }

    public Grant.Allowed allowed() {
      return turn.grant().allowed();
    }

    public String grantId() {
      return turn.grant().id();
    }

    /** What its access tokens carry. */
    public GroupHandle group() {
      return turn.grant().group();
    }

    /** The scope of the access token. */
    public String scope() {
      return scope;
    }

    public GrantType type() {
      return turn.isCode() ? GrantType.AUTHORIZATION_CODE : GrantType.REFRESH_TOKEN;
    }

    /** Whether an ID token is answered: with a code, for OpenID Connect. */
    public boolean wantsIdToken() {
      return turn.isCode() && allowed().hasScope(AuthorizationRequest.OPENID);
    }

    /**
     * Uses the code or refresh token up, on disk.
     *
     * @return the next refresh token; an empty text where there is none
     */
    public String use(Duration tokenLife) throws RequestRefusedException {
      try {
        String next = turn.pass(key, tokenLife).orElseThrow(PersonGrants::over);
        return allowed().refreshes() ? next : "";
      } catch (GrantsUnavailableException e) {
        throw new RequestRefusedException(
            OAuthError.unavailable(
                "the authority cannot write down that this was used: ask again", RETRY_AFTER));
      }
    }

    @Override
    public void close() {
      turn.close();
    }
  }
}
