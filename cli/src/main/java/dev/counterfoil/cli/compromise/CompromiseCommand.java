package dev.counterfoil.cli.compromise;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.operations.census.Census;
import dev.counterfoil.operations.census.Census.Standing;
import dev.counterfoil.operations.census.Census.Taken;
import dev.counterfoil.operations.containment.Containment;
import dev.counterfoil.operations.containment.ForgedKeys;
import dev.counterfoil.operations.containment.HeldSize;
import dev.counterfoil.operations.containment.LeftGood;
import dev.counterfoil.operations.containment.OtherLogsPlan;
import dev.counterfoil.operations.containment.PublishedSets;
import dev.counterfoil.operations.containment.SuspectSigners;
import dev.counterfoil.signerprotocol.SignerName;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Contains the theft of a signer's keys, and shows who refuses them. */
@Command(
    name = "compromise",
    description = {
      "Contains the theft of a signer's keys, and shows which verifiers refuse them.",
      "The signer seals its log, destroys its keys and starts again with new ones. The"
          + " registrar revokes the old keys from the sealed size on. Tokens issued before"
          + " that stay valid, so nobody is logged out; forged tokens are refused. The keys"
          + " of logs that the signer had before are revoked too. The command then fetches"
          + " every key set that the issuer publishes. CONTAINED means that none of these"
          + " keys is in any of them; the command also prints when the last cached copy of a"
          + " JWKS expires. It shows verifiers as they acknowledge, and then what was done"
          + " with the keys.",
      "Services that read only the JWKS lose the keys, and sign their users out.",
      "A warm spare has keys of its own, which stay valid. Without --yes the command"
          + " shows every signer and what is known about it. With --yes and no name, it"
          + " replaces every signer whose keys signed a forged token that was seen,"
          + " including the keys of a log that was rolled back. If there is none, it"
          + " replaces the signer that issues; but if the monitor lost its database, every signer"
          + " whose keys are older than that. A signer that does not answer is named, and"
          + " the others are replaced.",
      "You can run it twice: the second run changes nothing and shows the same containment.",
      "Exit code 0: it is contained, and every verifier that reports refuses the keys;"
          + " 1: it is not contained, or the published sets cannot be read, or some"
          + " verifiers do not refuse yet or are silent, or the monitor does not hold all"
          + " tokens that stay valid, of the signer's logs or, if you name none, of any log whose"
          + " keys are revoked; 4: the signer or the registrar does not answer and"
          + " nothing is revoked, or the keys are revoked and the monitor does not answer."
    })
public final class CompromiseCommand extends InstallationCommand {
  /** How long one published set may take to come. */
  private static final Duration FETCH_MAX = Duration.ofSeconds(5);

  /** A signed set is signed anew within two seconds of a change; a busy machine takes longer. */
  private static final Duration PUBLISHED_WITHIN = Duration.ofSeconds(20);

