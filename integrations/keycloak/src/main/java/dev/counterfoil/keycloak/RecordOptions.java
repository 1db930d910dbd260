package dev.counterfoil.keycloak;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.keycloak.Config;

/**
 * What {@code keycloak.conf} says about the record.
 *
 * @param issuer of the authority that has the record door, without a slash at its end
 * @param client the source's client id there
 * @param keyFile its private key, a P-256 JWK
 * @param timeout of one request to the door; a token waits for twice as long at most
 * @param releaseFor for how long since the door was last reachable tokens may be released
 *     unrecorded; zero: never
 * @param keptFile where the digests of such tokens are kept until they are handed in; set when
 *     {@code releaseFor} is
 * @param keptMax most digests that are kept
 * @param realms whose tokens are recorded; empty: those of every realm
 */
record RecordOptions(
    String issuer,
    String client,
    Path keyFile,
    Duration timeout,
    Duration releaseFor,
    @Nullable Path keptFile,
    int keptMax,
    Set<String> realms) {
  static final String PREFIX = "spi-counterfoil--record--";

  private static final Duration TIMEOUT_MAX = Duration.ofSeconds(30);
  private static final Duration RELEASE_FOR_MAX = Duration.ofHours(24);
  private static final int KEPT_MAX_DEFAULT = 1_000_000;
  private static final int KEPT_MAX_MAX = 100_000_000;
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,7})(ms|s|m|h)");

  RecordOptions {
    realms = Set.copyOf(realms);
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException naming the option that is missing or wrong
   */
  static RecordOptions read(Config.Scope scope) {
    Duration releaseFor = duration(scope, "release-for", Duration.ZERO, RELEASE_FOR_MAX);
    String kept = scope.get("kept-file");
    if (releaseFor.isZero() != (kept == null)) {
      throw wrong(
          "kept-file",
          "goes with release-for: name a file on a disk that outlives Keycloak's process, or set"
              + " neither, and tokens are refused while the record door is away");
    }
    Duration timeout = duration(scope, "timeout", Duration.ofSeconds(2), TIMEOUT_MAX);
    if (timeout.isZero()) {
      throw wrong("timeout", "must be longer than nothing");
    }
    return new RecordOptions(
        issuer(required(scope, "issuer")),
        required(scope, "client"),
        Path.of(required(scope, "key-file")),
        timeout,
        releaseFor,
        kept == null ? null : Path.of(kept),
        count(scope, "kept-max"),
        realms(scope.get("realms")));
  }

  static IllegalArgumentException wrong(String name, String why) {
    return new IllegalArgumentException(PREFIX + name + ": " + why);
  }

  private static String required(Config.Scope scope, String name) {
    String value = scope.get(name);
    if (value == null || value.isBlank()) {
      throw wrong(
          name,
          "is not set. Without it no token can be recorded, and Keycloak does not start."
              + " Set it in keycloak.conf, or take counterfoil-keycloak.jar out of providers/");
    }
    return value.strip();
  }

  private static String issuer(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw wrong("issuer", "is no URL");
    }
    String host = uri.getHost();
    boolean near =
        "http".equals(uri.getScheme())
            && host != null
            && Set.of("127.0.0.1", "[::1]", "localhost").contains(host);
    if (host == null
        || !("https".equals(uri.getScheme()) || near)
        || uri.getQuery() != null
        || uri.getFragment() != null
        || uri.getUserInfo() != null) {
      throw wrong(
          "issuer", "want https://HOST, or http:// on this host alone (127.0.0.1, ::1, localhost)");
    }
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  private static Duration duration(
      Config.Scope scope, String name, Duration otherwise, Duration most) {
    String text = scope.get(name);
    if (text == null) {
      return otherwise;
    }
    Matcher parts = DURATION.matcher(text.strip());
    if (!parts.matches()) {
      throw wrong(name, "want a number with ms, s, m or h, such as 500ms or 10m");
    }
    long number = Long.parseLong(parts.group(1));
    Duration duration =
        switch (parts.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    if (duration.compareTo(most) > 0) {
      throw wrong(name, "at most " + most.toSeconds() + "s");
    }
    return duration;
  }

  private static int count(Config.Scope scope, String name) {
    String text = scope.get(name);
    if (text == null) {
      return KEPT_MAX_DEFAULT;
    }
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= KEPT_MAX_MAX) {
        return number;
      }
    }
    throw wrong(name, "want a number from 1 to " + KEPT_MAX_MAX);
  }

  private static Set<String> realms(@Nullable String text) {
    return text == null
        ? Set.of()
        : Arrays.stream(text.split(",", -1))
            .map(String::strip)
            .filter(realm -> !realm.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
  }
}
