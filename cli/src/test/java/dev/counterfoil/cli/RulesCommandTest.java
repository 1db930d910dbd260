package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules over files: what is found, what cannot be used, and the exit codes of both. */
class RulesCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private Path rule(String field) throws Exception {
    return Files.writeString(
        folder.resolve("rule.yml"),
        """
        title: Root acts
        author: Ann
        level: high
        logsource: {product: unix}
        detection:
          root:
            %s: root
          condition: root
        tests:
          - fires: [{user: ROOT}]
          - silent: [{user: ann}]
        """
            .formatted(field));
  }

  @Test
  void aRuleIsTestedExplainedAndRun() throws Exception {
    Path rule = rule("user");
    Path map =
        Files.writeString(
            folder.resolve("map.txt"),
            "sources: [{when: {host: h}, logsource: {product: unix}, fields: {user: who}}]");
    Path events =
        Files.writeString(
            folder.resolve("events.jsonl"),
            """
            {"host":"h","who":"root","time":"2026-11-30T12:00:00Z"}
            {"host":"h","who":"ann","time":"2026-11-30T12:00:01Z"}
            {"host":"other","who":"root","time":"2026-11-30T12:00:02Z"}
            {"host":"h","who":"root"}
            """);
    assertThat(CommandRun.of("rules", "test", rule).exitCode()).isZero();
    assertThat(CommandRun.of("rules", "explain", rule).out()).contains("user is 'root'");
    CommandRun run = CommandRun.of("rules", "run", rule, "--fields", map, "--events", events);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("2026-11-30T12:00:00Z  high  Root acts  events events.jsonl:1  by Ann")
        .contains("3 events, 1 match. 1 without a time were left out.");
    // Without the map no event is of the rule's kind of log.
    CommandRun unmapped = CommandRun.of("rules", "run", rule, "--events", events, "--json");
    assertThat(unmapped.exitCode()).isZero();
    assertThat(unmapped.out()).contains("\"matches\":[]");
  }

  @Test
  void whatCannotBeUsedIsNamedWithLineAndField() throws Exception {
    CommandRun run = CommandRun.of("rules", "test", rule("user|starts"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("rule.yml:7: field 'detection.root.user|starts': there is no modifier 'starts'");
    assertThat(CommandRun.of("rules", "test", folder.resolve("none.yml")).exitCode()).isEqualTo(3);
  }

  @Test
  void theRulesThatComeWithCounterfoilPassTheirTests() {
    CommandRun run = CommandRun.of("rules", "test");
    assertThat(run.out()).contains("all pass.");
    assertThat(run.exitCode()).isZero();
  }
}
