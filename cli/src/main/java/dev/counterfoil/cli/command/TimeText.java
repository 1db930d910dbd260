package dev.counterfoil.cli.command;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import picocli.CommandLine.TypeConversionException;

/**
 * A time as people write it, in UTC: {@code 2026-11-27}, {@code 2026-11-27T09:30:00Z}, {@code
 * today}, {@code yesterday}, {@code tomorrow}, {@code now}, or a duration from now.
 */
public final class TimeText {
  /** How it is said in the help of an option that looks back. */
  public static final String PAST = "2h, yesterday, 2026-11-27 or 2026-11-27T09:30:00Z (UTC)";

  /** The same of one that looks ahead. */
  public static final String FUTURE = "2h, tomorrow, 2027-03-31 or 2027-03-31T18:00:00Z (UTC)";

  private TimeText() {}

  /** One that lies back: a duration is so long ago. Throws CommandFailure when it is no time. */
  public static Instant past(String option, String text, Instant now) {
    return of(option, text, now, -1, PAST);
  }

  /** One that lies ahead: a duration is so far ahead. Throws CommandFailure when it is no time. */
  public static Instant future(String option, String text, Instant now) {
    return of(option, text, now, 1, FUTURE);
  }

  private static Instant of(
      String option, String text, Instant now, int direction, String examples) {
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    try {
      return switch (text) {
        case "now" -> now;
        case "today" -> start(today);
        case "yesterday" -> start(today.minusDays(1));
        case "tomorrow" -> start(today.plusDays(1));
        default -> {
          if (text.matches("[0-9]{1,9}[a-z]{1,2}")) {
            Duration duration = new DurationText().convert(text);
            yield now.plus(duration.multipliedBy(direction));
          }
          yield text.contains("T") ? Instant.parse(text) : start(LocalDate.parse(text));
        }
      };
    } catch (DateTimeException | TypeConversionException | ArithmeticException e) {
      throw CommandFailure.environment(option + " " + text + " is not a time such as " + examples);
    }
  }

  private static Instant start(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
