package dev.counterfoil.drills;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.JWKThumbprintConfirmation;
import com.nimbusds.oauth2.sdk.dpop.verifiers.AccessTokenValidationException;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPProtectedResourceRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InMemoryDPoPSingleUseChecker;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A small mail service over HTTP beside Dovecot: {@code GET /mailboxes/<user>} gives the
 * identifiers of a user's messages to whoever shows a token for that user. A {@link TokenGate}
 * decides about the token; where the token is bound to a key, or the service insists on it, the
 * request has to carry a proof of possession of that key (RFC 9449 7).
 */
final class HttpMailService implements AutoCloseable {
  /** Whether a token that is bound to no key will do. */
  enum Binding {
    BEARER_ALLOWED,
    PROOF_REQUIRED
  }

  private static final String PATH = "/mailboxes/";
  private static final long PROOF_AGE_SECONDS_MAX = 60;
  private static final long CLOCK_SKEW_SECONDS = 5;
  private static final int PROOFS_PURGED_EVERY_SECONDS = 10;
  private static final int HEADER_CHARACTERS_MAX = 16 * 1024;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Mailboxes mailboxes;
  private final TokenGate gate;
  private final Binding binding;
  private final InMemoryDPoPSingleUseChecker proofsSeen =
      new InMemoryDPoPSingleUseChecker(
          PROOF_AGE_SECONDS_MAX + CLOCK_SKEW_SECONDS, PROOFS_PURGED_EVERY_SECONDS);
  private final DPoPProtectedResourceRequestVerifier proofs =
      new DPoPProtectedResourceRequestVerifier(
          Set.of(JWSAlgorithm.ES256), CLOCK_SKEW_SECONDS, PROOF_AGE_SECONDS_MAX, proofsSeen);

  private HttpMailService(HttpServer server, Mailboxes mailboxes, TokenGate gate, Binding binding) {
    this.server = server;
    this.mailboxes = mailboxes;
    this.gate = gate;
    this.binding = binding;
  }

  /** Starts one on a free loopback port. */
  static HttpMailService start(Mailboxes mailboxes, TokenGate gate, Binding binding)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var service = new HttpMailService(server, mailboxes, gate, binding);
    server.setExecutor(service.threads);
    server.createContext(PATH, service::answer);
    server.start();
    return service;
  }

  /** Where a user's mailbox is. */
  URI mailbox(String user) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + PATH + user);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    proofsSeen.shutdown();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Optional<String> refusal = refusal(exchange);
      if (refusal.isPresent()) {
        exchange
            .getResponseHeaders()
            .set(
                "WWW-Authenticate",
                "DPoP error=\"invalid_token\", error_description=\"" + refusal.get() + "\"");
        send(exchange, 401, refusal.get());
        return;
      }
      send(exchange, 200, String.join("\n", mailboxes.messageIds(user(exchange))));
    }
  }

  private static String user(HttpExchange exchange) {
    return exchange.getRequestURI().getPath().substring(PATH.length());
  }

  private Optional<String> refusal(HttpExchange exchange) {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization == null
        || authorization.length() > HEADER_CHARACTERS_MAX
        || authorization.indexOf(' ') < 0) {
      return Optional.of("no-token");
    }
    String scheme = authorization.substring(0, authorization.indexOf(' '));
    String token = authorization.substring(scheme.length() + 1);
    return switch (gate.decide(token)) {
      case TokenGate.Decision.Bad bad -> Optional.of(bad.code());
      case TokenGate.Decision.Good good -> {
        if (!good.subject().equals(user(exchange))) {
          yield Optional.of("another-user");
        }
        if (good.boundTo().isPresent()) {
          yield scheme.equals("DPoP")
              ? proofRefusal(exchange, token, good.boundTo().get())
              : Optional.of("bound-token-as-bearer");
        }
        yield binding == Binding.PROOF_REQUIRED ? Optional.of("token-not-bound") : Optional.empty();
      }
    };
  }

  private Optional<String> proofRefusal(HttpExchange exchange, String token, String boundTo) {
    String proof = exchange.getRequestHeaders().getFirst("DPoP");
    if (proof == null || proof.length() > HEADER_CHARACTERS_MAX) {
      return Optional.of("no-proof");
    }
    try {
      proofs.verify(
          exchange.getRequestMethod(),
          mailbox(user(exchange)),
          new DPoPIssuer(boundTo),
          SignedJWT.parse(proof),
          new DPoPAccessToken(token),
          new JWKThumbprintConfirmation(new Base64URL(boundTo)),
          null);
      return Optional.empty();
    } catch (ParseException | InvalidDPoPProofException | AccessTokenValidationException e) {
      return Optional.of("bad-proof");
    } catch (JOSEException e) {
      throw new IllegalStateException("the platform cannot check an ES256 signature", e);
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
