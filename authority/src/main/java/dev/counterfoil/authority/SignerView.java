package dev.counterfoil.authority;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the signer says of its logs and of who cosigns them, and the way to tell it cosignatures.
 */
final class SignerView {
  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(5);

  private final SignerClient signer;
  private volatile Optional<State> last = Optional.empty();
  private volatile ScrubReport scrub = ScrubReport.NONE;

  /**
   * The signer at a moment.
   *
   * @param logs its logs that go on: the one of its tokens first, then its record logs
   * @param reason why it issues nothing; empty when it does
   * @param damage what its scrubbers found in its logs and could not repair, and record logs that
   *     must not go on
   */
  record State(List<Followed> logs, Optional<String> reason, List<String> damage) {
    State {
      logs = List.copyOf(logs);
      damage = List.copyOf(damage);
    }
  }

  /**
   * A log that is to be cosigned.
   *
   * @param name its short name
   * @param key the log's
   * @param waitingFor holders that the signer has to hear before it records anything
   */
  record Followed(String name, NoteKey key, List<String> waitingFor) {
    Followed {
      waitingFor = List.copyOf(waitingFor);
    }

    String origin() {
      return key.name();
    }
  }

  SignerView(SignerClient signer) {
    this.signer = signer;
  }

  /** Asks the signer; empty when it is not there, or is of a version that says nothing of it. */
  Optional<State> ask() throws InterruptedException {
    try {
      Optional<State> now = Optional.empty();
      if (signer.ask(Commands.status(), SIGNER_TIME_MAX) instanceof Answer.Done done
          && done.result().has("cosigning")) {
        now = Optional.of(state(done.result()));
        scrub = ScrubReport.of(done.result());
      }
      last = now;
    } catch (SignerUnavailableException | FormatException e) {
      last = Optional.empty();
    }
    return last;
  }

  /** What it said last. */
  Optional<State> last() {
    return last;
  }

  /** What it mended in its logs, by its last word. */
  ScrubReport scrub() {
    return scrub;
  }

  private static State state(JsonObject status) throws FormatException {
    List<Followed> logs = new ArrayList<>();
    List<String> damage = new ArrayList<>();
    logs.add(followed(status.object("log"), status.object("cosigning")));
    addDamage(status, status.object("log").string("name"), damage);
    if (status.has("record_logs")) {
      for (JsonObject door : status.objects("record_logs")) {
        addDamage(door, door.string("name"), damage);
        if (door.has("broken")) {
          damage.add("record log " + door.string("name") + ": " + door.string("broken"));
        } else if (door.has("cosigning")) {
          logs.add(followed(door, door.object("cosigning")));
        }
      }
    }
    return new State(logs, status.optionalString("reason"), damage);
  }

  private static Followed followed(JsonObject log, JsonObject cosigning) throws FormatException {
    return new Followed(
        log.string("name"), NoteKey.parse(log.string("vkey")), cosigning.strings("waiting_for"));
  }

  private static void addDamage(JsonObject of, String log, List<String> damage)
      throws FormatException {
    if (of.has("scrub") && of.object("scrub").has("difference")) {
      JsonObject difference = of.object("scrub").object("difference");
      if (!difference.truth("repaired")) {
        damage.add("log " + log + ": " + difference.string("description"));
      }
    }
  }

  /** Tells the signer what was cosigned. */
  Answer tell(String log, SignedNote note) throws InterruptedException {
    try {
      return signer.ask(Commands.addCosignatures(log, note), SIGNER_TIME_MAX);
    } catch (SignerUnavailableException e) {
      return new Answer.Refused(Answer.Code.BUSY, "the signer does not answer");
    }
  }
}
