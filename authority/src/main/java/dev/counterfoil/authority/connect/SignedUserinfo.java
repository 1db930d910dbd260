package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.Verified;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Userinfo as a JWT, for clients that are registered so (OpenID Connect Core 5.3.2). Recorded as
 * every token is, and of a type of its own, so that it is no ID token.
 */
public record SignedUserinfo(
    ClientDirectory clients, Signers signers, PublishedKeys published, InstantSource clock) {
  /** Its {@code typ}. */
  public static final String TYPE = "userinfo+jwt";

  private static final int LIFE_SECONDS = 60;

  /**
   * What is answered to the client of an access token.
   *
   * @param claims of the person, without {@code sub}
   * @return empty where the client is not registered for it
   */
  Optional<String> of(Verified token, JsonObject claims)
      throws RequestRefusedException, InterruptedException {
    Optional<Client> client = token.clientId().flatMap(clients::find);
    Optional<String> algorithm =
        client.flatMap(one -> one.registration().signIn().protocol().userinfoAlgorithm());
    if (algorithm.isEmpty()) {
      return Optional.empty();
    }
    String clientId = client.orElseThrow().id();
    IssueRequest request =
        new IssueRequest(
            TYPE,
            token.tenant(),
            token.subject(),
            clientId,
            List.of(clientId),
            "",
            LIFE_SECONDS,
            null,
            claims,
            new IssueRequest.Ground("access_token", token.tokenId().toString()),
            "local",
            clock.millis(),
            algorithm.get(),
            null);
    try {
      return switch (signers.issue(request, OwnToken.SIGNER_TIME_MAX)) {
        case Answer.Issued issued -> Optional.of(published(issued.token()));
        case Answer.Refused refused ->
            throw new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Done done -> throw unexpected();
        case Answer.Records records -> throw unexpected();
        case Answer.Recorded recorded -> throw unexpected();
      };
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
  }

  /** Nobody gets a token before its key can be fetched. */
  private String published(String token) throws RequestRefusedException, InterruptedException {
    if (!published.haveKeyOf(token)) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
    return token;
  }

  private static IllegalStateException unexpected() {
    return new IllegalStateException("the signer answered a request for a token with another kind");
  }
}
