package dev.counterfoil.authority.token;

import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.clients.TokenGrant;
import dev.counterfoil.authority.connect.IdTokenHints;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.connect.PersonTokens;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.MisplacedTokens;
import dev.counterfoil.authority.logs.TokenProofs;
import dev.counterfoil.authority.peers.GrantHomes;
import dev.counterfoil.authority.settings.AudienceMarks;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The token endpoint (RFC 6749 3.2). Steps as in docs/integrate/token-endpoint.md, and for people
 * as in docs/integrate/sign-in.md.
 */
public final class TokenEndpoint implements AuthorityAudit.Action {
  /** How often the issuer's key sets are looked at for the key of a new token: for a second. */
  private static final int KEY_LOOKS_MAX = 20;

  private static final Duration KEY_LOOK_PAUSE = Duration.ofMillis(50);

  /** Asked for, the proof that the token was issued; in the answer, the proof. */
  static final String PROOF = "counterfoil_proof";

  private final ClientAuthenticator authenticator;
  private final DpopProofs proofs;
  private final ClientAddress addresses;
  private final Signers signers;
  private final PublishedKeys published;
  private final List<String> defaultAudiences;
  private final Duration tokenLife;
  private final TokenProofs tokenProofs;
  private final AudienceMarks audienceMarks;
  private final MisplacedTokens misplaced;
  private final @Nullable PersonTokens people;
  private final @Nullable GrantHomes homes;
  private final InstantSource clock;
  private final LongAdder waiting = new LongAdder();

