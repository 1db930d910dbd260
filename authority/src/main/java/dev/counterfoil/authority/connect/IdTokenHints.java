package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import io.helidon.webserver.http.ServerRequest;
import java.net.URI;
import java.util.Optional;

/**
 * ID tokens that clients send back (OpenID Connect RP-Initiated Logout 2). One counts when the
 * record has this very token and its key is not revoked for its position: what a thief signed with
 * a stolen key ends nobody's session, and is reported. It may have expired. It counts also when it
 * was revoked alone or with its group: a client gives up its refresh token, which revokes the
 * group, before it signs the person out.
 */
public record IdTokenHints(IssuedTokens tokens, URI issuer, ClientAddress addresses) {
  /** Its {@code typ}. */
  public static final String ID_TOKEN = Expectations.ID_TOKEN;

  /** What a page says of one that counts for nothing. */
  static final String NOT_OURS = "The application sent an ID token that is none of ours.";

  /** What a page says while nobody can tell. */
  static final String UNDECIDED =
      "The ID token that the application sent cannot be checked at this time. Try again in a"
          + " moment.";

  /**
   * What a hint says.
   *
   * @param subject the {@code sub}
   * @param clientId the {@code aud}
   * @param session the {@code sid}
   */
  record Hint(String subject, String clientId, Optional<String> session) {}

  /**
   * Reads one; empty when it was not issued, or its key counts no more.
   *
   * @param path where it came, below the issuer
   * @throws RequestRefusedException when nobody can say at this time
   */
  Optional<Hint> read(ServerRequest request, String path, String token)
      throws RequestRefusedException, InterruptedException {
    RequestContext context =
        RequestContext.of(
            request.prologue().method().text(), URI.create(issuer + path), addresses.of(request));
    return tokens
        .hint(token, context)
        .filter(hint -> hint.audiences().size() == 1)
        .map(IdTokenHints::hint);
  }

  private static Hint hint(Verified token) {
    return new Hint(
        token.subject(),
        token.audiences().getFirst(),
        token.claims().get("sid") instanceof String session
            ? Optional.of(session)
            : Optional.empty());
  }
}
