package dev.counterfoil.testing.verdicts;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.signer.rotation.SimulatedDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.verifier.RefusalCode;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Kills, rewinds, deletes, steals, cuts off and restores at random from a seed, and holds each
 * verdict of each part against the truth after every step.
 */
final class VerdictSimulation {
  /** Within which a forged token that was shown is a finding, while whoever notices it is there. */
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(10);

  private static final Duration LOOK = Duration.ofSeconds(1);

  /** What happened, for people. */
  static final class Tally {
    long steps;
    long issued;
    long shown;
    long verified;
    long refused;
    long respelled;
    long kills;
    long rewound;
    long deleted;
    long stolen;
    long monitorKills;
    long traced;
    long contained;
    long findings;
    final Map<Forgery, Long> forged = new EnumMap<>(Forgery.class);

    @Override
    public String toString() {
      return steps
          + " steps, "
          + issued
          + " tokens issued, "
          + shown
          + " times shown, of which verified "
          + verified
          + " and refused "
          + refused
          + ", respelled "
          + respelled
          + ", forged "
          + forged
          + ", "
          + findings
          + " findings, signer killed "
          + kills
          + " times, put back "
          + rewound
          + ", deleted "
          + deleted
          + ", keys stolen "
          + stolen
          + ", contained "
          + contained
          + " times, monitor killed "
          + monitorKills
          + ", "
          + traced
          + " traces";
    }
  }

  private final SplittableRandom random;
  private final Optional<Planted> planted;
  private final World world;
  private final Truth truth = new Truth();
  private final Tally tally;
  private SimulatedDomain.@Nullable FolderCopy copy;
  private long judgedFindings;
  private String doing = "";

  private VerdictSimulation(Path folder, long seed, Optional<Planted> planted, Tally tally)
      throws Exception {
    this.random = new SplittableRandom(seed);
    this.planted = planted;
    this.tally = tally;
    this.world = new World(folder, seed, planted);
  }

  /** Runs a world; what a part says falsely fails it. */
  static void run(Path folder, long seed, int steps, Optional<Planted> planted, Tally tally)
      throws Exception {
    VerdictSimulation simulation = new VerdictSimulation(folder, seed, planted, tally);
    try {
      for (int step = 0; step < steps; step++) {
        simulation.stepOrFail(seed, step);
      }
    } finally {
      simulation.world.close();
    }
  }

