package dev.counterfoil.authority.signers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
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
public final class SignerView {
  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(5);
  private static final Duration NEW_CONNECTION_EVERY = Duration.ofSeconds(5);

  /** How old its last answer may be. One question may fail; it is asked many times a second. */
  private static final Duration HEARD_WITHIN = Duration.ofSeconds(10);

  private static final int TEXT_CHARACTERS_MAX = 500;
  private static final int RECORD_LOGS_MAX = 1_000;

  private static final System.Logger LOG = System.getLogger(SignerView.class.getName());

  private final SignerClient signer;
  private volatile Optional<State> last = Optional.empty();
  private volatile ScrubReport scrub = ScrubReport.NONE;
  private volatile Optional<String> noNewConnection = Optional.empty();
  private volatile Optional<Long> heardNanos = Optional.empty();
  private volatile long anewAt = System.nanoTime();

  /**
   * The signer at a moment.
   *
   * @param logs its logs that go on: the one of its tokens first, then its record logs
   * @param reason why it issues nothing; empty when it does
   * @param signsFrom from when its first key signs, where it waits for that
   * @param damage what its scrubbers found in its logs and could not repair, and record logs that
   *     must not go on
   * @param alarms what a registrar says of its signers: an operator should look at it
   */
  public record State(
      List<Followed> logs,
      Optional<String> reason,
      Optional<String> signsFrom,
      List<Found> damage,
      List<JsonObject> alarms) {
    public State {
      logs = List.copyOf(logs);
      damage = List.copyOf(damage);
      alarms = List.copyOf(alarms);
    }
  }

  /**
   * What its scrubbers found in one of its logs.
   *
   * @param log its short name
   * @param text what, in the signer's words, as they are {@link #shown}
   */
  public record Found(String log, String text) {}

  /**
   * A log that is to be cosigned.
   *
   * @param name its short name
   * @param key the log's
   * @param waitingFor holders that the signer has to hear before it records anything
   */
  public record Followed(String name, NoteKey key, List<String> waitingFor) {
    public Followed {
      waitingFor = List.copyOf(waitingFor);
    }

    public String origin() {
      return key.name();
    }

    /** The same while nothing is recorded. */
    public Followed awaitingNobody() {
      return new Followed(name, key, List.of());
    }
  }

  public SignerView(SignerClient signer) {
    this.signer = signer;
  }

  /** Asks the signer; empty when it is not there, or is of a version that says nothing of it. */
  public Optional<State> ask() throws InterruptedException {
    try {
      Optional<State> now = Optional.empty();
      tryNewConnection();
      Answer answer = signer.ask(Commands.status(), SIGNER_TIME_MAX);
      heardNanos = Optional.of(System.nanoTime());
      if (answer instanceof Answer.Done done && done.result().has("cosigning")) {
        now = Optional.of(state(done.result()));
        scrub = ScrubReport.of(done.result());
      }
      last = now;
    } catch (SignerUnavailableException | FormatException e) {
      last = Optional.empty();
    }
    return last;
  }

  /** Whether it answered lately: a process that hangs keeps its connection. */
  public boolean isHeard() {
    return heardNanos
        .filter(nanos -> System.nanoTime() - nanos < HEARD_WITHIN.toNanos())
        .isPresent();
  }

  /** What it said last. */
  public Optional<State> last() {
    return last;
  }

  /**
   * A connection that was made long ago says nothing of the next one, on which an operator's
   * command or this process's restart will depend.
   */
  private void tryNewConnection() throws InterruptedException {
    long now = System.nanoTime();
    if (!signer.isConnected() || now - anewAt < 0) {
      return;
    }
    anewAt = now + NEW_CONNECTION_EVERY.toNanos();
    Optional<String> problem = Optional.empty();
    try {
      SignerClient.askAnew(signer.socket(), Commands.status(), SIGNER_TIME_MAX, SIGNER_TIME_MAX);
    } catch (SignerUnavailableException e) {
      problem = Optional.of(shown(String.valueOf(e.getMessage())));
    }
    if (!problem.equals(noNewConnection)) {
      LOG.log(
          problem.isPresent() ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
          "{0}: {1}",
          signer.socket(),
          problem
              .map(why -> "a new connection fails, though the old one goes on: " + why)
              .orElse("new connections are served again"));
    }
    noNewConnection = problem;
  }

  /** Why it serves no new connection, while an old one goes on; empty when it does. */
  public Optional<String> noNewConnection() {
    return noNewConnection;
  }

  /** What it mended in its logs, by its last word. */
  public ScrubReport scrub() {
    return scrub;
  }

  private static State state(JsonObject status) throws FormatException {
    List<Followed> logs = new ArrayList<>();
    List<Found> damage = new ArrayList<>();
    logs.add(followed(status.object("log"), status.object("cosigning")));
    addDamage(status, name(status.object("log")), damage);
    if (status.has("record_logs")) {
      List<JsonObject> doors = status.objects("record_logs");
      if (doors.size() > RECORD_LOGS_MAX) {
        throw new FormatException("a signer has at most " + RECORD_LOGS_MAX + " record logs");
      }
      for (JsonObject door : doors) {
        addDamage(door, name(door), damage);
        if (door.has("broken")) {
          damage.add(new Found(name(door), shown(door.string("broken"))));
        } else if (door.has("cosigning")) {
          logs.add(followed(door, door.object("cosigning")));
        }
      }
    }
    return new State(
        logs,
        status.optionalString("reason").map(SignerView::shown),
        status.optionalString("signs_from").map(SignerView::shown),
        damage,
        status.has("alarms") ? status.objects("alarms") : List.of());
  }

  private static Followed followed(JsonObject log, JsonObject cosigning) throws FormatException {
    return new Followed(
        name(log), NoteKey.parse(log.string("vkey")), cosigning.strings("waiting_for"));
  }

  private static void addDamage(JsonObject of, String log, List<Found> damage)
      throws FormatException {
    if (of.has("scrub") && of.object("scrub").has("difference")) {
      JsonObject difference = of.object("scrub").object("difference");
      if (!difference.truth("repaired")) {
        damage.add(new Found(log, shown(difference.string("description"))));
      }
    }
  }

  /** A log's name, which is short. */
  static String name(JsonObject log) throws FormatException {
    String name = log.string("name");
    if (!TokenId.isLogName(name)) {
      throw new FormatException("a log's name is none");
    }
    return name;
  }

  /**
   * As much of a text as is passed on: a signer in somebody else's hands says what he likes. All of
   * it is printable ASCII, of which JSON makes two bytes a character at most.
   */
  public static String shown(String text) {
    int length = Math.min(text.length(), TEXT_CHARACTERS_MAX);
    StringBuilder shown = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c > '~' ? '?' : c);
    }
    return shown.toString();
  }

  /** Tells the signer what was cosigned. */
  public Answer tell(String log, SignedNote note) throws InterruptedException {
    try {
      return signer.ask(Commands.addCosignatures(log, note), SIGNER_TIME_MAX);
    } catch (SignerUnavailableException e) {
      return new Answer.Refused(Answer.Code.BUSY, "the signer does not answer");
    }
  }
}
