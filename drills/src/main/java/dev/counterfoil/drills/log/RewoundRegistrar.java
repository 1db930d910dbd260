package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
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
public final class RewoundRegistrar extends Drill {
  private static final int TOKENS_BEFORE = 50;
  private static final int TOKENS_MEANWHILE = 30;
  private static final int HEADER_BYTES_MAX = 4096;

  /** A service that takes no older head than a registrar that runs signs. */
  private static final VerifierLimits STRICT =
      VerifierLimits.defaults().withKeys(Duration.ofMillis(500), Duration.ofSeconds(5));

  public RewoundRegistrar() {
    super("rewound-registrar");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = new LogStage(run, Level.DURABLE);
    Verifier service = run.open(stage.newService(VerifierLimits.defaults()));
    new Play(run, stage, service).play();
  }

  private static final class Play {
    private final DrillRun run;
    private final LogStage stage;

    /** Runs all along. */
    private final Verifier service;

    private final Path copy;
    private final NoteKey keyLog;
    private final Path evidence;

    Play(DrillRun run, LogStage stage, Verifier service) {
      this.run = run;
      this.stage = stage;
      this.service = service;
      this.copy = run.folder().resolve("copy");
      this.keyLog = KeyLog.pinnedBy(stage.policy()).orElseThrow();
      this.evidence = stage.folders().registrar().resolve(KeyLogRestore.EVIDENCE_FILE);
    }

    void play() throws Exception {
      run.act(1, "a key is taken back");
      stage.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
      LogStage.awaitReady(service);
      List<Acknowledged> before = stage.traffic().acknowledged();
      int let = LogStage.accepted(service, before);
      run.observe(
          "rewound-registrar.honest-before",
          let == before.size(),
          "%d of %d accepted".formatted(let, before.size()));
      // The public side first: what is copied of the journal later covers it.
      LogStage.copy(stage.publicFolder(KeyLog.NAME), copy.resolve("log"));
      LogStage.copy(stage.folders().registrar(), copy.resolve("registrar"));
      Instant copied = run.now();
      run.says("the registrar's disk is copied while it works");
      String kid = kid(before.getLast());
      stage.tellRegistrar(Commands.withdrawKey(kid));
      List<Acknowledged> following = following(kid, TOKENS_MEANWHILE);
      List<Acknowledged> withdrawn = of(kid);
      // The service hears of it when it looks next.
      Await.comes(() -> LogStage.accepted(service, withdrawn) == 0);
      int letIn = LogStage.accepted(service, withdrawn);
      int followingLet = LogStage.accepted(service, following);
      run.observe(
          "rewound-registrar.taken-back",
          letIn == 0 && followingLet == following.size(),
          "%d of %d of its tokens accepted; %d of %d of the next key's"
              .formatted(letIn, withdrawn.size(), followingLet, following.size()));
      // The control of what is asked of the same service in the next act.
      boolean strictLetIn = Await.comes(() -> strictRefusals(following).isEmpty());
      long size = awaitHeld();

      run.act(2, "the copy is put back");
      stage.process("registrar").crash(this::putBack);
      run.says("the registrar starts again on the earlier state");
      boolean ended = Await.comes(() -> Files.exists(evidence));
      run.observe(
          "rewound-registrar.does-not-go-on",
          ended,
          ended ? "it stopped, and gives the reason" : "it goes on: " + registrarOutput());
      List<Acknowledged> meanwhile = following(kid, following.size() + TOKENS_MEANWHILE);
      int meanwhileLet = LogStage.accepted(service, meanwhile);
      run.observe(
          "rewound-registrar.honest-meanwhile",
          meanwhileLet == meanwhile.size(),
          "%d of %d accepted".formatted(meanwhileLet, meanwhile.size()));
      // The head that was put back was fresh when it was copied, and no other one is signed.
      Await.comes(() -> run.now().isAfter(copied.plus(STRICT.staleAfter())));
      int byOld = LogStage.accepted(service, withdrawn);
      List<RefusalCode> byNew = strictRefusals(withdrawn);
      boolean stale =
          byNew.size() == withdrawn.size()
              && byNew.stream().allMatch(RefusalCode.KEYS_STALE::equals);
      run.observe(
          "rewound-registrar.not-forgotten",
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
          Await.comes(
              () ->
                  stage.desk().findings().stream()
                      .anyMatch(finding -> finding.kind().equals("key-set-rollback")));
      run.observe(
          "rewound-registrar.found", found, found ? "finding key-set-rollback" : "no finding");

      run.act(3, "what was lost is restored");
      EntryRestore.Restored restored = restore();
      boolean ready = Await.comes(this::registrarIsReady);
      JsonObject again = told(Commands.withdrawKey(kid));
      run.observe(
          "rewound-registrar.restored",
          ready && restored.size() >= size && Boolean.FALSE.equals(again.get("changed")),
          "%d entries restored; the key log has %d again, of %d"
              .formatted(restored.size() - restored.had(), restored.size(), size),
          Map.of("had", restored.had(), "size", restored.size()));
      int withdrawnLet = stage.acceptedByNewService(withdrawn);
      int othersLet = stage.acceptedByNewService(meanwhile);
      run.observe(
          "rewound-registrar.still-taken-back",
          withdrawnLet == 0 && othersLet == meanwhile.size(),
          "%d of %d of its tokens accepted; %d of %d others"
              .formatted(withdrawnLet, withdrawn.size(), othersLet, meanwhile.size()));
    }

    /** What the tenant got of other keys, when that is so much. */
    private List<Acknowledged> following(String kid, int wanted) throws Exception {
      if (!Await.comes(() -> stage.traffic().acknowledged().size() - of(kid).size() >= wanted)) {
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
      if (!Await.comes(
          () -> stage.registrarStatus().object("cosigning").number("held_size") >= size)) {
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
                run.random(),
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

  private static String kid(Acknowledged token) {
    String header = token.token().substring(0, token.token().indexOf('.'));
    try {
      return StrictJson.object(Base64Url.decode(header), HEADER_BYTES_MAX).string("kid");
    } catch (FormatException e) {
      throw new IllegalStateException("a token that was issued has no header", e);
    }
  }
}
