package dev.counterfoil.drills.attach;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.run.WholeDrill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The drill with the oldest and the newest Keycloak that the jar supports. */
@Tag("turn-2")
class AttachTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));

  @Test
  void withTheNewestKeycloak() throws Exception {
    WholeDrill.holds(new Attach(unpacked("keycloak"), jar()));
  }

  @Test
  @Tag("full")
  void withTheOldestKeycloak() throws Exception {
    WholeDrill.holds(new Attach(unpacked("keycloak-oldest"), jar()));
  }

  @Test
  void withoutKeycloakItSaysWhereToGetIt(@TempDir Path folder) {
    DrillReport report =
        DrillRun.carryOut(
            new Attach(folder.resolve("keycloak"), folder),
            Narrator.silent(),
            DrillPlace.in(folder));
    assertThat(report.held()).isFalse();
    assertThat(report.broke()).hasValueSatisfying(why -> assertThat(why).contains("--keycloak"));
  }

  private static Path unpacked(String name) {
    return ROOT.resolve("drills/target").resolve(name).toAbsolutePath().normalize();
  }

  private static Path jar() throws IOException {
    try (Stream<Path> built = Files.list(ROOT.resolve("integrations/keycloak/target"))) {
      return built
          .filter(file -> file.getFileName().toString().matches("counterfoil-keycloak-.*\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }
}
