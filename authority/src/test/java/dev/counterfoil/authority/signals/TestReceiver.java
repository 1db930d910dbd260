package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An HTTP receiver of events (RFC 8935) that checks them with a library of others. */
final class TestReceiver implements AutoCloseable {
  final BlockingQueue<String> sets = new LinkedBlockingQueue<>();
  volatile int status = 202;
  volatile String answer = "";
  volatile @Nullable String authorization;
  volatile @Nullable String contentType;
  private final HttpServer server;

  TestReceiver() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/events",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          authorization = exchange.getRequestHeaders().getFirst("Authorization");
          contentType = exchange.getRequestHeaders().getFirst("Content-Type");
          byte[] said = answer.getBytes(StandardCharsets.UTF_8);
          int code = status;
          sets.add(new String(body, StandardCharsets.US_ASCII));
          exchange.sendResponseHeaders(code, said.length == 0 ? -1 : said.length);
          exchange.getResponseBody().write(said);
          exchange.close();
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/events";
  }

  /** The next event, as it came. */
  String next() throws InterruptedException {
    @Nullable String set = sets.poll(60, TimeUnit.SECONDS);
    assertThat(set).as("an event that was posted").isNotNull();
    return String.valueOf(set);
  }

  /** What an event says, once Nimbus has verified it by the transmitter's own metadata. */
  static JWTClaimsSet verified(RunningDomain domain, String set, String audience) throws Exception {
    JsonObject metadata = RunningDomain.json(domain.get(SignalsMetadata.PATH));
    String jwks = metadata.string("jwks_uri").substring(domain.issuer.length());
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("secevent+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256),
            new ImmutableJWKSet<>(com.nimbusds.jose.jwk.JWKSet.parse(domain.get(jwks).body()))));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            Set.of(audience),
            new JWTClaimsSet.Builder().issuer(domain.issuer).build(),
            Set.of("iat", "jti", "events", "sub_id"),
            Set.of("sub", "exp")));
    return processor.process(set, null);
  }

  /** The only event of a token: its type and what stands below it. */
  static Map.Entry<String, JsonObject> event(String set) throws Exception {
    JsonObject events = RunningDomain.claims(set).object("events");
    assertThat(events.names()).hasSize(1);
    String type = events.names().iterator().next();
    return Map.entry(type, events.object(type));
  }

  static JsonObject json(String text) throws Exception {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 16);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
