package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.RecordDigests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cosignatures and the record logs of a real signer: each log stands for itself. */
@Tag("turn-1")
class RecordLogCosigningProcessTest {
  private static final String SIGNER = "signer/service.sock";
  private static final String DOORS =
      """
      record-logs:
        - {name: d1, sources: [legacy]}
        - {name: d2, sources: [other]}
      """;

  private final TestCosigner witness;
  private final TestCosigner custodian;

  RecordLogCosigningProcessTest() throws Exception {
    witness = new TestCosigner("witness.example");
    custodian = new TestCosigner("custodian.example");
  }

  private TestDomain domain() throws Exception {
    TestDomain domain = new TestDomain();
    domain.signerExtra =
        DOORS
            + "quorum: 1\ncosigners:\n"
            + witness.yaml("witness", false)
            + custodian.yaml("custodian", true);
    return domain;
  }

  private static Answer record(TestDomain domain, String source, String log, String what)
      throws Exception {
    Hash digest = Hash.sha256(what.getBytes(StandardCharsets.US_ASCII));
    return domain.ask(SIGNER, new RecordDigests(log, source, "ab".repeat(16), 0, List.of(digest)));
  }

  private static Code refused(Answer answer) {
    return ((Answer.Refused) answer).code();
  }

  private static Answer cosign(TestDomain domain, String log, SignedNote note) throws Exception {
    return domain.ask(SIGNER, Commands.addCosignatures(log, note));
  }

  private static Checkpoint published(TestDomain domain, String log, long sizeMin)
      throws Exception {
    try (LogReader reader = new LogReader(FileDisk.toRead(domain.path("log").resolve(log)))) {
      domain.await(
          "a checkpoint of " + log,
          () -> {
            try {
              return reader.published().filter(p -> p.checkpoint().size() >= sizeMin).isPresent();
            } catch (IOException e) {
              return false;
            }
          });
      return reader.published().orElseThrow().checkpoint();
    }
  }

