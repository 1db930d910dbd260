package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where operators' commands come in: each is recorded with who asked before it is carried out, and
 * those that cannot be taken back wait, where the configuration says so, for another operator.
 *
 * <p>An operator is the Unix user at the other end of the admin socket, by the kernel's word. What
 * waits is held in memory: after a restart it has to be asked for again. Belongs to the registrar's
 * thread.
 */
final class OperatorDesk {
  /** Most commands that wait at one time. */
  static final int WAITING_MAX = 32;

  /** Most pauses among them: they come by way of signers, which keep nobody from taking back. */
  static final int PAUSES_MAX = 8;

  /** Of these so many of one signer. */
  static final int PAUSES_OF_ONE_MAX = 4;

  /** Longest arguments that are kept as they are; claims for disclosure never are. */
  private static final int ARGUMENTS_MAX = 4096;

  /** What one person does not do alone. */
  private static final Set<String> FOR_TWO =
      Set.of(
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.END_LOG,
          Commands.STATE_AUDIT_LOG,
          Commands.END_AUDIT_LOG);

  private static final System.Logger LOG = System.getLogger(OperatorDesk.class.getName());

  private final SecondPerson rules;
  private final InstantSource clock;
  private final Journal journal;
  private final Executor executor;
  private final Map<String, Asked> waiting = new LinkedHashMap<>();
  private final Map<Long, Asked> approved = new LinkedHashMap<>();
  private long asked;

  /** Keeps a line, durably. */
  @FunctionalInterface
  interface Journal {
    void add(JsonObject line) throws IOException;
  }

  /** Carries a command out. */
  @FunctionalInterface
  interface Executor {
    Answer carryOut(Request.Command command) throws IOException, GeneralSecurityException;
  }

  /** A command, who asked, and until when it waits. */
  private record Asked(Request.Command command, String by, Instant until, String confirmedBy) {}

  OperatorDesk(SecondPerson rules, InstantSource clock, Journal journal, Executor executor) {
    this.rules = rules;
    this.clock = clock;
    this.journal = journal;
    this.executor = executor;
  }

