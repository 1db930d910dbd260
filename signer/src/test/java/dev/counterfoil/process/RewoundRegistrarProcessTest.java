package dev.counterfoil.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.registrar.KeyLogRestore;
import dev.counterfoil.signer.TestCosigner;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real registrar whose disk is put back to before a revocation, and one whose disk is not. */
class RewoundRegistrarProcessTest {
  private static final String SERVICE = "registrar/service.sock";
  private static final String ADMIN = "registrar/admin.sock";

  private final TestCosigner custodian;
  private TestDomain domain;
  private String kid;

  RewoundRegistrarProcessTest() throws Exception {
    custodian = new TestCosigner("custodian.example");
  }

  @BeforeEach
  void start() throws Exception {
    domain = new TestDomain();
    domain.registrarExtra = "cosigners:\n" + custodian.yaml("custodian", true);
    // A key log that it begins itself waits for nobody.
    Process registrar = domain.startRegistrar();
    domain.delegate();
    Process signer = domain.startSigner();
    domain.awaitSigner();
    kid = domain.keySet().keys().getFirst().kid();
    signer.destroyForcibly().waitFor();
    registrar.destroyForcibly().waitFor();
    for (String part : List.of("registrar", "log")) {
      copy(domain.path(part), domain.path("copy").resolve(part));
    }
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
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

  private JsonObject status() throws Exception {
    return ((Answer.Done) domain.ask(SERVICE, Commands.status())).result();
  }

  private Answer cosign(SignedNote note) throws Exception {
    return domain.ask(SERVICE, Commands.addCosignatures(KeyLog.NAME, note));
  }

  private Checkpoint published() throws Exception {
    return Checkpoint.parse(
        SignedNote.parse(Files.readAllBytes(domain.path("log/keys/checkpoint"))).text());
  }

  private Instant headAt() throws Exception {
    return KeyLogHead.verify(Files.readAllBytes(domain.path("log/keys/checkpoint")), keyLogKey())
        .at();
  }

  private NoteKey keyLogKey() throws Exception {
    return domain.policy().logs().getFirst();
  }

  private Answer withdraw() throws Exception {
    return domain.ask(ADMIN, Commands.withdrawKey(kid));
  }

  private void putBack(String part) throws IOException {
    delete(domain.path(part));
    copy(domain.path("copy").resolve(part), domain.path(part));
  }

  /** Waits until it is there: a word from before its start says nothing. */
  private Process startAndHear(Checkpoint held) throws Exception {
    Process registrar = domain.startRegistrar();
    assertThat(status().get("ready")).isEqualTo(false);
    assertThat(cosign(custodian.note(held, Instant.now()))).isInstanceOf(Answer.Done.class);
    domain.awaitRegistrar();
    return registrar;
  }

  private void endsAndSaysWhatToDo(Process registrar) throws Exception {
    assertThat(registrar.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(registrar.exitValue()).isEqualTo(ProcessExitCode.CONTRADICTED.code());
    assertThat(domain.log("registrar")).contains("counterfoil keys restore-log");
  }

  private void restore(long size) throws Exception {
    try (LogReader held = new LogReader(FileDisk.toRead(domain.path("held")))) {
      assertThat(
              KeyLogRestore.restore(
                      domain.path("registrar"),
                      domain.policy(),
                      held,
                      number -> {
                        throw new IOException("no copy of revocation log " + number);
                      },
                      new SplittableRandom(1),
                      Instant::now)
                  .keyLog()
                  .size())
          .isEqualTo(size);
    }
    assertThat(domain.path("registrar").resolve(KeyLogRestore.EVIDENCE_FILE)).doesNotExist();
  }

  @Test
  void aDiskThatWasPutBackForgetsNoRevocation() throws Exception {
    // Whole, it signs nothing before its holder says that it has all, and goes on then.
    Instant before = headAt();
    Process registrar = domain.startRegistrar();
    assertThat(status().string("reason")).contains("waiting for custodian.example");
    assertThat(withdraw())
        .isInstanceOfSatisfying(
            Answer.Refused.class, r -> assertThat(r.code()).isEqualTo(Answer.Code.BUSY));
    assertThat(domain.ask(SERVICE, Commands.readKeys())).isInstanceOf(Answer.Refused.class);
    assertThat(headAt()).isEqualTo(before);
    while (!Instant.now().isAfter(before.plusSeconds(1))) {
      // A head's time is in whole seconds.
      Thread.sleep(50);
    }
    assertThat(cosign(custodian.note(published(), Instant.now()))).isInstanceOf(Answer.Done.class);
    domain.awaitRegistrar();
    assertThat(headAt()).isAfter(before);
    assertThat(withdraw()).isInstanceOf(Answer.Done.class);
    registrar.destroyForcibly().waitFor();
    copy(domain.path("log/keys"), domain.path("held"));
    Checkpoint larger = published();

    // Put back, it ends at its holder's word, and at every start after it.
    putBack("registrar");
    putBack("log");
    Checkpoint earlier = published();
    registrar = domain.startRegistrar();
    assertThat(status().get("ready")).isEqualTo(false);
    assertThat(cosign(custodian.note(larger, Instant.now())))
        .isInstanceOfSatisfying(
            Answer.Refused.class, r -> assertThat(r.code()).isEqualTo(Answer.Code.CONFLICT));
    endsAndSaysWhatToDo(registrar);
    endsAndSaysWhatToDo(domain.startRegistrar());
    assertThat(headAt()).as("nothing is signed over the earlier state").isEqualTo(before);
    assertThat(published()).isEqualTo(earlier);

    // With what it lost it goes on.
    restore(larger.size());
    startAndHear(larger).destroyForcibly().waitFor();
    assertThat(published()).isEqualTo(larger);
    assertThat(domain.keySet().withdrawnKeys()).contains(kid);

    // The public folder alone shows that its journal was put back.
    putBack("registrar");
    endsAndSaysWhatToDo(domain.startRegistrar());
    restore(larger.size());
    startAndHear(larger);
  }
}
