package dev.counterfoil.rules.matching;

import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The literals that a rule cannot match without: an event that has none of them need not be looked
 * at.
 */
final class Literals {
  /** Field of a literal that may stand anywhere. */
  static final String ANYWHERE = "";

  private Literals() {}

  /**
   * One of them, folded.
   *
   * @param field as the rule calls it
   * @param isWhole whether it is the whole value, and not a part
   */
  record Literal(String field, String text, boolean isWhole) {}

  /** Every literal that a rule has where it must stand, or one of its neighbours. */
  static void each(Criterion criterion, java.util.function.Consumer<Literal> into) {
    switch (criterion) {
      case Criterion.All all -> all.parts().forEach(part -> each(part, into));
      case Criterion.One one -> one.parts().forEach(part -> each(part, into));
      case Criterion.Not _ -> {}
      case Criterion.Field field ->
          field.values().stream()
              .map(value -> literal(field.field(), value))
              .forEach(
                  literal -> {
                    if (literal != null) {
                      into.accept(literal);
                    }
                  });
      case Criterion.Keywords keywords ->
          keywords.texts().stream()
              .map(text -> literal(ANYWHERE, text))
              .forEach(
                  literal -> {
                    if (literal != null) {
                      into.accept(literal);
                    }
                  });
    }
  }

  /**
   * Literals of which an event has one at least if it matches; null where nothing can be said.
   *
   * @param cost how many events a literal is expected to stand in; the cheapest way counts
   */
  static @Nullable List<Literal> needed(Criterion criterion, ToDoubleFunction<Literal> cost) {
    return switch (criterion) {
      case Criterion.All all -> {
        List<@Nullable List<Literal>> ways = new ArrayList<>();
        for (Criterion part : all.parts()) {
          ways.add(needed(part, cost));
        }
        yield cheapest(ways, cost);
      }
      case Criterion.One one -> {
        List<Literal> all = new ArrayList<>();
        for (Criterion part : one.parts()) {
          List<Literal> its = needed(part, cost);
          if (its == null) {
            yield null;
          }
          all.addAll(its);
        }
        yield all;
      }
      case Criterion.Not _ -> null;
      case Criterion.Field field -> of(field.field(), field.values(), field.all(), cost);
      case Criterion.Keywords keywords -> of(ANYWHERE, keywords.texts(), keywords.all(), cost);
    };
  }

  private static @Nullable List<Literal> of(
      String field, List<? extends ValueTest> values, boolean all, ToDoubleFunction<Literal> cost) {
    List<@Nullable List<Literal>> ways = new ArrayList<>();
    List<Literal> each = new ArrayList<>();
    for (ValueTest value : values) {
      Literal literal = literal(field, value);
      if (literal != null) {
        each.add(literal);
        ways.add(List.of(literal));
      } else if (!all) {
        return null;
      }
    }
    return all ? cheapest(ways, cost) : each;
  }

  private static @Nullable List<Literal> cheapest(
      List<@Nullable List<Literal>> ways, ToDoubleFunction<Literal> cost) {
    List<Literal> best = null;
    double bestCost = Double.MAX_VALUE;
    for (List<Literal> way : ways) {
      if (way == null) {
        continue;
      }
      double sum = 0;
      for (Literal literal : way) {
        sum += cost.applyAsDouble(literal);
      }
      if (sum < bestCost) {
        best = way;
        bestCost = sum;
      }
    }
    return best;
  }

  private static @Nullable Literal literal(String field, ValueTest value) {
    String longest = "";
    boolean isWhole = false;
    if (value instanceof ValueTest.Text text) {
      for (Piece piece : text.pieces()) {
        if (piece instanceof Piece.Literal literal && literal.text().length() > longest.length()) {
          longest = literal.text();
        }
      }
      isWhole = text.pieces().stream().allMatch(Piece.Literal.class::isInstance);
    } else if (value instanceof ValueTest.Expression expression) {
      longest = ExpressionLiteral.of(expression.pattern().pattern());
    }
    return isWhole || longest.length() >= LiteralTable.PART_MIN
        ? new Literal(field, Folding.fold(longest), isWhole)
        : null;
  }
}
