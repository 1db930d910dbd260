package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which ends of a process are followed by another start. */
class ChildProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private ChildProcess ending(int code) {
    return ChildProcess.start(
        "child", List.of("/bin/sh", "-c", "exit " + code), folder, folder.resolve("child.log"));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(5);
    }
  }

  @Test
  void aKeyThatCannotBeUsedIsNotTriedAgain() throws Exception {
    // A file that is not there is no leave to start: it stands for a contradicted log alone.
    try (ChildProcess child = ending(77).againWithout(folder.resolve("none"), "")) {
      await(child::isOver);
      assertThat(child.starts()).isEqualTo(1);
    }
  }

  /** The kernel blames the program for a folder that is missing. */
  @Test
  void aProcessWhoseFolderIsGoneSaysSoAndStartsAgainWhenItIsBack() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("signer"));
    Logger logger = Logger.getLogger(ChildProcess.class.getName());
    List<LogRecord> records = new CopyOnWriteArrayList<>();
    Handler handler = keeping(records);
    logger.addHandler(handler);
    try (ChildProcess child =
        ChildProcess.start(
            "child", List.of("/bin/sleep", "60"), gone, folder.resolve("child.log"))) {
      await(() -> child.starts() == 1);
      assertThat(records).as("the control").isEmpty();
      child.crash(() -> Files.delete(gone));
      await(() -> records.stream().anyMatch(said -> text(said).contains("is missing")));
      assertThat(records.stream().map(ChildProcessTest::text))
          .anyMatch(
              text ->
                  text.contains("its folder " + gone + " is missing. If you put the folder back"))
          .noneMatch(text -> text.contains("setpriv"));
      assertThat(child.isOver()).isFalse();
      Files.createDirectory(gone);
      await(() -> child.starts() == 2);
    } finally {
      logger.removeHandler(handler);
    }
  }

  private static String text(LogRecord said) {
    return java.text.MessageFormat.format(said.getMessage(), said.getParameters());
  }

  @Test
  void aProcessThatCannotBeStartedIsTriedAgain() throws Exception {
    Path program = folder.resolve("program");
    try (ChildProcess child =
        ChildProcess.start(
            "child", List.of(program.toString()), folder, folder.resolve("child.log"))) {
      Thread.sleep(300);
      Files.writeString(program, "#!/bin/sh\nexec sleep 60\n");
      Files.setPosixFilePermissions(
          program, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
      await(() -> child.process() != null);
      assertThat(child.isOver()).isFalse();
    }
  }

  @Test
  void anotherEndIsFollowedByAnotherStart() throws Exception {
    try (ChildProcess child = ending(70)) {
      await(() -> child.starts() > 2);
      assertThat(child.isOver()).isFalse();
      assertThat(child.needsAPerson()).isEmpty();
    }
  }

  /** An operator who had a signer replaced is not told of a crash. */
  @Test
  void aSignerThatWasReplacedIsNotSaidToHaveFailed() throws Exception {
    LogRecord replaced = saidAfter(75);
    assertThat(replaced.getLevel()).isEqualTo(Level.INFO);
    assertThat(replaced.getMessage()).contains("was replaced").doesNotContain("code");
    LogRecord failed = saidAfter(70);
    assertThat(failed.getLevel()).isEqualTo(Level.WARNING);
    assertThat(failed.getMessage()).contains("ended with code");
  }

  private LogRecord saidAfter(int code) throws InterruptedException {
    Logger logger = Logger.getLogger(ChildProcess.class.getName());
    List<LogRecord> records = new CopyOnWriteArrayList<>();
    Handler handler = keeping(records);
    logger.addHandler(handler);
    try (ChildProcess child = ending(code)) {
      await(() -> child.starts() > 1 && !records.isEmpty());
    } finally {
      logger.removeHandler(handler);
    }
    return records.getFirst();
  }

  private static Handler keeping(List<LogRecord> records) {
    return new Handler() {
      @Override
      public void publish(LogRecord one) {
        records.add(one);
      }

      @Override
      public void flush() {
        // Kept at once.
      }

      @Override
      public void close() {
        // Nothing is open.
      }
    };
  }

  @Test
  void aContradictedLogIsStartedAgainWhenItsObstacleIsGone() throws Exception {
    Path obstacle = Files.createFile(folder.resolve("obstacle"));
    try (ChildProcess child = ending(76).againWithout(obstacle, "Look")) {
      await(() -> child.starts() == 1 && child.process() == null);
      assertThat(child.isOver()).isFalse();
      await(() -> child.needsAPerson().isPresent());
      assertThat(child.needsAPerson().orElseThrow()).startsWith("child stopped").endsWith("Look");
      Files.delete(obstacle);
      await(() -> child.starts() > 1);
    }
  }

  /** A file that a command named is gone after an upgrade: the next start has another command. */
  @Test
  void theCommandIsAskedForAtEachStart() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (ChildProcess child =
        ChildProcess.start(
            "child",
            () -> List.of("/bin/sh", "-c", "exit " + (70 + asked.getAndIncrement() % 3)),
            folder,
            folder.resolve("child.log"))) {
      await(() -> child.starts() > 2);
      assertThat(asked.get()).isGreaterThan(2);
    }
  }

  @Test
  void onceItYieldsTheProcessorItDoesSoAfterAnotherStartToo() throws Exception {
    try (ChildProcess child =
        ChildProcess.start(
            "child", List.of("/bin/sleep", "60"), folder, folder.resolve("child.log"))) {
      await(() -> nice(child).isPresent());
      int before = nice(child).orElseThrow();
      child.yieldProcessor(19);
      await(() -> nice(child).equals(OptionalInt.of(19)));
      assertThat(before).isLessThan(19);
      child.crash(() -> {});
      await(() -> child.starts() > 1 && nice(child).isPresent());
      await(() -> nice(child).equals(OptionalInt.of(19)));
    }
  }

  /** Field 19 of proc_pid_stat(5), counted from after the name in parentheses. */
  private static OptionalInt nice(ChildProcess child) {
    Process running = child.process();
    if (running == null) {
      return OptionalInt.empty();
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(running.pid()), "stat"));
      return OptionalInt.of(
          Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]));
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }
}
