package dev.counterfoil.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.Strace;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a process says of itself while something in it hangs. */
class DiagnosisTest {

  @Test
  void aSectionThatHangsSaysWhereAndTheOthersAreThere() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Map<String, Diagnosis.Section> sections = new LinkedHashMap<>();
    sections.put(
        "hangs",
        () -> {
          never.await();
          return JsonObject.builder().build();
        });
    sections.put(
        "fails",
        () -> {
          throw new IllegalStateException("a message with a secret");
        });
    sections.put("works", () -> JsonObject.builder().put("fine", true).build());
    JsonObject all = new Diagnosis(sections, Duration.ofMillis(200)).collect();
    never.countDown();
    assertThat(all.object("hangs").string("could_not")).contains("200 ms");
    assertThat(all.object("hangs").strings("waits_at"))
        .anyMatch(at -> at.contains("CountDownLatch"));
    assertThat(all.object("fails").string("could_not")).endsWith("IllegalStateException");
    assertThat(all.toString()).doesNotContain("secret");
    assertThat(all.object("works").truth("fine")).isTrue();
  }

  @Test
  void aSignerWhoseDiskHangsStillTellsWhatItWaitsFor() throws Exception {
    Strace.assumeInstalled();
    try (TestDomain domain = new TestDomain()) {
      domain.startAll().destroyForcibly().waitFor();
      // The first syncs of a start pass; then the disk answers nobody any more.
      domain.signerPrefix =
          Strace.injecting("fdatasync", "delay_enter=600s:when=3+", "--seccomp-bpf");
      domain.startSigner();
      domain.awaitSigner();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        for (int i = 0; i < 64; i++) {
          Thread.ofVirtual().start(() -> askInVain(client));
        }
        domain.await("a thread that waits for the disk", () -> waitsForDisk(domain));
        JsonObject told = diagnose(domain, "signer");
        assertThat(told.object("threads").objects("threads"))
            .anySatisfy(
                thread ->
                    assertThat(thread.strings("stack")).anyMatch(at -> at.contains("force0")));
        assertThat(told.object("java").string("version")).startsWith("25");
        assertThat(told.object("log").strings("lines"))
            .anyMatch(line -> line.contains("listens on"));
        assertThat(told.object("process").strings("status")).anyMatch(l -> l.startsWith("VmLck:"));
        assertThat(told.object("protections").objects("protections")).isNotEmpty();
        assertNoSecret(domain, told.toString());
      }
    }
  }

  @Test
  void bothRolesTellOnTheAdminSocketAndOnNoOther() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      for (String role : List.of("signer", "registrar")) {
        JsonObject told = diagnose(domain, role);
        assertThat(told.object("status").string("role")).isEqualTo(role);
        assertThat(told.object("configuration").strings("keys"))
            .contains("passphrase-file: SecretFile[" + domain.path(role + "/passphrase") + "]");
        assertThat(told.object("files").object(domain.path(role).toString()).strings("files"))
            .isNotEmpty();
        assertNoSecret(domain, told.toString());
        assertThat(domain.ask(role + "/service.sock", Commands.diagnose()))
            .isInstanceOf(Answer.Refused.class);
      }
      assertThat(domain.ask("registrar/s1.sock", Commands.diagnose()))
          .isInstanceOf(Answer.Refused.class);
    }
  }

  private static void askInVain(SignerClient client) {
    try {
      // The first may pass.
      assertThat(client.ask(TestDomain.request(), TestDomain.TIMEOUT))
          .isInstanceOf(Answer.Issued.class);
    } catch (SignerUnavailableException e) {
      // What is wanted: no answer.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean waitsForDisk(TestDomain domain) {
    try {
      return diagnose(domain, "signer").toString().contains("force0");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonObject diagnose(TestDomain domain, String role) throws Exception {
    return ((Answer.Done) domain.ask(role + "/admin.sock", Commands.diagnose())).result();
  }

  /** Neither the passphrase nor a private key of the signer, as bytes in base64 or hex. */
  private static void assertNoSecret(TestDomain domain, String text) throws Exception {
    SecretFile passphrase = SecretFile.at(domain.path("signer/passphrase"));
    assertThat(text).doesNotContain(passphrase.readText());
    byte[] pkcs8 =
        SealedKeys.with(passphrase)
            .open(
                FileDisk.privateFolder(domain.path("signer/g1/keys")),
                "k1.sealed",
                "token key of enterprise: k1");
    // The scalar stands at a multiple of three in no fixed place: look for each alignment.
    for (int skip = 0; skip < 3; skip++) {
      byte[] tail = Arrays.copyOfRange(pkcs8, 36 + skip, 66);
      String base64 = Base64.getEncoder().encodeToString(tail);
      assertThat(text).doesNotContain(base64.substring(0, 24));
    }
    assertThat(text).doesNotContain(HexFormat.of().formatHex(pkcs8, 40, 60));
  }
}
