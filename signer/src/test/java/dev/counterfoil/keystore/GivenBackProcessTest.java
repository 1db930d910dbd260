package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestCosigner;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request.ReadRecords;
import dev.counterfoil.signerprotocol.SignerName;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A real signer whose journal begins later than its log. */
class GivenBackProcessTest {
  private static final String SIGNER = "signer/service.sock";

  @Test
  void itStartsIssuesAndSaysWhereTheRestIs() throws Exception {
    TestCosigner custodian = new TestCosigner("custodian.example");
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = "cosigners:\n" + custodian.yaml("custodian", false);
      Process signer = domain.startAll();
      for (int i = 0; i < 3; i++) {
        assertThat(domain.ask(SIGNER, TestDomain.request())).isInstanceOf(Answer.Issued.class);
      }
      assertThat(domain.ask(SIGNER, new ReadRecords("s1g1", 0, 10)))
          .isInstanceOfSatisfying(
              Answer.Records.class, records -> assertThat(records.count()).isEqualTo(3));
      signer.destroy();
      signer.onExit().join();
      giveBack(domain);

      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.ask(SIGNER, new ReadRecords("s1g1", 0, 10)))
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              gone -> {
                assertThat(gone.code()).isEqualTo(Answer.Code.GONE);
                assertThat(gone.text()).contains("below position 3", custodian.key().name());
              });
      assertThat(domain.ask(SIGNER, TestDomain.request()))
          .isInstanceOfSatisfying(
              Answer.Issued.class, issued -> assertThat(issued.position()).isEqualTo(3));
      assertThat(domain.ask(SIGNER, new ReadRecords("s1g1", 3, 10)))
          .isInstanceOfSatisfying(
              Answer.Records.class, records -> assertThat(records.count()).isEqualTo(1));
      Answer.Done status = (Answer.Done) domain.ask(SIGNER, Commands.status());
      assertThat(status.result().object("journal").number("begin")).isEqualTo(3);
      assertThat(status.result().object("journal").number("keep_seconds")).isEqualTo(604_800);
    }
  }

  private static void giveBack(TestDomain domain) throws Exception {
    Generation first = Generation.of(SignerName.FIRST, domain.path("signer"), 1);
    Ed25519Key key =
        Ed25519Key.openOrMake(
            SealedKeys.with(
                TrialRoot.openOrMakePassphrase(domain.path("signer").resolve("passphrase"))),
            FileDisk.privateFolder(first.keys()),
            "log",
            "login.example/logs/s1g1");
    try (Log log =
        Log.open(
            FileDisk.privateFolder(first.journal()),
            FileDisk.publicFolder(domain.path("log/s1g1")),
            JournalOptions.TOKENS,
            key.notes(),
            InstantSource.system(),
            new Random(1))) {
      log.rollOver();
      assertThat(log.giveBack(3)).isEqualTo(3);
    }
  }
}
