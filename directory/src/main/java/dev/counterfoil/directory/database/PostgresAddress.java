package dev.counterfoil.directory.database;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A database as libpq writes it (PostgreSQL, 34.1.1.2), without a password: {@code
 * postgresql://user@host:port/database?sslmode=verify-full&sslrootcert=FILE}.
 *
 * @param host a name or address
 * @param port 5432 where none is said
 * @param database its name
 * @param user who signs in
 * @param tls {@code sslmode}, {@code sslrootcert}, {@code sslcert}, {@code sslkey}. Without the
 *     first, another host than this one must prove its name.
 */
public record PostgresAddress(
    String host, int port, String database, String user, Map<String, String> tls) {
  private static final int PORT = 5432;
  private static final String MODE = "sslmode";
  private static final Set<String> NAMES = Set.of(MODE, "sslrootcert", "sslcert", "sslkey");
  private static final Set<String> MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
  private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");

  public PostgresAddress {
    tls = Map.copyOf(tls);
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException saying what it should be
   */
  public static PostgresAddress of(URI uri) {
    String user = uri.getUserInfo();
    String path = uri.getPath();
    if (!("postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme()))
        || uri.getHost() == null
        || user == null
        || path == null
        || path.length() < 2
        || path.indexOf('/', 1) > 0
        || uri.getFragment() != null) {
      // What was read is not repeated: it may hold a password.
      throw new IllegalArgumentException("want postgresql://USER@HOST:PORT/DATABASE");
    }
    if (user.contains(":")) {
      throw new IllegalArgumentException(
          "a password does not stand in the address. Put it into a file, and name that");
    }
    Map<String, String> tls = new TreeMap<>();
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    tls.put(MODE, HERE.contains(host) ? "prefer" : "verify-full");
    if (uri.getRawQuery() != null) {
      for (String pair : uri.getRawQuery().split("&", -1)) {
        int at = pair.indexOf('=');
        String name = at < 0 ? pair : pair.substring(0, at);
        if (at < 0 || !NAMES.contains(name)) {
          throw new IllegalArgumentException(
              "after ? only sslmode, sslrootcert, sslcert and sslkey can stand");
        }
        tls.put(name, URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
      }
    }
    if (!MODES.contains(tls.get(MODE))) {
      throw new IllegalArgumentException(
          "sslmode is disable, allow, prefer, require, verify-ca or verify-full");
    }
    return new PostgresAddress(
        host, uri.getPort() < 0 ? PORT : uri.getPort(), path.substring(1), user, tls);
  }
}
