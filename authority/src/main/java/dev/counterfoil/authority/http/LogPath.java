package dev.counterfoil.authority.http;

import java.util.Optional;

/**
 * A path below {@code /logs/}.
 *
 * @param log the log's short name, not checked
 * @param rest what is wanted of it
 */
public record LogPath(String log, String rest) {
  public static final String PREFIX = "/logs/";

  /** Splits a path below the issuer; empty when it is no path of a log. */
  public static Optional<LogPath> parse(String path) {
    if (!path.startsWith(PREFIX)) {
      return Optional.empty();
    }
    int slash = path.indexOf('/', PREFIX.length());
    return slash < 0
        ? Optional.empty()
        : Optional.of(
            new LogPath(path.substring(PREFIX.length(), slash), path.substring(slash + 1)));
  }
}
