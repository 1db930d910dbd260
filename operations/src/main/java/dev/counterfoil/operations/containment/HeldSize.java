package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How much of a log the monitor holds. Whoever holds a signer can publish a checkpoint of any size;
 * the monitor holds what has counterfoils.
 */
public final class HeldSize {
  private static final Duration ASK_AGAIN_EVERY = Duration.ofMillis(200);

  private HeldSize() {}

  /**
   * By the monitor's word, which may be a moment behind: until it holds so much, or time is over.
   *
   * @return empty where it does not follow the log
   */
  public static Optional<Long> reaching(
      MonitorAdmin monitor, String domain, String log, long size, Duration within)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      Optional<Long> held = held(monitor, domain, log);
      if (held.filter(so -> so < size).isEmpty() || System.nanoTime() - end > 0) {
        return held;
      }
      Thread.sleep(ASK_AGAIN_EVERY);
    }
  }

  private static Optional<Long> held(MonitorAdmin monitor, String domain, String log)
      throws IOException {
    List<JsonObject> status = new ArrayList<>();
    monitor.status(status::add);
    try {
      for (JsonObject line : status) {
        for (JsonObject one : line.objects("logs")) {
          if (one.string("domain").equals(domain) && one.string("log").equals(log)) {
            return Optional.of(one.number("held"));
          }
        }
      }
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException("cannot understand the monitor's status: " + e.getMessage(), e);
    }
  }
}
