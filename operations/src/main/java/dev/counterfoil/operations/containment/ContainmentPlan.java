package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a containment does at the registrar: facts in, steps out. The steps are carried out in the
 * order of the components, each of them as it stands here: {@link Containment} decides nothing.
 *
 * @param refusal why nothing at all is done; there are no steps then
 * @param contained the keys of the log that is contained; they go first
 * @param others keys of the signer's other logs
 * @param end what the key log is to say of the log's end
 * @param mayBeUnknown whether a key that the registrar does not know is passed over: a signer in
 *     somebody else's hands may name any
 * @param replaced whether the signer was replaced for it
 * @param remarks what whoever reads the result should know
 * @param remarkOnChange the same where anything was changed by it
 * @param left what is not contained though every step is done
 */
record ContainmentPlan(
    Optional<String> refusal,
    Keys contained,
    List<Keys> others,
    Optional<End> end,
    boolean mayBeUnknown,
    boolean replaced,
    List<String> remarks,
    Optional<String> remarkOnChange,
    Optional<Left> left) {
  /** Most keys that a message names. */
  private static final int LISTED_MAX = 8;

  ContainmentPlan {
    others = List.copyOf(others);
    remarks = List.copyOf(remarks);
  }

  /**
   * Keys of one log that are revoked.
   *
   * @param from the first position whose token is no good
   * @param stated those that the key log has; they go first
   * @param unstated those that a signer names and the key log does not have
   */
  record Keys(String log, long from, List<String> stated, List<String> unstated) {
    Keys {
      stated = List.copyOf(stated);
      unstated = List.copyOf(unstated);
    }

    List<String> all() {
      List<String> all = new ArrayList<>(stated);
      all.addAll(unstated);
      return all;
    }
  }

  /**
   * An end that the key log says earlier from now on: nobody gives back what was taken back.
   *
   * @param stands what it says until then
   */
  record End(KeySet.EndedLog stands) {
    /** That tokens past it may be lost and not forged stays, whoever comes back since. */
    KeyLogEvent.EndReason reason() {
      return stands.reason().losesTokens() ? stands.reason() : KeyLogEvent.EndReason.REPLACED;
    }
  }

  /**
   * What an operator has to do besides.
   *
   * @param text what, as part of a message
   * @param isRefusal whether it speaks against the signer
   */
  record Left(String text, boolean isRefusal) {}

  private static ContainmentPlan refusing(String why) {
    return new ContainmentPlan(
        Optional.of(why),
        new Keys("", 0, List.of(), List.of()),
        List.of(),
        Optional.empty(),
        false,
        false,
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * By the answer of a signer that was to be replaced. The answer may be a thief's: nothing is done
   * by it that is not about the signer that was asked, no key is left good by it alone, and what it
   * says of the log's size is believed as far as the log is published.
   *
   * @param answer that was {@link SignersAnswer#check checked} to be about the signer
   */
  static ContainmentPlan bySigner(ContainmentFacts facts, SignersAnswer answer) {
    long size = facts.believed(answer.log(), answer.size());
    boolean isBorneOut = !answer.already() || facts.keys().isEmpty() || facts.bearsOut(answer);
    boolean isMeant =
        facts.named().isPresent()
            || !answer.already()
            || facts.keys().isEmpty()
            || facts.isReplacedOfLate(answer.log());
    if (facts.named().isEmpty() && !(isBorneOut && isMeant)) {
      return refusing(suspicion(facts, answer, size, "nothing is revoked"));
    }
    Keys contained =
        new Keys(
            answer.log(),
            size,
            facts.liveKeys(answer.log()),
            SignersAnswer.unstated(answer.kids(), facts.keys()));
    List<Keys> others = new ArrayList<>();
    if (facts.keys().isPresent()) {
      List<OtherLog> beside = facts.beside(answer.log());
      others.addAll(otherKeys(facts, beside, answer.strangers(beside)));
    }
    answer
        .announced()
        .flatMap(next -> successor(facts, next, contained, others))
        .ifPresent(others::add);
    return new ContainmentPlan(
        Optional.empty(),
        contained,
        others,
        facts.endAfter(answer.log(), size).map(End::new),
        true,
        !answer.already(),
        remarks(facts, answer, size),
        answer.already()
            ? Optional.of(
                ("the signer reports that it was replaced before, and the logs that it"
                        + " began since then continue. If nobody replaced it, run %s --again")
                    .formatted(facts.signer()))
            : Optional.empty(),
        isBorneOut
            ? Optional.empty()
            : Optional.of(
                new Left(
                    suspicion(facts, answer, size, "its keys are revoked from there on"), true)));
  }

  /**
   * By the key log's word, where the signer does not answer or knows nothing of the log: from the
   * position on that the key log says or, where that is less, from the end of what was published.
   * Which other logs that go on are the signer's own nobody says then.
   */
  static ContainmentPlan byKeyLog(ContainmentFacts facts, FoundContainment found) {
    long size = facts.believed(found.log(), found.size());
    ContainmentPlan lost = ofLostLog(facts, found.kids(), found.log(), size);
    List<OtherLog> beside = facts.beside(found.log());
    List<OtherLog> open =
        beside.stream().filter(other -> other.isLater() || !facts.isOver(other)).toList();
    List<OtherLog> over = beside.stream().filter(other -> !open.contains(other)).toList();
    // What an operator revoked already has honest tokens below that.
    List<OtherLog> trusted = open.stream().filter(other -> !facts.isTakenBack(other)).toList();
    Optional<Left> left =
        trusted.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Left(
                    ("the command cannot tell which of the other logs belong to the"
                            + " signer, because the signer does not answer or knows none of"
                            + " them. Run it again when the signer answers. Revoke the logs that"
                            + " the signer does not have, too (%s)")
                        .formatted(
                            trusted.stream()
                                .map(other -> other.log() + ": " + other.byHand(0))
                                .collect(Collectors.joining("; "))),
                    false));
    return new ContainmentPlan(
        Optional.empty(),
        lost.contained,
        otherKeys(facts, over, List.of()),
        lost.end,
        false,
        false,
        lost.remarks,
        Optional.empty(),
        left);
  }

  /**
   * By an operator's word of a log whose signer is lost. The key log is to say that the log ended
   * there when it says later and no key of the log is left out: where a key is left out whose
   * tokens may be honest further on, its end stands.
   *
   * @param from first position at which the keys' tokens are no good: the largest size known
   */
  static ContainmentPlan ofLostLog(
      ContainmentFacts facts, List<String> kids, String log, long from) {
    Optional<End> later = facts.endAfter(log, from).map(End::new);
    List<String> leftOut = facts.liveKeys(log).stream().filter(kid -> !kids.contains(kid)).toList();
    Optional<End> end =
        later.filter(
            _ ->
                facts
                    .keys()
                    .filter(set -> new OtherLog(log, leftOut, false).isTakenBack(set, from))
                    .isPresent());
    List<String> remarks = new ArrayList<>();
    if (later.isPresent() && end.isEmpty()) {
      remarks.add(
          "the key log still records a later end of log "
              + log
              + ", because you did not name all of its keys. To list them, run"
              + " counterfoil keys list");
    }
    unproven(facts, log, from).ifPresent(remarks::add);
    return new ContainmentPlan(
        Optional.empty(),
        new Keys(log, from, kids, List.of()),
        List.of(),
        end,
        false,
        false,
        remarks,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * No signer seals a lost log: what is not published of it below the position nobody can prove.
   */
  private static Optional<String> unproven(ContainmentFacts facts, String log, long from) {
    Optional<Long> published = facts.published(log);
    if (published.isEmpty()) {
      return Optional.of(
          ("it cannot be read here how far log %s is published, so it is not sure that honest"
                  + " tokens below position %d stay valid")
              .formatted(log, from));
    }
    return published
        .filter(size -> size != from)
        .map(
            size ->
                size < from
                    ? ("only %d tokens of log %s are published: verifiers cannot prove those from"
                            + " there to position %d, and refuse them, honest ones too")
                        .formatted(size, log, from)
                    : ("%d tokens of log %s are published: honest ones from position %d on are"
                            + " invalid now")
                        .formatted(size, log, from));
  }

  private static List<Keys> otherKeys(
      ContainmentFacts facts, List<OtherLog> others, List<OtherLog> strangers) {
    return facts
        .keys()
        .map(set -> OtherLogsPlan.of(others, strangers, set, facts::published))
        .orElse(List.of())
        .stream()
        .map(step -> new Keys(step.log().log(), step.from(), step.log().kids(), List.of()))
        .toList();
  }

  /**
   * The keys of a successor that was announced were resident there, too, and none of them has
   * signed. Those that the signer does not name are a stranger's.
   */
  private static Optional<Keys> successor(
      ContainmentFacts facts, OtherLog next, Keys contained, List<Keys> others) {
    Set<String> done = new HashSet<>(contained.all());
    others.forEach(keys -> done.addAll(keys.all()));
    List<String> stated =
        facts.liveKeys(next.log()).stream()
            .filter(kid -> next.kids().contains(kid) && !done.contains(kid))
            .toList();
    List<String> unstated =
        SignersAnswer.unstated(next.kids(), facts.keys()).stream()
            .filter(kid -> !done.contains(kid))
            .toList();
    return stated.isEmpty() && unstated.isEmpty()
        ? Optional.empty()
        : Optional.of(new Keys(next.log(), 0, stated, unstated));
  }

  private static String suspicion(
      ContainmentFacts facts, SignersAnswer answer, long size, String done) {
    String log = answer.log();
    return ("the signer reports that it was replaced before, and that log %s ended at %d, but"
            + " the key log does not confirm it. Somebody else may control the signer; %s. Run"
            + " %s --again. If the signer has the same log after that, stop it and revoke its"
            + " keys with --signer-lost %s --from %d%s")
        .formatted(
            log,
            answer.size(),
            done,
            facts.signer(),
            log,
            size,
            facts.liveKeys(log).stream()
                .limit(LISTED_MAX)
                .map(kid -> " --kid " + kid)
                .collect(Collectors.joining()));
  }

  private static List<String> remarks(ContainmentFacts facts, SignersAnswer answer, long size) {
    List<String> remarks = new ArrayList<>();
    if (facts.keys().isEmpty()) {
      remarks.add(
          "the key log cannot be read, so this command did not revoke what an attacker"
              + " may have had stated in other logs of the signer's name. Run it again when"
              + " the key log can be read");
    }
    if (answer.size() > size) {
      remarks.add(
          ("the signer reports that log %s has %d tokens, but %d are published, so its"
                  + " keys are revoked from there on. An honest signer publishes all of them"
                  + " before it answers. Treat its host as stolen")
              .formatted(answer.log(), answer.size(), size));
    }
    if (facts.published(answer.log()).isEmpty()) {
      remarks.add(
          ("it cannot be read here how far log %s is published, so only the signer"
                  + " vouches for its size. Compare the size with what the monitor holds of the"
                  + " log. If the monitor holds less, revoke from there on with --signer-lost")
              .formatted(answer.log()));
    }
    return remarks;
  }
}
