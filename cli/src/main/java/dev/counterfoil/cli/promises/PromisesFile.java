package dev.counterfoil.cli.promises;

import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseMeasure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** The file {@code promises.yaml}. */
record PromisesFile(@Meaning("The promises.") List<Row> promises) {
  /** One promise, as a person writes it. */
  record Row(
      @Meaning("Names it for good.") String id,
      @Meaning("What people read.") String sentence,
      @Meaning("What is measured.") PromiseMeasure measure,
      @Meaning("How long it may be at most; for next-key-ahead, at least.") Duration bound,
      @Meaning("From which day on it holds, such as 2026-11-01 (UTC).") String since) {
    Promise promise() {
      try {
        return new Promise(
            id,
            sentence,
            measure,
            bound,
            LocalDate.parse(since).atStartOfDay(ZoneOffset.UTC).toInstant());
      } catch (DateTimeException e) {
        throw new IllegalArgumentException("since is a day such as 2026-11-01", e);
      }
    }
  }

  PromisesFile {
    promises = List.copyOf(promises);
    promises.forEach(Row::promise);
    if (promises.stream().map(Row::id).distinct().count() != promises.size()) {
      throw new IllegalArgumentException("an id stands twice");
    }
  }

  List<Promise> all() {
    return promises.stream().map(Row::promise).toList();
  }
}
