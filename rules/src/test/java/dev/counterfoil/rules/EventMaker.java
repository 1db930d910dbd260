package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Piece;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Makes events out of what a rule asks for, so that some match and most come near. */
final class EventMaker {
  private final RandomGenerator random;

  EventMaker(RandomGenerator random) {
    this.random = random;
  }

  /** An event with most of what a rule wants, and now and then something else. */
  JsonObject event(Criterion criterion) {
    return add(criterion, JsonObject.builder().build());
  }

  private JsonObject add(Criterion criterion, JsonObject event) {
    if (random.nextInt(12) == 0) {
      return event;
    }
    return switch (criterion) {
      case Criterion.All all -> {
        JsonObject filled = event;
        for (Criterion part : all.parts()) {
          filled = add(part, filled);
        }
        yield filled;
      }
      case Criterion.One one -> add(one.parts().get(random.nextInt(one.parts().size())), event);
      case Criterion.Not not -> random.nextInt(4) == 0 ? add(not.part(), event) : event;
      case Criterion.Field field -> {
        if (event.has(field.field()) && random.nextBoolean()) {
          yield event;
        }
        if (field.all()) {
          StringBuilder joined = new StringBuilder();
          field.values().forEach(value -> joined.append(value(value)).append(' '));
          yield event.with(field.field(), joined.toString());
        }
        yield event.with(
            field.field(), value(field.values().get(random.nextInt(field.values().size()))));
      }
      case Criterion.Keywords keywords ->
          event.with(
              "message", value(keywords.texts().get(random.nextInt(keywords.texts().size()))));
    };
  }

  private Object value(ValueTest test) {
    return switch (test) {
      case ValueTest.Missing _ -> random.nextBoolean() ? JsonObject.Null.NULL : "";
      case ValueTest.Exists _ -> "there";
      case ValueTest.Expression expression ->
          expression.pattern().pattern().replaceAll("[\\\\^$?*+(){}\\[\\]|]", "");
      case ValueTest.Network network ->
          network.prefix().size() == 4
              ? (network.prefix().get(0) & 0xff)
                  + "."
                  + (network.prefix().get(1) & 0xff)
                  + "."
                  + random.nextInt(256)
                  + "."
                  + random.nextInt(256)
              : "fe80::" + Integer.toHexString(random.nextInt(65536));
      case ValueTest.Amount amount -> (long) amount.limit() + random.nextInt(3) - 1;
      case ValueTest.Calendar _ -> random.nextLong(2_000_000_000_000L);
      case ValueTest.SameAs same -> same.field();
      case ValueTest.Text text -> text(text);
    };
  }

  private Object text(ValueTest.Text text) {
    StringBuilder made = new StringBuilder();
    for (Piece piece : text.pieces()) {
      made.append(
          switch (piece) {
            case Piece.Literal literal -> literal.text();
            case Piece.Run _ -> random.nextInt(3) == 0 ? "" : "x\u00e4 .exe";
            case Piece.Single _ -> "?";
            case Piece.Dash _ -> List.of("-", "/", "\u2013", "x").get(random.nextInt(4));
          });
    }
    String one = made.toString();
    return switch (random.nextInt(8)) {
      case 0 -> one.toUpperCase(Locale.ROOT);
      case 1 -> one.toLowerCase(Locale.ROOT);
      case 2 -> one.isEmpty() ? one : one.substring(1);
      case 3 -> List.of("other", one);
      case 4 -> one.matches("[0-9]{1,9}") ? (Object) Long.valueOf(one) : one + "\n";
      default -> one;
    };
  }
}
