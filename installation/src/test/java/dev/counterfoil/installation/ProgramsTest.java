package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramsTest {
  private static final Path FILE = Path.of("/nowhere/configuration.yaml");

  /** Without these flags an idle process uses more memory the larger the machine is. */
  @Test
  void everyProgramGivesItsMemoryBackAndHasHeapSizesOfItsOwn() {
    Programs programs = new Programs(Path.of("/java/bin/java"), "lib/*", Map.of());
    for (List<String> command :
        List.of(
            programs.registrar(FILE),
            programs.signer(FILE),
            programs.withSigner("drill", List.of("Drill")).signer("drill", FILE),
            programs.authority(FILE),
            programs.monitor(FILE))) {
      for (String flag :
          List.of(
              "-Xms",
              "-XX:NewSize=",
              "-XX:MaxNewSize=",
              "-Xmx",
              "-XX:NewRatio=",
              "-XX:-ShrinkHeapInSteps",
              "-XX:TrimNativeHeapInterval=")) {
        assertThat(command).filteredOn(word -> word.startsWith(flag)).as(flag).hasSize(1);
      }
    }
  }
}
