package dev.counterfoil.signer;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.Fate;
import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.process.ProcessWatch;
import dev.counterfoil.process.RoleProcess;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.process.Status;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.signer.door.RecordDoors;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.folders.GenerationNumbers;
import dev.counterfoil.signer.generation.DamagedGenerationException;
import dev.counterfoil.signer.generation.LogSuccession;
import dev.counterfoil.signer.generation.OpenedGeneration;
import dev.counterfoil.signer.generation.PastGenerations;
import dev.counterfoil.signer.generation.RecordReads;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.growth.LogGuard;
import dev.counterfoil.signer.issuing.Issuance;
import dev.counterfoil.signer.issuing.RandomSalts;
import dev.counterfoil.signer.issuing.SigningThreads;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.rotation.KeeperPace;
import dev.counterfoil.signer.rotation.KeyKeeper;
import dev.counterfoil.signer.rotation.KeyRing;
import dev.counterfoil.signer.rotation.TenantAdding;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The role that holds token keys and issues. */
final class SignerProcess implements RoleProcess {
  private static final System.Logger LOG = System.getLogger(SignerProcess.class.getName());
  private static final int SIGNING_THREADS = 2;

  private static final Duration REGISTRAR_TIMEOUT = Duration.ofSeconds(5);

  private final SignerConfiguration configuration;
  private final InstantSource clock;
  private final Fate fate;
  private final ProcessWatch watch;
  private final Disk.DiskLock lock;
  private final Generation generation;
  private final KeySet.StatedLog statedLog;
  private final SignerClient registrar;
  private final ServedTenants tenants;
  private final PrivateKeys custody;
  private final ProcessAudit audit;
  private final KeyKeeper keys;
  private final RunningLog log;
  private final SigningThreads signing;
  private final Issuance issuance;
  private final SignerServer service;
  private final SignerServer admin;
  private final RecordReads reads;
  private final RecordDoors doors;
  private final LogGuard guard;
  private final LogEnds ends;
  private final LogSuccession succession;
  private final SignerDesk desk;
  private final Thread keeper;
  private final CountDownLatch stop = new CountDownLatch(1);
  private boolean replacing;

  SignerProcess(SignerConfiguration configuration, PrivateKeys custody, KeyProgram.Start with)
      throws IOException, GeneralSecurityException {
    this.configuration = configuration;
    this.clock = with.clock();
    this.fate = with.fate();
    this.watch = with.watch();
    this.lock = with.lock();
    SealedKeys sealed = with.keysAtRest();
    PeerUsers users = with.users();
    this.custody = custody;
    this.tenants = ServedTenants.open(configuration.process());
    this.audit = ProcessAudit.start(configuration, clock);
    this.registrar = new SignerClient(configuration.registrarSocket().path());
    OpenedGeneration.Opener opener =
        new OpenedGeneration.Opener(
            configuration, sealed, custody, clock, new GenerationNumbers(configuration, registrar));
    OpenedGeneration opened;
    try {
      opened = opener.open();
    } catch (DamagedGenerationException e) {
      audit.close();
      registrar.close();
      throw e;
    }
    Generation current = opened.generation();
    this.generation = current;
    this.statedLog =
        new KeySet.StatedLog(
            current.logName(),
            opened.key().publicKey(),
            configuration.process().logUrl(current.logName()));
    this.ends =
        LogEnds.before(
            configuration, current, clock, command -> registrar.ask(command, REGISTRAR_TIMEOUT));
    LogSuccession.Keepers keepers = keepers(custody);
    this.keys = keepers.of(current, statedLog);
    keys.load(clock.instant());
    this.succession =
        LogSuccession.open(
            opener, keepers, () -> tenants.purposes().all(), current, clock.instant());
    this.desk =
        new SignerDesk(
            keys,
            succession,
            ends,
            new TenantAdding(tenants, command -> registrar.ask(command, REGISTRAR_TIMEOUT)),
            new PastGenerations(configuration, current),
            audit,
            clock,
            fate::unknownState);
    this.signing = new SigningThreads(SIGNING_THREADS, fate::unknownState);
    this.log = RunningLog.start(opened.log(), RunningLog.Options.DEFAULT, fate::journalFailed);
    this.guard =
        LogGuard.start(
            LogGuard.Rules.ofTokens(configuration),
            new LogGuard.Guarded(
                current.logName(),
                FileDisk.privateFolder(current.folder()),
                opened.key(),
                opened.publicDisk(),
                opened.isNew()),
            log,
            clock,
            new GuardEnding());
    this.issuance =
        new Issuance(
            this::issuingRing,
            tenants::purposes,
            configuration.quotas(),
            configuration::releaseLevel,
            new RandomSalts(AwsLc.random()),
            clock,
            System::nanoTime,
            log::queue,
            signing);
    this.reads =
        new RecordReads(configuration, current, log, opened.key().notes(), guard::unreadable);
    log.onGrown(reads::growing);
    log.onHeld(reads::held);
    this.doors = RecordDoors.open(configuration, current, sealed, clock, fate::journalFailed);
    this.keeper = Thread.ofPlatform().daemon().name("key-keeper").unstarted(this::keepKeys);
    this.service =
        SignerServer.listen(
            configuration.process().serviceSocket().path(), users.service(), new Service());
    this.admin =
        SignerServer.listen(
            configuration.process().adminSocket().path(),
            users.atAdmin(),
            users.narrowed(this::handleAdmin));
    keeper.start();
    guard.compareWithPublished();
    doors.compareWithPublished();
  }