  private void stepOrFail(long seed, int step) {
    try {
      step();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "seed %d, step %d (%s): %s".formatted(seed, step, doing, e.getMessage()), e);
    }
  }

  private boolean isPlanted(Planted fault) {
    return planted.equals(Optional.of(fault));
  }

  private void step() throws Exception {
    tally.steps++;
    Duration time = time();
    world.advance(time);
    doing = "time";
    act();
    if (random.nextInt(5) > 0) {
      world.step();
      hear(time);
    }
    judgeFindings();
    judgeMissed();
    judgeHeld();
    if (random.nextInt(20) == 0) {
      judgeEnds();
    }
    if (random.nextInt(50) == 0) {
      judgeSound();
    }
    if (random.nextInt(100) == 0) {
      truth.forget(world.now());
    }
  }

  private Duration time() {
    return switch (random.nextInt(400)) {
      case 0 -> Duration.ofSeconds(60 + random.nextInt(600));
      case 1, 2, 3, 4, 5, 6, 7, 8 -> Duration.ofSeconds(1 + random.nextInt(20));
      default -> Duration.ofMillis(random.nextInt(400));
    };
  }

  private void act() throws Exception {
    int what = random.nextInt(1000);
    if (what < 350) {
      issue(1 + random.nextInt(3), random.nextInt(3) == 0);
    } else if (what < 600) {
      showHonest();
    } else if (what < 640) {
      respell();
    } else if (what < 800) {
      forge();
    } else if (what < 815) {
      doing = "keys are stolen";
      tally.stolen++;
      truth.stolen(world.domain.stealKeys());
    } else if (what < 835) {
      killSigner();
    } else if (what < 900) {
      startSigner();
    } else if (what < 910) {
      doing = "the authority goes";
      world.setAuthorityAway(true);
    } else if (what < 940) {
      doing = "the authority comes";
      world.setAuthorityAway(false);
    } else if (what < 945) {
      doing = "the monitor goes";
      if (world.isMonitorRunning()) {
        tally.monitorKills++;
        world.stopMonitor();
      }
    } else if (what < 970) {
      doing = "the monitor comes";
      if (!world.isMonitorRunning()) {
        world.startMonitor();
      }
    } else if (what < 973) {
      doing = "the registrar goes";
      world.domain.setRegistrarAway(true);
    } else if (what < 990) {
      doing = "the registrar comes";
      world.domain.setRegistrarAway(false);
    } else if (what < 993) {
      contain();
    } else if (what < 996) {
      doing = "the folder is copied";
      if (world.domain.isReady()) {
        copy = world.domain.copyFolder();
      }
    } else {
      folder();
    }
  }

  // ---- What happens

  private void issue(int count, boolean showAtOnce) throws Exception {
    doing = "issue " + count + (showAtOnce ? ", shown at once" : "");
    List<IssueRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      requests.add(world.request(random));
    }
    if (random.nextInt(60) == 0) {
      doing += ", the signer dies";
      world.domain.killSignerWithin(12);
    }
    boolean ready = world.domain.isReady();
    List<Truth.Issued> issued = new ArrayList<>();
    for (Optional<Answer> answer : world.domain.issue(requests)) {
      if (answer.isPresent() && answer.get() instanceof Answer.Issued done) {
        Truth.Issued token = Truth.Issued.of(done.token());
        issued.add(token);
        world.released(token.digest());
        truth.issued(token);
        tally.issued++;
      } else if (ready && answer.isPresent()) {
        throw new AssertionError("ready, and refuses: " + answer.get());
      }
    }
    if (isPlanted(Planted.SIGNS_WITHOUT_RECORD)) {
      world.domain.loseJournal();
    }
    for (Truth.Issued token : issued) {
      if (!world.isOnDisk(token)) {
        throw new AssertionError("an issued token is not in the record: " + token.id());
      }
    }
    if (showAtOnce) {
      issued.forEach(this::show);
    }
  }

  private void showHonest() {
    truth.anyIssued(random, world.now()).ifPresent(this::show);
  }

  private void show(Truth.Issued token) {
    doing += ", show " + token.id();
    World.Said said = shown(token.text());
    if (said.code().filter(Accusations.REFUSALS::contains).isPresent()) {
      throw new AssertionError("an issued token is refused as " + said.code().get());
    }
    if (random.nextInt(4) == 0) {
      judgeTraced(token);
    }
  }

  /** A trace may lag behind the log, and says of no issued token that the record has another. */
  private void judgeTraced(Truth.Issued token) {
    try {
      Optional<String> traced = world.traced(token.text());
      if (traced.isPresent()
          && !Set.of(
                  "issued",
                  "not-held",
                  "published-not-held",
                  "released-not-published",
                  "two-histories",
                  "log-not-read",
                  "unknown-log")
              .contains(traced.get())) {
        throw new AssertionError("a trace says of an issued token: " + traced.get());
      }
      tally.traced += traced.isPresent() ? 1 : 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private World.Said shown(String token) {
    tally.shown++;
    World.Said said = world.present(token);
    if (said.verified()) {
      tally.verified++;
    } else {
      tally.refused++;
    }
    return said;
  }

  private void respell() throws FormatException {
    Optional<Truth.Issued> token = truth.anyIssued(random, world.now());
    if (token.isPresent()) {
      doing = "a token is spelled otherwise";
      tally.respelled++;
      if (shown(Forgery.respelled(token.get().text())).verified()) {
        throw new AssertionError("another spelling of a token is verified");
      }
    }
  }

  private void forge() throws Exception {
    Optional<Truth.Issued> seen = truth.anyIssued(random, world.now());
    List<Map.Entry<String, KeyPair>> keys = List.copyOf(truth.stolen().entrySet());
    if (seen.isEmpty() || keys.isEmpty()) {
      return;
    }
    Map.Entry<String, KeyPair> key =
        keys.get(keys.size() - 1 - random.nextInt(Math.min(3, keys.size())));
    List<Forgery> ways = List.of(Forgery.values());
    Forgery how = ways.get(random.nextInt(ways.size()));
    String logName = seen.get().id().log();
    Truth.Forged forged =
        how.make(
            seen.get(),
            key.getKey(),
            key.getValue(),
            logName,
            world.domain.publishedSize(logName),
            world.now(),
            random);
    doing = "forged " + how + " " + forged.digest().base64Url();
    truth.forged(forged);
    tally.forged.merge(how, 1L, Long::sum);
    boolean isKnownStolen = isTakenBack(key.getKey());
    World.Said said = shown(forged.text());
    if (said.verified()) {
      throw new AssertionError("a forged token is verified: " + how);
    }
    if (world.traced(forged.text()).equals(Optional.of("issued"))) {
      throw new AssertionError("a forged token is said to be issued: " + how);
    }
    RefusalCode code = said.code().orElseThrow();
    doing += " refused as " + code;
    // Of a key that the service does not know yet it can tell nothing, and takes nothing.
    if (!isKnownStolen && !code.isUndecided() && world.knowsKey(key.getKey())) {
      truth.shown(forged, world.now() + " in step " + tally.steps + ": " + doing);
    }
  }

  /** Whether the key log says already that a key is not to be trusted. */
  private boolean isTakenBack(String kid) throws FormatException {
    KeySet set = world.domain.keySet();
    return set.key(kid).isEmpty()
        || set.revokedKeys().stream().anyMatch(key -> key.kid().equals(kid))
        || set.taintedKeys().stream().anyMatch(key -> key.kid().equals(kid));
  }

  private void killSigner() {
    if (world.domain.isRunning()) {
      boolean power = random.nextBoolean();
      doing = power ? "the signer's machine loses power" : "the signer is killed";
      tally.kills++;
      world.domain.killSigner(power);
    }
  }

  private void startSigner() throws Exception {
    if (!world.domain.isRunning()) {
      doing = "the signer starts";
      world.domain.startSigner();
    }
  }

  private void contain() throws Exception {
    doing = "the theft is contained";
    String log = world.domain.logName();
    if (world.domain.contain()) {
      tally.contained++;
      judgePublished(log);
    }
  }

  /** Somebody puts the signer's folder back, or removes it. */
  private void folder() throws Exception {
    SimulatedDomain.FolderCopy old = copy;
    if (random.nextInt(3) == 0) {
      doing = "the signer's folder is deleted";
      tally.deleted++;
      world.domain.killSigner(false);
      world.domain.deleteFolder();
    } else if (old != null && old.log().equals(world.domain.logName())) {
      doing = "the signer's folder is put back";
      tally.rewound++;
      world.domain.killSigner(false);
      world.domain.putBack(old);
    }
  }

  // ---- The judge

  private void hear(Duration time) {
    if (world.isMonitorRunning()) {
      for (Truth.Shown shown : truth.unnoticed().values()) {
        shown.waited = shown.isHeard ? shown.waited.plus(time) : Duration.ZERO;
        shown.isHeard = true;
      }
    }
    if (world.isMonitorRunning() && !world.isAuthorityAway() && !world.domain.isRegistrarAway()) {
      // However long a step is, everybody looks once in it.
      Duration counted = time.compareTo(LOOK) < 0 ? time : LOOK;
      truth.unnoticed().values().forEach(shown -> shown.heard = shown.heard.plus(counted));
    }
  }

  private void judgeFindings() throws FormatException {
    Optional<TestMonitor> monitor = world.monitor();
    if (monitor.isEmpty()) {
      return;
    }
    for (JsonObject finding : monitor.get().findings(judgedFindings)) {
      judgedFindings = Math.max(judgedFindings, finding.number("id"));
      tally.findings++;
      judge(finding);
    }
  }

  private void judge(JsonObject finding) throws FormatException {
    Optional<Hash> digest = Optional.empty();
    if (finding.optionalString("digest").isPresent()) {
      digest = Optional.of(Hash.parseBase64Url(finding.string("digest")));
      truth.unnoticed().remove(digest.get());
    }
    String kind = finding.string("kind");
    if (Accusations.FINDINGS.contains(kind) && !truth.isForged(digest.orElse(null))) {
      throw new AssertionError("a token that no thief made is called " + kind + ": " + finding);
    }
  }

  private void judgeMissed() throws FormatException {
    for (Truth.Shown shown : truth.unnoticed().values()) {
      boolean isLate =
          isSilent(shown.token)
              ? shown.waited.compareTo(shown.token.life().plus(NOTICED_WITHIN)) > 0
              : shown.heard.compareTo(NOTICED_WITHIN) > 0;
      if (isLate) {
        throw new AssertionError(
            "a forged token left no finding: "
                + shown.doing
                + "; "
                + world.monitor().map(TestMonitor::state).orElse("no monitor"));
      }
    }
  }

  /** What is said to be held is there, and is what was issued. */
  private void judgeHeld() throws IOException {
    String log = world.domain.logName();
    long held = world.heldSize(log);
    for (long position = Math.max(0, held - 3); position < held; position++) {
      Optional<Hash> digest = world.held(log, position);
      if (digest.isEmpty()) {
        throw new AssertionError(log + "." + position + " is said to be held, and is not there");
      }
      if (truth.isForged(digest.get())) {
        throw new AssertionError(log + "." + position + " is held, and a thief made it");
      }
    }
  }

  /**
   * Whether nobody may answer for what it names: a log that is none of a running signer. Then it
   * waits for as long as a token is good.
   */
  private boolean isSilent(Truth.Forged token) {
    Optional<TokenId> id = token.id();
    return id.isPresent()
        && (!id.get().log().equals(world.domain.logName()) || !world.domain.isRunning())
        && id.get().position() >= world.heldSize(id.get().log());
  }

  /** Of a log that was put back a copy exists, so that none of its keys is published. */
  private void judgeEnds() throws FormatException {
    for (KeySet.EndedLog ended : world.domain.keySet().endedLogs()) {
      if (ended.reason() == EndReason.ROLLED_BACK) {
        judgePublished(ended.log());
      }
    }
  }

  private void judgePublished(String log) throws FormatException {
    KeySet set = world.domain.keySet();
    for (Publication publication : Publication.values()) {
      for (JsonObject key : IssuerJwks.keys(set, publication, world.now())) {
        String kid = String.valueOf(key.get("kid"));
        if (set.key(kid).flatMap(KeyStatement::log).equals(Optional.of(log))) {
          throw new AssertionError(
              "a key of " + log + " that a thief may have is published: " + kid);
        }
      }
    }
  }

  /** What a signer that runs has on its disks is what it signed: nobody changes it there. */
  private void judgeSound() throws IOException {
    if (world.domain.isRunning()
        && world.domain.publishedSize(world.domain.logName()) > 0
        && world.domain.check() instanceof LogCheck.Different different) {
      throw new AssertionError("a log that nobody changed is called DIFFERENT: " + different);
    }
  }
}
