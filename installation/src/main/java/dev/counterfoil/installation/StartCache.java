package dev.counterfoil.installation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What a start of a program has in common with the last (JEP 483, JEP 514): loaded and linked
 * classes, read from the distribution. A cache holds code of the jars that it was made from, and
 * the runtime does not always compare them. So the command compares the jars' hashes with those
 * beside the cache before it starts Java, and says when; from then on a cache is used only while no
 * jar has changed.
 *
 * @param folder the distribution
 * @param checked when the jars were as they were when the caches were made
 */
record StartCache(Path folder, Instant checked) {
  /** Microseconds since 1970, set by {@code bin/counterfoil}. */
  static final String CHECKED = "counterfoil.start-cache.checked";

  private static final System.Logger LOG = System.getLogger(StartCache.class.getName());
  private static final String FLAG = "-XX:AOTCache=";

  /** The kernel stamps files with a clock that lags by up to one tick. */
  private static final long TICK_MILLIS = 10;

  /** That of this process's distribution; empty where there is none whose jars were checked. */
  static Optional<StartCache> ofThisProcess() {
    String home = System.getProperty("counterfoil.home");
    Long micros = Long.getLong(CHECKED);
    return home == null || micros == null
        ? Optional.empty()
        : Optional.of(
            new StartCache(
                Path.of(home), Instant.EPOCH.plusNanos(TimeUnit.MICROSECONDS.toNanos(micros))));
  }

  /** The flags with which a program starts from its cache; empty when it must not, or has none. */
  List<String> flags(String program) {
    Path cache = folder.resolve("cache").resolve(program + ".aot");
    return Files.isReadable(cache) && !haveJarsChanged()
        ? List.of(FLAG + cache, "-Xlog:aot*=off", "-Xlog:cds*=off")
        : List.of();
  }

  /** A command to start now that was put together earlier: without its cache if a jar changed. */
  static List<String> recheck(List<String> command) {
    if (command.stream().noneMatch(word -> word.startsWith(FLAG))
        || !ofThisProcess().map(StartCache::haveJarsChanged).orElse(true)) {
      return command;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "Jars have changed since this process started, so programs start without their"
            + " start cache. To rebuild it, run bin/start-cache.");
    return command.stream().filter(word -> !word.startsWith(FLAG)).toList();
  }

  /** Also one that was added or removed: the folder changes then. */
  private boolean haveJarsChanged() {
    Path jars = folder.resolve("lib");
    Instant limit = checked.minusMillis(TICK_MILLIS);
    try (Stream<Path> files = Files.list(jars)) {
      return Stream.concat(Stream.of(jars), files).anyMatch(path -> !changed(path).isBefore(limit));
    } catch (IOException | UncheckedIOException e) {
      return true;
    }
  }

  /** The change of content or attributes, which no tool sets back as it can the time of writing. */
  private static Instant changed(Path path) {
    try {
      return ((FileTime) Files.getAttribute(path, "unix:ctime")).toInstant();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
