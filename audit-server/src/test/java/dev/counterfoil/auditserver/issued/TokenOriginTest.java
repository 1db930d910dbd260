package dev.counterfoil.auditserver.issued;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a person's token comes from, by what the audit log has of the sign-in and the grant. */
class TokenOriginTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST = new Reader("analyst", Optional.empty(), Optional.empty());

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with it
  private Auditor auditor;

  @BeforeEach
  void start() throws Exception {
    auditor =
        Auditor.start(
            new Auditor.Settings(folder, "monitor.example/audit", 1_000_000),
            InstantSource.system(),
            new SecureRandom(),
            failure -> {});
  }

  @AfterEach
  void stop() throws Exception {
    auditor.close();
  }

  private void happens(EventDraft draft) throws Exception {
    auditor.record("trial", draft.part("authority").tenant("acme"));
  }

  private JsonObject origin(Optional<Issuances.Found.SignIn> signIn) throws Exception {
    while (auditor.indexed() < auditor.size()) {
      Thread.onSpinWait();
    }
    String issuance =
        """
        {"activity_id":1,"category_uid":3,"class_uid":%d,"type_uid":%d,"severity_id":1,"time":%d,\
        "metadata":{"version":"1.8.0","product":{"name":"Counterfoil"},"tenant_uid":"acme",\
        "sequence":1},"actor":{"user":{"uid":"ann"},"app_uid":"shop"},\
        "ground":{"name":"authorization_code","reference":"g1"},"recorded_token":{"uid":"t1"}}
        """
            .formatted(
                Operation.TOKEN_ISSUE.classUid(),
                Operation.TOKEN_ISSUE.classUid() * 100 + 1,
                InstantSource.system().millis());
    return TokenOrigin.of(
        new Issuances.Found.Issued(
            StrictJson.object(issuance.strip().getBytes(StandardCharsets.UTF_8), 1 << 16), signIn),
        auditor.look(
            ACME,
            Operation.AUDIT_TRACE.code(),
            JsonObject.builder().put("token", "t1").build(),
            ANALYST));
  }

  private static Optional<Issuances.Found.SignIn> now() {
    return Optional.of(
        new Issuances.Found.SignIn(InstantSource.system().millis() / 1000, "phrh", "hwk user"));
  }

  private static EventDraft signIn(String person, String session) {
    return EventDraft.of(Operation.PERSON_SIGN_IN).user(person).session(session).message("phrh");
  }

  private static EventDraft give(String person, String client, String session, String grant) {
    return EventDraft.of(Operation.GRANT_GIVE)
        .user(person)
        .client(client)
        .session(session)
        .entity("grant", grant)
        .message("scope openid");
  }

  @Test
  void leadsToTheSignInAndToWhatThePersonAllowed() throws Exception {
    happens(signIn("ann", "s1").address("198.51.100.1"));
    // Of the same second, and not the one.
    happens(signIn("ann", "s2").address("198.51.100.2"));
    happens(give("ann", "shop", "s1", "g1"));
    happens(give("ann", "shop", "s2", "g2"));
    JsonObject origin = origin(now());
    JsonObject stated = origin.object("sign_in");
    assertThat(stated.string("amr")).isEqualTo("hwk user");
    JsonObject event = stated.object("event").object("event");
    assertThat(event.object("metadata").string("event_code")).isEqualTo("person.sign-in");
    assertThat(event.object("src_endpoint").string("ip")).isEqualTo("198.51.100.1");
    assertThat(origin.objects("given")).hasSize(1);
    assertThat(origin.objects("ended")).isEmpty();
  }

  @Test
  void noEventOfAnotherPersonClientOrOutcomeIsTakenForIt() throws Exception {
    happens(signIn("bob", "s1"));
    happens(signIn("ann", "s1").refused("wrong-password", "the proof was not accepted"));
    happens(give("ann", "other", "s1", "g1"));
    happens(give("bob", "shop", "s1", "g1"));
    assertThat(origin(now()).objects("given")).isEmpty();
    happens(give("ann", "shop", "s1", "g1"));
    JsonObject origin = origin(now());
    assertThat(origin.objects("given")).hasSize(1);
    assertThat(origin.object("sign_in").optionalObject("event")).isEmpty();
    // One behind the grant is none that it was given on.
    Thread.sleep(2);
    happens(signIn("ann", "s1"));
    assertThat(origin(now()).object("sign_in").optionalObject("event")).isEmpty();
    Thread.sleep(2);
    // The control.
    happens(signIn("ann", "s3"));
    happens(give("ann", "shop", "s3", "g1"));
    assertThat(origin(now()).object("sign_in").optionalObject("event")).isPresent();
  }

  @Test
  void aSignInIsFoundBehindAllThatHappenedInItsSession() throws Exception {
    happens(signIn("ann", "s1"));
    for (int i = 0; i < 110; i++) {
      happens(give("ann", "shop", "s1", "before" + i));
    }
    happens(give("ann", "shop", "s1", "g1"));
    assertThat(origin(now()).object("sign_in").optionalObject("event")).isPresent();
  }

  @Test
  void saysThatItsGrantHasEnded() throws Exception {
    happens(EventDraft.of(Operation.GRANT_END).user("ann").client("shop").entity("grant", "g2"));
    assertThat(origin(now()).objects("ended")).as("of another grant").isEmpty();
    happens(EventDraft.of(Operation.GRANT_END).user("ann").client("shop").entity("grant", "g1"));
    assertThat(origin(now()).objects("ended")).hasSize(1);
  }

  @Test
  void aClientsOwnTokenHasNoSignIn() throws Exception {
    happens(signIn("ann", "s1"));
    assertThat(origin(Optional.empty()).optionalObject("sign_in")).isEmpty();
    assertThat(origin(Optional.empty()).objects("given")).isEqualTo(List.of());
  }
}
