package dev.counterfoil.custodian.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alarms and who read what: one whole line each. */
final class LineFileTest {
  private static final JsonObject LINE = JsonObject.builder().put("v", 1).build();

  @TempDir Path folder;

  private void add(Path path) throws Exception {
    try (LineFile file = new LineFile(path)) {
      file.add(LINE);
    }
  }

  @Test
  void halfALineThatAPowerCutLeftIsEndedBeforeTheNext() throws Exception {
    Path path = folder.resolve("reads.ndjson");
    for (String torn : new String[] {"{\"v\":1}\n{\"read_at", "{", "\0\0\0"}) {
      Files.writeString(path, torn);
      add(path);
      assertThat(Files.readString(path)).isEqualTo(torn + "\n{\"v\":1}\n");
    }
  }

  @Test
  void whatIsWholeIsGoneOnWithAsItIs() throws Exception {
    Path path = folder.resolve("reads.ndjson");
    add(path);
    add(path);
    assertThat(Files.readString(path)).isEqualTo("{\"v\":1}\n{\"v\":1}\n");
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }
}
