package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Month;
import java.time.MonthDay;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which days are business days: all but weekends and holidays, and the weekdays on which holidays
 * are observed that fall on a weekend.
 *
 * @param weekend days that never are
 * @param fixed holidays by their date
 * @param nth holidays by their weekday in a month
 */
public record BusinessCalendar(Set<DayOfWeek> weekend, List<MonthDay> fixed, List<Nth> nth) {
  private static final int NTH_PARTS = 3;
  private static final int WEEKEND_MAX = 3;
  private static final int HOLIDAYS_MAX = 60;

  /**
   * A holiday by its weekday.
   *
   * @param month in which month
   * @param day on which weekday
   * @param ordinal the how manieth; -1 for the last
   */
  public record Nth(Month month, DayOfWeek day, int ordinal) {}

  static BusinessCalendar parse(JsonObject json) throws FormatException {
    json.allowOnly("weekend", "fixed", "nth");
    if (json.strings("weekend").size() > WEEKEND_MAX
        || json.strings("fixed").size() > HOLIDAYS_MAX
        || json.strings("nth").size() > HOLIDAYS_MAX) {
      throw new FormatException("a calendar leaves business days");
    }
    try {
      List<MonthDay> fixed = new ArrayList<>();
      for (String day : json.strings("fixed")) {
        fixed.add(MonthDay.parse("--" + day));
      }
      List<Nth> nth = new ArrayList<>();
      for (String rule : json.strings("nth")) {
        String[] parts = rule.split(" ", -1);
        if (parts.length != NTH_PARTS) {
          throw new FormatException("a holiday is written like: JANUARY MONDAY 3");
        }
        nth.add(
            new Nth(
                Month.valueOf(parts[0]), DayOfWeek.valueOf(parts[1]), Integer.parseInt(parts[2])));
      }
      return new BusinessCalendar(
          json.strings("weekend").stream().map(DayOfWeek::valueOf).collect(Collectors.toSet()),
          fixed,
          nth);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new FormatException("a holiday is no day: " + e.getMessage(), e);
    }
  }

  /** Whether a day is a business day. */
  public boolean isBusinessDay(LocalDate day) {
    return !weekend.contains(day.getDayOfWeek())
        && nth.stream().noneMatch(rule -> isNth(rule, day))
        && !isFixed(day)
        // Observed on the nearest weekday: Friday for a Saturday, Monday for a Sunday.
        && !(day.getDayOfWeek() == DayOfWeek.FRIDAY && isFixed(day.plusDays(1)))
        && !(day.getDayOfWeek() == DayOfWeek.MONDAY && isFixed(day.minusDays(1)));
  }

  private boolean isFixed(LocalDate day) {
    return fixed.contains(MonthDay.from(day));
  }

  private static boolean isNth(Nth rule, LocalDate day) {
    return day.getMonth() == rule.month()
        && day.equals(day.with(TemporalAdjusters.dayOfWeekInMonth(rule.ordinal(), rule.day())));
  }

  /** The day that is so many business days after a day, which itself does not count. */
  public LocalDate plus(LocalDate from, int days) {
    LocalDate day = from;
    for (int left = days; left > 0; ) {
      day = day.plusDays(1);
      if (isBusinessDay(day)) {
        left--;
      }
    }
    return day;
  }
}
