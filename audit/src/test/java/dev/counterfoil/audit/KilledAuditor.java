package dev.counterfoil.audit;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.journal.JournalOptions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * An auditor in a process of its own, to be killed: takes batches, some of them twice and in
 * another order, and says each number once its event was answered for. Small segments and files, so
 * that a kill meets every kind of writing.
 */
public final class KilledAuditor {
  public static final Source MAIL = new Source("trial", "mail", Optional.empty());
  static final String ORIGIN = "monitor.example/audit";

  private KilledAuditor() {}

  public static Auditor.Settings settings(Path folder) {
    return new Auditor.Settings(
        folder, ORIGIN, new JournalOptions(64 << 10, 0), 1_000_000, 60, Long.MAX_VALUE);
  }

  /** The event of a number: always the same. */
  public static JsonObject event(long number) {
    return SampleEvents.read(
        number % 3 == 0 ? "globex" : "acme", number, "box", "s1g1." + number + ".x");
  }

  /** Folder, seed, and the first number that was not answered for. */
  public static void main(String[] arguments) throws Exception {
    Random choice = new Random(Long.parseLong(arguments[1]));
    long next = Long.parseLong(arguments[2]);
    Auditor auditor =
        Auditor.start(
            settings(Path.of(arguments[0])),
            InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000)),
            new SecureRandom(),
            failure -> Runtime.getRuntime().halt(3));
    System.out.println("started");
    while (true) {
      List<Long> numbers = new ArrayList<>();
      long from = Math.max(0, next - choice.nextInt(3));
      for (long n = from; n < next + 1 + choice.nextInt(12); n++) {
        numbers.add(n);
      }
      Collections.shuffle(numbers, choice);
      IntakeAnswer answer =
          auditor.take(
              MAIL, SampleEvents.lines(numbers.stream().map(KilledAuditor::event).toList()));
      if (!(answer instanceof IntakeAnswer.Taken taken) || !taken.refused().isEmpty()) {
        System.out.println("wrong " + answer);
        return;
      }
      next = numbers.stream().mapToLong(n -> n).max().orElse(next) + 1;
      System.out.println(next);
    }
  }
}
