package dev.counterfoil.signer;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a number for a new generation that no log of this signer ever had. Its own folder does not
 * know them all: it may have been lost, or put back. So the public folders and the registrar are
 * asked too, since an origin has one key for good.
 */
final class GenerationNumbers {
  private static final System.Logger LOG = System.getLogger(GenerationNumbers.class.getName());
  private static final Duration REGISTRAR_WITHIN = Duration.ofSeconds(3);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final SignerConfiguration configuration;
  private final SignerClient registrar;
  private final Pattern logNames;

  GenerationNumbers(SignerConfiguration configuration, SignerClient registrar) {
    this.configuration = configuration;
    this.registrar = registrar;
    this.logNames =
        Pattern.compile(Generation.logPrefix(configuration.name()) + "([1-9][0-9]{0,5})");
  }

  /**
   * The generation after a number, and after every log that is known elsewhere.
   *
   * @param last the signer's own last one; 0 when its folder has none
   */
  Generation next(int last) throws IOException {
    int number = Math.max(last, publicLast());
    for (Stated log : stated()) {
      number = Math.max(number, number(log.name));
    }
    Generation next = Generation.of(configuration.name(), configuration.folder(), number + 1);
    while (isTaken(next)) {
      next = Generation.of(configuration.name(), configuration.folder(), next.number() + 1);
    }
    return next;
  }

  /** Whether a folder stands where one of its logs would be published. */
  private boolean isTaken(Generation generation) {
    Path folder = configuration.logFolder().orElseThrow();
    return Files.exists(folder.resolve(generation.logName()))
        || configuration.recordLogs().stream()
            .anyMatch(door -> Files.exists(folder.resolve(generation.recordLogName(door.name()))));
  }

  /**
   * Of those folders alone that are this process's user's own: where each signer has a user,
   * another one that is somebody else's does not use up the numbers by making the last.
   */
  private int publicLast() throws IOException {
    Path folder = configuration.logFolder().orElseThrow();
    int last = 0;
    if (Files.isDirectory(folder)) {
      UserPrincipal own = Files.getOwner(configuration.folder());
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          int number = number(entry.getFileName().toString());
          if (number > last && Files.getOwner(entry, LinkOption.NOFOLLOW_LINKS).equals(own)) {
            last = number;
          }
        }
      }
    }
    return last;
  }

  private int number(String logName) {
    Matcher matcher = logNames.matcher(logName);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Whether the registrar knows a log of a name with another key than ours. */
  boolean isTaken(String logName, NoteKey key) throws IOException {
    return stated().stream()
        .anyMatch(log -> log.name.equals(logName) && !log.vkey.equals(key.toString()));
  }

  private record Stated(String name, String vkey) {}

  /** The logs that the registrar knows; none when it does not answer. */
  private List<Stated> stated() throws IOException {
    List<Stated> stated = new ArrayList<>();
    try {
      long end = System.nanoTime() + REGISTRAR_WITHIN.toNanos();
      while (!registrar.isConnected() && System.nanoTime() - end < 0) {
        Thread.sleep(LOOK_EVERY);
      }
      if (registrar.ask(Commands.status(), REGISTRAR_WITHIN) instanceof Answer.Done done
          && done.result().has("logs")) {
        for (JsonObject log : done.result().objects("logs")) {
          stated.add(new Stated(log.string("name"), log.string("vkey")));
        }
      }
    } catch (SignerUnavailableException | FormatException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the registrar does not say which logs it knows ({0}). Should it refuse the key because"
              + " the log''s name is taken, restart this signer while the registrar runs",
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the registrar was asked", e);
    }
    return stated;
  }
}
