package dev.counterfoil.disclosure.advisories;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** The names of weaknesses in CWE, of those that a token authority can have. */
public final class Weaknesses {
  private static final Map<String, String> NAMES = load();

  private Weaknesses() {}

  private static Map<String, String> load() {
    try (InputStream in =
        Objects.requireNonNull(Weaknesses.class.getResourceAsStream("weaknesses.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .collect(Collectors.toUnmodifiableMap(line -> line[0], line -> line[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The name of one such as {@code CWE-347}; empty for one that is not in the list. */
  public static Optional<String> name(String id) {
    return Optional.ofNullable(NAMES.get(id));
  }
}
