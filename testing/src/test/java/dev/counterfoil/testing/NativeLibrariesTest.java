package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What was built for which machine, as the libraries themselves say it. */
class NativeLibrariesTest {
  private static final Path BUILT =
      Path.of(System.getProperty("counterfoil.root")).resolve("cli/target");

  private static Map<String, Integer> machines(String folder) throws IOException {
    Map<String, Integer> machines = new TreeMap<>();
    try (Stream<Path> files = Files.list(BUILT.resolve(folder))) {
      for (Path file : files.toList()) {
        OptionalInt machine = ElfFile.machine(file);
        assertThat(machine).as(file.toString()).isPresent();
        machines.put(file.getFileName().toString(), machine.getAsInt());
      }
    }
    return machines;
  }

  @Test
  void arm64HasTheLibrariesOfX86() throws IOException {
    Map<String, Integer> x86 = machines("counterfoil/native");
    Map<String, Integer> arm = machines("native-arm64");
    assertThat(x86)
        .containsKeys(
            "libamazonCorrettoCryptoProvider.so", "libsqlitejdbc.so", "libduckdb_java.so");
    assertThat(arm.keySet()).isEqualTo(x86.keySet());
    assertThat(Set.copyOf(x86.values())).containsExactly(ElfFile.X86_64);
    assertThat(Set.copyOf(arm.values())).containsExactly(ElfFile.AARCH64);
  }
}
