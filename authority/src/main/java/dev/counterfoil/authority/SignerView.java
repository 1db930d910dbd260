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

/** What the signer says of its log and of who cosigns it, and the way to tell it cosignatures. */
final class SignerView {
  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(5);

  private final SignerClient signer;
  private volatile Optional<State> last = Optional.empty();

  /**
   * The signer at a moment.
   *
   * @param log short name of its log
   * @param key the log's
   * @param quorum how many witnesses make a checkpoint cosigned
   * @param waitingFor holders that it has to hear before it issues
   * @param reason why it issues nothing; empty when it does
   * @param damage what its scrubbers found in its logs and could not repair
   */
  record State(
      String log,
      NoteKey key,
      long quorum,
      List<String> waitingFor,
      Optional<String> reason,
      List<String> damage) {
    State {
      waitingFor = List.copyOf(waitingFor);
      damage = List.copyOf(damage);
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
      last =
          signer.ask(Commands.status(), SIGNER_TIME_MAX) instanceof Answer.Done done
                  && done.result().has("cosigning")
              ? Optional.of(state(done.result()))
              : Optional.empty();
    } catch (SignerUnavailableException | FormatException e) {
      last = Optional.empty();
    }
    return last;
  }

  /** What it said last. */
  Optional<State> last() {
    return last;
  }

  private static State state(JsonObject status) throws FormatException {
    JsonObject log = status.object("log");
    JsonObject cosigning = status.object("cosigning");
    return new State(
        log.string("name"),
        NoteKey.parse(log.string("vkey")),
        cosigning.number("quorum"),
        cosigning.strings("waiting_for"),
        status.optionalString("reason"),
        damage(status));
  }

  private static List<String> damage(JsonObject status) throws FormatException {
    List<String> damage = new ArrayList<>();
    addDamage(status, damage);
    if (status.has("record_logs")) {
      for (JsonObject door : status.objects("record_logs")) {
        addDamage(door, damage);
      }
    }
    return damage;
  }

  private static void addDamage(JsonObject of, List<String> damage) throws FormatException {
    if (of.has("scrub") && of.object("scrub").has("difference")) {
      JsonObject difference = of.object("scrub").object("difference");
      if (!difference.truth("repaired")) {
        damage.add(difference.string("description"));
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
