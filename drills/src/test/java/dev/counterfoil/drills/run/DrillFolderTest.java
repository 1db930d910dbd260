package dev.counterfoil.drills.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillFolderTest {
  @TempDir private Path parent = Path.of("unset");

  @Test
  void isOfThisDrillAndGoesWithIt() throws Exception {
    Path path;
    try (DrillFolder folder = DrillFolder.make(parent, new SecureRandom())) {
      path = folder.path();
      assertThatCode(() -> DrillFolder.requireOfThisDrill(folder.path()))
          .doesNotThrowAnyException();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void anyOtherFolderIsRefused() {
    assertThatThrownBy(() -> DrillFolder.requireOfThisDrill(parent))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a drill's folder");
  }

  @Test
  void aMarkerOfAnotherProcessIsRefused() throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, new SecureRandom())) {
      Files.writeString(folder.path().resolve(DrillFolder.MARKER), "1 2026-01-01T00:00:00Z\n");
      assertThatThrownBy(() -> DrillFolder.requireOfThisDrill(folder.path()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another drill");
    }
  }

  @Test
  void aMarkerBehindALinkIsRefused() throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, new SecureRandom())) {
      Path other = Files.createDirectory(parent.resolve("installation"));
      Files.createSymbolicLink(
          other.resolve(DrillFolder.MARKER), folder.path().resolve(DrillFolder.MARKER));
      assertThatThrownBy(() -> DrillFolder.requireOfThisDrill(other))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("not a drill's folder");
    }
  }
}
