package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
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
import java.util.Optional;
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
    domain = RunningDomain.reaching(folder, ISSUER, List.of("127.0.0.1/32"), List.of());
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

  @Test
  void aTokenThatNobodyIssuedReachesAReceiverWhereverItIsPresented() throws Exception {
    JsonObject stream = pushStream();
    receiver.sets.clear();
    String forged = domain.signer.forgeAlike(token);
    HttpResponse<String> refused =
        domain.send(
            HttpRequest.newBuilder(domain.at("/ssf/stream"))
                .header("Authorization", "Bearer " + forged));
    assertThat(refused.statusCode()).isEqualTo(401);
    String set = receiver.next();
    TestReceiver.verified(domain, set, stream.string("aud"));
    Map.Entry<String, JsonObject> event = TestReceiver.event(set);
    assertThat(event.getKey()).isEqualTo(EventTypes.TOKEN_NEVER_ISSUED);
    assertThat(event.getValue().string("issuer")).isEqualTo(ISSUER);
  }

  private JsonObject pollStream() throws Exception {
    HttpResponse<String> made = ask("POST", "/ssf/stream", "{}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return RunningDomain.json(made);
  }

  private JsonObject poll(String body) throws Exception {
    HttpResponse<String> answer = ask("POST", "/ssf/poll", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RunningDomain.json(answer);
  }

  private void verify(JsonObject stream, String state) throws Exception {
    String body = "{'stream_id':'" + stream.string("stream_id") + "','state':'" + state + "'}";
    int status = ask("POST", "/ssf/verify", body).statusCode();
    // Once a second: 429 says so.
    for (int i = 0; i < 100 && status == 429; i++) {
      Thread.sleep(100);
      status = ask("POST", "/ssf/verify", body).statusCode();
    }
    assertThat(status).isEqualTo(204);
  }

  private String subject(String name) throws Exception {
    return domain.admin.people().show(name).object("person").string("subject");
  }

  private void add(String name) throws Exception {
    domain.admin.people().add("acme", name, name, Optional.of(name + "@acme.example"));
  }

  private void status(JsonObject stream, String status) throws Exception {
    HttpResponse<String> set =
        ask(
            "POST",
            "/ssf/status",
            "{'stream_id':'" + stream.string("stream_id") + "','status':'" + status + "'}");
    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(RunningDomain.json(set).string("status")).isEqualTo(status);
  }

  @Test
  void theMetadataSaysWhereEverythingIs() throws Exception {
    JsonObject metadata = RunningDomain.json(domain.get(SignalsMetadata.PATH));
    assertThat(metadata.string("issuer")).isEqualTo(ISSUER);
    assertThat(metadata.string("spec_version")).isEqualTo("1_0");
    assertThat(metadata.strings("delivery_methods_supported"))
        .containsExactly("urn:ietf:rfc:8935", "urn:ietf:rfc:8936");
    assertThat(metadata.objects("authorization_schemes")).isNotEmpty();
    for (String name :
        List.of("configuration_endpoint", "status_endpoint", "verification_endpoint")) {
      assertThat(domain.get(metadata.string(name).substring(ISSUER.length())).statusCode())
          .isIn(401, 405);
    }
  }

  @Test
  void aStreamIsReadChangedReplacedAndDeleted() throws Exception {
    JsonObject stream = pollStream();
    String id = stream.string("stream_id");
    assertThat(ask("POST", "/ssf/stream", "{}").statusCode()).isEqualTo(409);
    assertThat(RunningDomain.json(ask("GET", "/ssf/stream?stream_id=" + id, ""))).isEqualTo(stream);
    assertThat(ask("GET", "/ssf/stream", "").body()).startsWith("[{\"stream_id\"");
    assertThat(ask("GET", "/ssf/stream?stream_id=other", "").statusCode()).isEqualTo(404);
    JsonObject changed =
        RunningDomain.json(
            ask(
                "PATCH",
                "/ssf/stream",
                "{'stream_id':'"
                    + id
                    + "','description':'mine','events_requested':['"
                    + EventTypes.SESSION_REVOKED
                    + "','urn:example:unknown']}"));
    assertThat(changed.strings("events_delivered")).containsExactly(EventTypes.SESSION_REVOKED);
    assertThat(changed.string("description")).isEqualTo("mine");
    JsonObject replaced =
        RunningDomain.json(ask("PUT", "/ssf/stream", "{'stream_id':'" + id + "'}"));
    assertThat(replaced.has("description")).isFalse();
    assertThat(replaced.strings("events_delivered")).isEqualTo(EventTypes.SUPPORTED);
    assertThat(ask("PATCH", "/ssf/stream", "{'stream_id':'" + id + "','aud':'other'}").statusCode())
        .isEqualTo(400);
    assertThat(ask("PATCH", "/ssf/stream", "{'stream_id':'x'}").statusCode()).isEqualTo(404);
    assertThat(ask("PATCH", "/ssf/stream", "no json").statusCode()).isEqualTo(400);
    assertThat(ask("DELETE", "/ssf/stream?stream_id=" + id, "").statusCode()).isEqualTo(204);
    assertThat(ask("GET", "/ssf/stream", "").body()).isEqualTo("[]");
  }

  @Test
  void nobodyElsesStreamIsThere() throws Exception {
    String id = pollStream().string("stream_id");
    String own = token;
    token = token("thief-" + client, "acme", "ssf.manage");
    assertThat(ask("GET", "/ssf/stream?stream_id=" + id, "").statusCode()).isEqualTo(404);
    assertThat(ask("DELETE", "/ssf/stream?stream_id=" + id, "").statusCode()).isEqualTo(404);
    assertThat(ask("POST", "/ssf/poll", "{'returnImmediately':true}").statusCode()).isEqualTo(404);
    token = token("reader-" + client, "acme", "ssf.read");
    assertThat(ask("GET", "/ssf/stream", "").statusCode()).isEqualTo(200);
    assertThat(ask("POST", "/ssf/stream", "{}").statusCode()).isEqualTo(403);
    token = token("other-" + client, "acme", "mail.read");
    assertThat(ask("GET", "/ssf/stream", "").statusCode()).isEqualTo(403);
    token = "none";
    assertThat(ask("GET", "/ssf/stream", "").statusCode()).isEqualTo(401);
    token = own;
    assertThat(ask("GET", "/ssf/stream?stream_id=" + id, "").statusCode()).isEqualTo(200);
  }

  @Test
  void nothingIsSentIntoANetworkThatIsNotPublic() throws Exception {
    for (String url :
        List.of(
            "http://10.0.0.1/e",
            "https://10.0.0.1/e",
            "https://169.254.169.254/",
            "http://[::1]:3000/e",
            "file:///e")) {
      assertThat(
              ask(
                      "POST",
                      "/ssf/stream",
                      "{'delivery':{'method':'urn:ietf:rfc:8935','endpoint_url':'" + url + "'}}")
                  .statusCode())
          .as(url)
          .isEqualTo(400);
    }
    assertThat(pushStream().has("stream_id")).isTrue();
  }

  @Test
  void aVerificationComesWithItsState() throws Exception {
    JsonObject stream = pushStream();
    verify(stream, "a-state");
    String set = receiver.next();
    var _ = TestReceiver.verified(domain, set, stream.string("aud"));
    assertThat(TestReceiver.event(set).getKey()).isEqualTo(EventTypes.VERIFICATION);
    assertThat(TestReceiver.event(set).getValue().string("state")).isEqualTo("a-state");
    assertThat(RunningDomain.claims(set).object("sub_id").string("id"))
        .isEqualTo(stream.string("stream_id"));
  }

  @Test
  void eventsArePolledAcknowledgedAndGivenUp() throws Exception {
    JsonObject stream = pollStream();
    verify(stream, "one");
    JsonObject sets = poll("{}").object("sets");
    assertThat(sets.names()).hasSize(1);
    String jti = sets.names().iterator().next();
    var _ = TestReceiver.verified(domain, sets.string(jti), stream.string("aud"));
    // What is not acknowledged comes again, as the same token.
    assertThat(poll("{'returnImmediately':true}").object("sets")).isEqualTo(sets);
    assertThat(poll("{'returnImmediately':true,'ack':['" + jti + "']}").object("sets").names())
        .isEmpty();
    verify(stream, "two");
    String second = poll("{}").object("sets").names().iterator().next();
    assertThat(
            poll("{'maxEvents':0,'setErrs':{'" + second + "':{'err':'invalid_key'}}}")
                .object("sets")
                .names())
        .isEmpty();
    assertThat(domain.admin.signals().show(client).objects("dead").getFirst().string("error"))
        .isEqualTo("invalid_key");
    assertThat(domain.admin.signals().retry(client)).isEqualTo(1);
    assertThat(poll("{}").object("sets").names()).containsExactly(second);
  }

  @Test
  void whatChangesForPeopleIsTold() throws Exception {
    JsonObject stream = pushStream();
    String name = "changing-" + client;
    add(name);
    domain.admin.people().admit(name, false);
    String set = receiver.next();
    assertThat(TestReceiver.event(set).getKey()).isEqualTo(EventTypes.ACCOUNT_DISABLED);
    var _ = TestReceiver.verified(domain, set, stream.string("aud"));
    domain.admin.people().admit(name, true);
    assertThat(TestReceiver.event(receiver.next()).getKey()).isEqualTo(EventTypes.ACCOUNT_ENABLED);
    domain.admin.people().remove(name);
    assertThat(TestReceiver.event(receiver.next()).getKey()).isEqualTo(EventTypes.ACCOUNT_PURGED);
  }

  @Test
  void eventsOfAnotherTenantAndOfARemovedSubjectDoNotCome() throws Exception {
    JsonObject stream = pushStream();
    String id = stream.string("stream_id");
    domain.admin.people().add("globex", "far-" + client, "far", Optional.empty());
    domain.admin.people().admit("far-" + client, false);
    add("left-out-" + client);
    String subject = subject("left-out-" + client);
    String named =
        "{'stream_id':'"
            + id
            + "','subject':{'format':'iss_sub','iss':'"
            + ISSUER
            + "','sub':'"
            + subject
            + "'}}";
    assertThat(ask("POST", "/ssf/subjects/remove", named).statusCode()).isEqualTo(204);
    domain.admin.people().admit("left-out-" + client, false);
    add("told-" + client);
    domain.admin.people().admit("told-" + client, false);
    String first = RunningDomain.claims(receiver.next()).object("sub_id").string("sub");
    assertThat(first).isEqualTo(subject("told-" + client));
    assertThat(ask("POST", "/ssf/subjects/add", named).statusCode()).isEqualTo(200);
    domain.admin.people().admit("left-out-" + client, true);
    assertThat(RunningDomain.claims(receiver.next()).object("sub_id").string("sub"))
        .isEqualTo(subject);
  }

  @Test
  void aPausedStreamWaitsAndADisabledOneForgets() throws Exception {
    JsonObject stream = pushStream();
    status(stream, "paused");
    add("waiting-" + client);
    domain.admin.people().admit("waiting-" + client, false);
    assertThat(receiver.sets.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
    status(stream, "enabled");
    assertThat(TestReceiver.event(receiver.next()).getKey()).isEqualTo(EventTypes.ACCOUNT_DISABLED);
    status(stream, "disabled");
    domain.admin.people().admit("waiting-" + client, true);
    Thread.sleep(1_500);
    status(stream, "enabled");
    assertThat(receiver.sets.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void aReceiverThatFailsHearsTheSameAgainAlsoAfterARestart() throws Exception {
    JsonObject stream = pushStream();
    receiver.status = 503;
    verify(stream, "again");
    String first = receiver.next();
    assertThat(domain.admin.signals().list().toString()).contains(client);
    domain.restart();
    receiver.sets.clear();
    receiver.status = 202;
    String again = receiver.next();
    assertThat(again).isEqualTo(first);
    var _ = TestReceiver.verified(domain, again, stream.string("aud"));
  }

  @Test
  void anEventThatIsRefusedIsGivenUpAndHoldsUpNoOther() throws Exception {
    JsonObject stream = pushStream();
    receiver.status = 400;
    receiver.answer = "{\"err\":\"invalid_audience\"}";
    verify(stream, "refused");
    for (int i = 0; i < 3; i++) {
      var _ = receiver.next();
    }
    receiver.status = 202;
    verify(stream, "taken");
    assertThat(TestReceiver.event(receiver.next()).getValue().string("state")).isEqualTo("taken");
    JsonObject shown = domain.admin.signals().show(client);
    assertThat(shown.objects("dead")).hasSize(1);
    assertThat(shown.objects("dead").getFirst().string("error"))
        .isEqualTo("it answers 400 invalid_audience");
    assertThat(domain.admin.signals().retry(client)).isEqualTo(1);
    assertThat(TestReceiver.event(receiver.next()).getValue().string("state")).isEqualTo("refused");
  }

  /** At every place that takes a token here, and in a library that checks ID tokens. */
  @Test
  void anEventIsNoAccessTokenAndNoIdToken() throws Exception {
    JsonObject stream = pushStream();
    verify(stream, "x");
    String set = receiver.next();
    var _ = TestReceiver.verified(domain, set, stream.string("aud"));
    String good = token;
    assertThat(ask("GET", "/ssf/stream", "").statusCode()).isEqualTo(200);
    token = set;
    assertThat(ask("GET", "/ssf/stream", "").statusCode()).isEqualTo(401);
    assertThat(domain.send(domain.form("/userinfo", "access_token", set)).statusCode())
        .isEqualTo(401);
    assertThat(domain.get("/logout?id_token_hint=" + set).statusCode()).isEqualTo(400);
    token = good;
    IDTokenValidator stranger =
        new IDTokenValidator(
            new Issuer(ISSUER),
            new ClientID(client),
            new JWSVerificationKeySelector<>(
                JWSAlgorithm.ES256,
                new ImmutableJWKSet<>(JWKSet.parse(domain.get("/jwks").body()))),
            null);
    assertThatThrownBy(() -> stranger.validate(SignedJWT.parse(set), null))
        .isInstanceOf(Exception.class);
    SignedInPerson person = person();
    String id = RunningDomain.json(person.redeem(person.code())).string("id_token");
    IDTokenValidator same =
        new IDTokenValidator(
            new Issuer(ISSUER),
            new ClientID(RunningDomain.claims(id).string("aud")),
            new JWSVerificationKeySelector<>(
                JWSAlgorithm.ES256,
                new ImmutableJWKSet<>(JWKSet.parse(domain.get("/jwks").body()))),
            null);
    assertThat(same.validate(SignedJWT.parse(id), null)).isNotNull();
  }
}
