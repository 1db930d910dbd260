package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import dev.counterfoil.drills.run.Interruption;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.log.tools.EntryRestore;
import dev.counterfoil.registrar.KeyLogRestore;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The registrar's virtual machine is put back to before a key was taken back. By everything on its
 * disk, that key counts.
 */
public final class RewoundRegistrar implements Drill {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final int TOKENS_BEFORE = 50;
  private static final int TOKENS_MEANWHILE = 30;
  private static final int HEADER_BYTES_MAX = 4096;

  /** A service that takes no older head than a registrar that runs signs. */
  private static final VerifierLimits STRICT =
      VerifierLimits.defaults().withKeys(Duration.ofMillis(500), Duration.ofSeconds(5));

  private static final Expectation HONEST =
      new Expectation(
          "rewound-registrar.honest-before", 1, Kind.HONEST, "tokens are accepted by a service");
  private static final Expectation TAKEN_BACK =
      new Expectation(
          "rewound-registrar.taken-back",
          1,
          Kind.STOPPED,
          "a key is withdrawn: its tokens are refused, and those of its successor are accepted");
  private static final Expectation DOES_NOT_GO_ON =
      new Expectation(
          "rewound-registrar.does-not-go-on",
          2,
          Kind.STOPPED,
          "put back, the registrar hears from its holder that its key log was larger, and stops");
  private static final Expectation NOT_FORGOTTEN =
      new Expectation(
          "rewound-registrar.not-forgotten",
          2,
          Kind.STOPPED,
          "no token of the withdrawn key is accepted, either by a service that ran all"
              + " along or by one that starts now; as a control, such a one accepted the"
              + " next key's while the registrar ran");
  private static final Expectation GOES_ON =
      new Expectation(
          "rewound-registrar.honest-meanwhile",
          2,
          Kind.HONEST,
          "tokens are issued and accepted while the registrar is down");
  private static final Expectation SEEN =
      new Expectation(
          "rewound-registrar.found", 2, Kind.DETECTED, "the monitor finds that the key log shrank");
  private static final Expectation RESTORED =
      new Expectation(
          "rewound-registrar.restored",
          3,
          Kind.HONEST,
          "with what the monitor held of the key log the registrar continues as if"
              + " nothing had been lost");
  private static final Expectation STILL_TAKEN_BACK =
      new Expectation(
          "rewound-registrar.still-taken-back",
          3,
          Kind.STOPPED,
          "the key is withdrawn as before: a service that starts now refuses its"
              + " tokens and accepts all others");

  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Prepares the drill.
   *
   * @param parent a folder in which a fresh one is made; short
   */
  public RewoundRegistrar(Path parent, InstantSource clock, SecureRandom random) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String name() {
    return "rewound-registrar";
  }

  @Override
  public String purpose() {
    return "The registrar's disk is put back to before a key was taken back. The registrar"
        + " notices, the revocation is not forgotten, and what was lost is restored from a"
        + " holder.";
  }

  @Override
  public List<Expectation> expectations() {
    return List.of(
        HONEST,
        TAKEN_BACK,
        DOES_NOT_GO_ON,
        NOT_FORGOTTEN,
        GOES_ON,
        SEEN,
        RESTORED,
        STILL_TAKEN_BACK);
  }

