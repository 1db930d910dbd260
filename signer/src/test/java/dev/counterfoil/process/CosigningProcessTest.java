package dev.counterfoil.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.signer.TestCosigner;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cosignatures and a real signer: what it publishes, what it waits for, when it ends. */
@Tag("turn-3")
class CosigningProcessTest {
  private static final String SIGNER = "signer/service.sock";

  private static Answer cosign(TestDomain domain, SignedNote note) throws Exception {
    return cosign(domain, "s1g1", note);
  }

  private static Answer cosign(TestDomain domain, String log, SignedNote note) throws Exception {
    return domain.ask(SIGNER, Commands.addCosignatures(log, note));
  }

  private static JsonObject status(TestDomain domain) throws Exception {
    return ((Answer.Done) domain.ask(SIGNER, Commands.status())).result();
  }

  private static Answer issue(TestDomain domain) throws Exception {
    return domain.ask(SIGNER, TestDomain.request());
  }

  private static SignedNote published(TestDomain domain, long sizeMin) throws Exception {
    try (LogReader reader = new LogReader(FileDisk.toRead(domain.path("log/s1g1")))) {
      domain.await(
          "a checkpoint",
          () -> {
            try {
              return reader.published().filter(p -> p.checkpoint().size() >= sizeMin).isPresent();
            } catch (IOException e) {
              return false;
            }
          });
      return reader.published().orElseThrow().note();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (Files.isRegularFile(file)) {
          Files.copy(file, target);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void theCosignedCheckpointIsPublishedAndStatusSaysHowFarEachIs() throws Exception {
    TestCosigner witness = new TestCosigner("witness.example");
    TestCosigner custodian = new TestCosigner("custodian.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra =
          "quorum: 1\ncosigners:\n"
              + witness.yaml("witness", false)
              + custodian.yaml("custodian", true);
      domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      SignedNote own = published(domain, 1);
      Checkpoint checkpoint = Checkpoint.parse(own.text());
      assertThat(cosign(domain, witness.note(checkpoint, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      assertThat(cosign(domain, custodian.note(checkpoint, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      NoteKey key = domain.keySet().log("s1g1").orElseThrow().key();
      byte[] cosigned = Files.readAllBytes(domain.path("log/s1g1/checkpoint.cosigned"));
      assertThat(Checkpoint.verify(cosigned, key)).isEqualTo(checkpoint);
      JsonObject status = status(domain).object("cosigning");
      assertThat(status.number("cosigned_size")).isEqualTo(1);
      assertThat(status.number("held_size")).isEqualTo(1);
      for (JsonObject one : status.objects("cosigners")) {
        assertThat(one.string("name")).endsWith(".example");
        assertThat(one.number("lag")).isZero();
        assertThat(one.number("size")).isEqualTo(1);
      }
      // What nobody known signed does nothing, and no other socket takes the command.
      TestCosigner stranger = new TestCosigner("stranger.example");
      assertThat(cosign(domain, stranger.note(checkpoint, Instant.now())))
          .isInstanceOf(Answer.Refused.class);
      assertThat(
              domain.ask(
                  "signer/admin.sock",
                  Commands.addCosignatures("s1g1", witness.note(checkpoint, Instant.now()))))
          .isInstanceOf(Answer.Refused.class);
      assertThat(cosign(domain, "s1g2", witness.note(checkpoint, Instant.now())))
          .isInstanceOf(Answer.Refused.class);
    }
  }

  @Test
  void aTokenGoesOutAtTheLevelThatItsTenantAsksFor() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra =
          "release: {acme: held, beta: checkpointed}\nrelease-wait: 1s\ncosigners:\n"
              + custodian.yaml("custodian", true);
      domain.startAll();
      assertThat(domain.ask(SIGNER, TestDomain.request("beta", "mail", 300)))
          .isInstanceOf(Answer.Issued.class);
      assertThat(status(domain).object("log").number("checkpointed")).isEqualTo(1);
      // Nobody says that he holds it: the record stands, and no token is given out.
      assertThat(domain.ask(SIGNER, TestDomain.request("acme", "mail", 300)))
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              r -> assertThat(r.code()).isEqualTo(Answer.Code.LEVEL_NOT_REACHED));
      assertThat(status(domain).object("log").number("size")).isEqualTo(2);
      assertThat(status(domain).object("log").number("held")).isZero();
      CompletableFuture<Answer> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return domain.ask(SIGNER, TestDomain.request("acme", "mail", 300));
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Checkpoint checkpoint = Checkpoint.parse(published(domain, 3).text());
      cosign(domain, custodian.note(checkpoint, Instant.now()));
      assertThat(((Answer.Issued) waiting.get()).position()).isEqualTo(2);
      assertThat(status(domain).object("log").number("held")).isEqualTo(3);
    }
  }

  @Test
  void aStartWaitsForItsHolderAndThenGoesOn() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = "cosigners:\n" + custodian.yaml("custodian", true);
      // A log that it makes itself needs nobody.
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      Checkpoint checkpoint = Checkpoint.parse(published(domain, 1).text());
      SignedNote old = custodian.note(checkpoint, Instant.now().minusSeconds(60));
      signer.destroyForcibly().waitFor();

      domain.startSigner();
      assertThat(issue(domain))
          .isInstanceOfSatisfying(
              Answer.Refused.class, r -> assertThat(r.code()).isEqualTo(Answer.Code.NO_KEY));
      assertThat(status(domain).string("reason")).contains("waiting for custodian.example");
      assertThat(cosign(domain, old)).isInstanceOf(Answer.Done.class);
      assertThat(status(domain).get("ready")).isEqualTo(false);
      assertThat(cosign(domain, custodian.note(checkpoint, Instant.now())))
          .isInstanceOf(Answer.Done.class);
      domain.awaitSigner();
      assertThat(((Answer.Issued) issue(domain)).position()).isEqualTo(1);
    }
  }

  @Test
  void aRewoundLogIsSealedAndAnotherBegins() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = "cosigners:\n" + custodian.yaml("custodian", true);
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      published(domain, 1);
      signer.destroy();
      signer.waitFor();
      copy(domain.path("signer"), domain.path("copy/signer"));
      copy(domain.path("log/s1g1"), domain.path("copy/log"));

      // It goes on, further than the copy knows.
      signer = domain.startSigner();
      status(domain);
      cosign(domain, custodian.note(Checkpoint.parse(published(domain, 1).text()), Instant.now()));
      domain.awaitSigner();
      for (int i = 0; i < 3; i++) {
        assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      }
      Checkpoint larger = Checkpoint.parse(published(domain, 4).text());
      signer.destroyForcibly().waitFor();
      delete(domain.path("signer"));
      delete(domain.path("log/s1g1"));
      copy(domain.path("copy/signer"), domain.path("signer"));
      copy(domain.path("copy/log"), domain.path("log/s1g1"));

      signer = domain.startSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Refused.class);
      assertThat(cosign(domain, custodian.note(larger, Instant.now())))
          .isInstanceOfSatisfying(
              Answer.Refused.class, r -> assertThat(r.code()).isEqualTo(Answer.Code.CONFLICT));
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
      assertThat(domain.path("signer/g1/journal/sealed")).hasContent("1\n");
      assertThat(domain.path("signer/g1/keys/k1.sealed")).doesNotExist();

      domain.startSigner();
      domain.awaitSigner();
      assertThat(((Answer.Issued) issue(domain)).position()).isZero();
      assertThat(domain.keySet().logs())
          .extracting(KeySet.StatedLog::name)
          .containsExactly("s1g1", "s1g2");
      assertThat(domain.keySet().revokedKeys()).isEmpty();
      assertThat(domain.path("signer/g1/rewound")).hasContent("4\n");
      Answer again =
          domain.ask(
              "registrar/s1.sock",
              Commands.endLog("s1g1", 7, Optional.empty(), KeyLogEvent.EndReason.LOST));
      assertThat(((Answer.Refused) again).text()).contains("ended at size 1 already");
      assertThat(domain.log("signer")).contains("custodian.example saw 4", "lost, not forged");
    }
  }

  @Test
  void twoHistoriesEndTheProcessAndNoStartGoesOn() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example");
    TestCosigner witness = new TestCosigner("witness.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra =
          "quorum: 1\ncosigners:\n"
              + custodian.yaml("custodian", false)
              + witness.yaml("witness", false);
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      Checkpoint own = Checkpoint.parse(published(domain, 1).text());
      Checkpoint other = new Checkpoint(own.origin(), 1, Hash.sha256(new byte[] {1}));
      // A witness alone, whose word nothing depends on, stops nobody.
      cosign(domain, witness.note(other, Instant.now()));
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);

      cosign(domain, custodian.note(other, Instant.now()));
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.CONTRADICTED.code());
      assertThat(domain.path("signer/g1/contradiction.note")).exists();

