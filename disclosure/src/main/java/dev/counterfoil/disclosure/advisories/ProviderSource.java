package dev.counterfoil.disclosure.advisories;

import java.io.IOException;
import java.net.URI;

/** From where a provider's files are read, without credentials and without following redirects. */
@FunctionalInterface
public interface ProviderSource {
  /**
   * A file's bytes.
   *
   * @throws IOException where it is not there, not given, or longer than that
   */
  byte[] get(URI address, int bytesMax) throws IOException;
}
