package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.apply.ApplyYaml;
import dev.counterfoil.cli.keycloak.KeycloakRealm;
import dev.counterfoil.drills.attach.AttachedKeycloak;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a Keycloak exports now is read as the export that is checked in, which Keycloak made of the
 * same realm. The Keycloaks are those that the module drills unpacks.
 */
@Tag("full")
@Timeout(900)
class KeycloakExportTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path OF_IMPORT =
      ROOT.resolve("cli/src/test/resources/dev/counterfoil/cli/keycloak");

  private static void run(Path home, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(arguments).directory(home.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Path log = home.resolveSibling("keycloak.log");
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(7, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"keycloak", "keycloak-oldest"})
  void itsExportIsReadAsTheOneThatIsCheckedIn(String unpacked, @TempDir Path folder)
      throws Exception {
    Path keycloak =
        AttachedKeycloak.find(ROOT.resolve("drills/target").resolve(unpacked)).orElseThrow();
    Path home =
        AttachedKeycloak.prepare(
            keycloak, folder.resolve("home"), Optional.empty(), List.of("db=dev-file"));
    String command = home.resolve("bin/kc.sh").toString();
    Path export = folder.resolve("realm.json");
    run(home, command, "import", "--file", OF_IMPORT.resolve("realm-made-of.json").toString());
    run(
        home,
        command,
        "export",
        "--realm",
        "acme",
        "--users",
        "same_file",
        "--file",
        export.toString());

    KeycloakRealm now = KeycloakRealm.read(Files.readAllBytes(export), Optional.empty());
    KeycloakRealm then =
        KeycloakRealm.read(Files.readAllBytes(OF_IMPORT.resolve("realm.json")), Optional.empty());
    assertThat(ApplyYaml.of(now.state(), Optional.empty()))
        .isEqualTo(ApplyYaml.of(then.state(), Optional.empty()));
    assertThat(now.passwords()).hasToString(then.passwords().toString()).hasSize(2);
    assertThat(now.notes()).containsExactlyInAnyOrderElementsOf(then.notes());
  }
}
