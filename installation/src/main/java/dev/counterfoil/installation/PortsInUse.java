package dev.counterfoil.installation;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether an installation's addresses are free before it starts: else it would take another
 * process's answers there for those of its own.
 */
final class PortsInUse {
  private static final Duration AGAIN = Duration.ofMillis(100);

  private PortsInUse() {}

  /** Where the processes of an installation listen. */
  static List<HostPort> of(InstallationConfiguration configuration) {
    List<HostPort> all = new ArrayList<>(List.of(configuration.monitorListen()));
    configuration.domains().forEach(domain -> all.add(domain.listen()));
    configuration.console().ifPresent(console -> all.add(console.listen()));
    return all;
  }

  /**
   * Binds each for a moment, as the process that will listen there does.
   *
   * @param patience how long one may be taken still: by a process of a start before, which is
   *     ending
   */
  static void require(List<HostPort> addresses, Duration patience)
      throws InstallationException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (HostPort address : addresses) {
      Optional<IOException> taken = taken(address);
      while (taken.isPresent() && System.nanoTime() < deadline) {
        Thread.sleep(AGAIN);
        taken = taken(address);
      }
      if (taken.isPresent()) {
        throw new InstallationException(
            (taken.get() instanceof BindException
                    ? "port " + address.port() + " is in use"
                    : "cannot listen")
                + ": "
                + address
                + ": "
                + taken.get().getMessage()
                + ". Stop the process that listens there, or choose another address in the configuration",
            taken.get());
      }
    }
  }

  private static Optional<IOException> taken(HostPort address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address.resolve());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }
}
