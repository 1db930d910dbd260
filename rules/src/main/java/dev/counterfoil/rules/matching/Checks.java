package dev.counterfoil.rules.matching;

import com.google.re2j.Pattern;
import dev.counterfoil.rules.model.Addresses;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Where;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Makes of a criterion what looks at events. */
final class Checks {
  private static final int NUMBER_LENGTH_MAX = 32;

  /** Where a field is found among an event's fields. */
  private final ToIntFunction<String> slots;

  Checks(ToIntFunction<String> slots) {
    this.slots = slots;
  }

  /** Whether an event fulfils something. */
  @FunctionalInterface
  interface Check {
    boolean holds(EventFields event);
  }

  /** Whether one value of a field does. */
  @FunctionalInterface
  private interface OneValue {
    boolean holds(EventFields event, FieldValues values, int i);
  }

  Check of(Criterion criterion) {
    return switch (criterion) {
      case Criterion.All all -> {
        Check[] parts = parts(all.parts());
        yield event -> {
          for (Check part : parts) {
            if (!part.holds(event)) {
              return false;
            }
          }
          return true;
        };
      }
      case Criterion.One one -> {
        Check[] parts = parts(one.parts());
        yield event -> {
          for (Check part : parts) {
            if (part.holds(event)) {
              return true;
            }
          }
          return false;
        };
      }
      case Criterion.Not not -> {
        Check part = of(not.part());
        yield event -> !part.holds(event);
      }
      case Criterion.Field field -> field(field);
      case Criterion.Keywords keywords -> keywords(keywords);
    };
  }

  private Check[] parts(List<Criterion> parts) {
    return parts.stream().map(this::of).toArray(Check[]::new);
  }

  private Check field(Criterion.Field field) {
    int slot = slots.applyAsInt(field.field());
    Check[] each = field.values().stream().map(value -> value(slot, value)).toArray(Check[]::new);
    if (each.length == 1) {
      return each[0];
    }
    return event -> {
      for (Check one : each) {
        if (one.holds(event) != field.all()) {
          return !field.all();
        }
      }
      return field.all();
    };
  }

  private Check value(int slot, ValueTest test) {
    if (test instanceof ValueTest.Missing) {
      return event -> event.get(slot).isMissing();
    }
    if (test instanceof ValueTest.Exists exists) {
      return event -> event.get(slot).isThere() == exists.there();
    }
    OneValue one = one(test);
    return event -> {
      FieldValues values = event.get(slot);
      for (int i = 0; i < values.size(); i++) {
        if (one.holds(event, values, i)) {
          return true;
        }
      }
      return false;
    };
  }

  private OneValue one(ValueTest test) {
    return switch (test) {
      case ValueTest.Text text -> {
        TextPattern pattern = new TextPattern(text);
        yield pattern.isCased()
            ? (event, values, i) -> pattern.matches(values.text(i))
            : (event, values, i) -> pattern.matches(values.folded(i));
      }
      case ValueTest.Expression expression -> {
        Pattern pattern = expression.pattern();
        yield (event, values, i) -> pattern.matcher(values.text(i)).find();
      }
      case ValueTest.Network network -> (event, values, i) -> isIn(network, values.text(i));
      case ValueTest.Amount number ->
          (event, values, i) -> {
            OptionalDouble value = number(values.value(i));
            return value.isPresent()
                && number.comparison().holds(value.getAsDouble(), number.limit());
          };
      case ValueTest.Calendar calendar ->
          (event, values, i) -> {
            ZonedDateTime time = time(values.value(i));
            return time != null
                && calendar.comparison().holds(part(time, calendar.part()), calendar.limit());
          };
      case ValueTest.SameAs same -> {
        int other = slots.applyAsInt(same.field());
        yield (event, values, i) -> isSame(same, values, i, event.get(other));
      }
      case ValueTest.Missing _, ValueTest.Exists _ ->
          throw new IllegalArgumentException("it is about the field, not about a value of it");
    };
  }

  private static boolean isSame(
      ValueTest.SameAs same, FieldValues values, int i, FieldValues other) {
    String text = same.cased() ? values.text(i) : values.folded(i);
    for (int j = 0; j < other.size(); j++) {
      String wanted = same.cased() ? other.text(j) : other.folded(j);
      if (stands(same.where(), text, wanted)) {
        return true;
      }
    }
    return false;
  }

  private static boolean stands(Where where, String text, String wanted) {
    return switch (where) {
      case WHOLE -> text.equals(wanted);
      case BEGINNING -> text.startsWith(wanted);
      case END -> text.endsWith(wanted);
      case ANYWHERE -> text.contains(wanted);
    };
  }

  private static boolean isIn(ValueTest.Network network, String text) {
    byte[] address = Addresses.bytes(text);
    if (address == null || address.length != network.prefix().size()) {
      return false;
    }
    for (int bit = 0; bit < network.bits(); bit += 8) {
      int mask = network.bits() - bit >= 8 ? 0xff : 0xff << (8 - (network.bits() - bit));
      if (((address[bit / 8] ^ network.prefix().get(bit / 8)) & mask & 0xff) != 0) {
        return false;
      }
    }
    return true;
  }

  /** A value as a number, where it is one. */
  static OptionalDouble number(Object value) {
    if (value instanceof Long number) {
      return OptionalDouble.of(number);
    }
    if (value instanceof Double number) {
      return OptionalDouble.of(number);
    }
    if (!(value instanceof String text) || text.isEmpty() || text.length() > NUMBER_LENGTH_MAX) {
      return OptionalDouble.empty();
    }
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if ((c < '0' || c > '9') && c != '.' && !(c == '-' && at == 0)) {
        return OptionalDouble.empty();
      }
    }
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  private static @Nullable ZonedDateTime time(Object value) {
    try {
      if (value instanceof Long millis) {
        return Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC);
      }
      return value instanceof String text && text.length() <= 40
          ? OffsetDateTime.parse(text).atZoneSameInstant(ZoneOffset.UTC)
          : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static int part(ZonedDateTime time, ValueTest.TimePart part) {
    return switch (part) {
      case MINUTE -> time.getMinute();
      case HOUR -> time.getHour();
      case DAY -> time.getDayOfMonth();
      case WEEK -> time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
      case MONTH -> time.getMonthValue();
      case YEAR -> time.getYear();
    };
  }

  private static Check keywords(Criterion.Keywords keywords) {
    Check[] each =
        keywords.texts().stream().map(TextPattern::new).map(Checks::anywhere).toArray(Check[]::new);
    return event -> {
      for (Check one : each) {
        if (one.holds(event) != keywords.all()) {
          return !keywords.all();
        }
      }
      return keywords.all();
    };
  }

  private static Check anywhere(TextPattern pattern) {
    return event -> {
      for (String text : pattern.isCased() ? event.texts() : event.folded()) {
        if (pattern.matches(text)) {
          return true;
        }
      }
      return false;
    };
  }
}