  /**
   * @param misplaced looks at what comes in the place of a code or refresh token
   * @param people where people sign in; null where nobody does
   * @param homes of codes and refresh tokens; null where this authority is the only one
   */
  public TokenEndpoint(
      ClientAuthenticator authenticator,
      DpopProofs proofs,
      ClientAddress addresses,
      Signers signers,
      PublishedKeys published,
      List<String> defaultAudiences,
      Duration tokenLife,
      TokenProofs tokenProofs,
      AudienceMarks audienceMarks,
      MisplacedTokens misplaced,
      @Nullable PersonTokens people,
      @Nullable GrantHomes homes,
      InstantSource clock) {
    this.authenticator = authenticator;
    this.proofs = proofs;
    this.addresses = addresses;
    this.signers = signers;
    this.published = published;
    this.defaultAudiences = List.copyOf(defaultAudiences);
    this.tokenLife = tokenLife;
    this.tokenProofs = tokenProofs;
    this.audienceMarks = audienceMarks;
    this.misplaced = misplaced;
    this.people = people;
    this.homes = homes;
    this.clock = clock;
  }

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    // 1. Read the request; nothing of it is trusted.
    Form form = FormRequests.form(request);
    if (homes != null && homes.answersToken(request, response, form)) {
      return;
    }
    Optional<String> authorization = FormRequests.header(request, HeaderNames.AUTHORIZATION);
    // 2. Who asks?
    ClientAuthenticator.Authenticated asking = authenticator.authenticate(authorization, form);
    asked.by(asking);
    misplaced.inspect(
        request, form, "code", "refresh_token", "subject_token", "actor_token", "assertion");
    if (people != null && people.grants().isFor(form)) {
      answerForPerson(request, response, asked, asking, form, people);
      return;
    }
    Client client = asking.client();
    // 3. What may it have?
    TokenGrant grant = TokenGrant.decide(client, form, defaultAudiences, tokenLife);
    boolean proofWanted = isProofWanted(form);
    // 4. Which key is the token bound to?
    @Nullable String thumbprint = confirmation(request, client);
    // 5. Ask the signer, which decides by the scope of its key, records, and only then signs.
    // Before its answer nothing is issued; when it is lost, a counterfoil without a holder remains.
    String token =
        issue(
            new IssueRequest(
                OwnToken.ACCESS_TOKEN,
                client.registration().tenant(),
                client.registration().subject(),
                client.id(),
                grant.audiences(),
                grant.scope(),
                (int) grant.life().toSeconds(),
                thumbprint,
                null,
                new IssueRequest.Ground(asking.method().text(), asking.reference()),
                addresses.of(request),
                clock.millis(),
                // Which key, the signer decides; a client may ask for an algorithm that it has.
                client.registration().tokenAlgorithm().orElse(null),
                client.group()));
    audienceMarks.issued(token, grant.audiences());
    // 6. Nobody gets a token before whoever fetches the issuer's key sets finds its key there.
    awaitKeyOf(token);
    // 7. The proof that it was issued, where the client sends it along (spec/stapled.md).
    String proof = proofWanted ? tokenProofs.of(token).orElse("") : "";
    // 8. Answer (RFC 6749 5.1, RFC 9449 5).
    HttpAnswers.json(response, body(token, thumbprint == null ? "Bearer" : "DPoP", grant, proof));
  }

  /** Goes on after step 2, where the client acts for a person. */
  private void answerForPerson(
      ServerRequest request,
      ServerResponse response,
      Asked asked,
      ClientAuthenticator.Authenticated asking,
      Form form,
      PersonTokens ofPeople)
      throws RequestRefusedException, InterruptedException {
    Client client = asking.client();
    boolean proofWanted = isProofWanted(form);
    // 3. Which key are the tokens bound to?
    @Nullable String thumbprint = confirmation(request, client);
    // 4. What did a person allow? Until this request is answered, another one with a code or
    // refresh token of the same grant waits. What was used before ends the grant here.
    try (PersonGrants.Taken taken = ofPeople.grants().take(client, form, thumbprint, asked)) {
      Grant.Allowed allowed = taken.allowed();
      TokenGrant grant =
          new TokenGrant(
              allowed.audiences(),
              taken.scope(),
              client.registration().tokenLife().orElse(tokenLife));
      // 5. Ask the signer for the access token: its group is the grant's, by which it ends. A crash
      // behind this, up to step 8, leaves counterfoils without a holder, and the code or refresh
      // token as it was.
      String token =
          issue(
              ofPerson(
                  OwnToken.ACCESS_TOKEN,
                  asking,
                  taken,
                  grant,
                  thumbprint,
                  ofPeople.accessTokenClaims(client, taken),
                  client.registration().tokenAlgorithm().orElse(null),
                  request));
      audienceMarks.issued(token, grant.audiences());
      // 6. Ask for the ID token, which names the access token.
      String idToken =
          taken.wantsIdToken()
              ? issue(
                  ofPerson(
                      IdTokenHints.ID_TOKEN,
                      asking,
                      taken,
                      new TokenGrant(List.of(client.id()), "", grant.life()),
                      null,
                      ofPeople.idTokenClaims(client, taken, token),
                      client.registration().signIn().algorithmOfIdTokens(),
                      request))
              : "";
      // 7. Those who fetch the issuer's key sets find both keys there.
      awaitKeyOf(token);
      if (!idToken.isEmpty()) {
        awaitKeyOf(idToken);
      }
      String proof = proofWanted ? tokenProofs.of(token).orElse("") : "";
      // 8. Use the code or refresh token up, on disk. A crash behind this leaves that an answer is
      // lost: within 30 seconds the same refresh token is answered again; after a code the person
      // signs in again.
      String refreshToken = taken.use(grant.life());
      authenticator.getsTokens(client);
      // 9. Answer (RFC 6749 5.1, OpenID Connect Core 3.1.3.3).
      HttpAnswers.json(
          response,
          body(
              token,
              thumbprint == null ? "Bearer" : "DPoP",
              grant,
              proof,
              more("id_token", idToken) + more("refresh_token", refreshToken)));
    }
  }

  private IssueRequest ofPerson(
      String type,
      ClientAuthenticator.Authenticated asking,
      PersonGrants.Taken taken,
      TokenGrant grant,
      @Nullable String thumbprint,
      JsonObject claims,
      @Nullable String algorithm,
      ServerRequest request) {
    return new IssueRequest(
        type,
        taken.allowed().tenant(),
        taken.allowed().subject(),
        asking.client().id(),
        grant.audiences(),
        grant.scope(),
        (int) grant.life().toSeconds(),
        thumbprint,
        claims,
        new IssueRequest.Ground(taken.type().text(), taken.grantId()),
        addresses.of(request),
        clock.millis(),
        algorithm,
        taken.group());
  }

  /** Of characters that need no quotes in JSON. */
  private static String more(String name, String value) {
    return value.isEmpty() ? "" : ",\"" + name + "\":\"" + value + "\"";
  }

  /** How many requests wait for the signer now. */
  public long waiting() {
    return waiting.sum();
  }

  private static boolean isProofWanted(Form form) throws RequestRefusedException {
    Optional<String> asked = form.value(PROOF);
    if (asked.isPresent() && !asked.get().equals("true")) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest(PROOF + " is true, or is left out"));
    }
    return asked.isPresent();
  }

  private @Nullable String confirmation(ServerRequest request, Client client)
      throws RequestRefusedException, InterruptedException {
    if (!request.headers().contains(HttpAnswers.DPOP)) {
      if (client.registration().dpopRequired()) {
        throw new RequestRefusedException(
            OAuthError.invalidRequest(
                "the client's tokens are bound to a key: send a DPoP proof (RFC 9449 5)"));
      }
      return null;
    }
    List<String> values = request.headers().get(HttpAnswers.DPOP).allValues();
    if (values.size() != 1) {
      // RFC 9449 4.3: not more than one DPoP header.
      throw new RequestRefusedException(
          OAuthError.of(OAuthError.Code.INVALID_DPOP_PROOF, "header DPoP stands more than once"));
    }
    return proofs.check(client.id(), values.getFirst());
  }

  private String issue(IssueRequest request) throws RequestRefusedException, InterruptedException {
    waiting.increment();
    try {
      return switch (signers.issue(request, OwnToken.SIGNER_TIME_MAX)) {
        case Answer.Issued issued -> issued.token();
        case Answer.Refused refused ->
            throw new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Done done -> throw unexpected();
        case Answer.Records records -> throw unexpected();
        case Answer.Recorded recorded -> throw unexpected();
      };
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    } finally {
      waiting.decrement();
    }
  }

  private void awaitKeyOf(String token) throws RequestRefusedException, InterruptedException {
    for (int i = 0; !published.haveKeyOf(token); i++) {
      if (i == KEY_LOOKS_MAX) {
        throw new RequestRefusedException(SignerRefusals.unavailable());
      }
      Thread.sleep(KEY_LOOK_PAUSE);
    }
  }

  private static IllegalStateException unexpected() {
    return new IllegalStateException("the signer answered a request for a token with another kind");
  }

  private static byte[] body(String token, String type, TokenGrant grant, String proof) {
    return body(token, type, grant, proof, "");
  }

  private static byte[] body(
      String token, String type, TokenGrant grant, String proof, String more) {
    String scope = "";
    if (!grant.scope().isEmpty()) {
      StringBuilder quoted = new StringBuilder(grant.scope().length() + 16).append(",\"scope\":");
      JsonObject.quote(quoted, grant.scope());
      scope = quoted.toString();
    }
    // A concatenation copies the token once; a builder would copy it twice.
    String json =
        "{\"access_token\":\""
            + token
            + "\",\"token_type\":\""
            + type
            + "\",\"expires_in\":"
            + grant.life().toSeconds()
            + scope
            + more
            // Letters, digits, hyphens and underscores.
            + (proof.isEmpty() ? "" : ",\"" + PROOF + "\":\"" + proof + "\"")
            + "}";
    return json.getBytes(StandardCharsets.US_ASCII);
  }
}
