package dev.counterfoil.witness;

import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;

/** The witness's HTTP listener and its limits. */
final class WitnessListener {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 16 * 1024;
  private static final int CONNECTIONS_MAX = 1024;

  private WitnessListener() {}

  /** Starts it. */
  static Listener start(WitnessConfiguration configuration, WitnessRoutes routes) {
    return Listener.start(
        new Listener.Settings(
            configuration.listen().resolve(),
            REQUEST_LINE_MAX,
            HEADERS_MAX,
            AddCheckpoint.BYTES_MAX,
            false,
            CONNECTIONS_MAX,
            configuration.requestTime(),
            new ClientAddress(configuration.trustedProxies())),
        routes.answers().form(),
        routes.answers().failed(),
        routes::register);
  }
}
