package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code exposure} says where the monitor does not hold all that was issued. */
class ExposureCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void whatIsNotHeldIsNotCountedAndItIsSaid() throws Exception {
    try (ServedIssuer authority = new ServedIssuer("trial");
        ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      String kid = authority.issuer().addKey().kid();
      authority.issuer().publish();
      Path policy = new DataFolder(folder).domain("trial").policy();
      Files.createDirectories(policy.getParent());
      Files.writeString(policy, authority.issuer().policy().text());
      monitor.says(
          "acknowledgements",
          JsonObject.builder().put("type", "audience").put("name", "https://files.example").build(),
          JsonObject.builder()
              .put("type", "summary")
              .put("now_ms", Instant.now().toEpochMilli())
              .build());
      monitor.says("counts", counts(9, 9));
      CommandRun all = CommandRun.of("exposure", "--if-stolen", kid, "--data", folder, "--json");
      assertThat(all.exitCode()).as("the control: " + all.err()).isEqualTo(ExitCode.NO);
      assertThat(all.err()).doesNotContain("INCOMPLETE");
      assertThat(all.json().truth("complete")).isTrue();
      assertThat(String.valueOf(all.json().get("services"))).contains("\"blind_spot\":false");

      monitor.says("counts", counts(2, 9));
      CommandRun some = CommandRun.of("exposure", "--if-stolen", kid, "--data", folder, "--json");
      assertThat(some.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(some.err()).contains("INCOMPLETE: the monitor holds 2 of the 9 entries");
      assertThat(some.json().truth("complete")).isFalse();
      assertThat(some.json().number("held")).isEqualTo(2);
      assertThat(String.valueOf(some.json().get("services")))
          .contains("https://files.example")
          .doesNotContain("blind_spot");

      monitor.says(
          "counts",
          counts(9, 9).with("complete", false).with("lost_before_ms", 1_795_608_000_123L));
      CommandRun lost = CommandRun.of("exposure", "--if-stolen", kid, "--data", folder, "--json");
      assertThat(lost.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(lost.err())
          .contains("INCOMPLETE: the monitor lost what it saw before 2026-11-25T12:00:00Z");
      assertThat(lost.json().truth("complete")).isFalse();
      assertThat(lost.json().number("lost_before_ms")).isEqualTo(1_795_608_000_123L);
    }
  }

  private static JsonObject counts(long held, long published) {
    JsonObject none = JsonObject.builder().build();
    return JsonObject.builder()
        .put("type", "summary")
        .put("signed_by_audience", none)
        .put("more_audiences", false)
        .put("sighted_by_service", none)
        .put("more_services", false)
        .put("recorded_by_log", none)
        .put("held", held)
        .put("published", published)
        .put("complete", held >= published)
        .build();
  }
}