  /** Takes an operator's command. */
  Answer carryOut(Request.Command command, String user)
      throws IOException, GeneralSecurityException {
    forget();
    try {
      if (command.name().equals(Commands.CONFIRM)) {
        return confirm(command.arguments(), user);
      }
      boolean alone =
          command.arguments().has(Commands.ALONE) && command.arguments().truth(Commands.ALONE);
      Request.Command plain = alone ? without(command) : command;
      if (rules.required() && FOR_TWO.contains(plain.name())) {
        if (!alone) {
          return await(plain, user);
        }
        if (!rules.alone()) {
          return new Answer.Refused(
              Code.NOT_ALLOWED,
              "second-person.alone is off here. Run the command without --alone, and"
                  + " have another operator confirm it");
        }
      }
      note("carries-out", plain, user, alone ? "alone" : "");
      return executor.carryOut(plain);
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private static Request.Command without(Request.Command command) {
    JsonObject.Builder left = JsonObject.builder();
    for (String name : command.arguments().names()) {
      Object value = command.arguments().get(name);
      if (name.equals(Commands.ALONE)) {
        continue;
      }
      if (value instanceof String text) {
        left.put(name, text);
      } else if (value instanceof Long number) {
        left.put(name, number);
      } else if (value instanceof List<?> list) {
        left.put(name, list);
      }
    }
    return new Request.Command(command.name(), left.build());
  }

  private Answer await(Request.Command command, String user) {
    Optional<Map.Entry<String, Asked>> before =
        waiting.entrySet().stream()
            .filter(one -> one.getValue().command().equals(command))
            .filter(one -> one.getValue().by().equals(user))
            .findFirst();
    if (before.isPresent()) {
      return waits(before.get().getKey(), before.get().getValue());
    }
    if (waiting.size() >= WAITING_MAX || isPauseTooMany(command)) {
      return new Answer.Refused(
          Code.BUSY,
          "no more commands can wait for a second person. Confirm one, or let one" + " expire");
    }
    String id = "c" + ++asked;
    Asked one = new Asked(command, user, clock.instant().plus(rules.confirmWithin()), "");
    note("asks", command, user, id);
    waiting.put(id, one);
    LOG.log(
        System.Logger.Level.WARNING,
        "{0} asks for {1}, which waits for another operator as {2}",
        user,
        command.name(),
        id);
    return waits(id, one);
  }

  /** Signers ask for them, so one that is somebody else's leaves the others room. */
  private boolean isPauseTooMany(Request.Command command) {
    if (!command.name().equals(Commands.PAUSE_ROTATION)) {
      return false;
    }
    List<Request.Command> pauses =
        waiting.values().stream()
            .map(Asked::command)
            .filter(one -> one.name().equals(Commands.PAUSE_ROTATION))
            .toList();
    long sameSigners = pauses.stream().filter(one -> signer(one).equals(signer(command))).count();
    return pauses.size() >= PAUSES_MAX || sameSigners >= PAUSES_OF_ONE_MAX;
  }

  private static Optional<String> signer(Request.Command pause) {
    return pause.text("log").flatMap(LogName::parse).map(LogName::owner);
  }

  private static Answer.Done waits(String id, Asked one) {
    return new Answer.Done(
        JsonObject.builder()
            .put("waits", id)
            .put("asked_by", one.by())
            .put("until", one.until().getEpochSecond())
            .build());
  }

  private Answer confirm(JsonObject arguments, String user)
      throws FormatException, IOException, GeneralSecurityException {
    arguments.allowOnly("id");
    String id = arguments.string("id");
    Asked one = waiting.get(id);
    if (one == null) {
      return new Answer.Refused(
          Code.UNKNOWN, "nothing waits as " + id + ": it was confirmed, or its time is over");
    }
    if (one.by().equals(user)) {
      return new Answer.Refused(
          Code.NOT_ALLOWED, user + " requested it. Another operator must confirm it");
    }
    note("confirms", one.command(), user, id + " of " + one.by());
    waiting.remove(id);
    LOG.log(
        System.Logger.Level.WARNING,
        "{0} confirms {1}, which {2} asked for",
        user,
        one.command().name(),
        one.by());
    if (one.command().name().equals(Commands.PAUSE_ROTATION)) {
      // The signer has to hear of it, so whoever asked asks again.
      approved.put(
          asked++,
          new Asked(one.command(), one.by(), clock.instant().plus(rules.confirmWithin()), user));
      return new Answer.Done(
          JsonObject.builder()
              .put("changed", false)
              .put("again_by", one.by())
              .put("command", one.command().name())
              .build());
    }
    return executor.carryOut(one.command());
  }

  /**
   * What keeps a pause that a signer was asked for from being recorded; empty when it may be. Names
   * both persons where there were two.
   */
  PauseVerdict pause(JsonObject arguments) {
    forget();
    try {
      Request.Command command = new Request.Command(Commands.PAUSE_ROTATION, arguments);
      String by = arguments.string("by");
      Instant until = KeyStatement.instant(arguments, "until");
      if (!rules.required()
          || Duration.between(clock.instant(), until).compareTo(rules.pauseLongerThan()) <= 0) {
        return new PauseVerdict.Allowed(by);
      }
      for (Map.Entry<Long, Asked> one : approved.entrySet()) {
        JsonObject said = one.getValue().command().arguments();
        if (one.getValue().by().equals(by)
            && said.string("log").equals(arguments.string("log"))
            && !until.isAfter(KeyStatement.instant(said, "until"))) {
          approved.remove(one.getKey());
          return new PauseVerdict.Allowed(by + " and " + one.getValue().confirmedBy());
        }
      }
      Answer answer = await(command, by);
      if (answer instanceof Answer.Refused refused) {
        return new PauseVerdict.Waits(refused);
      }
      String id = ((Answer.Done) answer).result().string("waits");
      return new PauseVerdict.Waits(
          new Answer.Refused(
              Code.CONFLICT,
              "it waits for a second person. Another operator runs counterfoil keys confirm "
                  + id
                  + ", and then you run counterfoil keys pause --until "
                  + until));
    } catch (FormatException e) {
      return new PauseVerdict.Waits(
          new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage())));
    }
  }

  /** What becomes of a pause. */
  sealed interface PauseVerdict {
    /**
     * It is recorded.
     *
     * @param by who asked, and who confirmed
     */
    record Allowed(String by) implements PauseVerdict {}

    /**
     * It is not, yet.
     *
     * @param answer what whoever asked is told
     */
    record Waits(Answer.Refused answer) implements PauseVerdict {}
  }

  /** The commands that wait. */
  List<JsonObject> waiting() {
    forget();
    return waiting.entrySet().stream()
        .map(
            one ->
                JsonObject.builder()
                    .put("id", one.getKey())
                    .put("command", one.getValue().command().name())
                    .put("arguments", one.getValue().command().arguments())
                    .put("asked_by", one.getValue().by())
                    .put("until", one.getValue().until().getEpochSecond())
                    .build())
        .toList();
  }

  private void forget() {
    Instant now = clock.instant();
    waiting.values().removeIf(one -> !now.isBefore(one.until()));
    approved.values().removeIf(one -> !now.isBefore(one.until()));
  }

  /**
   * On a disk that is full the line goes to the process's own log: who takes keys back in an
   * emergency is not held up by it.
   */
  private void note(String does, Request.Command command, String user, String how) {
    String arguments = command.arguments().canonical();
    boolean isShort = arguments.length() <= ARGUMENTS_MAX;
    JsonObject line =
        JsonObject.builder()
            .put("at", clock.instant().getEpochSecond())
            .put("by", user)
            .put("does", does)
            .put("command", command.name())
            .put("arguments", isShort ? command.arguments() : null)
            .put(
                "arguments_sha256",
                isShort ? null : Hash.sha256(arguments.getBytes(StandardCharsets.UTF_8)).hex())
            .put("how", how)
            .build();
    try {
      journal.add(line);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR, "what operators ask for cannot be kept: {0}: {1}", e, line);
    }
  }
}
