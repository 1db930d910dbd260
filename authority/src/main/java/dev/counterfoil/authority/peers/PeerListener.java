package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.clients.IssueTimes;
import dev.counterfoil.authority.clients.UsedOnce;
import dev.counterfoil.authority.connect.PushedRequests;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.signin.SignIn;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What the other authorities find here: what clients ask this one, and what only they ask. */
public final class PeerListener {
  private static final int QUESTION_BYTES_MAX = 64 * 1024;

  private final Peers peers;
  private final UsedOnce assertions;
  private final UsedOnce proofs;
  private final PushedRequests pushed;
  private final IssueTimes times;
  private final SignIn signIn;

  /**
   * @param times refuses what may have been used before this process began
   */
  public PeerListener(
      Peers peers,
      UsedOnce assertions,
      UsedOnce proofs,
      PushedRequests pushed,
      IssueTimes times,
      SignIn signIn) {
    this.peers = peers;
    this.assertions = assertions;
    this.proofs = proofs;
    this.pushed = pushed;
    this.times = times;
    this.signIn = signIn;
  }

  /** What accepts the certificates of the others, and no other one. */
  public static SSLContext tls(PeersEntry entry) throws IOException {
    List<Path> all = entry.others().stream().map(PeersEntry.Peer::certificate).toList();
    return PeerCertificates.context(entry, all);
  }

  /** Lays it out, before what clients find. */
  public void register(HttpRouting.Builder routing) {
    routing.addFilter(
        (chain, request, response) -> {
          if (!request.headers().first(Peers.KNOWN).equals(Optional.of(peers.known()))) {
            response
                .status(Status.SERVICE_UNAVAILABLE_503)
                .send("the authorities of this domain are not the same in each configuration");
            return;
          }
          request.context().register(new Peers.FromPeer());
          request.headers().first(Peers.CLIENT).ifPresent(at -> ClientAddress.keep(request, at));
          chain.proceed();
        });
    at(routing, SharedUses.PATH, this::use);
    at(routing, SharedPushed.PATH, this::pushed);
    at(routing, SharedAttempts.PATH, question -> SharedAttempts.answer(signIn, question));
    at(routing, PeerSessions.PATH, question -> PeerSessions.answer(signIn, question));
  }

  private interface Answering {
    JsonObject answer(JsonObject question) throws FormatException, RequestRefusedException;
  }

  private static void at(HttpRouting.Builder routing, String path, Answering action) {
    Handler handler =
        (request, response) -> {
          try {
            JsonObject question = question(request);
            response
                .header(HeaderNames.CONTENT_TYPE, "application/json")
                .send(action.answer(question).toString());
          } catch (FormatException | RequestRefusedException e) {
            response.status(Status.BAD_REQUEST_400).send("the question is malformed");
          }
        };
    routing.route(Method.predicate(Method.POST), PathMatchers.exact(path), handler);
  }

  private static JsonObject question(ServerRequest request)
      throws FormatException, RequestRefusedException {
    return StrictJson.object(FormRequests.body(request), QUESTION_BYTES_MAX);
  }

  private JsonObject use(JsonObject question) throws FormatException {
    Instant issued = Instant.ofEpochMilli(question.number("issued"));
    UsedOnce.Use use =
        // What this process forgot when it began, or never held, may have been used.
        times.isBeforeStart(issued)
            ? UsedOnce.Use.REPEATED
            : (question.string("kind").equals(SharedUses.ASSERTIONS) ? assertions : proofs)
                .useHere(
                    question.string("user"),
                    question.string("id"),
                    issued,
                    Instant.ofEpochMilli(question.number("until")));
    return JsonObject.builder().put("use", use.name()).build();
  }

  private JsonObject pushed(JsonObject question) throws FormatException {
    return SharedPushed.answer(pushed, question);
  }
}
