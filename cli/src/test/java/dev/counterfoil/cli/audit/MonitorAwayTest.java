package dev.counterfoil.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands about the audit log say that the monitor does not run, and which file is not there. */
class MonitorAwayTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun audit(Object... words) {
    return CommandRun.of(
        Stream.concat(Stream.of("audit"), Stream.concat(Stream.of(words), dataFolder())).toArray());
  }

  private Stream<Object> dataFolder() {
    return Stream.of("--data", folder);
  }

  private List<CommandRun> all() throws Exception {
    Path events = folder.resolve("old.ndjson");
    Files.writeString(events, "{\"class_uid\":6003,\"metadata\":{}}\n");
    return List.of(
        CommandRun.of("findings", "--data", folder),
        audit("search", "--tenant", "acme"),
        audit("check"),
        audit("import", "--tenant", "acme", "--source", "old", events));
  }

  @Test
  void aMonitorThatIsAwayIsNamedWithTheWayOn() throws Exception {
    SampleContext.write(folder, "trial", "s1");
    for (CommandRun never : all()) {
      assertThat(never.err()).contains("the monitor does not answer: it is not running: there is");
      assertThat(never.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    }
    ScriptedMonitor monitor = new ScriptedMonitor(folder);
    monitor.says("status", JsonObject.builder().put("ready", true).build());
    monitor.says("audit-search", JsonObject.builder().put("newest", "15").build());
    assertThat(audit("search", "--tenant", "acme").out()).as("the control").contains("No events.");
    monitor.close();
    for (CommandRun ended : all()) {
      assertThat(ended.err())
          .contains("the monitor does not answer: it is not running: nothing listens");
    }
  }

  @Test
  void aFileThatIsNotThereIsSaidToBeMissing() throws Exception {
    try (ScriptedMonitor _ = new ScriptedMonitor(folder)) {
      Path missing = folder.resolve("missing.ndjson");
      for (CommandRun run :
          List.of(
              audit("import", "--tenant", "acme", "--source", "old", missing),
              audit("ship", "m365", "--import", "--tenant", "acme", missing))) {
        assertThat(run.err()).contains("there is no such file: " + missing);
        assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      }
    }
  }
}
