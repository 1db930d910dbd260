package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The signer's host is gone from one moment to the next, with its keys, its journal and the log's
 * public folder. What a custodian elsewhere holds is all that is left.
 */
public final class LostHost extends Drill {
  private static final Duration FINDINGS_WITHIN = Duration.ofSeconds(4);
  private static final int TOKENS_BEFORE = 150;
  private static final int TOKENS_AFTER = 30;
  private static final int TOKENS_READ_AGAIN = 20;

  public LostHost() {
    super("lost-host");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = new LogStage(run, Level.HELD);
    run.act(1, "as always");
    stage.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
    String lostLog = stage.traffic().acknowledged().getLast().id().log();
    NoteKey key = stage.logKey("g1");
    List<Acknowledged> sample =
        stage.traffic().acknowledged().subList(0, Math.min(TOKENS_READ_AGAIN, TOKENS_BEFORE));
    int let = stage.acceptedByNewService(sample);
    run.observe(
        "lost-host.honest-before",
        let == sample.size(),
        "%d of %d accepted".formatted(let, sample.size()));

    run.act(2, "the host is gone");
    stage.crashSigner(replaceHost(stage, lostLog));
    run.says("signer, keys, journal and public log are deleted; an empty host takes their place");
    List<Acknowledged> ofLost = ofLog(stage, lostLog);
    int proven = 0;
    for (Acknowledged token : ofLost) {
      proven += stage.mirror().proves(token, key) ? 1 : 0;
    }
    run.observe(
        "lost-host.every-token-proven",
        proven == ofLost.size(),
        "%d of %d tokens proven from the custodian's mirror".formatted(proven, ofLost.size()),
        Map.of("tokens", ofLost.size(), "proven", proven));
    run.act(3, "a new host");
    Optional<Acknowledged> first = stage.traffic().awaitOtherLog(lostLog, Await.PATIENCE);
    boolean flows = first.isPresent() && stage.traffic().awaitMore(TOKENS_AFTER, Await.PATIENCE);
    List<Acknowledged> fresh =
        stage.traffic().acknowledged().stream()
            .filter(token -> !token.id().log().equals(lostLog))
            .toList();
    int freshLet = flows ? stage.acceptedByNewService(fresh) : 0;
    run.observe(
        "lost-host.new-generation-issues",
        flows && freshLet == fresh.size(),
        first.isEmpty()
            ? "no new log within " + Await.PATIENCE.toSeconds() + " s: " + stage.signerOutput()
            : "log %s issues; %d of %d tokens accepted"
                .formatted(first.get().id().log(), freshLet, fresh.size()),
        Map.of("refused_requests_meanwhile", stage.traffic().refusals()));
    int recordedLater = 0;
    for (Acknowledged token : ofLog(stage, lostLog)) {
      // The last answers of the lost host may be read now: those are tokens that it recorded.
      recordedLater += ofLost.contains(token) || stage.mirror().proves(token, key) ? 0 : 1;
    }
    run.observe(
        "lost-host.no-second-log-of-the-name",
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
        "lost-host.none-called-forged",
        findings.isEmpty(),
        findings.isEmpty() ? "no finding about any of them" : "findings: " + findings);
    // What the registrar says now reaches services within seconds.
    Await.comes(() -> stage.acceptedByNewService(sample) == sample.size());
    int again = stage.acceptedByNewService(sample);
    run.observe(
        "lost-host.old-tokens-let-in-again",
        ended instanceof Answer.Done && moved instanceof Answer.Done && again == sample.size(),
        "%d of %d accepted by a service that reads the lost log from the custodian"
            .formatted(again, sample.size()));
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