  @Override
  public void run(DrillRun run) throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, random);
        LogStage stage = new LogStage(folder, clock, Level.DURABLE)) {
      Interruption.during(
          stage::close,
          folder,
          () -> {
            try (Verifier service = stage.newService(VerifierLimits.defaults())) {
              new Play(run, stage, service, folder.path().resolve("copy")).play();
            }
          });
    }
  }

  private final class Play {
    private final DrillRun run;
    private final LogStage stage;

    /** Runs all along. */
    private final Verifier service;

    private final Path copy;
    private final NoteKey keyLog;
    private final Path evidence;

    Play(DrillRun run, LogStage stage, Verifier service, Path copy) {
      this.run = run;
      this.stage = stage;
      this.service = service;
      this.copy = copy;
      this.keyLog = KeyLog.pinnedBy(stage.policy()).orElseThrow();
      this.evidence = stage.folders().registrar().resolve(KeyLogRestore.EVIDENCE_FILE);
    }

    void play() throws Exception {
      run.act(1, "a key is taken back");
      stage.awaitTokens(TOKENS_BEFORE, PATIENCE);
      LogStage.awaitReady(service);
      List<Acknowledged> before = stage.traffic().acknowledged();
      int let = LogStage.accepted(service, before);
      run.observe(
          HONEST.id(), let == before.size(), "%d of %d accepted".formatted(let, before.size()));
      // The public side first: what is copied of the journal later covers it.
      LogStage.copy(stage.publicFolder(KeyLog.NAME), copy.resolve("log"));
      LogStage.copy(stage.folders().registrar(), copy.resolve("registrar"));
      Instant copied = clock.instant();
      run.says("the registrar's disk is copied while it works");
      String kid = kid(before.getLast());
      stage.tellRegistrar(Commands.withdrawKey(kid));
      List<Acknowledged> following = following(kid, TOKENS_MEANWHILE);
      List<Acknowledged> withdrawn = of(kid);
      // The service hears of it when it looks next.
      await(() -> LogStage.accepted(service, withdrawn) == 0);
      int letIn = LogStage.accepted(service, withdrawn);
      int followingLet = LogStage.accepted(service, following);
      run.observe(
          TAKEN_BACK.id(),
          letIn == 0 && followingLet == following.size(),
          "%d of %d of its tokens accepted; %d of %d of the next key's"
              .formatted(letIn, withdrawn.size(), followingLet, following.size()));
      // The control of what is asked of the same service in the next act.
      boolean strictLetIn = await(() -> strictRefusals(following).isEmpty());
      long size = awaitHeld();

      run.act(2, "the copy is put back");
      stage.process("registrar").crash(this::putBack);
      run.says("the registrar starts again on the earlier state");
      boolean ended = await(() -> Files.exists(evidence));
      run.observe(
          DOES_NOT_GO_ON.id(),
          ended,
          ended ? "it stopped, and gives the reason" : "it goes on: " + registrarOutput());
      List<Acknowledged> meanwhile = following(kid, following.size() + TOKENS_MEANWHILE);
      int meanwhileLet = LogStage.accepted(service, meanwhile);
      run.observe(
          GOES_ON.id(),
          meanwhileLet == meanwhile.size(),
          "%d of %d accepted".formatted(meanwhileLet, meanwhile.size()));
      // The head that was put back was fresh when it was copied, and no other one is signed.
      await(() -> clock.instant().isAfter(copied.plus(STRICT.staleAfter())));
      int byOld = LogStage.accepted(service, withdrawn);
      List<RefusalCode> byNew = strictRefusals(withdrawn);
      boolean stale =
          byNew.size() == withdrawn.size()
              && byNew.stream().allMatch(RefusalCode.KEYS_STALE::equals);
      run.observe(
          NOT_FORGOTTEN.id(),
          byOld == 0 && stale && strictLetIn,
          ("%d of %d accepted by the service that ran, %d by one that starts now, which"
                  + " answers %s; before it accepted all others: %s")
              .formatted(
                  byOld,
                  withdrawn.size(),
                  withdrawn.size() - byNew.size(),
                  Set.copyOf(byNew),
                  strictLetIn ? "yes" : "no"));
      boolean found =
          await(
              () ->
                  stage.desk().findings().stream()
                      .anyMatch(finding -> finding.kind().equals("key-set-rollback")));
      run.observe(SEEN.id(), found, found ? "finding key-set-rollback" : "no finding");

      run.act(3, "what was lost is restored");
      EntryRestore.Restored restored = restore();
      boolean ready = await(this::registrarIsReady);
      JsonObject again = told(Commands.withdrawKey(kid));
      run.observe(
          RESTORED.id(),
          ready && restored.size() >= size && Boolean.FALSE.equals(again.get("changed")),
          "%d entries restored; the key log has %d again, of %d"
              .formatted(restored.size() - restored.had(), restored.size(), size),
          Map.of("had", restored.had(), "size", restored.size()));
      int withdrawnLet = stage.acceptedByNewService(withdrawn);
      int othersLet = stage.acceptedByNewService(meanwhile);
      run.observe(
          STILL_TAKEN_BACK.id(),
          withdrawnLet == 0 && othersLet == meanwhile.size(),
          "%d of %d of its tokens accepted; %d of %d others"
              .formatted(withdrawnLet, withdrawn.size(), othersLet, meanwhile.size()));
    }

    /** What the tenant got of other keys, when that is so much. */
    private List<Acknowledged> following(String kid, int wanted) throws Exception {
      if (!await(() -> stage.traffic().acknowledged().size() - of(kid).size() >= wanted)) {
        throw new IOException("tokens of the next key do not flow: " + stage.signerOutput());
      }
      return stage.traffic().acknowledged().stream()
          .filter(token -> !kid(token).equals(kid))
          .toList();
    }

    private List<Acknowledged> of(String kid) {
      return stage.traffic().acknowledged().stream()
          .filter(token -> kid(token).equals(kid))
          .toList();
    }

    /** Waits until the monitor holds the whole key log; its size. */
    private long awaitHeld() throws Exception {
      long size = stage.registrarStatus().number("version");
      if (!await(() -> stage.registrarStatus().object("cosigning").number("held_size") >= size)) {
        throw new IOException("the monitor does not hold the key log");
      }
      return size;
    }

    private void putBack() throws IOException {
      DrillFolder.deleteTree(stage.folders().registrar());
      DrillFolder.deleteTree(stage.publicFolder(KeyLog.NAME));
      Files.move(copy.resolve("registrar"), stage.folders().registrar());
      Files.move(copy.resolve("log"), stage.publicFolder(KeyLog.NAME));
    }

    /** Of a service that starts now; it reads the key log for the first token. */
    private List<RefusalCode> strictRefusals(List<Acknowledged> tokens) {
      try (Verifier fresh = stage.newService(STRICT)) {
        return LogStage.refusals(fresh, tokens);
      }
    }

    /** As {@code counterfoil keys restore-log} does. */
    private EntryRestore.Restored restore() throws IOException {
      try (HttpClient http = HttpClient.newHttpClient()) {
        return KeyLogRestore.restore(
                stage.folders().registrar(),
                stage.policy(),
                new HttpLogSource(http, stage.mirror().of(keyLog), UnaryOperator.identity()),
                number ->
                    new HttpLogSource(
                        http,
                        URI.create(stage.mirror().of(keyLog) + "/" + RevocationLogs.path(number)),
                        UnaryOperator.identity()),
                random,
                InstantSource.system())
            .keyLog();
      }
    }

    private JsonObject told(Request.Command command) throws IOException, InterruptedException {
      return stage.tellRegistrar(command) instanceof Answer.Done done
          ? done.result()
          : JsonObject.builder().put("changed", "refused").build();
    }

    private boolean registrarIsReady() throws InterruptedException {
      try {
        return Boolean.TRUE.equals(stage.registrarStatus().get("ready"));
      } catch (IOException e) {
        // It has not started yet.
        return false;
      }
    }

    private String registrarOutput() throws IOException {
      return Files.readString(stage.process("registrar").output());
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static boolean await(Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(LOOK_EVERY);
    }
    return true;
  }

  private static String kid(Acknowledged token) {
    String header = token.token().substring(0, token.token().indexOf('.'));
    try {
      return StrictJson.object(Base64Url.decode(header), HEADER_BYTES_MAX).string("kid");
    } catch (FormatException e) {
      throw new IllegalStateException("a token that was issued has no header", e);
    }
  }
}
