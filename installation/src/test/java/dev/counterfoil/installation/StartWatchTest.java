package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which processes that stay down end a start. */
class StartWatchTest {
  private static final int CONTRADICTED = 76;
  private static final int KEY_UNUSABLE = 77;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private ChildProcess ending(String name, int code) {
    return ChildProcess.start(
        name, List.of("/bin/sh", "-c", "exit " + code), folder, folder.resolve(name + ".log"));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(5);
    }
  }

  @Test
  void oneThatIsOverEndsTheStart() throws Exception {
    try (ChildProcess over = ending("over", KEY_UNUSABLE)) {
      await(over::isOver);
      assertThatThrownBy(() -> StartWatch.look(List.of(over)))
          .isInstanceOf(InstallationException.class)
          .hasMessageStartingWith("over does not stay up");
    }
  }

  @Test
  void oneThatCanBeHelpedSaysHow() throws Exception {
    Path obstacle = Files.createFile(folder.resolve("obstacle"));
    try (ChildProcess registrar =
            ending("registrar", CONTRADICTED).againWithout(obstacle, "Say so");
        ChildProcess well =
            ChildProcess.start(
                "well", List.of("/bin/sleep", "60"), folder, folder.resolve("well.log"))) {
      await(() -> registrar.needsAPerson().isPresent() && well.process() != null);
      StartWatch.look(List.of(well));
      assertThatThrownBy(() -> StartWatch.look(List.of(well, registrar)))
          .isInstanceOf(InstallationException.class)
          .hasMessageStartingWith("registrar stopped")
          .hasMessageEndingWith("Say so");
    }
  }
}
