package dev.counterfoil.examples;

import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** A service on Helidon. */
public final class HelidonServer {
  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();

  /** As clients see it. */
  private static final URI INBOX = URI.create("https://mail.example/inbox");

  private static final String SCHEME = "Bearer ";

  private HelidonServer() {}

  /** Serves; the argument is the file of the trust policy. */
  public static void main(String[] arguments) throws Exception {
    TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(Path.of(arguments[0])));
    start(Verifier.builder(policy).build(), 8080);
  }

  static WebServer start(Verifier verifier, int port) {
    return WebServer.builder()
        .host("127.0.0.1")
        .port(port)
        .routing(
            routing -> routing.get("/inbox", (asked, answer) -> inbox(verifier, asked, answer)))
        .build()
        .start();
  }

  private static void inbox(Verifier verifier, ServerRequest request, ServerResponse response) {
    String authorization = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      challenge(response, "Bearer");
      return;
    }
    String token = authorization.substring(SCHEME.length()).strip();
    RequestContext context =
        RequestContext.of(request.prologue().method().text(), INBOX, request.remotePeer().host());
    switch (verifier.verify(token, MAIL, context)) {
      case Verified verified -> send(response, 200, "mail of " + verified.subject());
      case Unrecorded unrecorded -> challenge(response, invalid("unrecorded"));
      case Refused refused -> refuse(response, refused.code());
    }
  }

  private static void refuse(ServerResponse response, RefusalCode code) {
    if (code.isUndecided()) {
      // Nobody can tell for now: the client is not sent for another token.
      response.header("Retry-After", Long.toString(Verifier.RETRY_AFTER.toSeconds()));
      send(response, 503, code.text());
    } else {
      challenge(response, invalid(code.text()));
    }
  }

  /** RFC 6750 3. */
  private static String invalid(String description) {
    return "Bearer error=\"invalid_token\", error_description=\"" + description + "\"";
  }

  private static void challenge(ServerResponse response, String challenge) {
    response.header(HeaderNames.WWW_AUTHENTICATE, challenge);
    send(response, 401, "a token is needed");
  }

  private static void send(ServerResponse response, int status, String text) {
    response.status(Status.create(status)).send(text);
  }
}
