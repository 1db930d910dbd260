package dev.counterfoil.drills.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.run.WholeDrill;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The drill with the distribution that was built, in place of an older one too. */
@Tag("turn-3")
class UpgradeTest {
  private static final Path BUILT =
      Path.of(
          System.getProperty(
              "counterfoil.home",
              System.getProperty("counterfoil.root", "..") + "/cli/target/counterfoil"));

  @Test
  void theSameDistributionContinuesWhereItStopped() throws Exception {
    WholeDrill.holds(new Upgrade(Optional.of(BUILT), Optional.of(BUILT)));
  }

  @Test
  void aFolderThatIsNoDistributionIsNamedWithWhatToDo(@TempDir Path folder) {
    assertThat(broken(Optional.of(folder), folder))
        .contains(folder + " is no distribution of Counterfoil", "Unpack", "--from");
  }

  @Test
  void withoutAFolderItSaysThatOneIsNeeded(@TempDir Path folder) {
    assertThat(broken(Optional.empty(), folder)).contains("counterfoil drill upgrade --from");
  }

  private static String broken(Optional<Path> from, Path folder) {
    DrillReport report =
        DrillRun.carryOut(
            new Upgrade(from, Optional.of(BUILT)), Narrator.silent(), DrillPlace.in(folder));
    assertThat(report.held()).isFalse();
    return report.broke().orElseThrow();
  }
}
