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

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final StartWatch watch = new StartWatch();

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
  void aSpareThatStaysDownIsLeftOut() throws Exception {
    try (ChildProcess spare = ending("spare", CONTRADICTED)) {
      watch.spare(spare);
      await(() -> spare.needsAPerson().isPresent());
      watch.look(List.of(spare));
      // The same of one that is needed ends the start.
      StartWatch withoutSpares = new StartWatch();
      await(spare::isOver);
      assertThatThrownBy(() -> withoutSpares.look(List.of(spare)))
          .isInstanceOf(InstallationException.class)
          .hasMessageContaining("spare");
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
      watch.look(List.of(well));
      assertThatThrownBy(() -> watch.look(List.of(well, registrar)))
          .isInstanceOf(InstallationException.class)
          .hasMessageStartingWith("registrar ended")
          .hasMessageEndingWith("Say so");
    }
  }
}
