package dev.counterfoil.signer.generation;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.rotation.KeyFolder;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a signer says when it is to be replaced and was: by its own folder, so that the same words
 * mean the same theft also while the key log does not say yet what happened.
 *
 * @param configuration the signer's
 * @param current the generation that runs
 */
public record PastGenerations(SignerConfiguration configuration, Generation current) {
  /**
   * The answer to a wish that is fulfilled already, or cannot be; empty when the present generation
   * is to be replaced.
   *
   * @param arguments of {@link Commands#REPLACE}
   */
  public Optional<Answer> answer(JsonObject arguments, Instant now)
      throws IOException, GeneralSecurityException {
    Optional<String> log;
    boolean again;
    try {
      arguments.allowOnly("log", "again");
      log = arguments.optionalString("log");
      again = arguments.has("again") && arguments.truth("again");
    } catch (FormatException e) {
      return Optional.of(new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage())));
    }
    if (again) {
      return log.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Answer.Refused(
                  Code.MALFORMED, "a log is replaced once; again is for the signer as it is now"));
    }
    List<Generation> all = Generation.all(configuration.name(), configuration.process().folder());
    return log.isPresent() ? named(all, log.get(), now) : last(all, now);
  }

  private Optional<Answer> named(List<Generation> all, String log, Instant now)
      throws IOException, GeneralSecurityException {
    for (Generation generation : all) {
      if (!generation.logName().equals(log)) {
        continue;
      }
      // The keys of one that is announced are resident beside the present ones: all of them go.
      boolean goes = generation.number() >= current.number() && !generation.isGivenUp();
      return goes ? Optional.empty() : Optional.of(ended(all, generation, now));
    }
    return Optional.of(new Answer.Refused(Code.UNKNOWN, "this signer never had a log " + log));
  }

  /** The one before the present, when it was replaced a moment ago. */
  private Optional<Answer> last(List<Generation> all, Instant now)
      throws IOException, GeneralSecurityException {
    Optional<Generation> before =
        all.stream()
            .filter(one -> one.number() < current.number() && !one.isGivenUp())
            .reduce((_, later) -> later);
    if (before.isEmpty()) {
      return Optional.empty();
    }
    // By a clock that was stepped back meanwhile it lies ahead.
    return before
            .get()
            .replacedAt()
            .filter(
                at ->
                    Duration.between(at, now).abs().compareTo(Commands.SAME_REPLACEMENT_WITHIN) < 0)
            .isPresent()
        ? Optional.of(ended(all, before.get(), now))
        : Optional.empty();
  }

  private Answer ended(List<Generation> all, Generation past, Instant now)
      throws IOException, GeneralSecurityException {
    Optional<Long> size =
        past.isGivenUp()
            ? Optional.of(0L)
            : LogEnds.end(configuration, past.journal(), past.logName());
    if (size.isEmpty()) {
      return new Answer.Refused(
          Code.CONFLICT, "log " + past.logName() + " is gone from this signer's folder");
    }
    JsonObject.Builder result =
        JsonObject.builder()
            .put("log", past.logName())
            .put("size", size.get())
            .put("kids", kids(past, now))
            .put("already", true)
            .put("own", own(all));
    Optional<Generation> announced =
        all.stream()
            .filter(one -> one.number() > past.number() && one.number() < current.number())
            .filter(Generation::isGivenUp)
            .reduce((_, later) -> later);
    if (announced.isPresent()) {
      result.put(
          "announced",
          new LogSuccession.GivenUp(announced.get(), kids(announced.get(), now)).toJson());
    }
    return new Answer.Done(result.build());
  }

  /**
   * Ends the present generation, whose journal cannot be read back, as far as readers can follow it
   * at the most. A successor that is announced is given up: its keys lay beside those of this one.
   *
   * @return the answer to {@link Commands#REPLACE}
   */
  public JsonObject endDamaged(Instant now) throws IOException, GeneralSecurityException {
    List<Generation> all = Generation.all(configuration.name(), configuration.process().folder());
    List<String> kids = kids(current, now);
    JsonObject.Builder result = JsonObject.builder();
    current.markReplaced(now);
    for (Generation next : all) {
      if (next.number() > current.number() && !next.isGivenUp()) {
        next.giveUp();
        result.put("announced", new LogSuccession.GivenUp(next, kids(next, now)).toJson());
      }
    }
    long size = LogEnds.sealAtPublished(configuration, current.journal(), current.logName());
    return result
        .put("log", current.logName())
        .put("size", size)
        .put("kids", kids)
        .put("already", false)
        .put("own", own())
        .build();
  }

  /** Its logs: what the key log has of its name beside them is somebody else's. */
  public List<String> own() throws IOException {
    return own(Generation.all(configuration.name(), configuration.process().folder()));
  }

  private static List<String> own(List<Generation> all) {
    return all.stream().filter(one -> !one.isGivenUp()).map(Generation::logName).toList();
  }

  private static List<String> kids(Generation past, Instant now)
      throws IOException, GeneralSecurityException {
    if (!Files.exists(past.keys())) {
      // A crash left it announced, and without a key.
      return List.of();
    }
    return new KeyFolder(FileDisk.toRead(past.keys()))
        .statements().values().stream()
            .filter(key -> now.isBefore(key.verifyUntil()))
            .map(KeyStatement::kid)
            .toList();
  }
}
