package dev.counterfoil.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which file says where the processes are. What is named counts before what lies about: an option,
 * then the environment, then the data folder in the working folder or the file in {@code /etc}.
 * Where both of the last lie about nobody guesses: a command of an emergency would be carried out
 * on the wrong installation.
 */
sealed interface ContextPlace {
  /** Its name in a data folder. */
  String NAME = "cli.yaml";

  /** Where services have it. */
  Path SERVICES = Path.of("/etc/counterfoil").resolve(NAME);

  /** Where {@code up} puts its data without being told. */
  Path DATA = Path.of("counterfoil-data");

  /** It is this one. */
  record Found(Path file) implements ContextPlace {}

  /** There is none, or there are two. */
  record Unclear(String why) implements ContextPlace {}

  /**
   * What names a file, or may.
   *
   * @param config option {@code --config}
   * @param data option {@code --data}
   * @param environmentConfig {@code COUNTERFOIL_CONFIG}
   * @param environmentData {@code COUNTERFOIL_DATA}
   */
  record Named(
      @Nullable Path config,
      @Nullable Path data,
      @Nullable String environmentConfig,
      @Nullable String environmentData) {}

  /**
   * Decides.
   *
   * @param services where services have it
   * @param exists whether there is a file
   * @param isClosed whether a folder is there and this user may not look into it
   */
  static ContextPlace of(
      Named named, Path services, Predicate<Path> exists, Predicate<Path> isClosed) {
    if (named.config != null && named.data != null) {
      return new Unclear("--config and --data name two installations. Leave one out");
    }
    if (named.config != null) {
      return exists.test(named.config)
          ? new Found(named.config)
          : new Unclear("there is no file " + named.config + ", which --config names");
    }
    if (named.data != null) {
      return in(named.data, exists, isClosed);
    }
    if (named.environmentConfig != null) {
      Path file = Path.of(named.environmentConfig);
      return exists.test(file)
          ? new Found(file)
          : new Unclear("there is no file " + file + ", which COUNTERFOIL_CONFIG names");
    }
    if (named.environmentData != null) {
      return in(Path.of(named.environmentData), exists, isClosed);
    }
    Path here = DATA.resolve(NAME);
    if (exists.test(here) && exists.test(services)) {
      return new Unclear(
          "there are two installations: %s and %s. Choose one with --data %s or --config %s"
              .formatted(here, services, DATA, services));
    }
    if (!exists.test(services) && isClosed.test(DATA)) {
      return closed(DATA);
    }
    return Optional.of(here)
        .filter(exists)
        .or(() -> Optional.of(services).filter(exists))
        .<ContextPlace>map(Found::new)
        .orElseGet(
            () ->
                new Unclear(
                    ("no installation: there is no %s here and no %s. To start one, run"
                                + " counterfoil up. If one is running, name its folder")
                            .formatted(here, services)
                        + " with --data. For services write the file"
                        + " (docs/operate/installing.md), or name it with --config"));
  }

  private static Unclear closed(Path data) {
    return new Unclear(
        "this user may not read "
            + data
            + ". Run the command as the user of the installation, or as root");
  }

  private static ContextPlace in(Path data, Predicate<Path> exists, Predicate<Path> isClosed) {
    if (isClosed.test(data)) {
      return closed(data);
    }
    Path file = data.resolve(NAME);
    return exists.test(file)
        ? new Found(file)
        : new Unclear(
            ("no installation in %s. To start one there, run counterfoil up, which"
                    + " writes its %s; or name another folder with --data")
                .formatted(data, NAME));
  }
}
