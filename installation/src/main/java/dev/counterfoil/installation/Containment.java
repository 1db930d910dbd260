package dev.counterfoil.installation;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLogEvent;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is done when a signer's keys may be in other hands. One theft is every key that was resident
 * there, so the whole generation goes: the signer stops signing, seals its log, destroys its
 * private halves and starts anew with other keys and another log; the registrar revokes the old
 * keys from the sealed size on. Honest tokens below that size stay good.
 *
 * <p>The key log tells what was contained: {@link #standing} finds it, and carrying it out again
 * changes nothing and finishes what a crash left half done.
 */
public final class Containment {
  /** How long a process may take to answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * How long a containment counts as the answer to the same theft, where no log is named: after
   * that no token of before it is good any more.
   */
  public static final Duration SAME_WITHIN = Duration.ofHours(1);

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);

  private final DataFolder.DomainFolder domain;
  private final String signer;

  /** Of the signer that issues. */
  public Containment(DataFolder.DomainFolder domain) {
    this(domain, SignerName.FIRST);
  }

  /** Of one of the domain's signers. */
  public Containment(DataFolder.DomainFolder domain, String signer) {
    this.domain = domain;
    this.signer = signer;
  }

  /**
   * What was contained.
   *
   * @param log short name of the sealed log
   * @param size its final size: the first position at which the keys' tokens are no good
   * @param kids the revoked keys
   * @param keyLogSize who has mirrored so much of the key log refuses the keys' tokens
   * @param changed whether it was done now; false when all of it stood already
   */
  public record Contained(
      String log, long size, List<String> kids, long keyLogSize, boolean changed) {
    public Contained {
      kids = List.copyOf(kids);
    }
  }

  /**
   * A containment as the key log has it.
   *
   * @param log short name of the log
   * @param size position from which its keys are revoked
   * @param kids its keys
   * @param at when the last of them was revoked, or the log ended
   */
  public record Found(String log, long size, List<String> kids, Instant at) {
    public Found {
      kids = List.copyOf(kids);
    }
  }

  /**
   * The containment that a key set shows: of the log that is named, or else the last one of a
   * signer's, when it is no older than {@link #SAME_WITHIN}. A log that was replaced and whose keys
   * are not all revoked is one that was not finished; one that is named has its keys revoked from
   * its end on, whatever ended it.
   *
   * @param signer a log's name such as {@code s1g1}, a signer's such as {@code s1}, or any
   */
  public static Optional<Found> standing(KeySet keys, Optional<String> signer, Instant now) {
    List<Found> found = new ArrayList<>();
    boolean isNamed = signer.isPresent() && keys.log(signer.get()).isPresent();
    for (KeySet.StatedLog log : keys.logs()) {
      Optional<String> of = signer.filter(name -> !name.equals(log.name()));
      if (of.isPresent() && !log.name().matches(Pattern.quote(of.get()) + "g[0-9]+")) {
        continue;
      }
      contained(keys, log.name(), isNamed).ifPresent(found::add);
    }
    return found.stream()
        .filter(one -> isNamed || now.isBefore(one.at().plus(SAME_WITHIN)))
        .max(Comparator.comparing(Found::at));
  }

  /**
   * A log's containment.
   *
   * @param whateverEndedIt whether one that ended as planned counts, too: whoever names it means
   *     its keys, which are gone from its signer, and not those that took over
   */
  private static Optional<Found> contained(KeySet keys, String log, boolean whateverEndedIt) {
    List<String> kids =
        keys.keys().stream()
            .filter(key -> key.log().equals(Optional.of(log)))
            .map(KeyStatement::kid)
            .toList();
    List<KeySet.RevokedKey> revoked =
        keys.revokedKeys().stream().filter(key -> kids.contains(key.kid())).toList();
    Optional<KeySet.EndedLog> replaced =
        keys.endedLogs().stream()
            .filter(ended -> ended.log().equals(log))
            .filter(ended -> whateverEndedIt || ended.reason() == KeyLogEvent.EndReason.REPLACED)
            .findFirst();
    boolean isWhole = !kids.isEmpty() && revoked.size() == kids.size();
    if (kids.isEmpty() || (replaced.isEmpty() && !isWhole)) {
      return Optional.empty();
    }
    long size =
        replaced
            .map(KeySet.EndedLog::size)
            .orElseGet(
                () -> revoked.stream().mapToLong(KeySet.RevokedKey::from).max().orElseThrow());
    Instant at =
        Stream.concat(
                revoked.stream().map(KeySet.RevokedKey::at),
                replaced.stream().map(KeySet.EndedLog::at))
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return Optional.of(new Found(log, size, kids, at));
  }

  /**
   * A step that was refused or could not be carried out; the message says which, and what holds
   * nevertheless.
   */
  public static final class ContainmentFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean refused;

    ContainmentFailedException(String message, Throwable cause) {
      super(message, cause);
      this.refused = false;
    }

    ContainmentFailedException(String message, boolean refused) {
      super(message);
      this.refused = refused;
    }

    /** Whether whoever was asked said no; else he did not answer, or not to the question. */
    public boolean isRefused() {
      return refused;
    }
  }

  /** Replaces the signer and revokes its keys. */
  public Contained replaceSigner() throws ContainmentFailedException, InterruptedException {
    JsonObject sealed =
        ask(domain.signer(signer).resolve("admin.sock"), Commands.replace(), "signer");
    try {
      String log = sealed.string("log");
      long size = sealed.number("size");
      List<String> kids = sealed.strings("kids");
      Contained contained = revokeAlone(kids, log, size);
      if (!sealed.has("announced")) {
        return contained;
      }
      // The successor's keys were resident there, too. None of them has signed, so they come last.
      JsonObject announced = sealed.object("announced");
      return with(contained, new LaterLog(announced.string("log"), announced.strings("kids")));
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the signer's answer is not understood: " + e.getMessage(), e);
    }
  }

  /** Takes the keys of an announced successor back, too. */
  private Contained with(Contained contained, LaterLog announced)
      throws ContainmentFailedException, InterruptedException {
    if (announced.kids().isEmpty()) {
      return contained;
    }
    try {
      Contained more = revokeAlone(announced.kids(), announced.log(), 0);
      return new Contained(
          contained.log(),
          contained.size(),
          contained.kids(),
          more.keyLogSize(),
          contained.changed() || more.changed());
    } catch (ContainmentFailedException e) {
      throw new ContainmentFailedException(
          "the keys of %s are revoked, those of its announced successor %s are not (say the same again, or %s): %s"
              .formatted(contained.log(), announced.log(), announced.byHand(), e.getMessage()),
          e.isRefused());
    }
  }

  /**
   * Revokes keys at the registrar alone, where the signer is lost or will not answer.
   *
   * @param from first position at which the keys' tokens are no good: the largest size known of the
   *     lost log
   */
  public Contained revokeAlone(List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    return revoke(Commands.revokeKeysAlone(kids, log, from), kids, log, from);
  }

  /**
   * The same, which waits for a second operator where the registrar asks for one; then it is a
   * refusal that says how to go on.
   */
  public Contained revoke(List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    return revoke(Commands.revokeKeys(kids, log, from), kids, log, from);
  }

  private Contained revoke(Request.Command command, List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    JsonObject done = ask(domain.registrar().resolve("admin.sock"), command, "registrar");
    try {
      Optional<String> waits = done.optionalString("waits");
      if (waits.isPresent()) {
        throw new ContainmentFailedException(
            "nothing is revoked yet: it waits for a second person until "
                + Instant.ofEpochSecond(done.number("until"))
                + ". Another operator says: counterfoil keys confirm "
                + waits.get(),
            true);
      }
      return new Contained(log, from, kids, done.number("version"), done.truth("changed"));
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * Carries out once more what stands already: finishes what is unfinished, else changes nothing.
   * Unfinished are also the keys of a successor that was announced beside the log's and never
   * began.
   *
   * @param keys where it was found
   */
  public Contained again(Found found, KeySet keys)
      throws ContainmentFailedException, InterruptedException {
    Contained contained = revokeAlone(found.kids(), found.log(), found.size());
    List<LaterLog> later = LaterLog.after(found.log(), keys);
    Optional<String> following =
        later.isEmpty() ? Optional.empty() : following(found.log(), keys, later);
    for (LaterLog one : later) {
      if (following.filter(one::isBefore).isPresent()) {
        contained = with(contained, one);
      }
    }
    return contained;
  }

  /**
   * Which log followed one: by the key log's word, or by the signer's, which has its registrar
   * write it seconds after its start. The log itself where it goes on; none where nothing followed.
   */
  private Optional<String> following(String log, KeySet keys, List<LaterLog> later)
      throws ContainmentFailedException, InterruptedException {
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      if (ended.log().equals(log)) {
        return ended.successor();
      }
    }
    try {
      String of = LaterLog.signer(log).orElse(signer);
      return Optional.of(
          ask(domain.signer(of).resolve("admin.sock"), Commands.status(), "signer")
              .object("log")
              .string("name"));
    } catch (ContainmentFailedException | FormatException e) {
      throw new ContainmentFailedException(
          "the keys of %s are revoked; which log followed it is not known yet. Say the same again when its signer answers. The keys of one that was announced before and never began are to be revoked, too (%s): %s"
              .formatted(
                  log,
                  later.stream()
                      .map(one -> one.log() + ": " + one.byHand())
                      .collect(Collectors.joining("; ")),
                  e.getMessage()),
          e);
    }
  }

  /** Has a key stated that is trusted at no time: one that is only to be recognised. */
  public void stateWithdrawn(KeyStatement key)
      throws ContainmentFailedException, InterruptedException {
    ask(domain.registrar().resolve("admin.sock"), Commands.stateWithdrawn(key), "registrar");
  }

  /**
   * Says that a key may be stolen: its signer stops, and no later token of it counts.
   *
   * @return whether that was new
   */
  public boolean taint(String kid) throws ContainmentFailedException, InterruptedException {
    return changed(
        ask(domain.registrar().resolve("admin.sock"), Commands.taintKey(kid), "registrar"),
        "registrar");
  }

  /**
   * Has the signer's keys not change until a time; one that is over ends the pause.
   *
   * @return whether that was new
   */
  public boolean pauseRotation(Instant until)
      throws ContainmentFailedException, InterruptedException {
    return changed(
        ask(domain.signer(signer).resolve("admin.sock"), Commands.pauseRotation(until), "signer"),
        "signer");
  }

  /**
   * Has a successor of the signer's log announced, which takes over at a time at the soonest.
   *
   * @return as {@link Commands#SUCCEED} answers
   */
  public JsonObject succeed(Instant at) throws ContainmentFailedException, InterruptedException {
    return ask(domain.signer(signer).resolve("admin.sock"), Commands.succeed(at), "signer");
  }

  /** Gives the successor up that was announced; answers its name. */
  public JsonObject cancelSuccession() throws ContainmentFailedException, InterruptedException {
    return ask(domain.signer(signer).resolve("admin.sock"), Commands.cancelSuccession(), "signer");
  }

  private static boolean changed(JsonObject done, String whom) throws ContainmentFailedException {
    try {
      return done.truth("changed");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the " + whom + "'s answer is not understood: " + e.getMessage(), e);
    }
  }

  /** The commands that wait for a second person, by the registrar's word. */
  public List<JsonObject> waiting() throws ContainmentFailedException, InterruptedException {
    JsonObject status =
        ask(domain.registrar().resolve("admin.sock"), Commands.status(), "registrar");
    try {
      return status.objects("waiting");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /** Confirms what another operator asked for; answers what its command answers. */
  public JsonObject confirm(String id) throws ContainmentFailedException, InterruptedException {
    return ask(domain.registrar().resolve("admin.sock"), Commands.confirm(id), "registrar");
  }

  /** How the signer is, by its own word: its log and whether it serves. */
  public JsonObject signerStatus() throws ContainmentFailedException, InterruptedException {
    return ask(domain.signer(signer).resolve("admin.sock"), Commands.status(), "signer");
  }

  /**
   * Has the registrar state another issuer's key, to verify with.
   *
   * @return whether that changed anything
   */
  public boolean adopt(KeyStatement key) throws ContainmentFailedException, InterruptedException {
    JsonObject done =
        ask(domain.registrar().resolve("admin.sock"), Commands.adoptKey(key), "registrar");
    try {
      return done.truth("changed");
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  private static JsonObject ask(Path socket, Request.Command command, String whom)
      throws ContainmentFailedException, InterruptedException {
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
                true);
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
          "the " + whom + " at " + socket + " does not answer: " + e.getMessage(), e);
    }
  }
}
