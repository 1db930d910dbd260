package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Optional;

/** Codes and refresh tokens that another authority made are answered by that one. */
public final class GrantHomes {
  /** Of a code or refresh token from before there were several authorities. */
  private static final int UNNAMED_LENGTH = 48;

  private final Peers peers;
  private final SharedEnds ends;

  /** Honours none of its own while it is not known what the others ended. */
  public GrantHomes(Peers peers, SharedEnds ends) {
    this.peers = peers;
    this.ends = ends;
  }

  /**
   * Has a request for a token answered by the home of its code or refresh token.
   *
   * @return false when this authority answers it itself
   */
  public boolean answersToken(ServerRequest request, ServerResponse response, Form form)
      throws RequestRefusedException {
    Optional<String> secret =
        form.says("grant_type", GrantType.AUTHORIZATION_CODE.text())
            ? form.value("code")
            : form.says("grant_type", GrantType.REFRESH_TOKEN.text())
                ? form.value("refresh_token")
                : Optional.empty();
    if (secret.isEmpty()) {
      return false;
    }
    if (peers.forward(request, response, form, secret.get())) {
      return true;
    }
    if (!ends.isFresh()) {
      throw new RequestRefusedException(
          OAuthError.unavailable(
              "the database does not answer, so it is not known whether this counts still",
              Duration.ofSeconds(5)));
    }
    return false;
  }

  /** The same of a request that gives a refresh token up. Access tokens have no home. */
  public boolean answersRevocation(ServerRequest request, ServerResponse response, Form form)
      throws RequestRefusedException {
    Optional<String> token = form.value("token");
    return token.isPresent()
        && (token.get().length() == UNNAMED_LENGTH
            || token.get().length() == UNNAMED_LENGTH + HomeNames.prefix(1).length())
        && peers.forward(request, response, form, token.get());
  }
}
