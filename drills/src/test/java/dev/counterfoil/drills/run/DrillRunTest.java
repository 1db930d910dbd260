package dev.counterfoil.drills.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DrillRunTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-25T00:00:00Z"));

  private static final String TEXT =
      """
      Proves the frame.

      1 honest honest.opens: honest users get in
      1 stopped forged.refused: the forged token is refused
      """;

  @TempDir private Path parent = Path.of("unset");

  /** A drill with two expectations, whose course a test gives. */
  private static final class Rehearsal extends Drill {
    interface Course {
      void take(DrillRun run) throws Exception;
    }

    private final Course course;

    Rehearsal(Course course) {
      super("rehearsal", TEXT);
      this.course = course;
    }

    @Override
    protected void play(DrillRun run) throws Exception {
      course.take(run);
    }
  }

  private DrillReport report(Rehearsal.Course course) {
    return DrillRun.carryOut(new Rehearsal(course), Narrator.silent(), place());
  }

  private DrillPlace place() {
    return new DrillPlace(parent, CLOCK, new SecureRandom());
  }

  @Test
  void aDrillSaysWhatItsTextStates() {
    Drill drill = new Rehearsal(run -> {});
    assertThat(drill.purpose()).isEqualTo("Proves the frame.");
    assertThat(drill.expectations())
        .containsExactly(
            new Expectation("honest.opens", 1, Expectation.Kind.HONEST, "honest users get in"),
            new Expectation(
                "forged.refused", 1, Expectation.Kind.STOPPED, "the forged token is refused"));
  }

  @Test
  void endsWhatWasOpenedTheLastFirstAndLeavesNoFolder() {
    List<String> ended = new ArrayList<>();
    DrillReport report =
        report(
            run -> {
              run.open(() -> ended.add("first"));
              run.open(
                  () -> {
                    ended.add("second");
                    throw new IOException("it does not end");
                  });
              Files.writeString(run.folder().resolve("kept.txt"), "for a moment");
              throw new IOException("no space left");
            });
    assertThat(report.broke()).isPresent();
    assertThat(ended).containsExactly("second", "first");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void holdsWhenEveryExpectationWasSeenToHold() {
    DrillReport report =
        report(
            run -> {
              run.observe("honest.opens", true, "3 of 3");
              run.observe("forged.refused", true, "refused: never issued");
            });
    assertThat(report.held()).isTrue();
  }

  @Test
  void failsWhenOneDidNotHold() {
    DrillReport report =
        report(
            run -> {
              run.observe("honest.opens", true, "3 of 3");
              run.observe("forged.refused", false, "it opened the mailbox");
            });
    assertThat(report.held()).isFalse();
  }

  @Test
  void failsWhenOneWasNotLookedAt() {
    DrillReport report = report(run -> run.observe("honest.opens", true, "3 of 3"));
    assertThat(report.held()).isFalse();
    assertThat(report.notReached()).extracting(Expectation::id).containsExactly("forged.refused");
  }

  @Test
  void failsAndSaysWhyWhenTheDrillBreaks() {
    DrillReport report =
        report(
            run -> {
              run.observe("honest.opens", true, "3 of 3");
              run.observe("forged.refused", true, "refused");
              throw new IOException("no space left");
            });
    assertThat(report.held()).isFalse();
    assertThat(report.broke())
        .hasValueSatisfying(
            why -> assertThat(why).contains("no space left").contains("; at DrillRunTest.java:"));
  }

  @Test
  void saysWhatProcessesPrintedLastWhenItBreaks() {
    DrillReport report =
        report(
            run -> {
              Path logs = Files.createDirectories(run.folder().resolve("data/logs"));
              Files.writeString(
                  logs.resolve("monitor.log"), "starts\n".repeat(2_000) + "no memory left\n");
              throw new IOException("connection refused");
            });
    assertThat(report.broke())
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .contains("connection refused", "monitor.log ends with:", "no memory left")
                    .hasSizeLessThan(400));
  }

  @Test
  void takesNoObservationThatWasNotStatedBefore() {
    DrillReport report = report(run -> run.observe("made-up.afterwards", true, "fine"));
    assertThat(report.held()).isFalse();
    assertThat(report.broke()).hasValueSatisfying(why -> assertThat(why).contains("made-up"));
  }

  @Test
  void writesAReportThatMachinesRead() {
    JsonNode json =
        JsonMapper.builder()
            .build()
            .readTree(
                report(run -> run.observe("honest.opens", true, "3 of 3", Map.of("mailboxes", 3)))
                    .json());
    assertThat(json.path("held").asBoolean()).isFalse();
    assertThat(json.path("outcomes").get(0).path("id").asString()).isEqualTo("honest.opens");
    assertThat(json.path("outcomes").get(0).path("figures").path("mailboxes").asInt()).isEqualTo(3);
    assertThat(json.path("not_reached").get(0).path("id").asString()).isEqualTo("forged.refused");
  }

  @Test
  void tellsExpectationsBeforeAnyOutcome() {
    var out = new ByteArrayOutputStream();
    DrillRun.carryOut(
        new Rehearsal(
            run -> {
              run.act(1, "as it was");
              run.observe("forged.refused", false, "it opened the mailbox");
            }),
        new ConsoleNarrator(new PrintStream(out, true, StandardCharsets.UTF_8)),
        place());
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsSubsequence(
            "honest users get in",
            "the forged token is refused",
            "Act 1: as it was",
            "[FAIL] the forged token is refused",
            "it opened the mailbox",
            "0 of 2 expectations were met",
            "not reached: honest users get in",
            "The drill FAILED.");
  }
}
