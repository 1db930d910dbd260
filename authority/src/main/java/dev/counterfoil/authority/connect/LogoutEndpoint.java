package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.sessions.Session;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.Optional;

/**
 * A client sends a browser to sign out (OpenID Connect RP-Initiated Logout 1.0). The session that
 * ends takes its grants and their access tokens with it.
 */
public record LogoutEndpoint(ClientDirectory clients, SignIn pages, IdTokenHints hints) {
  /** Where it lies. */
  public static final String PATH = "/logout";

  /** What is to be done. */
  sealed interface Decision {
    /** A page, and nobody is signed out. */
    record Page(String sentence) implements Decision {}

    /** The session ends. */
    record SignOut(Optional<String> redirect) implements Decision {}
  }

  /**
   * Decides. Pure.
   *
   * @param hint what a good {@code id_token_hint} says; empty where there is none
   * @param client the one that {@code client_id} or the hint names, where it is registered
   */
  static Decision decide(Form form, Optional<IdTokenHints.Hint> hint, Optional<Client> client) {
    if (form.value("id_token_hint").isPresent() && hint.isEmpty()) {
      return new Decision.Page(IdTokenHints.NOT_OURS);
    }
    Optional<String> clientId = form.value("client_id");
    if (clientId.isPresent()
        && hint.filter(one -> !one.clientId().equals(clientId.get())).isPresent()) {
      return new Decision.Page("The application sent the ID token of another application.");
    }
    Optional<String> redirect = form.value("post_logout_redirect_uri");
    if (redirect.isEmpty()) {
      return new Decision.SignOut(Optional.empty());
    }
    // 3: the browser goes on only for a client whose ID token this is.
    boolean isRegistered =
        hint.isPresent()
            && client
                .filter(
                    one ->
                        one.registration()
                            .signIn()
                            .postLogoutRedirectUris()
                            .contains(redirect.get()))
                .isPresent();
    return isRegistered
        ? new Decision.SignOut(redirect)
        : new Decision.Page(
            "The address to which you would be sent is not registered for this application.");
  }

  /** A request of a client. */
  public void logOut(ServerRequest request, ServerResponse response) throws InterruptedException {
    Form form;
    try {
      form =
          request.prologue().method().equals(Method.POST)
              ? FormRequests.form(request)
              : Form.query(
                  request.prologue().hasQuery() ? request.prologue().query().rawValue() : "");
    } catch (RequestRefusedException e) {
      page(request, response, "The application sent a request that cannot be read.");
      return;
    }
    Optional<IdTokenHints.Hint> hint = Optional.empty();
    Optional<String> token = form.value("id_token_hint");
    if (token.isPresent()) {
      try {
        hint = hints.read(request, PATH, token.get());
      } catch (RequestRefusedException e) {
        pages.error(
            request, response, Status.SERVICE_UNAVAILABLE_503.code(), IdTokenHints.UNDECIDED, "");
        return;
      }
    }
    Optional<Client> client =
        hint.map(IdTokenHints.Hint::clientId)
            .or(() -> form.value("client_id"))
            .flatMap(clients::find);
    switch (decide(form, hint, client)) {
      case Decision.Page page -> page(request, response, page.sentence());
      case Decision.SignOut signOut -> {
        Optional<Session> session = pages.session(request);
        if (session.isPresent() && !isOf(session.get(), hint)) {
          // 2: the person is asked. Any page could send the browser here.
          pages.askSignOut(request, response);
          return;
        }
        if (session.isPresent()) {
          // It is on the record before it is so. Its grants and their tokens end with it.
          pages.end(request, response, session.get());
        }
        if (signOut.redirect().isPresent()) {
          Map<String, String> state =
              form.value("state").map(text -> Map.of("state", text)).orElse(Map.of());
          response
              .status(Status.SEE_OTHER_303)
              .header(HeaderNames.CACHE_CONTROL, "no-store")
              .header(HeaderNames.LOCATION, ClientAnswer.withQuery(signOut.redirect().get(), state))
              .send();
        } else {
          pages.signedOut(request, response);
        }
      }
    }
  }

  private static boolean isOf(Session session, Optional<IdTokenHints.Hint> hint) {
    return hint.flatMap(IdTokenHints.Hint::session).filter(session.id()::equals).isPresent();
  }

  private void page(ServerRequest request, ServerResponse response, String sentence) {
    pages.error(request, response, Status.BAD_REQUEST_400.code(), sentence, "");
  }
}
