package dev.counterfoil.configuration;

import java.io.IOException;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A type that is written as one value.
 *
 * @param name how the documentation calls it
 * @param wanted what messages ask for
 * @param parser makes the value of the text; throws {@link WrongValue}
 */
record ScalarType(String name, String wanted, Parser parser) {
  /** Makes a value of a text and the folder for relative paths. */
  @FunctionalInterface
  interface Parser {
    Object parse(String text, Path folder) throws WrongValue;
  }

  /** A text that is no value of its type; the message, if any, says more than what is wanted. */
  static final class WrongValue extends Exception {
    private static final long serialVersionUID = 1L;

    WrongValue(String message) {
      super(message);
    }
  }

  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,15})([A-Za-z]{1,3})");
  private static final Map<String, Duration> DURATION_UNITS =
      Map.of(
          "ms",
          Duration.ofMillis(1),
          "s",
          Duration.ofSeconds(1),
          "m",
          Duration.ofMinutes(1),
          "h",
          Duration.ofHours(1),
          "d",
          Duration.ofDays(1));
  private static final Map<String, Long> SIZE_UNITS =
      Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

  private static final Map<Class<?>, ScalarType> TYPES =
      Map.ofEntries(
          Map.entry(String.class, new ScalarType("text", "a text", (text, folder) -> text)),
          Map.entry(
              boolean.class,
              new ScalarType("true or false", "true or false", (text, folder) -> truth(text))),
          Map.entry(
              int.class,
              new ScalarType(
                  "number",
                  "a whole number up to " + Integer.MAX_VALUE,
                  (text, folder) -> (int) number(text, Integer.MAX_VALUE))),
          Map.entry(
              long.class,
              new ScalarType(
                  "number",
                  "a whole number",
                  (text, folder) -> number(text, 999_999_999_999_999_999L))),
          Map.entry(
              Duration.class,
              new ScalarType(
                  "duration",
                  "a number and a unit of ms, s, m, h, d, such as 10m",
                  (text, folder) -> duration(text))),
          Map.entry(
              ByteSize.class,
              new ScalarType(
                  "size",
                  "a number and a unit of B, KiB, MiB, GiB, such as 64MiB",
                  (text, folder) -> size(text))),
          Map.entry(
              HostPort.class,
              new ScalarType(
                  "address",
                  "an address and port, such as 127.0.0.1:8480",
                  (text, folder) -> hostPort(text))),
          Map.entry(
              URI.class,
              new ScalarType(
                  "URL",
                  "an absolute URL, such as https://login.example",
                  (text, folder) -> uri(text))),
          Map.entry(Path.class, new ScalarType("path", "a path", ScalarType::path)),
          Map.entry(
              UnixSocketPath.class,
              new ScalarType("socket path", "the path of a Unix socket", ScalarType::socket)),
          Map.entry(
              SecretFile.class,
              new ScalarType(
                  "secret file",
                  "the path of a file that holds the secret and only its owner can read",
                  ScalarType::secret)));

  /** The type of a class; empty for classes that are written as blocks or lists. */
  static Optional<ScalarType> of(Class<?> type) {
    if (type.isEnum()) {
      return Optional.of(choice(type));
    }
    // Numbers inside of a list or map are boxed.
    return Optional.ofNullable(TYPES.get(MethodType.methodType(type).unwrap().returnType()));
  }

  private static ScalarType choice(Class<?> type) {
    Map<String, Object> choices = new TreeMap<>();
    Arrays.stream(type.getEnumConstants())
        .forEach(
            value ->
                choices.put(
                    ((Enum<?>) value).name().toLowerCase(Locale.ROOT).replace('_', '-'), value));
    String names = choices.keySet().stream().collect(Collectors.joining(", "));
    return new ScalarType(
        "one of " + names,
        "one of " + names,
        (text, folder) -> {
          Object value = choices.get(text);
          if (value == null) {
            throw new WrongValue("");
          }
          return value;
        });
  }

  private static Boolean truth(String text) throws WrongValue {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new WrongValue("");
    };
  }

  private static long number(String text, long max) throws WrongValue {
    if (!text.matches("\\d{1,18}") || Long.parseLong(text) > max) {
      throw new WrongValue("");
    }
    return Long.parseLong(text);
  }

  private static Duration duration(String text) throws WrongValue {
    Matcher quantity = QUANTITY.matcher(text);
    Duration unit = quantity.matches() ? DURATION_UNITS.get(quantity.group(2)) : null;
    if (unit == null) {
      throw new WrongValue("");
    }
    try {
      return unit.multipliedBy(Long.parseLong(quantity.group(1)));
    } catch (ArithmeticException e) {
      throw new WrongValue("too long");
    }
  }

  private static ByteSize size(String text) throws WrongValue {
    Matcher quantity = QUANTITY.matcher(text);
    Long unit = quantity.matches() ? SIZE_UNITS.get(quantity.group(2)) : null;
    if (unit == null) {
      throw new WrongValue("");
    }
    try {
      return new ByteSize(Math.multiplyExact(unit, Long.parseLong(quantity.group(1))));
    } catch (ArithmeticException e) {
      throw new WrongValue("too large");
    }
  }

  private static HostPort hostPort(String text) throws WrongValue {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new WrongValue("an IPv6 address stands in brackets");
    }
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
      throw new WrongValue("");
    }
    return new HostPort(host, Integer.parseInt(port));
  }

  private static URI uri(String text) throws WrongValue {
    try {
      URI uri = new URI(text);
      if (!uri.isAbsolute()) {
        throw new WrongValue("");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw new WrongValue("");
    }
  }

  private static Path path(String text, Path folder) throws WrongValue {
    try {
      if (text.isEmpty()) {
        throw new WrongValue("");
      }
      return folder.resolve(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new WrongValue("");
    }
  }

  private static UnixSocketPath socket(String text, Path folder) throws WrongValue {
    Path path = path(text, folder);
    try {
      return new UnixSocketPath(path);
    } catch (IllegalArgumentException e) {
      throw new WrongValue(String.valueOf(e.getMessage()));
    }
  }

  private static SecretFile secret(String text, Path folder) throws WrongValue {
    try {
      return SecretFile.at(path(text, folder));
    } catch (IOException e) {
      throw new WrongValue(e.getMessage() == null ? "unreadable" : e.getMessage());
    }
  }
}
