package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose folder is of a time before what it said to have recorded. */
class PutBackAuditLogTest {
  private static final Source AUTHORITY = new Source("trial", "authority", Optional.empty());

  @TempDir Path folder;
  private final List<String> putBack = new ArrayList<>();

  private Auditor open(Path where) throws IOException {
    return Auditor.start(
        new Auditor.Settings(where, KilledAuditor.ORIGIN, 1_000_000),
        new Care(() -> true, putBack::add, (domain, event) -> {}, putBack::add),
        () -> Instant.ofEpochMilli(SampleEvents.TIME + 60_000),
        new SecureRandom(),
        failure -> {
          throw new AssertionError(failure);
        });
  }

  private static void send(Auditor auditor, long told, long... numbers) throws IOException {
    List<JsonObject> events = new ArrayList<>();
    for (long number : numbers) {
      events.add(SampleEvents.read("acme", number, "box", "s1g1." + number + ".x"));
    }
    assertThat(auditor.take(AUTHORITY, SampleEvents.lines(events), told))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.refused()).isEmpty());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void showsThatItWasPutBackWhenASourceSaysWhatItWasTold() throws Exception {
    Path now = folder.resolve("now");
    Path before = folder.resolve("before");
    try (Auditor auditor = open(now)) {
      send(auditor, -1, 0, 1, 2);
    }
    copy(now, before);
    try (Auditor auditor = open(now)) {
      send(auditor, 2, 3, 4);
      send(auditor, 4, 4);
      send(auditor, 4, 7);
      assertThat(putBack).as("a gap of the source's own is none").isEmpty();
    }
    try (Auditor auditor = open(before)) {
      send(auditor, -1, 2);
      assertThat(putBack).as("nothing says so yet").isEmpty();
      send(auditor, 7, 7);
      assertThat(putBack)
          .singleElement()
          .asString()
          .contains("trial/authority", "event 7 is recorded", "the last one here is 2");
    }
  }
}
