package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may have a key stated, and what becomes of stated keys when the delegation narrows. */
@Tag("turn-2")
class KeyStatingProcessTest {
  private static final Duration NARROWER = Duration.ofMinutes(10);

  private static KeyStatement ownKey() throws Exception {
    Instant from = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return TestKeys.statement(
        PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic()),
        from,
        from.plus(Duration.ofDays(1)));
  }

  private static Code refused(Answer answer) {
    return ((Answer.Refused) answer).code();
  }

  @Test
  void theAuthoritysSocketStatesNoKeysAndTheSignersSocketDoes() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process registrar = domain.startRegistrar();
      domain.delegate();
      Process signer = domain.startSigner();
      domain.awaitSigner();
      KeyStatement own = ownKey();
      var command = Commands.stateKey(own, domain.keySet().logs().getFirst());
      assertThat(refused(domain.ask("registrar/service.sock", command)))
          .isEqualTo(Code.NOT_ALLOWED);
      assertThat(refused(domain.ask("registrar/admin.sock", command))).isEqualTo(Code.NOT_ALLOWED);
      assertThat(domain.keySet().key(own.kid())).isEmpty();
      assertThat(domain.ask("registrar/s1.sock", command)).isInstanceOf(Answer.Done.class);
      assertThat(domain.keySet().key(own.kid())).contains(own);

      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      var revoke = domain.revocation(0);
      assertThat(refused(domain.ask("registrar/s1.sock", revoke))).isEqualTo(Code.NOT_ALLOWED);
      assertThat(domain.ask("registrar/service.sock", revoke)).isInstanceOf(Answer.Done.class);

      aSignerSpeaksOfItsOwnAlone(domain, own);
      aSignerThatFloodsTheKeyLogIsSeenAndKeepsNobodyOut(domain, own);
      registrar.destroyForcibly().waitFor();
      domain.startRegistrar();
      domain.awaitRegistrar();
      try (SignerClient client = domain.registrar()) {
        domain.await("a connection", client::isConnected);
        assertThat(reason(client).orElseThrow()).as("after a restart").contains("rotation needs");
      }
      theSignerBeginsAnewAllTheSame(domain, signer);
    }
  }

  /** Past all logs that were stated for it. */
  private static void theSignerBeginsAnewAllTheSame(TestDomain domain, Process signer)
      throws Exception {
    assertThat(domain.ask("registrar/s1.sock", stateLog("s1g999999")))
        .isInstanceOf(Answer.Done.class);
    assertThat(domain.ask("signer/admin.sock", Commands.replace())).isInstanceOf(Answer.Done.class);
    assertThat(signer.waitFor(60, TimeUnit.SECONDS)).isTrue();
    List<String> before = domain.keySet().logs().stream().map(KeySet.StatedLog::name).toList();
    domain.startSigner();
    domain.awaitSigner();
    Answer status = domain.ask("signer/admin.sock", Commands.status());
    String log = ((Answer.Done) status).result().object("log").string("name");
    assertThat(before).contains("s1g1", "s1g2", "s1g999999").doesNotContain(log);
    assertThat(domain.keySet().keys())
        .extracting(key -> key.log().orElseThrow())
        .as("its keys are stated")
        .contains(log);
  }

  /** By its socket it is known which one it is. */
  private static void aSignerSpeaksOfItsOwnAlone(TestDomain domain, KeyStatement own)
      throws Exception {
    for (Request.Command command :
        List.of(
            Commands.retireKey(own.kid()),
            Commands.endLog("s1g1", 0, Optional.empty(), KeyLogEvent.EndReason.REPLACED))) {
      assertThat(refused(domain.ask("registrar/s2.sock", command))).isEqualTo(Code.NOT_ITS_OWN);
    }
    assertThat(domain.keySet().endedLogs()).isEmpty();
    assertThat(domain.keySet().retiredKeys()).isEmpty();
    try (SignerClient anybody = domain.registrar()) {
      domain.await("a connection", anybody::isConnected);
      assertThat(reason(anybody).orElseThrow()).contains("compromise s2");
      JsonObject events =
          ((Answer.Done) anybody.ask(Commands.readEvents(0), TestDomain.TIMEOUT)).result();
      assertThat(events.toString()).contains("NOT_ITS_OWN", "signer s2 asked for retire-key");
    }
    // An operator does what he likes to s2, and has heard it.
    assertThat(domain.ask("registrar/s2.sock", stateLog("s2g1"))).isInstanceOf(Answer.Done.class);
    var end = Commands.endLog("s2g1", 0, Optional.empty(), KeyLogEvent.EndReason.REPLACED);
    assertThat(domain.ask("registrar/admin.sock", end)).isInstanceOf(Answer.Done.class);
    assertThat(domain.ask("registrar/s1.sock", Commands.retireKey(own.kid())))
        .as("the control")
        .isInstanceOf(Answer.Done.class);
  }

  /** Until an operator took something back. */
  private static void aSignerThatFloodsTheKeyLogIsSeenAndKeepsNobodyOut(
      TestDomain domain, KeyStatement own) throws Exception {
    try (SignerClient thief = new SignerClient(domain.path("registrar/s1.sock"));
        SignerClient anybody = domain.registrar()) {
      domain.await("a connection", thief::isConnected);
      domain.await("a connection", anybody::isConnected);
      assertThat(reason(anybody)).isEmpty();
      int stated = 0;
      while (reason(anybody).isEmpty()) {
        assertThat(stated).isLessThan(100);
        assertThat(thief.ask(stateLog(stated++), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Done.class);
        assertThat(thief.ask(stateLog(0), TestDomain.TIMEOUT))
            .as("what stands already")
            .isInstanceOf(Answer.Done.class);
      }
      assertThat(stated).isGreaterThan(60);
      assertThat(reason(thief)).as("the thief is not told").isEmpty();
      assertThat(reason(anybody).orElseThrow()).contains("counterfoil compromise");
      assertThat(domain.log("registrar")).containsOnlyOnce("rotation needs");
      // Nor does it keep out what another signer needs.
      assertThat(domain.ask("registrar/s2.sock", stateLog("s2g2"))).isInstanceOf(Answer.Done.class);
      var revoke = Commands.revokeKeys(List.of(own.kid()), "s1g1", 0);
      assertThat(domain.ask("registrar/admin.sock", revoke)).isInstanceOf(Answer.Done.class);
      assertThat(reason(anybody)).isEmpty();
      while (reason(anybody).isEmpty()) {
        assertThat(stated).isLessThan(200);
        assertThat(thief.ask(stateLog(stated++), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Done.class);
      }
      assertThat(domain.ask("registrar/admin.sock", revoke)).isInstanceOf(Answer.Done.class);
      assertThat(reason(anybody)).as("what took nothing back").isPresent();
    }
  }

  private static Optional<String> reason(SignerClient registrar) throws Exception {
    return ((Answer.Done) registrar.ask(Commands.status(), TestDomain.TIMEOUT))
        .result()
        .optionalString("reason");
  }

  private static Request.Command stateLog(int number) {
    return stateLog("s1g" + (number + 2));
  }

  private static Request.Command stateLog(String name) {
    String place = TestDomain.ISSUER.substring("https://".length()) + "/logs/" + name;
    return Commands.stateLog(
        new KeySet.StatedLog(
            name,
            new NoteKey(place, Hash.sha256(name.getBytes(StandardCharsets.UTF_8))),
            URI.create("https://" + place)));
  }

  @Test
  void aUserWhoIsNotNamedForTheSignersSocketIsTurnedAway() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.firstSignersUsers = "[nobody]";
      domain.startRegistrar();
      domain.delegate();
      domain.awaitRegistrar();
      assertThat(domain.ask("registrar/service.sock", Commands.readKeys()))
          .isInstanceOf(Answer.Done.class);
      try (SignerClient turnedAway = new SignerClient(domain.path("registrar/s1.sock"))) {
        assertThatThrownBy(() -> turnedAway.ask(Commands.readKeys(), Duration.ofSeconds(2)))
            .isInstanceOf(SignerUnavailableException.class);
      }
    }
  }

  @Test
  void afterTheScopeNarrowsTheSetVerifiesAndTokensAreIssuedWithANewKey() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      KeyStatement before = domain.keySet().keys().getFirst();
      assertThat(domain.ask("signer/service.sock", TestDomain.request("acme", "mail", 900)))
          .isInstanceOf(Answer.Issued.class);

      domain.root.delegate(TestDomain.bounds(NARROWER), domain.path("registrar"));
      domain.await("the key to be left out", () -> isLeftOut(domain, before));
      domain.await("the signer to set the key aside", () -> isSetAside(domain));
      // What is logged counts a moment later. The configuration still has the wider scope.
      domain.await("no key to sign", () -> isWithoutKey(domain));

      signer.destroy();
      signer.waitFor();
      domain.signerExtra = "life-max: " + NARROWER.toMinutes() + "m\n";
      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      assertThat(
              refused(domain.ask("signer/service.sock", TestDomain.request("acme", "mail", 900))))
          .isEqualTo(Code.OUT_OF_SCOPE);
      // The signer has the statement's word before the next checkpoint shows everybody.
      domain.await("the new key to be published", () -> !isEmpty(domain));
      assertThat(domain.keySet().keys())
          .singleElement()
          .satisfies(key -> assertThat(key.lifeMax()).isEqualTo(NARROWER));
    }
  }

  private static boolean isEmpty(TestDomain domain) {
    try {
      return domain.keySet().keys().isEmpty();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isLeftOut(TestDomain domain, KeyStatement key) {
    try {
      return domain.keySet().key(key.kid()).isEmpty();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isWithoutKey(TestDomain domain) {
    try {
      return domain.ask("signer/service.sock", TestDomain.request()) instanceof Answer.Refused no
          && no.code() == Code.NO_KEY;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isSetAside(TestDomain domain) {
    try {
      return domain.log("signer").contains("is left out of the key set");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
