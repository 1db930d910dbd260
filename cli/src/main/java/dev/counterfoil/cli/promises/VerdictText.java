package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseVerdict;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.List;

/** Verdicts for people and for programs. */
final class VerdictText {
  private static final int CELL_MAX = 90;

  private VerdictText() {}

  static String of(List<Promise> promises, List<PromiseVerdict> verdicts, PublicHistory all) {
    Table table = new Table(CELL_MAX, List.of("", "promise", "bound", "", "sentence"));
    for (int i = 0; i < promises.size(); i++) {
      Promise promise = promises.get(i);
      PromiseVerdict verdict = verdicts.get(i);
      table.row(
          List.of(
              verdict.state().name(),
              promise.id(),
              DurationText.inWords(promise.bound()),
              verdict.broken().isEmpty()
                  ? ""
                  : "%s, last from %s"
                      .formatted(
                          Shown.count(verdict.broken().size(), "time", "times"),
                          Instant.ofEpochSecond(verdict.broken().getLast().from())),
              promise.sentence()));
    }
    return "As of %s, by public data:%n%s".formatted(Instant.ofEpochSecond(all.asOf()), table);
  }

  static JsonObject json(List<PromiseVerdict> verdicts, List<String> differences) {
    return JsonObject.builder()
        .put("verdicts", verdicts.stream().map(PromiseVerdict::toJson).toList())
        .put("differences", differences)
        .build();
  }
}
