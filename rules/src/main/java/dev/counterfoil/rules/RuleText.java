package dev.counterfoil.rules;

import dev.counterfoil.rules.model.Correlation;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.model.RuleHead;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Piece;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A rule in words, as it is understood. For one rule. */
public final class RuleText {
  private static final int VALUES_MAX = 12;

  private final List<String> lines = new ArrayList<>();

  private RuleText() {}

  /** Lines of text about a rule. */
  public static List<String> of(RuleDocument rule) {
    RuleText text = new RuleText();
    text.head(rule.head());
    switch (rule) {
      case RuleDocument.Detection detection -> {
        text.lines.add("For events of: " + detection.source());
        text.lines.add("Matches an event when:");
        text.criterion(detection.criterion(), 1);
      }
      case RuleDocument.Filter filter -> {
        text.lines.add("Adds to: " + String.join(", ", filter.rules()));
        text.lines.add("For events of: " + filter.source());
        text.lines.add("What an event must fulfil too:");
        text.criterion(filter.criterion(), 1);
      }
      case RuleDocument.Correlated correlated -> text.correlation(correlated.correlation());
    }
    text.lines.add("Tests: " + rule.tests().size());
    text.optional("Runbook", rule.head().runbook().strip());
    return text.lines;
  }

  private void head(RuleHead head) {
    lines.add(head.title() + (head.level().isEmpty() ? "" : " (" + head.level() + ")"));
    lines.add("File: " + head.file() + ":" + head.line());
    optional("Id", head.id());
    optional("Name", head.name());
    optional("Author", head.author());
    optional("License", head.license());
    optional("References", String.join(", ", head.references()));
  }

  private void optional(String what, String text) {
    if (!text.isEmpty()) {
      lines.add(what + ": " + text);
    }
  }

  private void criterion(Criterion criterion, int depth) {
    String indent = "  ".repeat(depth);
    switch (criterion) {
      case Criterion.All all -> {
        lines.add(indent + "all of:");
        all.parts().forEach(part -> criterion(part, depth + 1));
      }
      case Criterion.One one -> {
        lines.add(indent + "one of:");
        one.parts().forEach(part -> criterion(part, depth + 1));
      }
      case Criterion.Not not -> {
        lines.add(indent + "not:");
        criterion(not.part(), depth + 1);
      }
      case Criterion.Field field ->
          lines.add(indent + field.field() + " " + values(field.values(), field.all()));
      case Criterion.Keywords keywords ->
          lines.add(indent + "anywhere " + values(keywords.texts(), keywords.all()));
    }
  }

  private static String values(List<? extends ValueTest> values, boolean all) {
    String shown =
        values.stream()
            .limit(VALUES_MAX)
            .map(RuleText::value)
            .collect(Collectors.joining(all ? " and " : " or "));
    return values.size() > VALUES_MAX
        ? shown + " and " + (values.size() - VALUES_MAX) + " more"
        : shown;
  }

  private static String value(ValueTest test) {
    return switch (test) {
      case ValueTest.Text text ->
          "is "
              + text.pieces().stream()
                  .map(RuleText::piece)
                  .collect(Collectors.joining("", "'", "'"))
              + (text.cased() ? " in this case" : "");
      case ValueTest.Expression expression -> "has /" + expression.pattern().pattern() + "/";
      case ValueTest.Network network -> "is in a network of " + network.bits() + " bits";
      case ValueTest.Amount amount -> sign(amount.comparison()) + " " + number(amount.limit());
      case ValueTest.Calendar calendar ->
          "in UTC has "
              + calendar.part().name().toLowerCase(Locale.ROOT)
              + " "
              + sign(calendar.comparison())
              + " "
              + number(calendar.limit());
      case ValueTest.Missing _ -> "has no value";
      case ValueTest.Exists exists -> exists.there() ? "is there" : "is not there";
      case ValueTest.SameAs same ->
          switch (same.where()) {
                case WHOLE -> "is the same as ";
                case BEGINNING -> "begins with ";
                case END -> "ends with ";
                case ANYWHERE -> "contains ";
              }
              + same.field();
    };
  }

  private static String piece(Piece piece) {
    return switch (piece) {
      case Piece.Literal literal -> literal.text();
      case Piece.Run _ -> "*";
      case Piece.Single _ -> "?";
      case Piece.Dash _ -> "[dash]";
    };
  }

  private static String sign(ValueTest.Comparison comparison) {
    return switch (comparison) {
      case LT -> "<";
      case LTE -> "<=";
      case GT -> ">";
      case GTE -> ">=";
      case EQ -> "=";
      case NEQ -> "!=";
    };
  }

  private static String number(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  private static String time(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds % 86_400 == 0
        ? seconds / 86_400 + "d"
        : seconds % 3_600 == 0
            ? seconds / 3_600 + "h"
            : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  private void correlation(Correlation correlation) {
    String rules = String.join(", ", correlation.rules());
    String fields = String.join(", ", correlation.fields());
    String bounds =
        correlation.bounds().stream()
            .map(bound -> sign(bound.comparison()) + " " + number(bound.limit()))
            .collect(Collectors.joining(" and "));
    lines.add(
        switch (correlation.type()) {
          case EVENT_COUNT -> "Counts events of " + rules + ": " + bounds;
          case VALUE_COUNT -> "Counts values of " + fields + " of " + rules + ": " + bounds;
          case VALUE_SUM -> "Adds up " + fields + " of " + rules + ": " + bounds;
          case VALUE_AVG -> "Averages " + fields + " of " + rules + ": " + bounds;
          case VALUE_PERCENTILE ->
              "Share in percent of a value of " + fields + " of " + rules + ": " + bounds;
          case TEMPORAL -> "Events of these rules together: " + rules + " (" + bounds + ")";
          case TEMPORAL_ORDERED ->
              "Events of these rules in this order: " + rules + " (" + bounds + ")";
          case FIRST_SEEN ->
              "A value of "
                  + fields
                  + " of "
                  + rules
                  + (correlation.returning() ? " that comes back" : " that is new");
          case ABSENCE ->
              "An event of "
                  + correlation.rules().getFirst()
                  + " without one of "
                  + correlation.rules().getLast()
                  + " "
                  + correlation.order().name().toLowerCase(Locale.ROOT)
                  + " it";
        });
    optional("Grouped by", String.join(", ", correlation.groupBy()));
    lines.add(
        (correlation.type() == Correlation.Type.FIRST_SEEN ? "Memory: " : "Within: ")
            + time(correlation.timespan()));
    if (!correlation.learn().isZero()) {
      lines.add("Known before for: " + time(correlation.learn()));
    }
    if (!correlation.peers().by().isEmpty()) {
      lines.add(
          "Usual when "
              + correlation.peers().atLeast()
              + " others of the same "
              + String.join(", ", correlation.peers().by())
              + " have it");
    }
    if (!correlation.isImmediate()) {
      lines.add("Judged when the window is over");
    }
  }
}
