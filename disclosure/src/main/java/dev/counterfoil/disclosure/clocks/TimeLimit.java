package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.format.bytes.FormatException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long after an event something is due. Hours and minutes run on through nights and holidays.
 * Days and months end at the same local time, so never later than any law counts them. Business
 * days end at a time of day.
 *
 * @param count how many
 * @param unit of what
 */
public record TimeLimit(int count, Unit unit) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,4})(m|h|d|bd|mo)");

  /** What is counted. */
  public enum Unit {
    /** Minutes. */
    M,
    /** Hours. */
    H,
    /** Days. */
    D,
    /** Business days. */
    BD,
    /** Months. */
    MO
  }

  /** Reads {@code 72h}, {@code 15m}, {@code 14d}, {@code 4bd} or {@code 1mo}. */
  static TimeLimit parse(String text) throws FormatException {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new FormatException("a limit is written like 72h, 15m, 14d, 4bd or 1mo");
    }
    return new TimeLimit(
        Integer.parseInt(matcher.group(1)),
        Unit.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)));
  }

  /**
   * When it ends.
   *
   * @param from the event
   * @param zone where days begin
   * @param calendar which days are business days
   * @param dayEnds at which local time a business day ends
   */
  public Instant after(Instant from, ZoneId zone, BusinessCalendar calendar, LocalTime dayEnds) {
    return switch (unit) {
      case M -> from.plus(Duration.ofMinutes(count));
      case H -> from.plus(Duration.ofHours(count));
      case D -> from.atZone(zone).plusDays(count).toInstant();
      case MO -> from.atZone(zone).plusMonths(count).toInstant();
      case BD ->
          calendar
              .plus(from.atZone(zone).toLocalDate(), count)
              .atTime(dayEnds)
              .atZone(zone)
              .toInstant();
    };
  }

  @Override
  public String toString() {
    return count
        + switch (unit) {
          case M -> " minutes";
          case H -> " hours";
          case D -> " days";
          case BD -> count == 1 ? " business day" : " business days";
          case MO -> count == 1 ? " month" : " months";
        };
  }
}
