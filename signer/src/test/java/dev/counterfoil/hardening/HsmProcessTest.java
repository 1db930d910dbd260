package dev.counterfoil.hardening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.keystore.KeysMove;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.Strace;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.privatekeys.HsmFolder;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signer whose token keys are in SoftHSM2, as processes. */
@Tag("turn-3")
class HsmProcessTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path hsmFolder;

  private TestDomain domain(TestHsm hsm) throws Exception {
    TestDomain domain = new TestDomain();
    domain.environment = hsm.environment();
    domain.signerExtra = hsm.yaml();
    return domain;
  }

  private static JsonObject status(TestDomain domain) throws Exception {
    return ((Answer.Done) domain.ask("signer/admin.sock", Commands.status())).result();
  }

  private static Answer issue(TestDomain domain) throws Exception {
    return domain.ask("signer/service.sock", TestDomain.request());
  }

  private static long recorded(TestDomain domain) throws Exception {
    return status(domain).object("log").number("size");
  }

  private static boolean isRefused(TestDomain domain) {
    try {
      return issue(domain) instanceof Answer.Refused refused
          && refused.code() == Answer.Code.NO_KEY;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Token keys at rest, outside the HSM. The log's key is there, which is the control. */
  private static List<Path> softwareKeys(TestDomain domain) throws Exception {
    assertThat(domain.path("signer/g1/keys/log.sealed")).exists();
    try (Stream<Path> files = Files.walk(domain.path("signer"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("k[0-9]+\\.sealed"))
          .toList();
    }
  }

  private static String files(Path folder) throws Exception {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
      }
    }
    return all.toString();
  }

  @Test
  void aLostTokenIsRefusedWithoutARecordAndSignsAgainWhenItIsBack() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = domain(hsm)) {
      Process signer = domain.startAll();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      assertThat(status(domain).object("custody").string("name")).isEqualTo("pkcs11");
      assertThat(domain.keySet().keys())
          .allSatisfy(key -> assertThat(key.custody()).isEqualTo("pkcs11"));
      assertThat(softwareKeys(domain)).isEmpty();

      hsm.goAway();
      domain.await("a refusal", () -> isRefused(domain));
      assertThat(status(domain).string("reason"))
          .contains("PKCS#11 token " + TestHsm.LABEL + " is away");
      long before = recorded(domain);
      for (int i = 0; i < 20; i++) {
        assertThat(isRefused(domain)).isTrue();
      }
      assertThat(recorded(domain)).as("nothing is recorded that nobody can sign").isEqualTo(before);
      // A start meanwhile waits, and makes no key in software.
      signer.destroy();
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      signer = domain.startSigner();
      domain.await("a refusal", () -> isRefused(domain));
      assertThat(softwareKeys(domain)).isEmpty();
      hsm.comeBack();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      assertThat(softwareKeys(domain)).isEmpty();
      assertThat(files(domain.path("signer"))).doesNotContain(TestHsm.PIN);
      assertThat(domain.log("signer")).contains("is away").doesNotContain(TestHsm.PIN);
      assertThat(Files.readString(Path.of("/proc/" + signer.pid() + "/cmdline")))
          .contains("SignerMain")
          .doesNotContain(TestHsm.PIN);

      // Nor does a start that is not told of the HSM any more.
      signer.destroy();
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      domain.signerExtra = "";
      signer = domain.startSigner();
      assertThat(signer.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.CONFIGURATION.code());
      assertThat(domain.log("signer"))
          .contains("g1/keys/k1.pkcs11")
          .contains("its configuration has no pkcs11. Put it back");
    }
  }

  /** Of a warm spare: the signer's, and its own name, folder and sockets. */
  private static Path spareConfiguration(TestDomain domain) throws Exception {
    String signer = domain.path("signer").toString();
    String spare = domain.path("spare").toString();
    TrialRoot.openOrMakePassphrase(Path.of(spare, "passphrase"));
    return Files.writeString(
        domain.path("spare.yaml"),
        Files.readString(domain.signerConfiguration())
                .replace(signer + "\n", spare + "\n")
                .replace(signer + "/", spare + "/")
                .replace("registrar/s1.sock", "registrar/s2.sock")
            + "name: s2\n");
  }

  private static boolean spareIssues(TestDomain domain) {
    try {
      return domain.ask("spare/service.sock", TestDomain.request("acme", "mail", 1))
          instanceof Answer.Issued;
    } catch (Exception e) {
      return false;
    }
  }

  private static boolean holdsOnlyTheSparesKeys(TestHsm hsm, TestDomain domain) {
    try {
      return hsm.privateKeys() == HsmFolder.keyFiles(domain.path("spare")).size();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void keysInATokenRotateAndAreDestroyedThereWhenTheSignerIsReplaced() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = domain(hsm)) {
      String fast =
          "life-max: 1s\nusage-period: 4s\npropagation-window: 1s\naccept-good-tokens-refused: true\n";
      domain.signerExtra += fast;
      domain.registrarExtra = fast;
      domain.startRegistrar();
      domain.delegate();
      Path file = domain.signerConfiguration();
      SignerConfiguration configuration = Configuration.read(file, SignerConfiguration.class);
      Landlock.makeFolders(configuration.reach());
      domain.signerPrefix =
          Landlock.before(
              new Landlock.Start(
                  configuration.reach(),
                  file,
                  Path.of(System.getProperty("java.home")),
                  TestDomain.programFiles(),
                  List.of()));
      domain.flags =
          List.of(
              "-XX:-UsePerfData",
              "-Djava.io.tmpdir=" + Landlock.temporary(configuration.process().folder()));
      Process signer = domain.startSigner();
      domain.awaitSigner();
      // The third is prepared when the second signs.
      domain.await("a rotation", () -> Files.exists(domain.path("signer/g1/keys/k3.pkcs11")));
      domain.awaitSigner();
      assertThat(domain.ask("signer/service.sock", TestDomain.request("acme", "mail", 1)))
          .isInstanceOf(Answer.Issued.class);
      assertThat(hsm.privateKeys()).isGreaterThanOrEqualTo(2);
      // A spare beside it, in the same HSM.
      domain.start("spare", spareConfiguration(domain), List.of());
      domain.await("the spare's tokens", () -> spareIssues(domain));
      assertThat(domain.ask("signer/admin.sock", Commands.replace()))
          .isInstanceOf(Answer.Done.class);
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(signer.exitValue()).isEqualTo(ProcessExitCode.REPLACED.code());
      assertThat(HsmFolder.keyFiles(domain.path("signer"))).isEmpty();
      domain.await("the spare's keys alone", () -> holdsOnlyTheSparesKeys(hsm, domain));
      assertThat(hsm.privateKeys()).isPositive();
      domain.await("the spare's tokens", () -> spareIssues(domain));
    }
  }

  /** A kernel that answers each empty datagram so. */
  private static List<String> sendingNothing(TestDomain domain, int error) throws Exception {
    return SelfProtectionProcessTest.refusing(domain, SystemCall.SENDTO, 2, 0, error);
  }

  @Test
  void aNetworkHsmsSocketsAreAcceptedOnlyWhereTheUnitBoundsThem() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = domain(hsm)) {
      domain.signerExtra += "  addresses: [\"192.0.2.9:1792\"]\n";
      domain.startRegistrar();
      domain.delegate();
      Process refused = domain.startSigner();
      assertThat(refused.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(refused.exitValue()).isEqualTo(ProcessExitCode.UNPROTECTED.code());
      assertThat(domain.log("signer")).contains("IPAddressAllow=");
      // A machine that is cut off is not bounded: it has a way again one day.
      domain.signerPrefix = sendingNothing(domain, Kernel.ENETUNREACH);
      refused = domain.startSigner();
      assertThat(refused.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(refused.exitValue()).isEqualTo(ProcessExitCode.UNPROTECTED.code());
      domain.signerPrefix = sendingNothing(domain, Kernel.EPERM);
      domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
    }
  }

  @Test
  void whatATokenCannotHoldIsRefusedByTheConfiguration() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = domain(hsm)) {
      String good = domain.signerExtra;
      domain.signerExtra = good + "purposes: [{name: access, algorithms: [ES256, EdDSA]}]\n";
      assertThat(
              Configuration.read(domain.signerConfiguration(), SignerConfiguration.class).pkcs11())
          .isPresent();
      domain.signerExtra = good + "purposes: [{name: access, algorithms: [ML-DSA-44]}]\n";
      assertThatThrownBy(
              () -> Configuration.read(domain.signerConfiguration(), SignerConfiguration.class))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("ML-DSA-44, but an HSM (pkcs11) holds only ES256, RS256 and EdDSA");
      domain.registrarExtra = hsm.yaml();
      assertThatThrownBy(
              () ->
                  Configuration.read(domain.registrarConfiguration(), RegistrarConfiguration.class))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("unknown key 'pkcs11'");
    }
  }

  @Test
  void keysAtRestUnderATokensKeyOpenWithThatTokenAlone() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = new TestDomain()) {
      domain.environment = hsm.environment();
      domain.wrappingKey = hsm.yaml("wrapping-key");
      Process registrar = domain.startRegistrar();
      domain.delegate();
      domain.awaitRegistrar();
      assertThat(Files.readString(sealedStatementKey(domain), StandardCharsets.ISO_8859_1))
          .startsWith("CFK2");
      assertThat(hsm.privateKeys()).as("the wrapping key").isEqualTo(1);

      registrar.destroyForcibly().waitFor();
      hsm.goAway();
      assertThat(exit(domain.startRegistrar())).isEqualTo(ProcessExitCode.UNAVAILABLE.code());
      assertThat(domain.log("registrar")).contains("which has the wrapping key", "is away");
      // Nor does a passphrase open them.
      String wrapping = domain.wrappingKey;
      domain.wrappingKey = null;
      assertThat(exit(domain.startRegistrar())).isEqualTo(ProcessExitCode.CONFIGURATION.code());
      assertThat(domain.log("registrar")).contains("has no wrapping-key. Put it back");
      domain.wrappingKey = wrapping;
      hsm.comeBack();
      domain.startRegistrar();
      domain.awaitRegistrar();
      assertThat(files(domain.path("registrar"))).doesNotContain(TestHsm.PIN);
      assertThat(domain.log("registrar")).doesNotContain(TestHsm.PIN);
    }
  }

  @Test
  void keysMoveFromAPassphraseToATokensKeyAndStayTheSame() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = new TestDomain()) {
      domain.environment = hsm.environment();
      Process registrar = domain.startRegistrar();
      domain.delegate();
      domain.awaitRegistrar();
      Process signer = domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      List<KeyStatement> stated = domain.keySet().keys();
      long size = recorded(domain);
      stop(signer);
      stop(registrar);

      // Alone it opens nothing, and the passphrases stay what is needed.
      domain.wrappingKey = hsm.yaml("wrapping-key");
      assertThat(exit(domain.startSigner())).isEqualTo(ProcessExitCode.CONFIGURATION.code());
      assertThat(domain.log("signer")).contains("Put passphrase-file back beside it");
      assertThat(KeysMove.isPassphraseNeeded(domain.path("signer"))).isTrue();

      domain.isMoving = true;
      domain.startRegistrar();
      domain.awaitRegistrar();
      killedWhileItMovesItsKeys(domain);
      signer = domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      assertThat(domain.keySet().keys()).containsAll(stated);
      assertThat(recorded(domain)).as("in the same log").isGreaterThan(size);
      for (String role : List.of("registrar", "signer")) {
        assertThat(KeysMove.isPassphraseNeeded(domain.path(role))).isFalse();
        assertThat(domain.log(role)).contains("Remove passphrase-file");
        Files.delete(domain.path(role).resolve("passphrase"));
      }
      stop(signer);
      domain.isMoving = false;
      signer = domain.startSigner();
      domain.awaitSigner();
      assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
      assertThat(files(domain.path("signer"))).doesNotContain("CFK1").contains("CFK2");
      stop(signer);
      keysMoveBackToAPassphrase(domain, hsm);
      assertThat(domain.keySet().keys()).containsAll(stated);
    }
  }

  /** With one key moved and one that is not; what follows is a start like any other. */
  private static void killedWhileItMovesItsKeys(TestDomain domain) throws Exception {
    Strace.assumeInstalled();
    // The first rename is the wrapping key's name, the second one of the keys.
    domain.signerPrefix = Strace.killing("rename", 3);
    assertThat(exit(domain.startSigner())).isEqualTo(128 + 9);
    domain.signerPrefix = List.of();
    assertThat(files(domain.path("signer"))).contains("CFK1", "CFK2");
  }

  private static void keysMoveBackToAPassphrase(TestDomain domain, TestHsm hsm) throws Exception {
    domain.wrappingKey = null;
    TrialRoot.openOrMakePassphrase(domain.path("signer/passphrase"));
    assertThat(exit(domain.startSigner())).isEqualTo(ProcessExitCode.CONFIGURATION.code());
    assertThat(domain.log("signer")).contains("name it as wrapping-key-before");
    assertThat(files(domain.path("signer"))).doesNotContain("CFK1");

    domain.signerExtra = hsm.yaml("wrapping-key-before");
    Process signer = domain.startSigner();
    domain.awaitSigner();
    assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
    assertThat(domain.log("signer")).contains("Remove wrapping-key-before");
    assertThat(files(domain.path("signer"))).contains("CFK1").doesNotContain("CFK2");
    stop(signer);

    // Nothing of it needs the HSM any more.
    hsm.goAway();
    domain.signerExtra = "";
    domain.startSigner();
    domain.awaitSigner();
    assertThat(issue(domain)).isInstanceOf(Answer.Issued.class);
    hsm.comeBack();
  }

  private static void stop(Process process) throws Exception {
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  private static Path sealedStatementKey(TestDomain domain) {
    return domain.path("registrar/keys/statement.sealed");
  }

  private static int exit(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Test
  void keysAtRestHaveAPassphraseOrAWrappingKey() throws Exception {
    TestHsm hsm = TestHsm.in(hsmFolder);
    try (TestDomain domain = new TestDomain()) {
      domain.wrappingKey = hsm.yaml("wrapping-key");
      RegistrarConfiguration configuration =
          Configuration.read(domain.registrarConfiguration(), RegistrarConfiguration.class);
      assertThat(configuration.process().keys().wrappingKey()).isPresent();
      assertThat(
              Landlock.rules(
                  new Landlock.Start(
                      configuration.reach(),
                      domain.path("registrar.yaml"),
                      Path.of(System.getProperty("java.home")),
                      List.of(),
                      List.of())))
          .containsKeys(
              // Its folder, so that a file that replaces it can be read.
              hsm.pinFile().toRealPath().getParent(), TestHsm.LIBRARY.toRealPath());
      domain.isMoving = true;
      assertThat(
              Configuration.read(domain.registrarConfiguration(), RegistrarConfiguration.class)
                  .process()
                  .keys()
                  .passphraseFile())
          .as("what keys are moved from")
          .isPresent();
      domain.isMoving = false;
      domain.registrarExtra = "passphrase-file: " + domain.path("registrar/passphrase") + "\n";
      domain.wrappingKey = "";
      assertThat(
              Configuration.read(domain.registrarConfiguration(), RegistrarConfiguration.class)
                  .process()
                  .keys()
                  .passphraseFile())
          .isPresent();
      domain.registrarExtra = "";
      assertThatThrownBy(
              () ->
                  Configuration.read(domain.registrarConfiguration(), RegistrarConfiguration.class))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("one of the two");
    }
  }
}
