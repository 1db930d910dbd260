package dev.counterfoil.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.signer.Strace;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong around a signer, with real processes: each fault beside what still works. */
@Tag("turn-2")
class FaultProcessTest {
  private static final String JOURNAL_FULL_MB = "400m";

  private static int issue(SignerClient client, List<Answer> answers) throws InterruptedException {
    try {
      while (true) {
        Answer answer = client.ask(TestDomain.request(), TestDomain.TIMEOUT);
        answers.add(answer);
        if (!(answer instanceof Answer.Issued)) {
          return answers.size();
        }
      }
    } catch (SignerUnavailableException e) {
      // The signer is gone: so the loop ends.
      return answers.size();
    }
  }

  @Test
  void aSyncThatFailsStopsTheSignerAndTheRegistrarStillRevokes() throws Exception {
    Strace.assumeInstalled();
    try (TestDomain domain = new TestDomain()) {
      Process first = domain.startAll();
      // With this segment and the next made, it is the journal's own sync that fails, and not the
      // background's.
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      domain.await("the next segment", () -> hasNextSegment(domain));
      first.destroyForcibly().waitFor();
      domain.signerPrefix = Strace.injecting("fdatasync", "error=EIO:when=25+", "--seccomp-bpf");
      Process failing = domain.startSigner();
      domain.awaitSigner();
      List<Answer> answers = new ArrayList<>();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        issue(client, answers);
      }
      assertThat(failing.waitFor(60, TimeUnit.SECONDS)).as(domain.log("signer")).isTrue();
      assertThat(failing.exitValue()).isEqualTo(ProcessExitCode.JOURNAL_FAILED.code());
      assertThat(domain.log("signer")).contains("the journal failed");
      assertThat(answers).isNotEmpty().allMatch(answer -> answer instanceof Answer.Issued);

      assertThat(domain.revoke(0)).isInstanceOf(Answer.Done.class);
      assertThat(domain.keySet().revokedTokens()).hasSize(1);

      domain.signerPrefix = List.of();
      domain.startSigner();
      domain.awaitSigner();
      Answer.Records records =
          (Answer.Records)
              domain.ask("signer/service.sock", new Request.ReadRecords("s1g1", 0, 10_000));
      assertThat(records.count()).isGreaterThanOrEqualTo(answers.size());
      for (Answer answer : answers) {
        Answer.Issued issued = (Answer.Issued) answer;
        assertThat(issued.token())
            .startsWith(signingInput(records.payloads().get((int) issued.position())) + ".");
      }
    }
  }

  /** A signer's folder that goes while it issues, as with rm -rf or another disk's mount. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(120)
  void aSignerWithoutItsFolderStopsWithinASecond(boolean anotherInItsPlace) throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      List<Answer> answers = new ArrayList<>();
      AtomicReference<Instant> last = new AtomicReference<>(Instant.MIN);
      Instant lost;
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        Thread issuing =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        while (client.ask(TestDomain.request(), TestDomain.TIMEOUT)
                            instanceof Answer.Issued issued) {
                          answers.add(issued);
                          last.set(Instant.now());
                        }
                      } catch (SignerUnavailableException | InterruptedException e) {
                        // It is gone.
                      }
                    });
        domain.await("traffic", () -> last.get().isAfter(Instant.MIN));
        Thread.sleep(500);
        assertThat(signer.isAlive()).isTrue();
        Files.move(domain.path("signer"), domain.path("elsewhere"));
        if (anotherInItsPlace) {
          Files.createDirectories(domain.path("signer/g1/journal"));
        }
        lost = Instant.now();
        issuing.join();
      }
      assertThat(answers).isNotEmpty();
      assertThat(Duration.between(lost, last.get())).isLessThan(Duration.ofSeconds(1));
      assertThat(signer.waitFor(60, TimeUnit.SECONDS)).as(domain.log("signer")).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.JOURNAL_FAILED.code());
      assertThat(domain.log("signer")).contains("storage is lost");
    }
  }

  @Test
  void aRegistrarWithoutItsFolderStops() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process registrar = domain.startRegistrar();
      domain.delegate();
      domain.awaitRegistrar();
      Files.move(domain.path("registrar"), domain.path("elsewhere"));
      assertThat(registrar.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(registrar.exitValue()).isEqualTo(ProcessExitCode.JOURNAL_FAILED.code());
      assertThat(domain.log("registrar")).contains("is gone");
    }
  }

  @Test
  void aFullDiskStopsIssuingLoudlyAndRevokingWorks() throws Exception {
    try (TestDomain domain = new TestDomain();
        SmallDisk small = new SmallDisk(domain.path("signer/g1/journal"))) {
      assumeTrue(small.isMounted, "mounting a small file system is not allowed here");
      domain.startAll();
      List<Answer> answers = new ArrayList<>();
      List<Thread> callers = new ArrayList<>();
      IssueRequest large = large();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        assertThat(client.ask(TestDomain.request(), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Issued.class);
        for (int i = 0; i < 256; i++) {
          callers.add(
              Thread.ofVirtual()
                  .start(
                      () -> {
                        Answer refused = untilRefused(client, large);
                        synchronized (answers) {
                          answers.add(refused);
                        }
                      }));
        }
        for (Thread caller : callers) {
          caller.join();
        }
        assertThat(answers)
            .hasSize(256)
            .allSatisfy(
                answer -> assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL));
        Answer.Done status = (Answer.Done) client.ask(Commands.status(), TestDomain.TIMEOUT);
        assertThat(status.result().truth("ready")).isFalse();
        assertThat(status.result().string("reason")).contains("full");
      }
      assertThat(domain.log("signer")).contains("cannot grow");
      assertThat(domain.revoke(0)).isInstanceOf(Answer.Done.class);
    }
  }

  @Test
  void aFloodOfOneClientStopsThatClientAlone() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      // A fresh bucket holds a second's worth: no timing decides who is refused.
      domain.signerExtra = "quotas:\n  clients:\n    robot: 2\n";
      domain.startAll();
      List<Answer> flood = new ArrayList<>();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        issue(client, flood);
        assertThat(((Answer.Refused) flood.getLast()).code()).isEqualTo(Code.QUOTA);
        assertThat(flood).hasSizeGreaterThan(2);
        // While the robot hammers on, others get theirs.
        int others = 0;
        int refused = 0;
        for (int i = 0; i < 200; i++) {
          Answer robot = client.ask(TestDomain.request(), TestDomain.TIMEOUT);
          refused += robot instanceof Answer.Refused ? 1 : 0;
          Answer other = client.ask(of("human"), TestDomain.TIMEOUT);
          others += other instanceof Answer.Issued ? 1 : 0;
        }
        assertThat(others).isEqualTo(200);
        assertThat(refused).isPositive();
      }
      assertThat(domain.revoke(0)).isInstanceOf(Answer.Done.class);
    }
  }

  private static IssueRequest of(String clientId) {
    IssueRequest robot = TestDomain.request();
    return new IssueRequest(
        robot.tokenType(),
        robot.tenant(),
        clientId,
        clientId,
        robot.audiences(),
        robot.scope(),
        robot.lifeSeconds(),
        null,
        null,
        robot.ground(),
        robot.clientAddress(),
        robot.requestedAtMillis());
  }

  /**
   * A small file system of its own; taken away before the processes end, which it does not mind.
   */
  private static final class SmallDisk implements AutoCloseable {
    private final Path folder;
    private final boolean isMounted;

    SmallDisk(Path folder) throws java.io.IOException {
      this.folder = Files.createDirectories(folder);
      this.isMounted =
          run("mount", "-t", "tmpfs", "-o", "size=" + JOURNAL_FULL_MB, "tmpfs", folder.toString());
    }

    private static boolean run(String... command) throws java.io.IOException {
      return new ProcessBuilder(command).start().onExit().join().exitValue() == 0;
    }

    @Override
    public void close() throws java.io.IOException {
      if (isMounted) {
        run("umount", "-l", folder.toString());
      }
    }
  }

  private static Answer untilRefused(SignerClient client, IssueRequest request) {
    try {
      while (true) {
        Answer answer = client.ask(request, TestDomain.TIMEOUT);
        if (!(answer instanceof Answer.Issued)) {
          return answer;
        }
      }
    } catch (SignerUnavailableException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fills the journal with few signatures. */
  private static IssueRequest large() {
    return new IssueRequest(
        "at+jwt",
        "acme",
        "robot",
        "robot",
        List.of("mail"),
        "x".repeat(4 * IssueRequest.TEXT_MAX),
        300,
        null,
        dev.counterfoil.format.bytes.JsonObject.builder().put("name", "y".repeat(7_800)).build(),
        new IssueRequest.Ground("client_secret_basic", ""),
        "192.0.2.7",
        0);
  }

  @Test
  void aSecondProcessOnTheFolderRefusesAndTheFirstGoesOn() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      Process second = domain.startSigner();
      assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(second.exitValue()).isEqualTo(ProcessExitCode.FOLDER_IN_USE.code());
      assertThat(domain.log("signer")).contains("belongs to another process");
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      Process registrar = domain.startRegistrar();
      assertThat(registrar.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(registrar.exitValue()).isEqualTo(ProcessExitCode.FOLDER_IN_USE.code());
    }
  }

  @Test
  void aKeyOrPassphraseThatCannotBeUsedIsNamed() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll().destroyForcibly().waitFor();
      Path passphrase = domain.path("signer/passphrase");
      byte[] right = Files.readAllBytes(passphrase);
      byte[] wrong = right.clone();
      wrong[0] ^= 1;
      Files.write(passphrase, wrong);
      assertRefuses(domain, "is not what it was sealed with");
      Files.write(passphrase, right);
      Path key = domain.path("signer/g1/keys/k1.sealed");
      byte[] good = Files.readAllBytes(key);
      Files.write(key, new byte[] {1, 2, 3});
      assertRefuses(domain, "k1.sealed");
      Files.write(key, good);
      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.log("signer"))
          .doesNotContain(new String(right, java.nio.charset.StandardCharsets.US_ASCII).strip());
    }
  }

  private static void assertRefuses(TestDomain domain, String message) throws Exception {
    Process refusing = domain.startSigner();
    assertThat(refusing.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(refusing.exitValue()).isEqualTo(ProcessExitCode.KEY_UNUSABLE.code());
    assertThat(domain.log("signer")).contains(message).doesNotContain("\tat ");
  }

  @Test
  void aWrongConfigurationIsRefusedWithItsLine() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = "life-maximum: 15m\n";
      Process refusing = domain.startSigner();
      assertThat(refusing.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(refusing.exitValue()).isEqualTo(ProcessExitCode.CONFIGURATION.code());
      assertThat(domain.log("signer")).contains("signer.yaml:").contains("life-maximum");
    }
  }

  @Test
  void withoutADelegationTheRegistrarSaysWhatToDoAndThenGoesOn() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startRegistrar();
      domain.startSigner();
      domain.await(
          "the statement key", () -> Files.exists(domain.path("registrar/statement-key.jwk")));
      Answer.Done status = (Answer.Done) domain.ask("registrar/admin.sock", Commands.status());
      assertThat(status.result().truth("ready")).isFalse();
      assertThat(status.result().string("reason")).contains("ceremony-request.json");
      assertThat(((Answer.Refused) domain.ask("signer/service.sock", TestDomain.request())).code())
          .isEqualTo(Code.NO_KEY);
      domain.delegate();
      domain.awaitRegistrar();
      domain.awaitSigner();
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
    }
  }

  @Test
  void aSignerThatIsReplacedStartsAgainWithOtherKeysAndAnotherLog() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      String oldToken =
          ((Answer.Issued) domain.ask("signer/service.sock", TestDomain.request())).token();
      assertThat(((Answer.Refused) domain.ask("signer/service.sock", Commands.replace())).code())
          .isEqualTo(Code.NOT_ALLOWED);
      Answer.Done replaced = (Answer.Done) domain.ask("signer/admin.sock", Commands.replace());
      assertThat(replaced.result().string("log")).isEqualTo("s1g1");
      assertThat(replaced.result().number("size")).isEqualTo(1);
      String kid = replaced.result().strings("kids").getFirst();
      assertThat(signer.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
      assertThat(domain.path("signer/g1/keys/k1.sealed")).doesNotExist();

      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.ask("registrar/admin.sock", Commands.revokeKeys(List.of(kid), "s1g1", 1)))
          .isInstanceOf(Answer.Done.class);
      Answer.Issued issued =
          (Answer.Issued) domain.ask("signer/service.sock", TestDomain.request());
      assertThat(issued.position()).isZero();
      KeySet set = domain.keySet();
      assertThat(set.logs()).extracting(KeySet.StatedLog::name).containsExactly("s1g1", "s1g2");
      assertThat(set.keys())
          .extracting(KeyStatement::log)
          .containsExactly(Optional.of("s1g1"), Optional.of("s1g2"));
      assertThat(set.revokedKeys())
          .singleElement()
          .satisfies(r -> assertThat(r.kid()).isEqualTo(kid));
      Answer.Records old =
          (Answer.Records)
              domain.ask("signer/service.sock", new Request.ReadRecords("s1g1", 0, 10));
      assertThat(oldToken).startsWith(signingInput(old.payloads().getFirst()) + ".");
    }
  }

  @Test
  void aWithdrawnKeySignsNoMoreAndAnotherTakesOver() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      String first = domain.keySet().keys().getFirst().kid();
      domain.ask("registrar/admin.sock", Commands.withdrawKey(first));
      domain.await("another key", () -> hasAnotherKey(domain, first));
      domain.awaitSigner();
      Answer.Issued issued =
          (Answer.Issued) domain.ask("signer/service.sock", TestDomain.request());
      String header = issued.token().substring(0, issued.token().indexOf('.'));
      String kid =
          dev.counterfoil.format.bytes.StrictJson.object(
                  dev.counterfoil.format.bytes.Base64Url.decode(header), 4096)
              .string("kid");
      assertThat(kid).isNotEqualTo(first);
      assertThat(domain.keySet().key(kid)).isPresent();
    }
  }

  private static boolean hasAnotherKey(TestDomain domain, String first) {
    try {
      return domain.keySet().keys().stream().anyMatch(key -> !key.kid().equals(first));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void keysFollowEachOtherWithinOneLogWithoutAStop() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = "usage-period: 10s\naccept-good-tokens-refused: true\n";
      domain.registrarExtra = domain.signerExtra;
      domain.startAll();
      java.util.Set<String> headers = new java.util.HashSet<>();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        domain.await(
            "the third key",
            () -> {
              try {
                Answer answer = client.ask(TestDomain.request(), TestDomain.TIMEOUT);
                assertThat(answer).isInstanceOf(Answer.Issued.class);
                String token = ((Answer.Issued) answer).token();
                headers.add(token.substring(0, token.indexOf('.')));
                return headers.size() == 3;
              } catch (SignerUnavailableException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
      }
      assertThat(domain.keySet().logs()).hasSize(1);
    }
  }

  @Test
  void theSocketsTakeWhatIsTheirsAndProtectionsHold() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      for (String socket :
          List.of(
              "signer/service.sock",
              "signer/admin.sock",
              "registrar/service.sock",
              "registrar/s1.sock",
              "registrar/admin.sock")) {
        Answer.Done status = (Answer.Done) domain.ask(socket, Commands.status());
        List<JsonObject> protections = status.result().objects("protections");
        assertThat(protections).hasSizeGreaterThan(10);
        for (JsonObject measure : protections) {
          assertThat(measure.truth("holds") || !measure.truth("essential"))
              .as(measure.toString())
              .isTrue();
        }
      }
      assertThat(((Answer.Refused) domain.ask("signer/admin.sock", TestDomain.request())).code())
          .isEqualTo(Code.NOT_ALLOWED);
      assertThat(
              ((Answer.Refused) domain.ask("registrar/service.sock", TestDomain.request())).code())
          .isEqualTo(Code.NOT_ALLOWED);
      for (Request.Command command :
          List.of(
              Commands.revokeKeys(List.of("k"), "s1g1", 0),
              Commands.withdrawKey("k"),
              new Request.Command(Commands.TAKE_CEREMONY, JsonObject.builder().build()))) {
        assertThat(((Answer.Refused) domain.ask("registrar/service.sock", command)).code())
            .isEqualTo(Code.NOT_ALLOWED);
        assertThat(((Answer.Refused) domain.ask("registrar/admin.sock", command)).code())
            .isIn(Code.UNKNOWN, Code.MALFORMED);
      }
      assertThat(
              ((Answer.Refused)
                      domain.ask("signer/service.sock", new Request.ReadRecords("s1g9", 0, 1)))
                  .code())
          .isEqualTo(Code.UNKNOWN);
    }
  }

  private static boolean hasNextSegment(TestDomain domain) {
    // A new journal's segments (spec/journal.md).
    return domain.path("signer/g1/journal/spare").toFile().length() == 2 << 20;
  }

  private static String signingInput(byte[] record) throws FormatException {
    return new String(Counterfoil.parse(record).signingInput(), StandardCharsets.US_ASCII);
  }
}
