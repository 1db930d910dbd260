package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.log.checkpoint.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The signer's virtual machine is put back to an earlier state. Everything on its disk fits
 * together, and positions that were given out already look free.
 */
public final class RewoundDisk extends Drill {
  private static final Duration FINDINGS_WITHIN = Duration.ofSeconds(4);
  private static final int TOKENS_BEFORE = 100;
  private static final int TOKENS_BETWEEN = 100;
  private static final int TOKENS_AFTER = 30;

  public RewoundDisk() {
    super("rewound-disk");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = new LogStage(run, Level.DURABLE);
    Path copy = run.folder().resolve("copy");
    run.act(1, "a copy is made");
    stage.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
    String log = stage.traffic().acknowledged().getLast().id().log();
    NoteKey key = stage.logKey("g1");
    List<Acknowledged> below = stage.traffic().acknowledged();
    int let = stage.acceptedByNewService(below);
    run.observe(
        "rewound-disk.honest-before",
        let == below.size(),
        "%d of %d accepted".formatted(let, below.size()));
    // The public side first: what is copied of the journal later covers it.
    LogStage.copy(stage.publicFolder(log), copy.resolve("log"));
    LogStage.copy(stage.folders().signer(), copy.resolve("signer"));
    run.says("the signer's disk is copied while it works");
    stage.awaitTokens(TOKENS_BETWEEN, Await.PATIENCE);

    run.act(2, "the copy is put back");
    stage.crashSigner(putBack(stage, log, copy));
    run.says("the signer starts again on the earlier state");
    Path sealedFile = stage.folders().journal(log).resolve("sealed");
    Optional<Acknowledged> first = stage.traffic().awaitOtherLog(log, Await.PATIENCE);
    boolean sealed = Files.exists(sealedFile);
    long sealedSize = sealed ? Long.parseLong(Files.readString(sealedFile).strip()) : -1;
    List<Acknowledged> ofOld =
        stage.traffic().acknowledged().stream().filter(t -> t.id().log().equals(log)).toList();
    long known = ofOld.stream().mapToLong(t -> t.id().position()).max().orElse(0) + 1;
    run.observe(
        "rewound-disk.old-log-sealed",
        sealed && sealedSize < known,
        sealed
            ? "sealed at %d entries; %d were given out".formatted(sealedSize, known)
            : "not sealed: " + stage.signerOutput(),
        Map.of("sealed_size", sealedSize, "known_size", known));
    Set<Long> positions = new HashSet<>();
    long twice = ofOld.stream().filter(t -> !positions.add(t.id().position())).count();
    run.observe(
        "rewound-disk.no-position-twice",
        twice == 0,
        "%d tokens, %d positions".formatted(ofOld.size(), positions.size()));
    boolean gone = !Files.exists(stage.folders().signer().resolve("g1/keys/k1.sealed"));
    run.observe("rewound-disk.keys-destroyed", gone, gone ? "gone" : "still there");
    boolean found =
        Await.comes(
            () ->
                stage.desk().findings().stream()
                    .anyMatch(finding -> finding.kind().equals("log-rollback")));
    run.observe(
        "rewound-disk.found",
        found,
        found ? "finding log-rollback" : "no finding of a log that shrank");

    run.act(3, "the successor");
    boolean flows = first.isPresent() && stage.traffic().awaitMore(TOKENS_AFTER, Await.PATIENCE);
    List<Acknowledged> fresh =
        stage.traffic().acknowledged().stream().filter(t -> !t.id().log().equals(log)).toList();
    int freshLet = flows ? stage.acceptedByNewService(fresh) : 0;
    run.observe(
        "rewound-disk.successor-issues",
        flows && freshLet == fresh.size(),
        first
            .map(
                token ->
                    "log %s issues; %d of %d tokens accepted"
                        .formatted(token.id().log(), freshLet, fresh.size()))
            .orElse("no successor: it does not issue"),
        Map.of("refused_requests_meanwhile", stage.traffic().refusals()));
    int belowLet = stage.acceptedByNewService(below);
    run.observe(
        "rewound-disk.tokens-below-good",
        belowLet == below.size(),
        "%d of %d accepted".formatted(belowLet, below.size()));
    List<Acknowledged> above = ofOld.stream().filter(t -> t.id().position() >= sealedSize).toList();
    int proven = 0;
    for (Acknowledged token : above) {
      proven += stage.mirror().proves(token, key) ? 1 : 0;
    }
    List<String> findings = stage.findingsAbout(above, FINDINGS_WITHIN);
    run.observe(
        "rewound-disk.lost-not-forged",
        findings.stream().allMatch("unproven-token"::equals)
            && findings.size() <= above.size() - proven
            && proven > 0,
        "%d tokens above the sealed size, %d of them proven by the custodian; %s"
            .formatted(
                above.size(),
                proven,
                findings.isEmpty() ? "no finding about any" : "findings: " + findings),
        Map.of("tokens", above.size(), "proven", proven));
  }

  private static ChildProcess.WhileDown putBack(LogStage stage, String log, Path copy) {
    return () -> {
      DrillFolder.deleteTree(stage.folders().signer());
      DrillFolder.deleteTree(stage.publicFolder(log));
      Files.move(copy.resolve("signer"), stage.folders().signer());
      Files.move(copy.resolve("log"), stage.publicFolder(log));
    };
  }
}