  private final InstantSource clock = InstantSource.system();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SIGNER",
      description =
          "The signer, such as s1, or one of its logs, such as s1g1 (default: the"
              + " suspect one). A log that was contained is never contained again.")
  private @Nullable String signer;

  @Option(
      names = "--yes",
      description = "Do it. Without this, the command only shows what it would do.")
  private boolean yes;

  @Option(
      names = "--again",
      description =
          "Replace the signer even if it was replaced within the last hour: its new"
              + " keys are stolen too.")
  private boolean again;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = DurationText.class,
      description =
          "How long to wait for verifiers to acknowledge (default: ${DEFAULT-VALUE})."
              + " The command stops waiting as soon as every reporting verifier has.")
  private Duration wait;

  @Option(
      names = "--signer-lost",
      paramLabel = "LOG",
      description =
          "The signer does not answer: revoke these keys of this log at the registrar"
              + " only. Needs --from and --kid.")
  private @Nullable String lostLog;

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      description = "With --signer-lost: the first position whose token becomes invalid.")
  private @Nullable Long from;

  @Option(
      names = "--kid",
      paramLabel = "KID",
      description = "With --signer-lost: a key. May be repeated.")
  private List<String> kids = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    if (lostLog != null) {
      checkNoRecordLog(lostLog);
    }
    if (lostLog == null) {
      new AttachedForgeries(installation.monitorAdmin()).say(keyLog(), System.err);
    }
    if (!yes) {
      say();
      return ExitCode.USAGE;
    }
    PrintStream out = json ? new PrintStream(PrintStream.nullOutputStream()) : System.out;
    ContainmentReport report = new ContainmentReport(out, lostLog == null);
    Optional<KeySet> keys = keyLog();
    List<String> names = signerNames(keys);
    SignersContained signers =
        SignersContained.of(
            names, name -> contain(name, keys), one -> report.say(one, left(one, keys)));
    List<Contained> all = new ArrayList<>(signers.contained());
    Optional<KeySet> after = keyLogAgain();
    Optional<ForgedKeys> forged =
        after.flatMap(set -> ForgedKeys.seen(installation.monitorAdmin(), set, clock.instant()));
    if (signer == null && lostLog == null) {
      if (after.isPresent() && forged.isPresent()) {
        for (Contained one : revokeOfNobody(forged.get(), after.get())) {
          report.say(one, left(one, after));
          all.add(one);
        }
      }
      sayOthers(names, signers.replaced(names), out);
    }
    if (all.isEmpty()) {
      throw signers.failure();
    }
    ContainmentVerdict verdict = verdict(all, signers.failed(), forged);
    verdict.say(out, clock.instant());
    verdict.notHeld().forEach(one -> System.err.println("Warning: " + one.warning() + "."));
    long keyLogSize = all.stream().mapToLong(Contained::keyLogSize).max().orElseThrow();
    List<JsonObject.Builder> results = new ArrayList<>();
    try {
      ContainmentScreen screen =
          new ContainmentScreen(
              Census.of(installation.context()),
              said -> said.keyLog().size() >= keyLogSize,
              "refusing",
              out,
              !json && isTerminal());
      Taken taken = screen.fill(wait);
      screen.name(
          taken,
          "Unknown verifiers may check signatures only. Until they read the JWKS again"
              + " they accept forged tokens.\nThen they refuse every token of these keys,"
              + " even honest ones, and their users must log in again.");
      List<List<HeldTokens>> held = heldOfEach(all, verdict);
      for (Contained contained : all) {
        List<JsonObject> uses = report.uses(installation.monitorAdmin(), contained);
        results.add(ContainmentReport.json(contained, Optional.of(uses), held.get(results.size())));
      }
      print(verdict, keyLogSize, results, Optional.of(taken));
      return verdict.isContained()
              && taken.count(Standing.NOT_YET) + taken.count(Standing.SILENT) == 0
          ? ExitCode.OK
          : ExitCode.NO;
    } catch (IOException e) {
      all.stream()
          .skip(results.size())
          .map(one -> ContainmentReport.json(one, Optional.empty(), List.of()))
          .forEach(results::add);
      print(verdict, keyLogSize, results, Optional.empty());
      throw CommandFailure.unavailable(
          (signers.failed().isEmpty()
                  ? "The keys are revoked"
                  : "The keys of the other signers are revoked")
              + ", but the monitor does not answer. So this command"
              + " cannot show which verifiers refuse them, or with which keys forged tokens"
              + " were seen: "
              + e.getMessage());
    }
  }

  /**
   * The end for programs.
   *
   * @param taken who refuses the keys; empty where the monitor does not answer
   */
  private void print(
      ContainmentVerdict verdict,
      long keyLogSize,
      List<JsonObject.Builder> results,
      Optional<Taken> taken) {
    if (json) {
      JsonLine.print(
          verdict
              .toJson(results.getFirst())
              .put("key_log_size", keyLogSize)
              .put(
                  "verifiers",
                  taken.map(one -> ContainmentScreen.json("refusing", one)).orElse(null))
              .put("more", results.stream().skip(1).map(JsonObject.Builder::build).toList())
              .build());
    }
  }

  /** Keys with which forged tokens were seen, and that are no signer's here any more. */
  private List<Contained> revokeOfNobody(ForgedKeys forged, KeySet keys)
      throws InterruptedException {
    List<Contained> revoked = new ArrayList<>();
    for (Map.Entry<String, List<String>> of :
        forged.ofNobody(keys, installation.context().signerNames(), clock.instant()).entrySet()) {
      try {
        revoked.add(
            new Containment(installation.context()).revokeAtEnd(of.getValue(), of.getKey(), keys));
      } catch (OperatorException e) {
        // The verdict names what is still published.
        System.err.println("Warning: " + e.getMessage());
      }
    }
    return revoked;
  }

  /** Fetches what is published, as a stranger does. */
  private ContainmentVerdict verdict(
      List<Contained> all, List<SignersContained.Failed> failed, Optional<ForgedKeys> forged)
      throws InterruptedException {
    Optional<KeySet> keys = keyLogAgain();
    Set<String> gone = new HashSet<>();
    for (Contained contained : all) {
      gone.addAll(contained.allKids());
      keys.ifPresent(
          set ->
              gone.addAll(
                  OtherLogsPlan.mustBeGone(
                      contained,
                      set,
                      forged.map(seen -> seen.stolen(set, clock.instant())).orElse(Set.of()),
                      clock.instant())));
    }
    Set<String> forgotten = new HashSet<>();
    Set<String> elsewhere = new HashSet<>();
    Optional<String> named = Optional.ofNullable(lostLog).or(() -> Optional.ofNullable(signer));
    if (forged.isPresent() && keys.isPresent()) {
      forgotten.addAll(forged.get().suspect(keys.get(), named, clock.instant()));
      elsewhere.addAll(forged.get().forgotten(keys.get(), Optional.empty(), clock.instant()));
    }
    all.forEach(contained -> forgotten.removeAll(contained.allKids()));
    all.forEach(contained -> elsewhere.removeAll(contained.allKids()));
    elsewhere.removeAll(forgotten);
    PublishedSets published =
        new PublishedSets(installation.policy().issuer(), HttpReadSide.create(FETCH_MAX));
    return ContainmentVerdict.of(
        published.awaitWithout(gone, keys.isPresent() ? PUBLISHED_WITHIN : Duration.ZERO),
        gone,
        failed,
        forged.isPresent(),
        forgotten,
        elsewhere,
        held(all, keys),
        all.stream().anyMatch(Contained::changed),
        keys,
        clock.instant());
  }

  private List<LeftGood> left(Contained contained, Optional<KeySet> keys) {
    return LeftGood.of(contained, keys, clock.instant());
  }

  /**
   * What the monitor holds of all that stays valid, when it had time to catch up; where no signer
   * is named, of all that were contained before as well. Empty where the monitor does not answer.
   */
  private Optional<List<HeldTokens>> held(List<Contained> all, Optional<KeySet> keys)
      throws InterruptedException {
    Map<String, LeftGood> logs = new LinkedHashMap<>();
    all.forEach(one -> left(one, keys).forEach(left -> logs.putIfAbsent(left.log(), left)));
    if (signer == null && lostLog == null) {
      LeftGood.ofAllLogs(keys, clock.instant()).forEach(left -> logs.putIfAbsent(left.log(), left));
    }
    List<HeldTokens> held = new ArrayList<>();
    Instant end = clock.instant().plus(wait);
    try {
      for (LeftGood left : logs.values()) {
        held.add(
            new HeldTokens(
                left,
                HeldSize.reaching(
                    installation.monitorAdmin(),
                    installation.domainName(),
                    left.log(),
                    left.size(),
                    Duration.between(clock.instant(), end))));
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(held);
  }

  /** The same by what was contained; of what was contained before it stands with the first. */
  private List<List<HeldTokens>> heldOfEach(List<Contained> all, ContainmentVerdict verdict) {
    Map<String, HeldTokens> held = new LinkedHashMap<>();
    verdict.held().orElse(List.of()).forEach(one -> held.put(one.left().log(), one));
    List<List<HeldTokens>> ofEach = new ArrayList<>();
    for (Contained contained : all) {
      List<HeldTokens> ofIt = new ArrayList<>();
      for (LeftGood left : left(contained, verdict.keys())) {
        Optional.ofNullable(held.remove(left.log())).ifPresent(ofIt::add);
      }
      ofEach.add(ofIt);
    }
    ofEach.getFirst().addAll(held.values());
    return ofEach;
  }

  public static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  /** What it would do. */
  private void say() throws InterruptedException {
    String domain = installation.domainName();
    if (lostLog != null) {
      System.err.printf(
          "This would revoke keys of log %s in domain %s at the registrar only: %s."
              + " Its signer is neither asked nor replaced. To do it, add --yes.%n",
          lostLog,
          domain,
          kids.isEmpty() || from == null
              ? "name them with --kid, and the first invalid position with --from"
              : String.join(", ", kids) + " from position " + from + " on");
      if (from != null) {
        sayRefused(lostLog, from);
      }
      return;
    }
    List<String> signers = installation.context().signerNames();
    if (signer != null) {
      String name = signerNames(Optional.empty()).getFirst();
      if (!signer.equals(name) && hasEnded(signer)) {
        System.err.printf(
            "This would revoke the keys of log %s, which has ended, from its end on. Signer %s"
                + " of domain %s is not replaced. To do it, add --yes.%n",
            signer, name, domain);
        return;
      }
    }
    if (signer != null || signers.size() < 2) {
      System.err.println(
          "This would replace the signer"
              + (signer == null ? "" : " " + signer)
              + " of domain "
              + domain
              + " and revoke its keys. "
              + (signers.size() < 2
                  ? "Clients are served again within seconds."
                  : "Clients are served meanwhile.")
              + " To do it, add --yes."
              + unlessReplaced());
      return;
    }
    SuspectSigners suspects = suspects(keyLog());
    String meant = String.join(" and then ", suspects.meant());
    System.err.printf(
        "This would replace signer %s of domain %s and revoke its keys. Each signer"
            + " has its own keys, and those of the others stay valid:%n%n%s%s%nA token's jti"
            + " begins with its signer's name. To do it, add --yes, or name another signer."
            + " Clients are served meanwhile.%s%n",
        meant, domain, suspects.text(), suspects.silentHint(), unlessReplaced());
  }

  /** Whether a log that is named has ended, so that its signer goes on. */
  private boolean hasEnded(String log) {
    Optional<KeySet> keys = keyLog();
    keys.ifPresent(set -> checkNamed(log, set));
    return keys.stream()
        .flatMap(set -> set.endedLogs().stream())
        .anyMatch(ended -> ended.log().equals(log));
  }

  /** How many published tokens of a lost log it would refuse, and which are refused already. */
  private void sayRefused(String log, long first) {
    Optional<KeySet> keys = kids.isEmpty() ? Optional.empty() : keyLog();
    LeftGood counting = left(new Contained(log, first, kids, 0, false), keys).getFirst();
    List<String> earlier =
        kids.stream().filter(kid -> counting.from(List.of(kid)) < first).toList();
    for (String kid : earlier) {
      System.err.printf(
          "Tokens of key %s are refused from position %d on already, which stays.%n",
          kid, counting.from(List.of(kid)));
    }
    long refused = new Containment(installation.context()).publishedSize(log).orElse(first) - first;
    if (refused > 0 && (kids.isEmpty() || earlier.size() < kids.size())) {
      System.err.printf(
          "%d published tokens of log %s would then be refused, honest ones too: those from"
              + " position %d on.%n",
          refused, log, first);
    }
    keys.ifPresent(set -> sayEnd(log, first, set));
  }

  /** What it would do to the end of a lost log that the key log has. */
  private void sayEnd(String log, long first, KeySet keys) {
    Optional<KeySet.EndedLog> later =
        keys.endedLogs().stream()
            .filter(end -> end.log().equals(log) && end.size() > first)
            .findFirst();
    later.ifPresent(
        end ->
            System.err.printf(
                Containment.narrowedEnd(kids, log, first, keys, clock.instant()).isPresent()
                    ? "The key log now records that the log ended at %d. It would then"
                        + " record %d.%n"
                    : "The key log records that the log ended at %d, not at %d. That"
                        + " would stay, because you did not name all of its keys.%n",
                end.size(),
                first));
  }

  /** The first run within an hour counts: the same words again shall not destroy new keys. */
  private String unlessReplaced() {
    return again
        ? ""
        : " A signer that was replaced within the last hour is not replaced again, only"
            + " shown. If its new keys are stolen too, add --again.";
  }

  /** Which signers were not suspect. */
  private void sayOthers(List<String> suspect, List<String> replaced, PrintStream out) {
    List<String> others =
        installation.context().signerNames().stream()
            .filter(name -> !suspect.contains(name))
            .toList();
    if (!others.isEmpty() && !replaced.isEmpty()) {
      out.printf(
          "Only signer %s was replaced. The keys of %s stay valid. If the attacker"
              + " also had access to that host, run: counterfoil compromise %s --yes%n%n",
          String.join(" and ", replaced), String.join(", ", others), others.getFirst());
    }
  }

  private SuspectSigners suspects(Optional<KeySet> keys) throws InterruptedException {
    return SuspectSigners.of(installation.context(), keys, clock.instant());
  }

  private Contained contain(String name, Optional<KeySet> keys) throws InterruptedException {
    Containment containment = new Containment(installation.context(), name);
    try {
      if (lostLog != null) {
        return revokeLost(containment, lostLog, keys);
      }
      Optional<String> log = Optional.ofNullable(signer).filter(named -> !named.equals(name));
      if (again && log.isPresent()) {
        throw CommandFailure.environment(
            "--again replaces a whole signer, but "
                + signer
                + " is one of its logs. Name the signer: "
                + name);
      }
      if (log.isPresent() && keys.isPresent()) {
        checkNamed(log.get(), keys.get());
      }
      return again
          ? containment.replaceSigner(this::keyLogAgain, clock.instant())
          : containment.contain(log, keys, this::keyLogAgain, clock.instant());
    } catch (OperatorException e) {
      throw e.isRefused()
          ? CommandFailure.no(String.valueOf(e.getMessage()))
          : CommandFailure.unavailable(
              e.getMessage()
                  + ". Run the same command again when it is running. If it stays away,"
                  + " run: counterfoil compromise --yes --signer-lost LOG --from SIZE"
                  + " --kid KID");
    }
  }

  /** Whose logs or keys are meant: where none is named the only signer's, or the suspect ones'. */
  private List<String> signerNames(Optional<KeySet> keys) throws InterruptedException {
    List<String> signers = installation.context().signerNames();
    if (signer == null) {
      if (lostLog == null && signers.size() > 1) {
        SuspectSigners suspects = suspects(keys);
        List<String> meant = suspects.meant();
        suspects
            .withoutMonitor(meant)
            .ifPresent(warning -> System.err.println("Warning: " + warning));
        return meant;
      }
      return List.of(signers.stream().findFirst().orElse(SignerName.FIRST));
    }
    checkNoRecordLog(signer);
    return signers.stream()
        .filter(name -> signer.equals(name) || LogName.isOf(name, signer))
        .findFirst()
        .map(List::of)
        .orElseThrow(
            () ->
                CommandFailure.environment(
                    "there is no signer or log "
                        + signer
                        + " here. To list them, run counterfoil keys list. To revoke the"
                        + " keys of a log whose signer is gone, use --signer-lost LOG"));
  }

  /** The key log; none where it cannot be read, which is no reason to leave stolen keys good. */
  private Optional<KeySet> keyLog() {
    try {
      return Optional.of(FetchedKeys.fetch(installation.policy()));
    } catch (CommandFailure e) {
      System.err.println(
          "Warning: cannot read the key log"
              + (lostLog == null
                  ? ", so only the signer can tell whether this was done before: "
                  : ": ")
              + e.getMessage());
      return Optional.empty();
    }
  }

  /** The same when the signer has answered: who has been told that it cannot be read knows. */
  private Optional<KeySet> keyLogAgain() {
    try {
      return Optional.of(FetchedKeys.fetch(installation.policy()));
    } catch (CommandFailure e) {
      return Optional.empty();
    }
  }

  /** No token is signed with the key of a record log, so there is none to contain. */
  private static void checkNoRecordLog(String named) {
    if (LogName.isDoor(named) || LogName.parse(named).filter(LogName::isRecordLog).isPresent()) {
      throw CommandFailure.environment(
          ("%s is a record log. No token is signed with its key, so there is nothing to contain."
                  + " If its folder was copied, the keys of the signer that keeps it may have been"
                  + " copied too. Name that signer")
              .formatted(named));
    }
  }

  /** A log that is named is known, and some token of it may be good. */
  private static void checkNamed(String log, KeySet keys) {
    if (keys.log(log).isEmpty()) {
      throw CommandFailure.environment(
          "there is no signer or log " + log + ". To list them, run counterfoil keys list");
    }
    if (keys.endedLogs().stream().anyMatch(ended -> ended.log().equals(log))
        && keys.keys().stream().noneMatch(key -> key.log().equals(Optional.of(log)))) {
      throw CommandFailure.environment(
          "log "
              + log
              + " has ended and none of its keys is trusted any more, so there is"
              + " nothing to contain. To replace its signer as it is now, name the signer");
    }
  }

  private Contained revokeLost(Containment containment, String log, Optional<KeySet> keys)
      throws OperatorException, InterruptedException {
    if (from == null || kids.isEmpty()) {
      throw CommandFailure.environment(
          "--signer-lost needs --from and --kid. To list the keys, run counterfoil keys list");
    }
    return containment.revokeLost(kids, log, from, keys, clock.instant());
  }
}
