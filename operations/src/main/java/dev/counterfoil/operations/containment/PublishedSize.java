package dev.counterfoil.operations.containment;

import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How far the logs of a domain can be read here. What a signer says of a log's size is believed no
 * further: a log is published to its end before its signer answers that it is sealed.
 *
 * @param logs the folder of the logs' public read sides
 */
record PublishedSize(Path logs) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private static final System.Logger LOG = System.getLogger(PublishedSize.class.getName());

  /** How far a log can be read; empty where it lies elsewhere. */
  Optional<Long> of(String log) {
    Path folder = logs.resolve(log);
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (LogReader reader = new LogReader(FileDisk.toRead(folder))) {
      return reader.published().map(published -> published.checkpoint().size());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "log {0} cannot be read: {1}", folder, e.toString());
      return Optional.empty();
    }
  }

  /**
   * The same, and the end of an honest log is waited for: a look that comes too early shall log
   * nobody out.
   *
   * @param size up to which it is waited for
   */
  Optional<Long> reaching(String log, long size, Duration within) throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      Optional<Long> published = of(log);
      if (!Files.isDirectory(logs.resolve(log))
          || published.filter(so -> so >= size).isPresent()
          || System.nanoTime() - end > 0) {
        return published;
      }
      Thread.sleep(LOOK_EVERY);
    }
  }
}
