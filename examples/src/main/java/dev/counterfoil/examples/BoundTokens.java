package dev.counterfoil.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * {@link JdkHttpServer} for tokens that are bound to their client: to a key (DPoP) or to a
 * certificate.
 */
public final class BoundTokens {
  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bindingRequired();

  private static final String BEARER = "Bearer ";
  private static final String DPOP = "DPoP ";
  private static final String PROOF = "DPoP";

  private BoundTokens() {}

  /**
   * Serves; the argument is the file of the trust policy. The server's own key, and whose clients'
   * certificates it takes, the system properties {@code javax.net.ssl.keyStore} and {@code
   * javax.net.ssl.trustStore} say.
   */
  public static void main(String[] arguments) throws Exception {
    TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(Path.of(arguments[0])));
    start(Verifier.builder(policy).build(), SSLContext.getDefault(), 8443);
  }

  static HttpServer start(Verifier verifier, SSLContext tls, int port) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setWantClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/inbox", exchange -> inbox(verifier, exchange));
    server.start();
    return server;
  }

  private static void inbox(Verifier verifier, HttpExchange exchange) throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/inbox")) {
      // A context is a prefix.
      JdkHttpServer.send(exchange, 404, "there is nothing here");
      return;
    }
    String authorization =
        Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
    boolean isDpop = authorization.regionMatches(true, 0, DPOP, 0, DPOP.length());
    if (!isDpop && !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      JdkHttpServer.challenge(exchange, "DPoP algs=\"ES256 EdDSA\"");
      return;
    }
    String token = authorization.substring((isDpop ? DPOP : BEARER).length()).strip();
    RequestContext context = JdkHttpServer.context(exchange);
    List<String> proofs =
        Objects.requireNonNullElse(exchange.getRequestHeaders().get(PROOF), List.of());
    if (isDpop && proofs.size() == 1) {
      // As a bearer token one that is bound to a key is refused, whatever stands beside it.
      context = context.withDpop(proofs.get(0));
    }
    context = withCertificate(context, (HttpsExchange) exchange);
    switch (verifier.verify(token, MAIL, context)) {
      case Verified verified -> JdkHttpServer.send(exchange, 200, "mail of " + verified.subject());
      case Unrecorded unrecorded ->
          JdkHttpServer.challenge(exchange, JdkHttpServer.invalid(PROOF, "unrecorded"));
      case Refused refused -> JdkHttpServer.refuse(exchange, PROOF, refused.code());
    }
  }

  private static RequestContext withCertificate(RequestContext context, HttpsExchange exchange) {
    try {
      return exchange.getSSLSession().getPeerCertificates()[0] instanceof X509Certificate shown
          ? context.withCertificate(shown)
          : context;
    } catch (SSLPeerUnverifiedException e) {
      // It showed none.
      return context;
    }
  }
}
