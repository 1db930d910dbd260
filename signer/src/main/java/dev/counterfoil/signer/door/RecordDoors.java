package dev.counterfoil.signer.door;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.rotation.RegistrarLink;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The record logs of a signer's present generation. */
public final class RecordDoors implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RecordDoors.class.getName());

  private final List<RecordDoor> doors;
  private final List<Broken> broken;
  private final Set<String> stated = new HashSet<>();
  private final Set<String> complained = new HashSet<>();
  private boolean closed;

  /** A record log that must not go on, and why. Tokens are issued all the same. */
  private record Broken(SignerConfiguration.Door settings, String log, String why) {
    JsonObject status() {
      return JsonObject.builder().put("name", log).put("broken", why).build();
    }
  }

  private RecordDoors(List<RecordDoor> doors, List<Broken> broken) {
    this.doors = doors;
    this.broken = broken;
  }

  /**
   * Opens all that are configured.
   *
   * @param onFailure told when the journal of one failed
   */
  public static RecordDoors open(
      SignerConfiguration configuration,
      Generation generation,
      SealedKeys sealed,
      InstantSource clock,
      Consumer<Throwable> onFailure)
      throws IOException, GeneralSecurityException {
    List<RecordDoor> doors = new ArrayList<>();
    List<Broken> broken = new ArrayList<>();
    for (SignerConfiguration.Door settings : configuration.recordLogs()) {
      try {
        doors.add(
            RecordDoor.open(
                configuration, settings, generation, sealed, clock, System::nanoTime, onFailure));
      } catch (LogDamagedException e) {
        String log = generation.recordLogName(settings.name());
        broken.add(new Broken(settings, log, String.valueOf(e.getMessage())));
        LOG.log(
            System.Logger.Level.ERROR,
            "record log {0} accepts nothing: {1}. Restore it, or replace the signer"
                + " with counterfoil compromise, which begins another log",
            log,
            e.getMessage());
      }
    }
    return new RecordDoors(List.copyOf(doors), List.copyOf(broken));
  }

  /**
   * Has the registrar state what it has not stated yet, so that verifiers know the logs' keys. On
   * the key keeper's thread, again and again.
   */
  public void state(RegistrarLink registrar) throws InterruptedException {
    for (RecordDoor door : doors) {
      String name = door.stated().name();
      if (!stated.contains(name)) {
        try {
          Answer answer = registrar.ask(Commands.stateLog(door.stated()));
          if (answer instanceof Answer.Done) {
            stated.add(name);
            LOG.log(System.Logger.Level.INFO, "record log {0} is stated", name);
          } else if (answer instanceof Answer.Refused refused && complained.add(name)) {
            LOG.log(
                System.Logger.Level.WARNING,
                "the registrar does not state record log {0} ({1}): {2}",
                name,
                refused.code(),
                refused.text());
          }
        } catch (SignerUnavailableException e) {
          LOG.log(System.Logger.Level.DEBUG, "record log {0} is not stated yet", name);
        }
      }
    }
  }

  /** Records digests; the answer comes later and on another thread. */
  public void record(RecordDigests request, Responder responder) {
    Optional<RecordDoor> door = of(request.source());
    if (door.isEmpty()) {
      responder.answer(unbound(request.source()));
    } else if (!door.get().stated().name().equals(request.log())) {
      responder.answer(
          new Answer.Refused(Code.CONFLICT, "the source is bound to another record log now"));
    } else {
      door.get().record(request, responder);
    }
  }

  /** Holds each log against the cosigned checkpoint that lies in its own public folder. */
  public void compareWithPublished() throws IOException {
    for (RecordDoor door : doors) {
      door.compareWithPublished();
    }
  }

  /**
   * Takes the command that brings cosignatures, where it is of a record log.
   *
   * @return whether it is
   */
  public boolean addCosignatures(Request.Command command, Responder responder) {
    try {
      String log = command.arguments().string("log");
      Optional<RecordDoor> named =
          doors.stream().filter(door -> door.stated().name().equals(log)).findFirst();
      named.ifPresent(door -> door.addCosignatures(command, responder));
      return named.isPresent();
    } catch (FormatException e) {
      // It names no log: whoever takes the others says so.
      return false;
    }
  }

  /** Answers which log a source is bound to. */
  public Answer logOf(Request.Command command) {
    try {
      String source = command.arguments().string("source");
      return of(source)
          .<Answer>map(
              door ->
                  new Answer.Done(JsonObject.builder().put("log", door.stated().name()).build()))
          .orElse(unbound(source));
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, "the command has a source");
    }
  }

  private Answer.Refused unbound(String source) {
    if (broken.stream().anyMatch(log -> log.settings.allowedSources().allows(source))) {
      return new Answer.Refused(
          Code.SEALED, "the source's record log must not continue; the signer's status shows why");
    }
    return new Answer.Refused(Code.OUT_OF_SCOPE, "the source belongs to no record log");
  }

  private Optional<RecordDoor> of(String source) {
    return doors.stream().filter(door -> door.takes(source)).findFirst();
  }

  public List<JsonObject> status() {
    return Stream.concat(
            doors.stream().map(RecordDoor::status), broken.stream().map(Broken::status))
        .toList();
  }

  /** Ends all logs for good. */
  public void seal() {
    doors.forEach(RecordDoor::seal);
  }

  /** Answers what was taken and closes the files. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    for (RecordDoor door : doors) {
      door.close();
    }
  }
}
