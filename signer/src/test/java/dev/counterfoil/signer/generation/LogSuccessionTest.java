package dev.counterfoil.signer.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real signer whose log is followed by another, as an operator planned it. */
@Tag("turn-3")
class LogSuccessionTest {
  private static final String SIGNER = "signer/service.sock";
  private static final String ADMIN = "signer/admin.sock";

  private static JsonObject done(TestDomain domain, Request command) throws Exception {
    Answer answer = domain.ask(ADMIN, command);
    assertThat(answer).as(answer.toString()).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result();
  }

  private static String log(TestDomain domain) throws Exception {
    return done(domain, Commands.status()).object("log").string("name");
  }

  private static long issue(TestDomain domain) throws Exception {
    Answer answer = domain.ask(SIGNER, TestDomain.request());
    assertThat(answer).as(answer.toString()).isInstanceOf(Answer.Issued.class);
    return ((Answer.Issued) answer).position();
  }

  private static JsonObject announce(TestDomain domain, Duration ahead) throws Exception {
    JsonObject announced = done(domain, Commands.succeed(Instant.now().plus(ahead)));
    String log = announced.string("log");
    domain.await(
        "the successor's keys",
        () -> {
          try {
            return keys(domain.keySet(), log).size() == 1;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    return announced;
  }

  private static List<String> keys(KeySet set, String log) {
    return set.keys().stream()
        .filter(key -> key.log().equals(Optional.of(log)))
        .map(KeyStatement::kid)
        .toList();
  }

  private static Optional<KeySet.EndedLog> ended(KeySet set, String log) {
    return set.endedLogs().stream().filter(one -> one.log().equals(log)).findFirst();
  }

  private static KeySet awaitEnd(TestDomain domain, String log) throws Exception {
    domain.await(
        "the end of " + log,
        () -> {
          try {
            return ended(domain.keySet(), log).isPresent();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    return domain.keySet();
  }

  @Test
  void aSuccessorIsAnnouncedTakesOverAndNothingIsTakenBack() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      assertThat(issue(domain)).isZero();
      assertThat(domain.ask(ADMIN, Commands.cancelSuccession())).isInstanceOf(Answer.Refused.class);
      assertThat(announce(domain, Duration.ofHours(1)).string("log")).isEqualTo("s1g2");
      assertThat(done(domain, Commands.cancelSuccession()).string("log")).isEqualTo("s1g2");
      assertThat(ended(awaitEnd(domain, "s1g2"), "s1g2").orElseThrow())
          .satisfies(
              end -> {
                assertThat(end.size()).isZero();
                assertThat(end.reason()).isEqualTo(EndReason.PLANNED);
              });

      JsonObject announced = announce(domain, Duration.ofHours(1));
      assertThat(announced.string("log")).as("no name is used again").isEqualTo("s1g3");
      KeySet ahead = domain.keySet();
      assertThat(ahead.log("s1g3").orElseThrow().key().toString())
          .isEqualTo(announced.string("vkey"));
      assertThat(ahead.log("s1g3").orElseThrow().key())
          .as("another log key")
          .isNotEqualTo(ahead.log("s1g1").orElseThrow().key());
      assertThat(ended(ahead, "s1g1")).isEmpty();
      assertThat(issue(domain)).as("the log before goes on").isEqualTo(1);

      signer.destroyForcibly().onExit().join();
      signer = domain.startSigner();
      domain.awaitSigner();
      assertThat(log(domain)).as("also after a crash").isEqualTo("s1g1");
      assertThat(issue(domain)).isEqualTo(2);
      assertThat(done(domain, Commands.status()).object("successor").string("log"))
          .isEqualTo("s1g3");

      assertThat(done(domain, Commands.succeed(Instant.now())).truth("changed")).isTrue();
      assertThat(signer.onExit().join().exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
      domain.startSigner();
      domain.awaitSigner();
      assertThat(log(domain)).isEqualTo("s1g3");
      assertThat(issue(domain)).isZero();
      KeySet after = awaitEnd(domain, "s1g1");
      assertThat(ended(after, "s1g1").orElseThrow())
          .satisfies(
              end -> {
                assertThat(end.size()).isEqualTo(3);
                assertThat(end.successor()).contains("s1g3");
                assertThat(end.reason()).isEqualTo(EndReason.PLANNED);
              });
      assertThat(keys(after, "s1g1")).as("its tokens verify").isEqualTo(keys(ahead, "s1g1"));
      assertThat(after.revokedKeys()).isEmpty();
      assertThat(after.retiredKeys()).isEmpty();
      assertThat(keys(after, "s1g3"))
          .as("who signs now was known before")
          .isEqualTo(keys(ahead, "s1g3"));
      JsonObject old = done(domain, Commands.replace("s1g1"));
      assertThat(old.truth("already")).isTrue();
      assertThat(old.number("size")).isEqualTo(3);
      assertThat(old.strings("kids")).isEqualTo(keys(ahead, "s1g1"));
      assertThat(old.strings("own"))
          .as("what was given up is none")
          .containsExactly("s1g1", "s1g3");
      assertThat(log(domain)).as("the present log goes on").isEqualTo("s1g3");
    }
  }

  /** Of each event of a replacement why it was none; empty for one that was done. */
  private static List<String> replacements(TestDomain domain) throws Exception {
    List<String> codes = new ArrayList<>();
    Request.Command read =
        new Request.Command(
            Commands.READ_EVENTS, JsonObject.builder().put("acknowledged", 0L).build());
    Answer answer = domain.ask(SIGNER, read);
    for (JsonObject one : ((Answer.Done) answer).result().objects("events")) {
      JsonObject event =
          AuditEvent.parseReported(one.string("line").getBytes(StandardCharsets.UTF_8)).json();
      if (event.object("metadata").string("event_code").equals("signer.replace")) {
        codes.add(event.optionalString("status_code").orElse(""));
      }
    }
    return codes;
  }

  @Test
  void whoeverReplacesASignerReplacesWhatItAnnouncedToo() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      assertThat(issue(domain)).isZero();
      announce(domain, Duration.ofHours(1));
      List<String> announced = keys(domain.keySet(), "s1g2");
      JsonObject replaced = done(domain, Commands.replace());
      assertThat(replaced.string("log")).isEqualTo("s1g1");
      assertThat(replaced.object("announced").string("log")).isEqualTo("s1g2");
      assertThat(replaced.object("announced").strings("kids")).isEqualTo(announced);
      assertThat(signer.onExit().join().exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
      Process next = domain.startSigner();
      domain.awaitSigner();
      assertThat(log(domain)).isEqualTo("s1g3");
      assertThat(ended(awaitEnd(domain, "s1g1"), "s1g1").orElseThrow())
          .satisfies(
              end -> {
                assertThat(end.reason()).isEqualTo(EndReason.REPLACED);
                assertThat(end.successor()).contains("s1g3");
              });
      assertThat(awaitEnd(domain, "s1g2").endedLogs()).hasSize(2);
      // Said by somebody else again, it is the same replacement.
      for (Request.Command again : List.of(Commands.replace(), Commands.replace("s1g1"))) {
        JsonObject same = done(domain, again);
        assertThat(same.truth("already")).isTrue();
        assertThat(same.string("log")).isEqualTo("s1g1");
        assertThat(same.number("size")).isEqualTo(replaced.number("size")).isEqualTo(1);
        assertThat(same.strings("kids")).isEqualTo(replaced.strings("kids")).isNotEmpty();
        assertThat(same.object("announced")).isEqualTo(replaced.object("announced"));
        assertThat(same.strings("own")).containsExactly("s1g1", "s1g3");
      }
      assertThat(
              ((Answer.Refused) domain.ask("signer/admin.sock", Commands.replace("s1g9"))).code())
          .isEqualTo(Code.UNKNOWN);
      assertThat(replacements(domain))
          .as("what was not done is no replacement in the audit log")
          .containsExactly("", "ALREADY", "ALREADY", "UNKNOWN");
      assertThat(issue(domain)).as("it issues").isZero();
      assertThat(done(domain, Commands.replaceAgain()).string("log")).isEqualTo("s1g3");
      assertThat(next.onExit().join().exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
    }
  }
}