  private static JsonObject door(TestDomain domain, String log) throws Exception {
    Answer.Done status = (Answer.Done) domain.ask(SIGNER, Commands.status());
    return status.result().objects("record_logs").stream()
        .filter(door -> log.equals(door.get("name")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRecordLogIsCosignedByItself() throws Exception {
    try (TestDomain domain = domain()) {
      domain.startAll();
      assertThat(record(domain, "legacy", "d1g1", "a")).isInstanceOf(Answer.Recorded.class);
      Checkpoint own = published(domain, "d1g1", 1);
      TestCosigner stranger = new TestCosigner("stranger.example");
      assertThat(refused(cosign(domain, "d1g1", stranger.note(own, Instant.now()))))
          .isEqualTo(Code.MALFORMED);
      // A note of one log does nothing for another.
      assertThat(refused(cosign(domain, "d2g1", witness.note(own, Instant.now()))))
          .isEqualTo(Code.MALFORMED);
      assertThat(domain.path("log/d1g1/checkpoint.cosigned")).doesNotExist();

      assertThat(cosign(domain, "d1g1", witness.note(own, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      assertThat(cosign(domain, "d1g1", custodian.note(own, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      NoteKey key = NoteKey.parse(door(domain, "d1g1").string("vkey"));
      assertThat(
              Checkpoint.verify(
                  Files.readAllBytes(domain.path("log/d1g1/checkpoint.cosigned")), key))
          .isEqualTo(own);
      JsonObject cosigning = door(domain, "d1g1").object("cosigning");
      assertThat(cosigning.number("cosigned_size")).isEqualTo(1);
      assertThat(cosigning.number("held_size")).isEqualTo(1);
      assertThat(door(domain, "d2g1").object("cosigning").number("cosigned_size")).isEqualTo(-1);
    }
  }

  @Test
  void aRecordLogThatStartsAgainWaitsAndOneThatWasPutBackTakesNothing() throws Exception {
    try (TestDomain domain = domain()) {
      Process signer = domain.startAll();
      assertThat(record(domain, "legacy", "d1g1", "a")).isInstanceOf(Answer.Recorded.class);
      assertThat(record(domain, "other", "d2g1", "a")).isInstanceOf(Answer.Recorded.class);
      published(domain, "d1g1", 1);
      assertThat(domain.ask(SIGNER, TestDomain.request())).isInstanceOf(Answer.Issued.class);
      published(domain, "s1g1", 1);
      signer.destroyForcibly().waitFor();

      signer = domain.startSigner();
      confirmTokens(domain);
      assertThat(refused(record(domain, "legacy", "d1g1", "b"))).isEqualTo(Code.NO_KEY);
      assertThat(door(domain, "d1g1").string("reason")).contains("waiting for custodian.example");

      // d1 is as large as its holder knows, and d2 was larger; then of d1 there is another history.
      Checkpoint first = published(domain, "d1g1", 1);
      assertThat(cosign(domain, "d1g1", custodian.note(first, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      assertThat(record(domain, "legacy", "d1g1", "b")).isEqualTo(new Answer.Recorded(List.of(1L)));
      Checkpoint larger =
          new Checkpoint(published(domain, "d2g1", 1).origin(), 7, Hash.sha256(new byte[] {7}));
      assertThat(refused(cosign(domain, "d2g1", custodian.note(larger, Instant.now()))))
          .isEqualTo(Code.CONFLICT);
      Checkpoint other = new Checkpoint(first.origin(), 1, Hash.sha256(new byte[] {7}));
      assertThat(refused(cosign(domain, "d1g1", custodian.note(other, Instant.now()))))
          .isEqualTo(Code.CONFLICT);
      assertBroken(domain);
      assertThat(domain.path("signer/g1/record-d1/contradiction.note")).exists();
      assertThat(domain.log("signer")).contains("custodian.example saw 7", "two histories");
      signer.destroyForcibly().waitFor();

      // A word that comes later does not heal it, and another generation begins anew.
      signer = domain.startSigner();
      confirmTokens(domain);
      cosign(domain, "d2g1", custodian.note(published(domain, "d2g1", 1), Instant.now()));
      assertBroken(domain);
      assertThat(domain.ask("signer/admin.sock", Commands.replace()))
          .isInstanceOf(Answer.Done.class);
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      domain.startSigner();
      domain.awaitSigner();
      assertThat(record(domain, "other", "d2g2", "b")).isEqualTo(new Answer.Recorded(List.of(0L)));
      domain.await("the ends of three logs", () -> ends(domain).size() == 3);
      assertThat(ends(domain))
          .containsEntry("s1g1", EndReason.REPLACED)
          .containsEntry("d1g1", EndReason.REPLACED)
          .containsEntry("d2g1", EndReason.ROLLED_BACK);
    }
  }

  /** Lets the token log of a signer that starts again grow. */
  private void confirmTokens(TestDomain domain) throws Exception {
    // It answers, so what is cosigned from now on is fresh for it.
    domain.ask(SIGNER, Commands.status());
    assertThat(cosign(domain, "s1g1", custodian.note(published(domain, "s1g1", 1), Instant.now())))
        .isInstanceOf(Answer.Done.class);
    domain.awaitSigner();
  }

  /** Two doors are closed; tokens and the digests of others go on. */
  private static void assertBroken(TestDomain domain) throws Exception {
    assertThat(refused(record(domain, "other", "d2g1", "b"))).isEqualTo(Code.SEALED);
    assertThat(door(domain, "d2g1").string("broken")).contains("was larger before");
    assertThat(refused(record(domain, "legacy", "d1g1", "c"))).isEqualTo(Code.SEALED);
    assertThat(door(domain, "d1g1").string("broken")).contains("another history");
    assertThat(domain.ask(SIGNER, TestDomain.request())).isInstanceOf(Answer.Issued.class);
  }

  private static Map<String, EndReason> ends(TestDomain domain) {
    try {
      return domain.keySet().endedLogs().stream()
          .collect(Collectors.toMap(KeySet.EndedLog::log, KeySet.EndedLog::reason));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
