package dev.counterfoil.configuration;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a configuration comes from.
 *
 * @param name how messages call it
 * @param folder what relative paths in it are relative to
 */
record Place(String name, Path folder) {
  ConfigurationException wrong(int line, String message) {
    return new ConfigurationException(name + ":" + line + ": " + message);
  }

  /**
   * A key that is not among those that may stand there.
   *
   * @param path what stands before its name, with its dot
   */
  ConfigurationException unknownKey(int line, String path, String key, List<String> known) {
    return wrong(
        line,
        "unknown key '"
            + path
            + key
            + "'"
            + NearestName.of(key, known).map(near -> "; did you mean '" + near + "'?").orElse(".")
            + " Keys allowed here: "
            + String.join(", ", known));
  }

  ConfigurationException wrong(int line, String message, Throwable cause) {
    return new ConfigurationException(name + ":" + line + ": " + message, cause);
  }
}
