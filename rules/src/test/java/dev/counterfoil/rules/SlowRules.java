package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Piece;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.time.temporal.WeekFields;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.regex.Pattern;

/** Says of one rule and one event whether it matches: plainly, slowly, and by other means. */
final class SlowRules {
  private static final IdentityHashMap<ValueTest.Text, Pattern> PATTERNS = new IdentityHashMap<>();

  private SlowRules() {}

  static boolean matches(Criterion criterion, JsonObject event) {
    return switch (criterion) {
      case Criterion.All all -> all.parts().stream().allMatch(part -> matches(part, event));
      case Criterion.One one -> one.parts().stream().anyMatch(part -> matches(part, event));
      case Criterion.Not not -> !matches(not.part(), event);
      case Criterion.Field field ->
          field.all()
              ? field.values().stream().allMatch(value -> matches(field.field(), value, event))
              : field.values().stream().anyMatch(value -> matches(field.field(), value, event));
      case Criterion.Keywords keywords -> {
        List<Object> everything = new ArrayList<>();
        everything(event, everything);
        yield keywords.all()
            ? keywords.texts().stream()
                .allMatch(text -> everything.stream().anyMatch(one -> isText(text, one)))
            : keywords.texts().stream()
                .anyMatch(text -> everything.stream().anyMatch(one -> isText(text, one)));
      }
    };
  }

  private static void everything(Object node, List<Object> into) {
    switch (node) {
      case JsonObject object -> object.values().forEach(value -> everything(value, into));
      case List<?> list -> list.forEach(element -> everything(element, into));
      case JsonObject.Null _ -> {}
      default -> into.add(node);
    }
  }

  /** All values at a path; a member whose name is the rest of the path goes before. */
  private static boolean collect(Object node, String path, List<Object> into) {
    if (node instanceof List<?> list) {
      boolean there = path.isEmpty();
      for (Object element : list) {
        there |= collect(element, path, into);
      }
      return there;
    }
    if (path.isEmpty()) {
      if (!(node instanceof JsonObject) && !(node instanceof JsonObject.Null)) {
        into.add(node);
      }
      return true;
    }
    if (!(node instanceof JsonObject object)) {
      return false;
    }
    Object whole = object.get(path);
    if (whole != null) {
      return collect(whole, "", into);
    }
    int dot = path.indexOf('.');
    Object next = dot < 0 ? null : object.get(path.substring(0, dot));
    return next != null && collect(next, path.substring(dot + 1), into);
  }

  private static boolean matches(String field, ValueTest test, JsonObject event) {
    List<Object> values = new ArrayList<>();
    boolean there = collect(event, field, values);
    return switch (test) {
      case ValueTest.Missing _ -> values.isEmpty();
      case ValueTest.Exists exists -> exists.there() == there;
      case ValueTest.Text text -> values.stream().anyMatch(value -> isText(text, value));
      case ValueTest.Expression expression ->
          values.stream().anyMatch(value -> javaPattern(expression).matcher(text(value)).find());
      case ValueTest.Network network ->
          values.stream().anyMatch(value -> isIn(network, text(value)));
      case ValueTest.Amount amount ->
          values.stream()
              .anyMatch(
                  value ->
                      text(value).matches("-?[0-9]+(\\.[0-9]+)?")
                          && amount
                              .comparison()
                              .holds(new BigDecimal(text(value)).doubleValue(), amount.limit()));
      case ValueTest.Calendar calendar -> values.stream().anyMatch(value -> isAt(calendar, value));
      case ValueTest.SameAs same -> {
        List<Object> others = new ArrayList<>();
        collect(event, same.field(), others);
        yield values.stream()
            .anyMatch(value -> others.stream().anyMatch(other -> isSame(same, value, other)));
      }
    };
  }

  private static String text(Object value) {
    return value instanceof Double number
        ? new BigDecimal(number).stripTrailingZeros().scale() <= 0
            ? new BigDecimal(number).toBigInteger().toString()
            : number.toString()
        : value.toString();
  }

  private static boolean isText(ValueTest.Text wanted, Object value) {
    return PATTERNS.computeIfAbsent(wanted, SlowRules::pattern).matcher(text(value)).matches();
  }

  private static Pattern pattern(ValueTest.Text wanted) {
    StringBuilder expression = new StringBuilder();
    for (Piece piece : wanted.pieces()) {
      expression.append(
          switch (piece) {
            case Piece.Literal literal -> Pattern.quote(literal.text());
            case Piece.Run _ -> ".*";
            case Piece.Single _ -> ".";
            case Piece.Dash _ -> "[-/\u2013\u2014\u2015]";
          });
    }
    int flags =
        Pattern.DOTALL | (wanted.cased() ? 0 : Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    return Pattern.compile(expression.toString(), flags);
  }

  private static Pattern javaPattern(ValueTest.Expression expression) {
    int flags = expression.pattern().flags();
    return Pattern.compile(
        expression.pattern().pattern(),
        ((flags & com.google.re2j.Pattern.CASE_INSENSITIVE) == 0
                ? 0
                : Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
            | ((flags & com.google.re2j.Pattern.MULTILINE) == 0 ? 0 : Pattern.MULTILINE)
            | ((flags & com.google.re2j.Pattern.DOTALL) == 0 ? 0 : Pattern.DOTALL)
            | Pattern.UNIX_LINES);
  }

  private static boolean isIn(ValueTest.Network network, String text) {
    if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+")) {
      return false;
    }
    byte[] prefix = new byte[network.prefix().size()];
    for (int i = 0; i < prefix.length; i++) {
      prefix[i] = network.prefix().get(i);
    }
    try {
      byte[] address = InetAddress.getByName(text).getAddress();
      int rest = prefix.length * 8 - network.bits();
      return address.length == prefix.length
          && new BigInteger(1, address)
              .shiftRight(rest)
              .equals(new BigInteger(1, prefix).shiftRight(rest));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean isAt(ValueTest.Calendar calendar, Object value) {
    ZonedDateTime time;
    try {
      time =
          value instanceof Long millis
              ? Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC)
              : OffsetDateTime.parse(text(value)).toInstant().atZone(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      return false;
    }
    int part =
        switch (calendar.part()) {
          case MINUTE -> time.get(ChronoField.MINUTE_OF_HOUR);
          case HOUR -> time.get(ChronoField.HOUR_OF_DAY);
          case DAY -> time.get(ChronoField.DAY_OF_MONTH);
          case WEEK -> time.get(WeekFields.ISO.weekOfWeekBasedYear());
          case MONTH -> time.get(ChronoField.MONTH_OF_YEAR);
          case YEAR -> time.get(ChronoField.YEAR);
        };
    return calendar.comparison().holds(part, calendar.limit());
  }

  private static boolean isSame(ValueTest.SameAs same, Object value, Object other) {
    String wanted = text(other);
    ValueTest.Text text =
        new ValueTest.Text(
            switch (same.where()) {
              case WHOLE -> List.of(new Piece.Literal(wanted));
              case BEGINNING -> List.of(new Piece.Literal(wanted), new Piece.Run());
              case END -> List.of(new Piece.Run(), new Piece.Literal(wanted));
              case ANYWHERE -> List.of(new Piece.Run(), new Piece.Literal(wanted), new Piece.Run());
            },
            same.cased());
    return isText(text, value);
  }
}
