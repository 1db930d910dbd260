package dev.counterfoil.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.benchmarks.ReceivedMail.Asked;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrownStoreTest {
  @Test
  void whatAFolderKeepsIsReadBackAndIsNoStoreOfAnotherSize(@TempDir Path folder)
      throws IOException {
    GrownStore grown =
        new GrownStore(
            100_000,
            50_000,
            List.of(new Asked("acme", "mailbox", "s1g1.1.x", 12)),
            List.of(new LogReport.Sample(100_000, 1.5, 2.5)),
            7,
            70.4,
            Machine.read(folder, InstantSource.system()));

    assertThat(GrownStore.in(folder)).isEmpty();
    grown.finish(folder);

    assertThat(GrownStore.in(folder)).contains(grown);
    assertThat(grown.is(100_000, 50_000)).isTrue();
    assertThat(grown.is(100_000, 60_000)).isFalse();
    assertThat(grown.is(200_000, 50_000)).isFalse();
  }
}
