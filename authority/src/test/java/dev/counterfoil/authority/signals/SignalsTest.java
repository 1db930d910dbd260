package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.EventTypes;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A receiver of others makes a stream over HTTP and hears what happens, by push and by poll. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignalsTest {
  private static final String ISSUER = "http://127.0.0.1:8480";

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @SuppressWarnings("NullAway.Init") // by start
  private TestReceiver receiver;

  private int clients;
  private String client = "";
  private String token = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    domain = new RunningDomain(folder, "enterprise", ISSUER, List.of());
  }

  @AfterAll
  void stop() throws Exception {
    domain.close();
  }

  @BeforeEach
  void register() throws Exception {
    receiver = new TestReceiver();
    client = "receiver-" + ++clients;
    token = token(client, "acme", "ssf.manage");
  }

  @AfterEach
  void forget() throws Exception {
    receiver.close();
    domain.admin.remove(client);
  }

  private String token(String id, String tenant, String scope) throws Exception {
    String secret =
        domain
            .admin
            .register(ClientRegistration.withSecret(id, tenant, List.of(ISSUER), List.of(scope)))
            .orElseThrow();
    return RunningDomain.json(
            domain.send(
                domain
                    .form("/token", "grant_type", "client_credentials", "scope", scope)
                    .header("Authorization", RunningDomain.basic(id, secret))))
        .string("access_token");
  }

  private HttpResponse<String> ask(String method, String path, String body) throws Exception {
    return domain.send(
        HttpRequest.newBuilder(domain.at(path))
            .header("Authorization", "Bearer " + token)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))));
  }

  private JsonObject pushStream() throws Exception {
    HttpResponse<String> made =
        ask(
            "POST",
            "/ssf/stream",
            "{'delivery':{'method':'urn:ietf:rfc:8935','endpoint_url':'"
                + receiver.url()
                + "','authorization_header':'Bearer of-the-receiver'}}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return RunningDomain.json(made);
  }

  private SignedInPerson person() throws Exception {
    SignedInPerson person = new SignedInPerson(domain, "person-" + ++clients);
    person.allow();
    return person;
  }

  @Test
  void aSessionThatEndsReachesAReceiverThatVerifiesIt() throws Exception {
    JsonObject stream = pushStream();
    SignedInPerson person = person();
    JsonObject id =
        RunningDomain.claims(RunningDomain.json(person.redeem(person.code())).string("id_token"));
    receiver.sets.clear();
    person.signOut();
    String set = receiver.next();
    assertThat(receiver.authorization).isEqualTo("Bearer of-the-receiver");
    assertThat(receiver.contentType).isEqualTo("application/secevent+jwt");
    JWTClaimsSet claims = TestReceiver.verified(domain, set, stream.string("aud"));
    assertThat(claims.getIssuer()).isEqualTo(stream.string("iss"));
    Map.Entry<String, JsonObject> event = TestReceiver.event(set);
    assertThat(event.getKey()).isEqualTo(EventTypes.SESSION_REVOKED);
    assertThat(event.getValue().number("event_timestamp")).isPositive();
    JsonObject subject = RunningDomain.claims(set).object("sub_id");
    assertThat(subject.object("user").string("sub")).isEqualTo(id.string("sub"));
    assertThat(subject.object("session").string("id")).isEqualTo(id.string("sid"));
    assertThat(receiver.sets.poll(700, TimeUnit.MILLISECONDS)).isNull();
  }
}
