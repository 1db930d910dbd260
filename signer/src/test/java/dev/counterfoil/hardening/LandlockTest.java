package dev.counterfoil.hardening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a process that is bound to its own files can reach. */
class LandlockTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  private static final Path JAVA_HOME_REAL = real(JAVA_HOME);

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Landlock.Start start(Path file) throws Exception {
    Reach reach = Configuration.read(file, SignerConfiguration.class).reach();
    Landlock.makeFolders(reach);
    return new Landlock.Start(reach, file, JAVA_HOME, TestDomain.programFiles(), List.of());
  }

  @Test
  void itsOwnFoldersAreWrittenAndTheRestIsReadOrNotThere() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Map<Path, String> rules = Landlock.rules(start(domain.signerConfiguration()));
      assertThat(rules)
          .allSatisfy(
              (path, rights) -> {
                if (rights.contains("write-file") || rights.contains("make-")) {
                  assertThat(path.startsWith(domain.folder) || path.equals(Path.of("/dev/null")))
                      .as(path + " may be written")
                      .isTrue();
                }
                if (rights.contains("execute")) {
                  assertThat(path.startsWith(JAVA_HOME_REAL) || path.startsWith("/usr/lib"))
                      .as(path + " has programs that may be started")
                      .isTrue();
                }
              });
      assertThat(rules.keySet())
          .contains(domain.path("signer"), domain.path("log"))
          .doesNotContain(domain.path("registrar"), domain.folder, Path.of("/"));
      assertThat(rules.get(domain.path("signer"))).contains("write-file", "make-sock");
    }
  }

  @Test
  void aProgramReadsWhatIsAllowedAndNothingElse() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      List<String> words = Landlock.before(start(domain.signerConfiguration()));
      assumeTrue(!words.isEmpty(), "this machine has no Landlock, or a setpriv without it");
      // Java itself, since nothing else may be run there; -version prints, and a file of
      // arguments is read before that.
      String java = JAVA_HOME.resolve("bin/java").toString();
      Path allowed = Files.writeString(domain.path("signer/arguments"), "-version");
      Path other = Files.writeString(domain.path("registrar/arguments"), "-version");
      assertThat(exit(words, java, "@" + allowed)).isZero();
      assertThat(exit(words, java, "@" + other)).isNotZero();
      assertThat(exit(List.of(), java, "@" + other)).as("without rules").isZero();
      assertThat(exit(words, "/usr/bin/true")).as("another program").isNotZero();
    }
  }

  /** The rule is on the folder: an operator's mv gives the file's name to another file. */
  @Test
  void aPassphraseFileMayBeReplacedByAnother() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Path passphrase = domain.path("secrets/passphrase");
      TrialRoot.openOrMakePassphrase(passphrase);
      Path file = domain.signerConfiguration();
      String inOwnFolder = domain.path("signer/passphrase").toString();
      Files.writeString(file, Files.readString(file).replace(inOwnFolder, passphrase.toString()));
      assertThat(Landlock.rules(start(file)))
          .containsEntry(domain.path("secrets"), "read-file")
          .doesNotContainKey(passphrase);
    }
  }

  private static int exit(List<String> before, String... command) throws Exception {
    List<String> all = Stream.concat(before.stream(), Stream.of(command)).toList();
    Process process =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor();
  }

  @Test
  void theWholeSignerWorksInsideAndKnowsThatItIsBound() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Path file = domain.signerConfiguration();
      Landlock.Start start = start(file);
      domain.signerPrefix = Landlock.before(start);
      assumeTrue(!domain.signerPrefix.isEmpty(), "this machine has no Landlock");
      domain.startRegistrar();
      domain.delegate();
      domain.flags =
          List.of(
              "-XX:-UsePerfData",
              "-XX:ErrorFile=" + start.reach().folder().resolve("hs_err.log"),
              "-Djava.io.tmpdir=" + Landlock.temporary(start.reach().folder()));
      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      Answer.Done status = (Answer.Done) domain.ask("signer/admin.sock", Commands.status());
      for (JsonObject measure : status.result().objects("protections")) {
        // Tests run as one user, and where the machine has swap that is so.
        if (!List.of("own-user", "not-swapped").contains(measure.string("name"))) {
          assertThat(measure.truth("holds")).as(measure.toString()).isTrue();
        }
      }
      Answer.Done outside = (Answer.Done) domain.ask("registrar/admin.sock", Commands.status());
      assertThat(outside.result().objects("protections"))
          .as("the registrar was not bound")
          .anySatisfy(
              measure -> {
                assertThat(measure.get("name")).isEqualTo("landlock");
                assertThat(measure.get("holds")).isEqualTo(false);
              });
    }
  }
}
