package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads which findings are wanted from the parameters of a request. */
public final class FindingQuery {
  private static final long NUMBER_MAX = 100_000_000_000_000_000L;
  private static final int KID_LENGTH_MAX = 1024;

  private FindingQuery() {}

  /**
   * Reads {@code after}, {@code since} (epoch milliseconds), {@code kind}, {@code severity}, {@code
   * kid} and {@code limit}.
   *
   * @param parameter gives a parameter's text, where there is one
   */
  public static FindingStore.Query parse(Function<String, Optional<String>> parameter)
      throws FormatException {
    Optional<String> kind = parameter.apply("kind");
    Optional<String> severity = parameter.apply("severity");
    Optional<Kind> wantedKind = kind.flatMap(Kind::of);
    Optional<Severity> wantedSeverity = severity.flatMap(Severity::of);
    Optional<String> kid = parameter.apply("kid");
    if (kind.isPresent() != wantedKind.isPresent()) {
      throw new FormatException(
          "there is no such kind of finding. The kinds are "
              + Stream.of(Kind.values()).map(Kind::text).collect(Collectors.joining(", ")));
    }
    if (severity.isPresent() != wantedSeverity.isPresent()) {
      throw new FormatException("severity is one of low, medium, high, critical");
    }
    if (kid.isPresent() && kid.get().length() > KID_LENGTH_MAX) {
      throw new FormatException("kid is too long");
    }
    return new FindingStore.Query(
        number(parameter, "after").orElse(0L),
        number(parameter, "since").map(Instant::ofEpochMilli),
        wantedKind,
        wantedSeverity,
        kid,
        Optional.empty(),
        number(parameter, "limit")
            .map(limit -> Math.clamp(limit, 1, FindingStore.PAGE_MAX))
            .orElse(FindingStore.PAGE_MAX));
  }

  private static Optional<Long> number(Function<String, Optional<String>> parameter, String name)
      throws FormatException {
    Optional<String> text = parameter.apply(name);
    return text.isPresent() ? Optional.of(Decimal.parse(text.get(), NUMBER_MAX)) : Optional.empty();
  }
}
