package dev.counterfoil.signer;

import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.LogFailedException;
import dev.counterfoil.log.LogRewoundException;
import dev.counterfoil.log.Scrubbing;
import dev.counterfoil.signer.RegistrarQueue.From;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The role that states keys, revokes and withdraws, and keeps the key log. */
final class RegistrarProcess implements RoleProcess {
  /** The key log's public key, for policies. */
  static final String KEY_LOG_FILE = "key-log.vkey";

  private static final System.Logger LOG = System.getLogger(RegistrarProcess.class.getName());
  private static final Duration CEREMONY_LOOK = Duration.ofMillis(100);

  /** Verifiers take an older head for a stale one, by their own limits: spec/keylog.md has 5 s. */
  private static final Duration HEAD_EVERY = Duration.ofSeconds(2);

  private static final String FLOODED =
      "signers had many times more stated than their keys' times need: one of them may be in somebody else's"
          + " hands. Look at what counterfoil keys list shows, and say counterfoil compromise SIGNER, or"
          + " counterfoil keys revoke KID for keys that nobody knows";

  private final SignerConfiguration configuration;
  private final InstantSource clock;
  private final Fate fate;
  private final ProcessWatch watch;
  private final Disk.DiskLock lock;
  private final FileDisk disk;
  private final StatementKeys statementKeys;
  private final EntryLog keyLog;
  private final NoteKey keyLogKey;
  private final Registrar registrar;
  private final OperatorRecord operatorRecord;
  private final ProcessAudit audit;
  private final OperatorDesk operators;
  private final AuditedDesk audited;
  private final KeyLogGuard guard;
  private final StatingQuota statingQuota;
  private final CeremonyWatch ceremonies;
  private final SignedSets signedSets;
  private final Scrubbing scrubbing;
  private final SignerServer service;
  private final SignerServer signers;
  private final SignerServer admin;

  /** All commands run on its one thread. */
  private final RegistrarQueue commands = new RegistrarQueue();

  private final Thread watcher;
  private final CountDownLatch stop = new CountDownLatch(1);

  private RegistrarProcess(
      SignerConfiguration configuration,
      SealedKeys sealed,
      InstantSource clock,
      Fate fate,
      ProcessWatch watch,
      Disk.DiskLock lock)
      throws IOException, GeneralSecurityException {
    this.configuration = configuration;
    this.clock = clock;
    this.fate = fate;
    this.watch = watch;
    this.lock = lock;
    Path folder = configuration.folder();
    this.disk = FileDisk.privateFolder(folder);
    this.statementKeys =
        StatementKeys.openOrMake(
            sealed,
            FileDisk.privateFolder(folder.resolve("keys")),
            StatementKeys.name(configuration.issuer()));
    Ed25519Key logKey = KeyLogKey.open(sealed, folder, configuration.issuer());
    this.keyLogKey = logKey.publicKey();
    disk.replace(KEY_LOG_FILE, (logKey.publicKey() + "\n").getBytes(StandardCharsets.US_ASCII));
    FileDisk published =
        FileDisk.publicFolder(configuration.logFolder().orElseThrow().resolve(KeyLog.NAME));
    this.signedSets = new SignedSets(published, configuration.issuer().toString());
    this.keyLog = openKeyLog(published, logKey);
    this.registrar = Registrar.open(configuration, keyLog, statementKeys, clock);
    this.audit = ProcessAudit.start(configuration, clock);
    registrar.audited(audit);
    this.operatorRecord = OperatorRecord.open(folder);
    this.statingQuota = new StatingQuota(configuration.resolvedPurposes(), clock.instant());
    this.operators =
        new OperatorDesk(
            configuration.secondPerson(),
            clock,
            operatorRecord::add,
            statingQuota.makingRoom(registrar));
    this.audited = new AuditedDesk(operators, audit);
    this.guard =
        new KeyLogGuard(
            new KeyLogGuard.Rules(configuration.allCosigners(), configuration.quorum()),
            keyLog,
            disk,
            published,
            clock,
            System::nanoTime,
            fate);
    guard.check();
    this.ceremonies = new CeremonyWatch(configuration, disk, registrar, statementKeys, clock);
    this.scrubbing = Scrubbing.start(keyLog.scrubber(clock), Scrubbing.Options.DEFAULT);
    if (guard.mayGrow()) {
      registrar.signHead();
      if (!keyLog.isPublished()) {
        throw new IOException("the public folder " + published + " cannot be written");
      }
      ceremonies.look();
    }
    guard.obstacle().ifPresent(why -> LOG.log(System.Logger.Level.WARNING, "{0}", why));
    this.watcher =
        Thread.ofPlatform().daemon().name("ceremony-watcher").start(this::watchForCeremony);
    this.service =
        SignerServer.listen(
            configuration.serviceSocket().path(),
            Users.orSelf(configuration.serviceUsers()),
            (request, peer, responder) ->
                handle(request, peer, responder, RegistrarCommands.OF_SERVICE, From.AUTHORITY));
    this.signers =
        SignerServer.listen(
            configuration.signerSocket().orElseThrow().path(),
            Users.orSelf(configuration.signerUsers()),
            (request, peer, responder) ->
                handle(request, peer, responder, RegistrarCommands.OF_SIGNER, From.SIGNERS));
    this.admin =
        SignerServer.listen(
            configuration.adminSocket().path(),
            Users.orSelf(configuration.adminUsers()),
            (request, peer, responder) ->
                handle(request, peer, responder, RegistrarCommands.OF_ADMIN, From.OPERATOR));
  }

