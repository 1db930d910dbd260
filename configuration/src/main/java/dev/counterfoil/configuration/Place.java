package dev.counterfoil.configuration;

import java.nio.file.Path;

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

  ConfigurationException wrong(int line, String message, Throwable cause) {
    return new ConfigurationException(name + ":" + line + ": " + message, cause);
  }
}
