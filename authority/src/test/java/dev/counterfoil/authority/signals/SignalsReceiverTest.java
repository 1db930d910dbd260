package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.connect.TestBrowser;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.directory.Directory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a provider posts ends here what ended there; Nimbus makes its events. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignalsReceiverTest {
  private static final String ISSUER = "http://127.0.0.1:8480";
  private static final String CAEP = "https://schemas.openid.net/secevent/caep/event-type/";
  private static final String RISC = "https://schemas.openid.net/secevent/risc/event-type/";

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @SuppressWarnings("NullAway.Init") // by start
  private HttpServer provider;

  @SuppressWarnings("NullAway.Init") // by start
  private ECKey key;

  @SuppressWarnings("NullAway.Init") // by start
  private ECKey keyOfEvents;

  @SuppressWarnings("NullAway.Init") // by start
  private Directory directory;

  private String upstream = "";
  private int people;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    key = new ECKeyGenerator(Curve.P_256).keyID("k1").algorithm(JWSAlgorithm.ES256).generate();
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    upstream = "http://127.0.0.1:" + provider.getAddress().getPort();
    serve(
        "/.well-known/openid-configuration",
        "{\"issuer\":\"%1$s\",\"authorization_endpoint\":\"%1$s/a\",\"token_endpoint\":\"%1$s/t\",\"jwks_uri\":\"%1$s/jwks\"}"
            .formatted(upstream));
    serve("/jwks", new JWKSet(key.toPublicJWK()).toString());
    keyOfEvents =
        new ECKeyGenerator(Curve.P_256).keyID("e1").algorithm(JWSAlgorithm.ES256).generate();
    serve(
        "/.well-known/ssf-configuration",
        "{\"issuer\":\"%1$s\",\"jwks_uri\":\"%1$s/keys-of-events\"}".formatted(upstream));
    serve("/keys-of-events", new JWKSet(keyOfEvents.toPublicJWK()).toString());
    provider.start();
    domain =
        RunningDomain.reaching(
            folder,
            ISSUER,
            List.of(),
            List.of(
                entry("hr", UpstreamEntry.Signals.ACCOUNTS),
                entry("old", UpstreamEntry.Signals.NONE)));
    directory =
        Directory.open(folder.resolve("people.db"), new SecureRandom(), InstantSource.system());
  }

  private UpstreamEntry entry(String name, UpstreamEntry.Signals signals) {
    return new UpstreamEntry(
        name,
        "Acme HR",
        "acme",
        URI.create(upstream),
        "counterfoil",
        Optional.empty(),
        false,
        false,
        signals,
        Optional.empty(),
        Optional.empty());
  }

  private void serve(String path, String json) {
    provider.createContext(
        path,
        exchange -> {
          byte[] body = json.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @AfterAll
  void stop() throws Exception {
    directory.close();
    domain.close();
    provider.stop(0);
  }

  /** A person with a session, whose account at the provider is their username. */
  private SignedInPerson linked(String name) throws Exception {
    SignedInPerson person = new SignedInPerson(domain, name);
    person.allow();
    directory.upstreamLinks().link(subject(name), upstream, name, name);
    return person;
  }

  private String subject(String name) throws Exception {
    return domain.admin.people().show(name).object("person").string("subject");
  }

  private int sessions(String name) throws Exception {
    return domain.admin.people().sessions(name).objects("sessions").size();
  }

  private JWTClaimsSet.Builder event(String type, String account) {
    return new JWTClaimsSet.Builder()
        .issuer(upstream)
        .audience("counterfoil")
        .issueTime(Date.from(Instant.now()))
        .jwtID(UUID.randomUUID().toString())
        .claim("events", Map.of(type, Map.of("event_timestamp", 1)))
        .claim("sub_id", Map.of("format", "iss_sub", "iss", upstream, "sub", account));
  }

  private String signed(JWTClaimsSet claims, String type, ECKey with) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID(with.getKeyID())
                .type(new JOSEObjectType(type))
                .build(),
            claims);
    jwt.sign(new ECDSASigner(with));
    return jwt.serialize();
  }

  private int post(String token) throws Exception {
    return post("hr", token);
  }

  private int post(String name, String token) throws Exception {
    return domain
        .send(
            HttpRequest.newBuilder(domain.at(SignalsReceiver.PREFIX + name))
                .header("Content-Type", "application/secevent+jwt")
                .POST(HttpRequest.BodyPublishers.ofString(token)))
        .statusCode();
  }

  @Test
  void aSessionThatWasRevokedThereEndsHereOnce() throws Exception {
    String name = "ends-" + ++people;
    var _ = linked(name);
    assertThat(sessions(name)).isEqualTo(1);
    String set = signed(event(CAEP + "session-revoked", name).build(), "secevent+jwt", key);
    assertThat(post(set)).isEqualTo(202);
    assertThat(sessions(name)).isZero();
    assertThat(domain.admin.people().show(name).object("person").truth("disabled")).isFalse();
    // A person who signs in again is not signed out by the same event.
    var _ = TestBrowser.enrolled(domain, name);
    assertThat(sessions(name)).isEqualTo(1);
    assertThat(post(set)).isEqualTo(202);
    assertThat(sessions(name)).isEqualTo(1);
  }

  @Test
  void anAccountThatWasDisabledThereIsDisabledHere() throws Exception {
    String name = "disabled-" + ++people;
    var _ = linked(name);
    assertThat(post(signed(event(RISC + "account-disabled", name).build(), "secevent+jwt", key)))
        .isEqualTo(202);
    assertThat(sessions(name)).isZero();
    assertThat(domain.admin.people().show(name).object("person").truth("disabled")).isTrue();
  }

  /** A transmitter may keep its events' keys out of the set by which people sign in. */
  @Test
  void anEventByAKeyOfTheTransmitterAloneIsTaken() throws Exception {
    String name = "elsewhere-" + ++people;
    var _ = linked(name);
    assertThat(
            post(
                signed(event(CAEP + "session-revoked", name).build(), "secevent+jwt", keyOfEvents)))
        .isEqualTo(202);
    assertThat(sessions(name)).isZero();
  }

  @Test
  void whatIsNoGoodEventEndsNothing() throws Exception {
    String name = "stays-" + ++people;
    var _ = linked(name);
    String type = CAEP + "session-revoked";
    ECKey thief =
        new ECKeyGenerator(Curve.P_256).keyID("k1").algorithm(JWSAlgorithm.ES256).generate();
    assertThat(post(signed(event(type, name).build(), "secevent+jwt", thief))).isEqualTo(400);
    assertThat(post(signed(event(type, name).build(), "JWT", key))).isEqualTo(400);
    assertThat(post(signed(event(type, name).audience("others").build(), "secevent+jwt", key)))
        .isEqualTo(400);
    assertThat(
            post(
                signed(
                    event(type, name).expirationTime(Date.from(Instant.now())).build(),
                    "secevent+jwt",
                    key)))
        .isEqualTo(400);
    assertThat(post("no token")).isEqualTo(400);
    assertThat(post("old", signed(event(type, name).build(), "secevent+jwt", key))).isEqualTo(404);
    assertThat(post(signed(event(type, "nobody").build(), "secevent+jwt", key))).isEqualTo(202);
    assertThat(post(signed(event("urn:unknown", name).build(), "secevent+jwt", key)))
        .isEqualTo(202);
    assertThat(sessions(name)).isEqualTo(1);
    assertThat(post(signed(event(type, name).build(), "secevent+jwt", key))).isEqualTo(202);
    assertThat(sessions(name)).isZero();
  }
}