  static RegistrarProcess start(
      SignerConfiguration configuration,
      SealedKeys sealed,
      InstantSource clock,
      Fate fate,
      ProcessWatch watch,
      Disk.DiskLock lock)
      throws IOException, GeneralSecurityException {
    return new RegistrarProcess(configuration, sealed, clock, fate, watch, lock);
  }

  /** Without a head: who has to be heard first is. */
  private EntryLog openKeyLog(FileDisk published, Ed25519Key logKey) throws IOException {
    try {
      return EntryLog.openSilent(
          FileDisk.privateFolder(configuration.folder().resolve("journal")),
          published,
          JournalOptions.STATEMENTS,
          logKey.notes(),
          KeyLogKey.headLine(logKey, clock),
          AwsLc.random());
    } catch (LogRewoundException e) {
      // Its own folder shows what was lost; noted down, so that it is known why it does not start.
      disk.replace(KeyLogGuard.EVIDENCE_FILE, published.read("checkpoint", SignedNote.BYTES_MAX));
      throw KeyLogGuard.conflict(disk, String.valueOf(e.getMessage()));
    }
  }

  private void watchForCeremony() {
    int looks = 0;
    try {
      while (!stop.await(CEREMONY_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        boolean taken = submit(From.ITSELF, this::lookForCeremony);
        if (++looks % (HEAD_EVERY.toMillis() / CEREMONY_LOOK.toMillis()) == 0) {
          taken &= submit(From.ITSELF, this::keepUp);
        }
        if (!taken) {
          // Looked again after the pause.
          LOG.log(System.Logger.Level.DEBUG, "the registrar is busy");
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  private void lookForCeremony() throws IOException {
    if (guard.mayGrow()) {
      ceremonies.look();
    }
  }

  private void keepUp() throws IOException, GeneralSecurityException {
    if (guard.mayGrow()) {
      withdrawEnded();
      registrar.signHead();
      writeSets();
    }
  }

  private void withdrawEnded() throws IOException {
    try {
      registrar.withdrawEnded();
    } catch (FormatException e) {
      throw new IOException("an entry of this registrar's own is refused", e);
    }
  }

  private void writeSets() throws IOException, GeneralSecurityException {
    try {
      // As in policies: with a quorum a key counts once it is cosigned.
      long counted = configuration.quorum() == 0 ? registrar.version() : guard.cosignedSize();
      registrar.write(signedSets, Math.max(0, counted));
    } catch (FormatException e) {
      throw new IOException("this registrar's own key log has no key set", e);
    }
  }

  private void handle(
      Request request,
      SignerServer.Peer peer,
      Responder responder,
      Set<String> allowed,
      From from) {
    switch (request) {
      case IssueRequest issue ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar issues no tokens"));
      case RecordDigests record ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar records no tokens"));
      case Request.ReadRecords read ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar keeps no tokens"));
      case Request.Command command -> {
        if (command.name().equals(Commands.DIAGNOSE) && allowed.contains(Commands.DIAGNOSE)) {
          audit.diagnosed(command, peer.user());
          watch.diagnose(this::statusOnItsThread, responder);
        } else if (command.name().equals(Commands.STATUS)) {
          run(from, responder, () -> new Answer.Done(status()));
        } else if (command.name().equals(Commands.READ_EVENTS)
            && allowed.contains(command.name())) {
          responder.answer(audit.read(command));
        } else if (command.name().equals(Commands.ADD_COSIGNATURES)
            && allowed.contains(Commands.ADD_COSIGNATURES)) {
          submit(from, responder, () -> takeCosignatures(command, responder));
        } else if (allowed.contains(command.name())) {
          boolean isList = command.name().equals(Commands.SIGN_STATUS_LIST);
          run(
              isList ? From.STATUS_LISTS : from,
              responder,
              () -> carryOut(command, peer, from == From.OPERATOR));
        } else {
          responder.answer(
              new Answer.Refused(
                  Code.NOT_ALLOWED, "this socket of a registrar does not take this command"));
        }
      }
    }
  }

  private void takeCosignatures(Request.Command command, Responder responder) throws IOException {
    boolean waited = !guard.mayGrow();
    guard.take(command, responder);
    if (waited && guard.mayGrow()) {
      LOG.log(System.Logger.Level.INFO, "the key log's holders were heard: it goes on");
      // Verifiers wait for it, and their last one grows old.
      registrar.signHead();
      ceremonies.look();
    }
  }

  private Answer carryOut(Request.Command command, SignerServer.Peer peer, boolean isOperators)
      throws IOException, GeneralSecurityException {
    Optional<String> obstacle = guard.obstacle();
    if (obstacle.isPresent()) {
      return new Answer.Refused(Code.BUSY, "the key log may not grow yet: " + obstacle.get());
    }
    if (command.name().equals(Commands.READ_KEYS) || !isOperators) {
      return carryOutForOthers(command);
    }
    Answer answer = audited.take(command, peer.user());
    LOG.log(
        System.Logger.Level.INFO,
        "{0} asked for {1}: {2}",
        peer.user(),
        command.name(),
        answer instanceof Answer.Refused refused ? refused.code() : "done");
    return answer;
  }

  private Answer carryOutForOthers(Request.Command command)
      throws IOException, GeneralSecurityException {
    long before = registrar.version();
    Answer answer =
        command.name().equals(Commands.PAUSE_ROTATION)
            ? pause(command)
            : registrar.carryOut(command);
    if (StatingQuota.COUNTED.contains(command.name())) {
      Instant now = clock.instant();
      boolean known = statingQuota.isExceeded(now);
      statingQuota.count(registrar.version() - before, now);
      if (statingQuota.isExceeded(now) && !known) {
        LOG.log(System.Logger.Level.WARNING, FLOODED);
      }
    }
    return answer;
  }

  /** An operator's, by way of his signer. */
  private Answer pause(Request.Command command) throws IOException, GeneralSecurityException {
    return switch (operators.pause(command.arguments())) {
      case OperatorDesk.PauseVerdict.Waits waits -> waits.answer();
      case OperatorDesk.PauseVerdict.Allowed allowed -> {
        JsonObject said = command.arguments();
        try {
          yield registrar.carryOut(
              Commands.pauseRotation(
                  said.string("log"), KeyStatement.instant(said, "until"), allowed.by()));
        } catch (FormatException e) {
          yield new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
        }
      }
    };
  }

  /** A piece of the registrar's work. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, GeneralSecurityException;
  }

  @FunctionalInterface
  private interface Answering {
    Answer answer() throws IOException, GeneralSecurityException;
  }

  private void run(From from, Responder responder, Answering answering) {
    submit(from, responder, () -> responder.answer(answering.answer()));
  }

  private void submit(From from, Responder responder, Work work) {
    if (!submit(from, work)) {
      responder.answer(new Answer.Refused(Code.BUSY, "too many commands wait"));
    }
  }

  private boolean submit(From from, Work work) {
    return commands.submit(
        from,
        () -> {
          try {
            work.run();
          } catch (LogFailedException e) {
            fate.journalFailed(e);
          } catch (IOException | GeneralSecurityException | RuntimeException e) {
            fate.unknownState(e);
          }
        });
  }

  private JsonObject statusOnItsThread() throws Exception {
    CompletableFuture<JsonObject> status = new CompletableFuture<>();
    if (!submit(From.OPERATOR, () -> status.complete(status()))) {
      throw new IOException("too many commands wait");
    }
    return status.get();
  }

  private JsonObject status() {
    Instant now = clock.instant();
    Optional<Delegation> delegation = registrar.delegation();
    List<JsonObject> keys = new ArrayList<>();
    for (KeyStatement key : registrar.keys()) {
      keys.add(
          Status.key(
              key,
              registrar.state().revokedKey(key.kid()).isPresent()
                  ? "revoked"
                  : !now.isBefore(key.verifyUntil())
                      ? "ended"
                      : delegation.filter(d -> d.objection(key).isPresent()).isPresent()
                          ? "beyond-delegation"
                          : "stated"));
    }
    JsonObject.Builder status =
        JsonObject.builder()
            .put("role", "registrar")
            .put("domain", configuration.domain())
            .put("issuer", configuration.issuer().toString())
            .put("ready", delegation.isPresent() && guard.mayGrow());
    if (!guard.mayGrow()) {
      status.put("reason", guard.obstacle().orElseThrow());
    } else if (delegation.isEmpty()) {
      status.put("reason", ceremonies.obstacle());
    } else if (statingQuota.isExceeded(now)) {
      status.put("reason", FLOODED);
    }
    delegation.ifPresent(
        standing ->
            status
                .put("delegation_version", standing.version())
                .put("delegated_from", standing.notBefore().getEpochSecond())
                .put("window_ends", standing.notAfter().getEpochSecond()));
    Optional<Instant> until = registrar.state().windows().until(now);
    until.ifPresent(end -> status.put("delegated_until", end.getEpochSecond()));
    registrar
        .state()
        .root()
        .current()
        .ifPresent(
            root -> status.put("root", root.toJson()).put("root_pin", root.pin().toString()));
    return status
        .put("windows", registrar.state().windows().all().size())
        .put("ceremony", registrar.alarm().name().toLowerCase(Locale.ROOT))
        .put("ceremony_text", registrar.alarm().text(until))
        .put("statement_key", statementKeys.newest().toJson())
        .put("version", registrar.version())
        .put(
            "log",
            JsonObject.builder()
                .put("name", KeyLog.NAME)
                .put("vkey", keyLogKey.toString())
                .put("url", KeyLog.url(configuration.issuer().toString()).toString())
                .put("size", keyLog.size())
                .put("published", keyLog.isPublished())
                .build())
        .put("waiting", operators.waiting())
        .put("cosigning", guard.status())
        .put("keys", keys)
        .put("logs", registrar.state().logs().stream().map(Status::log).toList())
        .put("revoked_tokens", registrar.state().revokedTokenCount())
        .put("scrub", Status.scrub(scrubbing.progress()))
        .put("pid", ProcessHandle.current().pid())
        .put("protections", Status.protections(watch.protections()))
        .build();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    stop.countDown();
    watcher.join();
    scrubbing.close();
    // What was taken is finished: each command is one small write.
    if (!commands.close(Duration.ofSeconds(5))) {
      throw new IOException("the registrar's last command does not end");
    }
    service.close();
    signers.close();
    admin.close();
    operatorRecord.close();
    audit.close();
    keyLog.close();
    lock.close();
  }
}
