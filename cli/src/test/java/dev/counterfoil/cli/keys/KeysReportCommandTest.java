package dev.counterfoil.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key that nobody knows is a slip, and not one that signed nothing. */
final class KeysReportCommandTest {
  @Test
  void onlyOfAKnownKeyThereIsAReport(@TempDir Path folder) throws Exception {
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      JsonObject summary = JsonObject.builder().put("type", "summary").put("signed", 0).build();
      monitor.says("report", summary.with("known", true));
      CommandRun known = CommandRun.of("keys", "report", "k1", "--data", folder);
      assertThat(known.exitCode()).isEqualTo(ExitCode.OK);
      assertThat(known.out()).contains("\"signed\":0");
      JsonObject part = summary.with("held", 0L).with("published", 9L).with("complete", false);
      monitor.says("report", part);
      CommandRun incomplete = CommandRun.of("keys", "report", "k1", "--data", folder);
      assertThat(incomplete.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(incomplete.err()).contains("INCOMPLETE: the monitor holds 0 of the 9 entries");
      monitor.says(
          "report", summary.with("complete", false).with("lost_before_ms", 1_795_608_000_123L));
      CommandRun lost = CommandRun.of("keys", "report", "k1", "--data", folder);
      assertThat(lost.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(lost.err())
          .contains("INCOMPLETE: the monitor lost what it saw before 2026-11-25T12:00:00Z");
      JsonObject guard =
          JsonObject.builder()
              .put("client", "trial/mail")
              .put("instance", "guard-1")
              .put("until_ms", 1_795_608_000_123L)
              .put("waiting", true)
              .build();
      monitor.says("report", summary.with("complete", false).with("unreported", List.of(guard)));
      CommandRun waits = CommandRun.of("keys", "report", "k1", "--data", folder);
      assertThat(waits.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(waits.err())
          .contains("INCOMPLETE: verifier guard-1 of client trial/mail could not deliver all")
          .contains("since 2026-11-25T12:00:00Z");
      JsonObject log = JsonObject.builder().put("domain", "trial").put("log", "s1g1").build();
      JsonObject unread = summary.with("complete", false).with("unread", List.of(log));
      // Which keys there are is not known either.
      for (boolean isKnown : List.of(true, false)) {
        monitor.says("report", unread.with("known", isKnown));
        CommandRun notRead = CommandRun.of("keys", "report", "k1", "--data", folder);
        assertThat(notRead.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(notRead.err())
            .contains("has not read log s1g1 of domain trial since the monitor's start");
      }
      monitor.says("report", summary.with("known", false));
      CommandRun slip = CommandRun.of("keys", "report", "k2", "--data", folder);
      assertThat(slip.exitCode()).isEqualTo(ExitCode.NO);
      assertThat(slip.out()).isEmpty();
      assertThat(slip.err()).contains("the key log states no key k2");
    }
  }
}
