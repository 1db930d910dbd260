package dev.counterfoil.drills.log;

import dev.counterfoil.drills.domain.FindingsWatch;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import dev.counterfoil.drills.run.Interruption;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.log.checkpoint.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The signer's virtual machine is put back to an earlier state. Everything on its disk fits
 * together, and positions that were given out already look free.
 */
public final class RewoundDisk implements Drill {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FINDINGS_WITHIN = Duration.ofSeconds(4);
  private static final int TOKENS_BEFORE = 100;
  private static final int TOKENS_BETWEEN = 100;
  private static final int TOKENS_AFTER = 30;

  private static final Expectation HONEST =
      new Expectation(
          "rewound-disk.honest-before", 1, Kind.HONEST, "tokens are accepted by a service");
  private static final Expectation SEALED =
      new Expectation(
          "rewound-disk.old-log-sealed",
          2,
          Kind.STOPPED,
          "put back, the signer hears from its custodian that its log was larger, and seals it");
  private static final Expectation NO_POSITION_TWICE =
      new Expectation(
          "rewound-disk.no-position-twice",
          2,
          Kind.STOPPED,
          "no position of the log is given out a second time");
  private static final Expectation KEYS_GONE =
      new Expectation(
          "rewound-disk.keys-destroyed",
          2,
          Kind.STOPPED,
          "the put-back private keys are destroyed");
  private static final Expectation SEEN =
      new Expectation(
          "rewound-disk.found", 2, Kind.DETECTED, "the monitor finds that the log shows less");
  private static final Expectation GOES_ON =
      new Expectation(
          "rewound-disk.successor-issues",
          3,
          Kind.HONEST,
          "a successor with new keys issues, and its tokens are accepted");
  private static final Expectation BELOW_GOOD =
      new Expectation(
          "rewound-disk.tokens-below-good",
          3,
          Kind.HONEST,
          "tokens from before the copy are accepted as before");
  private static final Expectation LOST_NOT_FORGED =
      new Expectation(
          "rewound-disk.lost-not-forged",
          3,
          Kind.EVIDENCE,
          "nobody calls tokens issued after the copy forged, though the log lost them;"
              + " the custodian proves those that it held, and the others are unproven");

  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Prepares the drill.
   *
   * @param parent a folder in which a fresh one is made; short
   */
  public RewoundDisk(Path parent, InstantSource clock, SecureRandom random) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String name() {
    return "rewound-disk";
  }

  @Override
  public String purpose() {
    return "The signer's disk is put back to an earlier state while tokens are being issued."
        + " The signer notices, issues no position twice, and a successor continues.";
  }

  @Override
  public List<Expectation> expectations() {
    return List.of(
        HONEST, SEALED, NO_POSITION_TWICE, KEYS_GONE, SEEN, GOES_ON, BELOW_GOOD, LOST_NOT_FORGED);
  }

  @Override
  public void run(DrillRun run) throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, random);
        LogStage stage = new LogStage(folder, clock, Level.DURABLE)) {
      Interruption.during(
          stage::close, folder, () -> play(run, stage, folder.path().resolve("copy")));
    }
  }

  private void play(DrillRun run, LogStage stage, Path copy) throws Exception {
    run.act(1, "a copy is made");
    stage.awaitTokens(TOKENS_BEFORE, PATIENCE);
    String log = stage.traffic().acknowledged().getLast().id().log();
    NoteKey key = stage.logKey("g1");
    List<Acknowledged> below = stage.traffic().acknowledged();
    int let = stage.acceptedByNewService(below);
    run.observe(HONEST.id(), let == below.size(), "%d of %d accepted".formatted(let, below.size()));
    // The public side first: what is copied of the journal later covers it.
    LogStage.copy(stage.publicFolder(log), copy.resolve("log"));
    LogStage.copy(stage.folders().signer(), copy.resolve("signer"));
    run.says("the signer's disk is copied while it works");
    stage.awaitTokens(TOKENS_BETWEEN, PATIENCE);

    run.act(2, "the copy is put back");
    stage.crashSigner(putBack(stage, log, copy));
    run.says("the signer starts again on the earlier state");
    Path sealedFile = stage.folders().journal(log).resolve("sealed");
    Optional<Acknowledged> first = stage.traffic().awaitOtherLog(log, PATIENCE);
    boolean sealed = Files.exists(sealedFile);
    long sealedSize = sealed ? Long.parseLong(Files.readString(sealedFile).strip()) : -1;
    List<Acknowledged> ofOld =
        stage.traffic().acknowledged().stream().filter(t -> t.id().log().equals(log)).toList();
    long known = ofOld.stream().mapToLong(t -> t.id().position()).max().orElse(0) + 1;
    run.observe(
        SEALED.id(),
        sealed && sealedSize < known,
        sealed
            ? "sealed at %d entries; %d were given out".formatted(sealedSize, known)
            : "not sealed: " + stage.signerOutput(),
        Map.of("sealed_size", sealedSize, "known_size", known));
    Set<Long> positions = new HashSet<>();
    long twice = ofOld.stream().filter(t -> !positions.add(t.id().position())).count();
    run.observe(
        NO_POSITION_TWICE.id(),
        twice == 0,
        "%d tokens, %d positions".formatted(ofOld.size(), positions.size()));
    boolean gone = !Files.exists(stage.folders().signer().resolve("g1/keys/k1.sealed"));
    run.observe(KEYS_GONE.id(), gone, gone ? "gone" : "still there");
    boolean found = awaitRollback(stage);
    run.observe(
        SEEN.id(), found, found ? "finding log-rollback" : "no finding of a log that shrank");

    run.act(3, "the successor");
    boolean flows = first.isPresent() && stage.traffic().awaitMore(TOKENS_AFTER, PATIENCE);
    List<Acknowledged> fresh =
        stage.traffic().acknowledged().stream().filter(t -> !t.id().log().equals(log)).toList();
    int freshLet = flows ? stage.acceptedByNewService(fresh) : 0;
    run.observe(
        GOES_ON.id(),
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
        BELOW_GOOD.id(),
        belowLet == below.size(),
        "%d of %d accepted".formatted(belowLet, below.size()));
    List<Acknowledged> above = ofOld.stream().filter(t -> t.id().position() >= sealedSize).toList();
    int proven = 0;
    for (Acknowledged token : above) {
      proven += stage.mirror().proves(token, key) ? 1 : 0;
    }
    List<String> findings = stage.findingsAbout(above, FINDINGS_WITHIN);
    run.observe(
        LOST_NOT_FORGED.id(),
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

  private static boolean awaitRollback(LogStage stage) throws IOException, InterruptedException {
    long end = System.nanoTime() + FindingsWatch.PATIENCE.toNanos();
    do {
      if (stage.desk().findings().stream().anyMatch(f -> f.kind().equals("log-rollback"))) {
        return true;
      }
      Thread.sleep(100);
    } while (System.nanoTime() < end);
    return false;
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