  private LogSuccession.Keepers keepers(PrivateKeys custody) {
    return (generation, stated) ->
        new KeyKeeper(
                new KeyKeeper.Keeping(
                    configuration.process().domain(),
                    configuration.process().issuer().toString(),
                    () -> tenants.purposes().all(),
                    generation,
                    stated),
                custody,
                command -> registrar.ask(command, REGISTRAR_TIMEOUT),
                FileDisk.privateFolder(generation.keys()))
            .telling(audit::ofKey);
  }

  private void keepKeys() {
    KeeperPace pace = new KeeperPace();
    try {
      do {
        keys.step(clock.instant());
        if (isReady()) {
          doors.state(command -> registrar.ask(command, REGISTRAR_TIMEOUT));
        }
        if (guard.mayGrow()) {
          custody.destroyOrphans();
        }
        ends.step();
        succession.step(clock.instant());
        if (succession.takeOver(clock.instant())) {
          succeed();
        }
      } while (!stop.await(pace.rest(isReady()).toMillis(), TimeUnit.MILLISECONDS));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      fate.unknownState(e);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  private boolean isReady() {
    return keys.ring().anyActiveAt(clock.instant()).isPresent();
  }

  /** The keys, for whoever issues: none while the log may not grow, or custody cannot sign. */
  private KeyRing issuingRing() {
    return guard.mayGrow() && custody.obstacle().isEmpty() ? keys.ring() : KeyRing.empty();
  }

  /** The service socket: the log takes together what arrived together. */
  private final class Service implements SignerServer.Handler {
    @Override
    public void handle(Request request, SignerServer.Peer peer, Responder responder) {
      handleService(request, responder);
    }

    @Override
    public void caughtUp() {
      log.flush();
    }
  }

  private void handleService(Request request, Responder responder) {
    switch (request) {
      case IssueRequest issue -> issuance.issue(issue, responder);
      case RecordDigests record -> {
        // The record logs lie on the same disk, so they wait for the same word.
        if (guard.mayGrow()) {
          doors.record(record, responder);
        } else {
          responder.answer(
              new Answer.Refused(
                  Code.NO_KEY, "the log may not grow yet; the signer's status shows why"));
        }
      }
      case Request.ReadRecords read -> reads.answer(read, responder);
      case Request.Command command -> {
        switch (command.name()) {
          case Commands.STATUS -> responder.answer(new Answer.Done(status()));
          case Commands.READ_EVENTS -> responder.answer(audit.read(command));
          case Commands.RECORD_LOG -> responder.answer(doors.logOf(command));
          case Commands.ADD_COSIGNATURES -> {
            if (!doors.addCosignatures(command, responder)) {
              guard.addCosignatures(command, responder);
            }
          }
          default -> responder.answer(SignerDesk.notAllowed());
        }
      }
    }
  }

  private void handleAdmin(Request request, SignerServer.Peer peer, Responder responder) {
    switch (request) {
      case IssueRequest issue ->
          responder.answer(
              new Answer.Refused(Code.NOT_ALLOWED, "the admin socket issues no tokens"));
      case RecordDigests record ->
          responder.answer(
              new Answer.Refused(Code.NOT_ALLOWED, "the admin socket records no digests"));
      case Request.ReadRecords read -> reads.answer(read, responder);
      case Request.Command command
          when desk.hasReplaced(command, peer, responder)
              || audit.refuses(command, peer.user(), responder) -> {
        // It was answered.
      }
      case Request.Command command -> {
        switch (command.name()) {
          case Commands.STATUS -> responder.answer(new Answer.Done(status()));
          case Commands.REPLACE -> replace(peer, responder);
          case Commands.DIAGNOSE -> watch.diagnose(this::status, responder);
          case Commands.PAUSE_ROTATION -> desk.pause(command, peer, responder);
          case Commands.ADD_TENANT -> desk.addTenant(command, peer, responder);
          case Commands.SUCCEED -> desk.succeed(command, peer, responder);
          case Commands.CANCEL_SUCCESSION -> desk.cancelSuccession(peer, responder);
          default -> responder.answer(SignerDesk.notAllowed());
        }
      }
    }
  }

  /**
   * Ends the generation. A crash after the seal leaves a sealed log, and the next start finishes:
   * {@link OpenedGeneration.Opener#open}.
   */
  private void replace(SignerServer.Peer peer, Responder responder) {
    if (!begins()) {
      responder.answer(new Answer.Refused(Code.CONFLICT, "the signer is being replaced already"));
      return;
    }
    LOG.log(System.Logger.Level.WARNING, "{0} replaces this signer", peer.user());
    Thread.ofPlatform()
        .name("replace")
        .start(() -> endGeneration(true, result -> responder.answer(new Answer.Done(result))));
  }

  /** The successor that was announced takes over. On the key keeper's thread, which ends. */
  private void succeed() {
    if (begins()) {
      stop.countDown();
      Thread.ofPlatform().name("succeed").start(() -> endGeneration(false, this::sayEnded));
    }
  }

  /** Whether the end of the generation begins with this call. */
  private synchronized boolean begins() {
    boolean first = !replacing;
    replacing = true;
    return first;
  }

  private void sayEnded(JsonObject result) {
    LOG.log(
        System.Logger.Level.WARNING,
        "log {0} is sealed; its keys are destroyed",
        generation.logName());
  }

  /** With the successor too, where one is announced and its keys were resident here. */
  private void endGeneration(boolean withSuccessor, Consumer<JsonObject> told) {
    try {
      Instant now = clock.instant();
      List<String> kids = keys.kids(now);
      issuance.stop();
      JsonObject.Builder result = JsonObject.builder();
      if (withSuccessor) {
        generation.markReplaced(now);
        succession.giveUp(now).ifPresent(gone -> result.put("announced", gone.toJson()));
      }
      log.seal();
      doors.seal();
      guard.close();
      stopThreads();
      keys.destroyAll();
      custody.close();
      log.close();
      doors.close();
      told.accept(
          result
              .put("log", generation.logName())
              .put("size", log.size())
              .put("kids", kids)
              .put("already", false)
              .put("own", desk.ownLogs())
              .build());
      admin.close();
      fate.end(ProcessExitCode.REPLACED);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      fate.unknownState(e);
    } catch (InterruptedException e) {
      fate.unknownState(e);
      Thread.currentThread().interrupt();
    }
  }

  /** What ends this process where its log must not go on. */
  private final class GuardEnding implements LogGuard.Ending {
    @Override
    public void rewound(long knownSize) {
      if (!begins()) {
        return;
      }
      try {
        LogEnds.markRewound(FileDisk.privateFolder(generation.folder()), knownSize);
      } catch (IOException e) {
        fate.unknownState(e);
      }
      Thread.ofPlatform()
          .name("seal")
          .start(() -> endGeneration(false, SignerProcess.this::sayEnded));
    }

    @Override
    public void contradicted() {
      issuance.stop();
      fate.end(ProcessExitCode.CONTRADICTED);
    }

    @Override
    public void unknownState(Throwable cause) {
      fate.unknownState(cause);
    }
  }

  private void stopThreads() throws InterruptedException {
    stop.countDown();
    keeper.join();
    signing.finish();
  }

  private JsonObject status() {
    Instant now = clock.instant();
    KeyRing ring = keys.ring();
    Optional<TokenKey> active = ring.anyActiveAt(now);
    boolean full = issuance.lastRefusal().filter(r -> r == Refusal.FULL).isPresent();
    Optional<String> away = custody.obstacle();
    boolean ready =
        active.isPresent() && !log.isSealed() && !full && guard.mayGrow() && away.isEmpty();
    List<JsonObject> stated = new ArrayList<>();
    for (TokenKey key : ring.keys()) {
      stated.add(
          Status.key(key.statement(), state(ring, key, now))
              .with("tenants", key.statement().tenants().toJson()));
    }
    JsonObject.Builder status =
        JsonObject.builder()
            .put("role", "signer")
            .put("domain", configuration.process().domain())
            .put("issuer", configuration.process().issuer().toString())
            .put("ready", ready);
    if (!ready) {
      status.put(
          "reason",
          log.isSealed()
              ? "the log has ended: the signer is being replaced"
              : full
                  ? "the journal is full. Make room on the disk"
                  : away.orElse(guard.obstacle().orElse(keys.obstacle())));
      keys.signsFrom().ifPresent(from -> status.put("signs_from", from.toString()));
    }
    return status
        .put(
            "custody",
            JsonObject.builder()
                .put("name", custody.name())
                .put("assurance", custody.assurance().text())
                .put("away", away.orElse(null))
                .build())
        .put("keys", stated)
        .put(
            "paused_until",
            ring.pause()
                .filter(pause -> pause.holdsAt(now))
                .map(pause -> pause.until().toString())
                .orElse(null))
        .put("active_kid", active.map(key -> key.statement().kid()).orElse(null))
        .put(
            "log",
            JsonObject.builder()
                .put("name", statedLog.name())
                .put("vkey", statedLog.key().toString())
                .put("url", statedLog.url().toString())
                .put("size", log.size())
                .put("held", log.size(Level.HELD))
                .put("checkpointed", log.size(Level.CHECKPOINTED))
                .put("cosigned", log.size(Level.COSIGNED))
                .put("sealed", log.isSealed())
                .put("full", full)
                .build())
        .put("successor", succession.status(now))
        .put("record_logs", doors.status())
        .put("cosigning", guard.cosignStatus())
        .put("scrub", guard.scrubStatus())
        .put("journal", guard.journalStatus())
        .put("issued", issuance.issuedCount())
        .put("pid", ProcessHandle.current().pid())
        .put("protections", Status.protections(watch.protections()))
        .build();
  }

  private static String state(KeyRing ring, TokenKey key, Instant now) {
    if (ring.setAside().containsKey(key.kid())) {
      return "set-aside";
    }
    if (ring.retired().contains(key.kid())
        || !now.isBefore(key.statement().activeUntil())
        || ring.activeAt(key.ring(), now)
            .filter(active -> active.number() > key.number())
            .isPresent()) {
      return "retiring";
    }
    if (!ring.stated().contains(key.kid())) {
      return "unstated";
    }
    return ring.activeAt(key.ring(), now).filter(key::equals).isPresent() ? "active" : "prepared";
  }

  @Override
  public void close() throws IOException, InterruptedException {
    synchronized (this) {
      if (replacing) {
        return;
      }
      replacing = true;
    }
    issuance.stop();
    guard.close();
    log.close();
    doors.close();
    stopThreads();
    custody.close();
    service.close();
    admin.close();
    reads.close();
    registrar.close();
    audit.close();
    lock.close();
  }
}