      signer = domain.startSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Refused.class);
      assertThat(status(domain).string("reason")).contains("another history");
      assertThat(domain.ask("signer/admin.sock", Commands.replace()))
          .isInstanceOf(Answer.Done.class);
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
    }
  }

  /** The public folder remembers what the private one has forgotten; nobody need be asked. */
  @Test
  void aRewoundPrivateFolderIsNoticedByItsOwnPublicOne() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      published(domain, 1);
      signer.destroy();
      signer.waitFor();
      copy(domain.path("signer"), domain.path("copy/signer"));
      signer = domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      published(domain, 2);
      signer.destroyForcibly().waitFor();
      delete(domain.path("signer"));
      copy(domain.path("copy/signer"), domain.path("signer"));

      domain.startSigner();
      domain.awaitSigner();
      assertThat(((Answer.Issued) issue(domain)).position()).isZero();
      assertThat(domain.path("signer/g1/journal/sealed")).hasContent("1\n");
      assertThat(domain.path("signer/g1/keys/k1.sealed")).doesNotExist();
      assertThat(domain.log("signer")).contains("an earlier state of the folder was put back");
      Answer again =
          domain.ask(
              "registrar/s1.sock",
              Commands.endLog("s1g1", 7, Optional.empty(), KeyLogEvent.EndReason.LOST));
      assertThat(((Answer.Refused) again).text()).contains("ended at size 2 already");
    }
  }

  /** Folder and log gone: the registrar remembers the name, so the next log gets another. */
  @Test
  void aLostFolderGetsANewLogOfANewName() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      signer.destroyForcibly().waitFor();
      byte[] passphrase = Files.readAllBytes(domain.path("signer/passphrase"));
      delete(domain.path("signer/g1"));
      delete(domain.path("log/s1g1"));
      assertThat(Files.readAllBytes(domain.path("signer/passphrase"))).isEqualTo(passphrase);
      domain.startSigner();
      domain.awaitSigner();
      assertThat(((Answer.Issued) issue(domain)).position()).isZero();
      assertThat(domain.path("signer/g2")).isDirectory();
      assertThat(domain.path("signer/g1")).doesNotExist();
    }
  }
}
