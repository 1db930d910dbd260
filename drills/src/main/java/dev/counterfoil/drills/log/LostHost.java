package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import dev.counterfoil.drills.run.Interruption;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The signer's host is gone from one moment to the next, with its keys, its journal and the log's
 * public folder. What a custodian elsewhere holds is all that is left.
 */
public final class LostHost implements Drill {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FINDINGS_WITHIN = Duration.ofSeconds(4);
  private static final int TOKENS_BEFORE = 150;
  private static final int TOKENS_AFTER = 30;
  private static final int TOKENS_READ_AGAIN = 20;

  private static final Expectation HONEST =
      new Expectation(
          "lost-host.honest-before",
          1,
          Kind.HONEST,
          "a service accepts tokens that were released once a custodian held them");
  private static final Expectation PROVEN =
      new Expectation(
          "lost-host.every-token-proven",
          2,
          Kind.EVIDENCE,
          "with the host gone, the custodian proves every token that anybody received");
  private static final Expectation NOT_FORGED =
      new Expectation(
          "lost-host.none-called-forged", 3, Kind.HONEST, "the monitor calls none of them forged");
  private static final Expectation GOES_ON =
      new Expectation(
          "lost-host.new-generation-issues",
          3,
          Kind.HONEST,
          "a new host with new keys and a log of another name issues, and its tokens"
              + " are accepted");
  private static final Expectation OLD_NAME_UNUSED =
      new Expectation(
          "lost-host.no-second-log-of-the-name",
          3,
          Kind.STOPPED,
          "nothing is recorded under the lost log's name again");
  private static final Expectation MOVED =
      new Expectation(
          "lost-host.old-tokens-let-in-again",
          3,
          Kind.HONEST,
          "once the registrar states where the lost log can be read, a service that"
              + " starts accepts its live tokens");

  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Prepares the drill.
   *
   * @param parent a folder in which a fresh one is made; short
   */
  public LostHost(Path parent, InstantSource clock, SecureRandom random) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String name() {
    return "lost-host";
  }

  @Override
  public String purpose() {
    return "The signer's host is lost with everything on it while tokens are being issued. A"
        + " custodian elsewhere still proves every live token, and a new host continues.";
  }

  @Override
  public List<Expectation> expectations() {
    return List.of(HONEST, PROVEN, GOES_ON, OLD_NAME_UNUSED, NOT_FORGED, MOVED);
  }

  @Override
  public void run(DrillRun run) throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, random);
        LogStage stage = new LogStage(folder, clock, Level.HELD)) {
      Interruption.during(stage::close, folder, () -> play(run, stage));
    }
  }

  private void play(DrillRun run, LogStage stage) throws Exception {
    run.act(1, "as always");
    stage.awaitTokens(TOKENS_BEFORE, PATIENCE);
    String lostLog = stage.traffic().acknowledged().getLast().id().log();
    NoteKey key = stage.logKey("g1");
    List<Acknowledged> sample =
        stage.traffic().acknowledged().subList(0, Math.min(TOKENS_READ_AGAIN, TOKENS_BEFORE));
    int let = stage.acceptedByNewService(sample);
    run.observe(
        HONEST.id(), let == sample.size(), "%d of %d accepted".formatted(let, sample.size()));

    run.act(2, "the host is gone");
    stage.crashSigner(replaceHost(stage, lostLog));
    run.says("signer, keys, journal and public log are deleted; an empty host takes their place");
    List<Acknowledged> ofLost = ofLog(stage, lostLog);
    int proven = 0;
    for (Acknowledged token : ofLost) {
      proven += stage.mirror().proves(token, key) ? 1 : 0;
    }
    run.observe(
        PROVEN.id(),
        proven == ofLost.size(),
        "%d of %d tokens proven from the custodian's mirror".formatted(proven, ofLost.size()),
        Map.of("tokens", ofLost.size(), "proven", proven));
    run.act(3, "a new host");
    Optional<Acknowledged> first = stage.traffic().awaitOtherLog(lostLog, PATIENCE);
    boolean flows = first.isPresent() && stage.traffic().awaitMore(TOKENS_AFTER, PATIENCE);
    List<Acknowledged> fresh =
        stage.traffic().acknowledged().stream()
            .filter(token -> !token.id().log().equals(lostLog))
            .toList();
    int freshLet = flows ? stage.acceptedByNewService(fresh) : 0;
    run.observe(
        GOES_ON.id(),
        flows && freshLet == fresh.size(),
        first.isEmpty()
            ? "no new log within " + PATIENCE.toSeconds() + " s: " + stage.signerOutput()
            : "log %s issues; %d of %d tokens accepted"
                .formatted(first.get().id().log(), freshLet, fresh.size()),
        Map.of("refused_requests_meanwhile", stage.traffic().refusals()));
    int recordedLater = 0;
    for (Acknowledged token : ofLog(stage, lostLog)) {
      // The last answers of the lost host may be read now: those are tokens that it recorded.
      recordedLater += ofLost.contains(token) || stage.mirror().proves(token, key) ? 0 : 1;
    }
    run.observe(
        OLD_NAME_UNUSED.id(),
        recordedLater == 0 && !Files.exists(stage.publicFolder(lostLog)),
        recordedLater + " tokens of the lost log since");
    Answer ended =
        stage.tellRegistrar(
            Commands.endLog(
                lostLog,
                ofLost.stream().mapToLong(token -> token.id().position()).max().orElse(0) + 1,
                first.map(token -> token.id().log()),
                EndReason.LOST));
    Answer moved = stage.tellRegistrar(Commands.moveLog(lostLog, stage.mirror().of(key)));
    // Reports need a token themselves, so they come after the new host issues.
    List<String> findings = stage.findingsAbout(ofLost, FINDINGS_WITHIN);
    run.observe(
        NOT_FORGED.id(),
        findings.isEmpty(),
        findings.isEmpty() ? "no finding about any of them" : "findings: " + findings);
    int again = awaitAccepted(stage, sample);
    run.observe(
        MOVED.id(),
        ended instanceof Answer.Done && moved instanceof Answer.Done && again == sample.size(),
        "%d of %d accepted by a service that reads the lost log from the custodian"
            .formatted(again, sample.size()));
  }

  /** What the registrar says now reaches services within seconds. */
  private static int awaitAccepted(LogStage stage, List<Acknowledged> tokens)
      throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int accepted;
    do {
      accepted = stage.acceptedByNewService(tokens);
    } while (accepted < tokens.size() && System.nanoTime() < end);
    return accepted;
  }

  private static List<Acknowledged> ofLog(LogStage stage, String log) {
    return stage.traffic().acknowledged().stream()
        .filter(token -> token.id().log().equals(log))
        .toList();
  }

  /** A host like the old one, with its configuration and nothing else. */
  private static ChildProcess.WhileDown replaceHost(LogStage stage, String log) {
    return () -> {
      Path signer = stage.folders().signer();
      String configuration = Files.readString(stage.folders().signerConfiguration());
      DrillFolder.deleteTree(signer);
      DrillFolder.deleteTree(stage.publicFolder(log));
      TrialRoot.openOrMakePassphrase(signer.resolve("passphrase"));
      Files.writeString(stage.folders().signerConfiguration(), configuration);
    };
  }
}
