package dev.counterfoil.signer.folders;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds a number for a new generation that no log of this signer ever had. Its own folder does not
 * know them all: it may have been lost, or put back. So the public folders and the registrar are
 * asked too, since an origin has one key for good.
 */
public final class GenerationNumbers {
  private static final System.Logger LOG = System.getLogger(GenerationNumbers.class.getName());
  private static final Duration REGISTRAR_WITHIN = Duration.ofSeconds(3);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final SignerConfiguration configuration;
  private final SignerClient registrar;
  private final NewLogFolders folders;

  public GenerationNumbers(SignerConfiguration configuration, SignerClient registrar) {
    this.configuration = configuration;
    this.registrar = registrar;
    this.folders = new NewLogFolders(configuration);
  }

  /**
   * The first generation after a number of whose logs none is known elsewhere, and whose public
   * folders are this process's own now. Not the one after the last that is known: whoever held this
   * signer may have had any number stated, or have made a folder of any.
   *
   * @param last the signer's own last one; 0 when its folder has none
   */
  public Generation next(int last) throws IOException {
    Set<String> stated = stated().stream().map(Stated::name).collect(Collectors.toSet());
    for (int number = last + 1; number <= LogName.GENERATION_MAX; number++) {
      Generation next =
          Generation.of(configuration.name(), configuration.process().folder(), number);
      List<String> names = logNames(next);
      if (names.stream().noneMatch(stated::contains) && folders.claim(names)) {
        return next;
      }
    }
    throw new IOException(
        "after generation "
            + last
            + " of signer "
            + configuration.name()
            + " no number is free. Find out who made the folders in "
            + configuration.process().logFolder());
  }

  /** The logs that a generation would have. */
  private List<String> logNames(Generation generation) {
    List<String> names = new ArrayList<>();
    names.add(generation.logName());
    configuration.recordLogs().forEach(door -> names.add(generation.recordLogName(door.name())));
    return names;
  }

  /** Whether the registrar knows a log of a name with another key than ours. */
  public boolean isTaken(String logName, NoteKey key) throws IOException {
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
          "the registrar does not report which logs it knows ({0}). If it refuses the"
              + " key because the log''s name is taken, restart this signer while the"
              + " registrar is running",
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the registrar was asked", e);
    }
    return stated;
  }
}
