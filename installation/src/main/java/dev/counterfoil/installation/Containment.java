package dev.counterfoil.installation;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerName;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What is done when a signer's keys may be in other hands. One theft is every key that was resident
 * there, so the whole generation goes: the signer stops signing, seals its log, destroys its
 * private halves and starts anew with other keys and another log; the registrar revokes the old
 * keys from the sealed size on. Honest tokens below that size stay good.
 *
 * <p>The signer's folder says what was contained, and carrying it out again changes nothing and
 * finishes what a crash left half done. Where the signer does not answer, the key log tells it:
 * {@link FoundContainment}.
 */
public final class Containment {
  /** How long a process may take to answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** How long a signer that another command is replacing may take to start anew. */
  private static final Duration REPLACED_WITHIN = Duration.ofSeconds(60);

  private static final Duration ASK_AGAIN_EVERY = Duration.ofMillis(200);

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);

  private final Context context;
  private final String signer;
  private final Duration startsWithin;

  /** Of the signer that issues. */
  public Containment(Context context) {
    this(context, SignerName.FIRST);
  }

  /** Of one of the domain's signers. */
  public Containment(Context context, String signer) {
    this(context, signer, REPLACED_WITHIN);
  }

  /**
   * The same with another patience.
   *
   * @param startsWithin how long one that is starting anew is waited for
   */
  Containment(Context context, String signer, Duration startsWithin) {
    this.context = context;
    this.signer = signer;
    this.startsWithin = startsWithin;
  }

  /**
   * A step that was refused or could not be carried out; the message says which, and what holds
   * nevertheless.
   */
  public static final class ContainmentFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean refused;
    private final boolean conflict;
    private final boolean unknown;

    ContainmentFailedException(String message, Throwable cause) {
      super(message, cause);
      this.refused = false;
      this.conflict = false;
      this.unknown = false;
    }

    ContainmentFailedException(String message, boolean refused) {
      super(message);
      this.refused = refused;
      this.conflict = false;
      this.unknown = false;
    }

    ContainmentFailedException(String message, Answer.Code code) {
      super(message);
      this.refused = true;
      this.conflict = code == Answer.Code.CONFLICT;
      this.unknown = code == Answer.Code.UNKNOWN;
    }

    /** Whether it is refused for what is under way there. */
    boolean isConflict() {
      return conflict;
    }

    /** Whether it is refused since it is about what is not there. */
    boolean isUnknown() {
      return unknown;
    }

    /** Whether whoever was asked said no; else he did not answer, or not to the question. */
    public boolean isRefused() {
      return refused;
    }
  }

  /**
   * Contains the theft: has the signer replaced, which says whether it was before. What the key log
   * says of a log's end is the word of whoever held the signer's socket at the registrar, so it
   * counts only where the signer does not answer, or does not know the log.
   *
   * @param log the log that is meant; empty for whatever the signer has
   * @param keys what the key log says; empty where it cannot be read
   * @param keyLog reads it again, when the signer has answered
   */
  public Contained contain(
      Optional<String> log, Optional<KeySet> keys, Supplier<Optional<KeySet>> keyLog, Instant now)
      throws ContainmentFailedException, InterruptedException {
    Optional<FoundContainment> standing =
        keys.flatMap(set -> FoundContainment.in(set, log.or(() -> Optional.of(signer)), now))
            .filter(found -> log.isPresent() || isTakenBack(found, keys.orElseThrow()));
    JsonObject said;
    try {
      said =
          askToReplace(
              log.map(Commands::replace).orElseGet(Commands::replace), standing.isPresent());
    } catch (ContainmentFailedException e) {
      if (standing.isEmpty() || (e.isRefused() && !e.isUnknown() && !e.isConflict())) {
        throw e;
      }
      return withoutSigner(standing.get(), keys.orElseThrow(), now);
    }
    SignersAnswer answer = parse(said);
    answer.check(signer, log, false);
    return after(keyLog, now).contain(answer, log, keys);
  }

  /** Whether an operator took a key of it back, which no signer can. */
  private static boolean isTakenBack(FoundContainment found, KeySet keys) {
    return keys.revokedKeys().stream().anyMatch(key -> found.kids().contains(key.kid()));
  }

  /**
   * Replaces the signer as it is now and revokes its keys, whatever was replaced before.
   *
   * @param keyLog reads what the key log says, when the signer has answered; empty where it cannot
   *     be read
   */
  public Contained replaceSigner(Supplier<Optional<KeySet>> keyLog, Instant now)
      throws ContainmentFailedException, InterruptedException {
    SignersAnswer answer = parse(askToReplace(Commands.replaceAgain(), false));
    answer.check(signer, Optional.empty(), true);
    return after(keyLog, now).contain(answer, Optional.empty(), Optional.empty());
  }

  private Replacement after(Supplier<Optional<KeySet>> keyLog, Instant now) {
    return new Replacement(
        signer, registrar(), new PublishedSize(context.logFolder()), startsWithin, keyLog, now);
  }

  /** Reads all of it before the first step. */
  private static SignersAnswer parse(JsonObject said) throws ContainmentFailedException {
    try {
      return SignersAnswer.parse(said);
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the signer's answer is not understood, and nothing is revoked: " + e.getMessage(), e);
    }
  }

  /**
   * One that another command replaces at this moment says so when it has started anew.
   *
   * @param starts whether it may be starting anew, so that one that does not answer is waited for
   */
  private JsonObject askToReplace(Request.Command command, boolean starts)
      throws ContainmentFailedException, InterruptedException {
    long end = System.nanoTime() + startsWithin.toNanos();
    boolean underWay = false;
    while (true) {
      try {
        return ask(signer(), command, "signer");
      } catch (ContainmentFailedException e) {
        underWay |= e.isConflict() || (starts && !e.isRefused());
        if (!underWay || System.nanoTime() - end > 0) {
          throw e;
        }
      }
      Thread.sleep(ASK_AGAIN_EVERY);
    }
  }

  /**
   * Revokes keys at the registrar alone, where the signer is lost or will not answer.
   *
   * @param kids however many a thief had stated; so many at once as the registrar takes
   * @param from first position at which the keys' tokens are no good: the largest size known of the
   *     lost log
   */
  public Contained revokeAlone(List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    return revoking().revoke(kids, log, from, some -> Commands.revokeKeysAlone(some, log, from));
  }

  /**
   * Revokes keys of a log that no signer here has, from the log's end on.
   *
   * @param keys what the key log says
   */
  public Contained revokeAtEnd(List<String> kids, String log, KeySet keys)
      throws ContainmentFailedException, InterruptedException {
    return revokeAlone(
        kids, log, OtherLogsPlan.end(log, keys, new PublishedSize(context.logFolder())::of));
  }

  /**
   * The same of a log whose signer is lost, and has the key log say that it ended there when it
   * says later and no key of the log is left out.
   *
   * @param keys what the key log says; empty where it cannot be read
   */
  public Contained revokeLost(
      List<String> kids, String log, long from, Optional<KeySet> keys, Instant now)
      throws ContainmentFailedException, InterruptedException {
    Contained revoked = revokeAlone(kids, log, from);
    if (keys.isEmpty() || RestatingEnd.later(log, from, keys.get()).isEmpty()) {
      return revoked;
    }
    Optional<KeySet.EndedLog> end = narrowedEnd(kids, log, from, keys.get(), now);
    return end.isPresent()
        ? restatingEnd().restate(revoked, keys.get())
        : revoked.answered(
            false,
            List.of(
                "the key log still says a later end of log "
                    + log
                    + ", since not all of its keys were named: counterfoil keys list shows them"));
  }

  /**
   * The end in the key log that {@link #revokeLost} narrows: where a key is left out whose tokens
   * may be honest further on, it stands.
   */
  public static Optional<KeySet.EndedLog> narrowedEnd(
      List<String> kids, String log, long from, KeySet keys, Instant now) {
    List<String> leftOut =
        OtherLog.liveKeys(keys, log, now).stream().filter(kid -> !kids.contains(kid)).toList();
    return RestatingEnd.later(log, from, keys)
        .filter(_ -> new OtherLog(log, leftOut, false).isTakenBack(keys, from));
  }

  /**
   * The same, which waits for a second operator where the registrar asks for one; then it is a
   * refusal that says how to go on.
   */
  public Contained revoke(List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    return revoking().revoke(kids, log, from, some -> Commands.revokeKeys(some, log, from));
  }

  private RestatingEnd restatingEnd() {
    return new RestatingEnd(registrar());
  }

  private RevokingInParts revoking() {
    return new RevokingInParts(registrar(), false);
  }

  /**
   * Revokes by the key log's word, where the signer has none: from the position on that the key log
   * says or, where that is more, from the end of what was published. Which other logs that go on
   * are the signer's own nobody says then.
   */
  private Contained withoutSigner(FoundContainment found, KeySet keys, Instant now)
      throws ContainmentFailedException, InterruptedException {
    PublishedSize logs = new PublishedSize(context.logFolder());
    long size = Math.min(found.size(), logs.of(found.log()).orElse(found.size()));
    List<OtherLog> beside = OtherLog.beside(signer, found.log(), keys, now);
    List<OtherLog> others =
        beside.stream().filter(one -> one.isLater() || !isOver(one, keys, logs)).toList();
    List<OtherLog> over = beside.stream().filter(one -> !others.contains(one)).toList();
    String left =
        "which of the other logs are its signer's is not known, since it does not answer or knows nothing of them. Say the same again when it answers; those that it does not have are to be revoked, too (%s)"
            .formatted(
                others.stream()
                    .map(one -> one.log() + ": " + one.byHand(0))
                    .collect(Collectors.joining("; ")));
    Contained contained;
    try {
      contained = revokeLost(found.kids(), found.log(), size, Optional.of(keys), now);
      for (OtherLogsPlan.Step step : OtherLogsPlan.of(over, List.of(), keys, logs::of)) {
        contained = contained.with(revokeAlone(step.log().kids(), step.log().log(), step.from()));
      }
    } catch (ContainmentFailedException e) {
      throw others.isEmpty()
          ? e
          : new ContainmentFailedException(e.getMessage() + ". Besides, " + left, e.isRefused());
    }
    if (!others.isEmpty()) {
      throw new ContainmentFailedException(
          "the keys of %s are revoked; %s".formatted(found.log(), left), false);
    }
    return contained;
  }

  /**
   * Whether an earlier log is over: it ended no further than it is published, or its keys were
   * taken back. That it ended at all is the word of whoever held the signer.
   */
  private static boolean isOver(OtherLog log, KeySet keys, PublishedSize logs) {
    Optional<Long> published = logs.of(log.log());
    Optional<Long> end =
        keys.endedLogs().stream()
            .filter(one -> one.log().equals(log.log()))
            .map(KeySet.EndedLog::size)
            .findFirst();
    return (end.isPresent() && published.filter(size -> end.get() <= size).isPresent())
        || log.isTakenBack(
            keys, Math.min(end.orElse(Long.MAX_VALUE), published.orElse(Long.MAX_VALUE)));
  }

  /** Has a key stated that is trusted at no time: one that is only to be recognised. */
  public void stateWithdrawn(KeyStatement key)
      throws ContainmentFailedException, InterruptedException {
    ask(registrar(), Commands.stateWithdrawn(key), "registrar");
  }

  /**
   * Says that a key may be stolen: its signer stops, and no later token of it counts.
   *
   * @return whether that was new
   */
  public boolean taint(String kid) throws ContainmentFailedException, InterruptedException {
    return changed(ask(registrar(), Commands.taintKey(kid), "registrar"), "registrar");
  }

  /**
   * Has the signer's keys not change until a time; one that is over ends the pause.
   *
   * @return whether that was new
   */
  public boolean pauseRotation(Instant until)
      throws ContainmentFailedException, InterruptedException {
    return changed(ask(signer(), Commands.pauseRotation(until), "signer"), "signer");
  }

  /**
   * Has a successor of the signer's log announced, which takes over at a time at the soonest.
   *
   * @return as {@link Commands#SUCCEED} answers
   */
  public JsonObject succeed(Instant at) throws ContainmentFailedException, InterruptedException {
    return ask(signer(), Commands.succeed(at), "signer");
  }

  /** Gives the successor up that was announced; answers its name. */
  public JsonObject cancelSuccession() throws ContainmentFailedException, InterruptedException {
    return ask(signer(), Commands.cancelSuccession(), "signer");
  }

  private static boolean changed(JsonObject done, String whom) throws ContainmentFailedException {
    try {
      return done.truth("changed");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the " + whom + "'s answer is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * The commands that wait for a second person, by the registrar's word.
   *
   * @param registrar its admin socket
   */
  public static List<JsonObject> waiting(Path registrar)
      throws ContainmentFailedException, InterruptedException {
    JsonObject status = ask(registrar, Commands.status(), "registrar");
    try {
      return status.objects("waiting");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * Confirms what another operator asked for; answers what its command answers.
   *
   * @param registrar its admin socket
   */
  public static JsonObject confirm(Path registrar, String id)
      throws ContainmentFailedException, InterruptedException {
    return ask(registrar, Commands.confirm(id), "registrar");
  }

  private Path registrar() {
    return context.registrar().adminSocket().path();
  }

  private Path signer() throws ContainmentFailedException {
    return context
        .signer(signer)
        .map(of -> of.adminSocket().path())
        .orElseThrow(
            () ->
                new ContainmentFailedException(
                    "context %s names no signer %s".formatted(context.name(), signer), false));
  }

  /** How the signer is, by its own word: its log and whether it serves. */
  public JsonObject signerStatus() throws ContainmentFailedException, InterruptedException {
    return ask(signer(), Commands.status(), "signer");
  }

  /**
   * Has the registrar state another issuer's key, to verify with.
   *
   * @return whether that changed anything
   */
  public boolean adopt(KeyStatement key) throws ContainmentFailedException, InterruptedException {
    JsonObject done = ask(registrar(), Commands.adoptKey(key), "registrar");
    try {
      return done.truth("changed");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /** Asks a process; what is no answer to the question is a failure. */
  static JsonObject ask(Path socket, Request.Command command, String whom)
      throws ContainmentFailedException, InterruptedException {
    Optional<String> denied = SocketReach.denied(socket);
    if (denied.isPresent()) {
      throw new ContainmentFailedException(
          "the " + whom + " is not reached: " + denied.get(), false);
    }
    try (SignerClient client = new SignerClient(socket)) {
      for (long waited = 0;
          !client.isConnected() && waited < TIMEOUT.toMillis();
          waited += CONNECT_STEP.toMillis()) {
        Thread.sleep(CONNECT_STEP);
      }
      return switch (client.ask(command, TIMEOUT)) {
        case Answer.Done done -> done.result();
        case Answer.Refused refused ->
            throw new ContainmentFailedException(
                "the "
                    + whom
                    + " refused "
                    + command.name()
                    + " ("
                    + refused.code()
                    + "): "
                    + refused.text(),
                refused.code());
        case Answer.Issued issued ->
            throw new ContainmentFailedException(
                "the " + whom + " answered another question", false);
        case Answer.Records records ->
            throw new ContainmentFailedException(
                "the " + whom + " answered another question", false);
        case Answer.Recorded recorded ->
            throw new ContainmentFailedException(
                "the " + whom + " answered another question", false);
      };
    } catch (SignerUnavailableException e) {
      throw new ContainmentFailedException(
          "the " + whom + " does not answer: " + SocketReach.why(socket), e);
    }
  }
}
