package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.care.Scrubbing;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.process.Fate;
import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.process.ProcessWatch;
import dev.counterfoil.process.RoleProcess;
import dev.counterfoil.process.Status;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.registrar.RegistrarQueue.From;
import dev.counterfoil.registrar.RegistrarQueue.Source;
import dev.counterfoil.registrar.keys.FirstRegistrarKeys;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.settings.SignerEntry;
import dev.counterfoil.registrar.signers.SignerAlarm;
import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.registrar.signers.SignersWatch;
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
import java.util.stream.Stream;

/** The role that states keys, revokes and withdraws, and keeps the key log. */
public final class RegistrarProcess implements RoleProcess {
  /** The key log's public key, for policies. */
  static final String KEY_LOG_FILE = "key-log.vkey";

  private static final System.Logger LOG = System.getLogger(RegistrarProcess.class.getName());
  private static final Duration CEREMONY_LOOK = Duration.ofMillis(100);

  /** Verifiers take an older head for a stale one, by their own limits: spec/keylog.md has 5 s. */
  private static final Duration HEAD_EVERY = Duration.ofSeconds(2);

  private final RegistrarConfiguration configuration;
  private final InstantSource clock;
  private final Fate fate;
  private final ProcessWatch watch;
  private final Disk.DiskLock lock;
  private final FileDisk disk;
  private final StatementKeys statementKeys;
  private final RevocationWriter revocations;
  private final EntryLog keyLog;
  private final NoteKey keyLogKey;
  private final Registrar registrar;
  private final OperatorRecord operatorRecord;
  private final ProcessAudit audit;
  private final OperatorDesk operators;
  private final AuditedDesk audited;
  private final SignersWatch watched;
  private final SignersDesk signersDesk;
  private final KeyLogGuard guard;
  private final CeremonyWatch ceremonies;
  private final SignedSets signedSets;
  private final Scrubbing scrubbing;
  private final SignerServer service;
  private final List<SignerServer> signers = new ArrayList<>();
  private final SignerServer admin;

  /** All commands run on its one thread. */
  private final RegistrarQueue commands = new RegistrarQueue();

  private final Thread watcher;
  private final CountDownLatch stop = new CountDownLatch(1);

  private RegistrarProcess(RegistrarConfiguration configuration, KeyProgram.Start with)
      throws IOException, GeneralSecurityException {
    this.configuration = configuration;
    this.clock = with.clock();
    this.fate = with.fate();
    this.watch = with.watch();
    this.lock = with.lock();
    SealedKeys sealed = with.keysAtRest();
    PeerUsers users = with.users();
    Path folder = configuration.process().folder();
    this.disk = FileDisk.privateFolder(folder);
    this.statementKeys =
        StatementKeys.openOrMake(
            sealed,
            FileDisk.privateFolder(folder.resolve("keys")),
            StatementKeys.name(configuration.process().issuer()));
    Ed25519Key logKey = KeyLogKey.open(sealed, folder, configuration.process().issuer());
    this.keyLogKey = logKey.publicKey();
    disk.replace(KEY_LOG_FILE, (logKey.publicKey() + "\n").getBytes(StandardCharsets.US_ASCII));
    FileDisk published =
        FileDisk.publicFolder(configuration.process().logFolder().resolve(KeyLog.NAME));
    this.signedSets = new SignedSets(published, configuration.process().issuer().toString());
    this.revocations =
        new RevocationWriter(
            new RevocationFolders(folder, configuration.process().logFolder().resolve(KeyLog.NAME)),
            logKey.notes(),
            clock,
            AwsLc.random(),
            configuration.revocationLogs());
    this.keyLog = openKeyLog(published, logKey);
    this.registrar = Registrar.open(configuration, keyLog, statementKeys, clock, revocations);
    this.audit = ProcessAudit.start(configuration, clock);
    registrar.audited(audit);
    this.operatorRecord = OperatorRecord.open(folder);
    this.watched = SignersWatch.open(disk, configuration, clock.instant());
    this.operators =
        new OperatorDesk(
            configuration.secondPerson(),
            clock,
            operatorRecord::add,
            SignersDesk.hearing(registrar, watched));
    this.audited = new AuditedDesk(operators, audit);
    this.signersDesk = new SignersDesk(registrar, operators, watched, audit, clock);
    this.guard =
        new KeyLogGuard(
            new KeyLogGuard.Rules(
                configuration.process().allCosigners(), configuration.process().quorum()),
            keyLog,
            disk,
            published,
            clock,
            System::nanoTime,
            tip -> revocations.objection(tip, registrar.state()),
            fate);
    guard.check();
    this.ceremonies = new CeremonyWatch(configuration, disk, registrar, statementKeys, clock);
    this.scrubbing = Scrubbing.start(keyLog.scrubber(clock), Scrubbing.Options.DEFAULT);
    if (guard.mayGrow()) {
      registrar.signHead();
      if (!keyLog.isPublished()) {
        throw new IOException("the public folder " + published + " cannot be written");
      }
      ceremonies.readFile();
    }
    guard.obstacle().ifPresent(why -> LOG.log(System.Logger.Level.WARNING, "{0}", why));
    this.watcher =
        Thread.ofPlatform().daemon().name("ceremony-watcher").start(this::watchForCeremony);
    this.service =
        SignerServer.listen(
            configuration.process().serviceSocket().path(),
            users.service(),
            (request, peer, responder) -> handle(request, peer, responder, Way.OF_SERVICE));
    for (SignerEntry signer : configuration.signers()) {
      Way way = Way.of(watched.own(signer));
      signers.add(
          SignerServer.listen(
              signer.socket().path(),
              users.ofSigner(signer.name()),
              (request, peer, responder) -> handle(request, peer, responder, way)));
    }
    this.admin =
        SignerServer.listen(
            configuration.process().adminSocket().path(),
            users.atAdmin(),
            users.narrowed(
                (request, peer, responder) ->
                    handle(
                        request,
                        peer,
                        responder,
                        users.isResponseAlone(peer.user()) ? Way.OF_RESPONSE : Way.OF_ADMIN)));
  }

  /**
   * By which socket a request came.
   *
   * @param allowed the commands that it takes
   * @param signer of a signer's, what is this signer's own
   */
  private record Way(Set<String> allowed, From from, Optional<SignersOwn> signer) {
    static final Way OF_SERVICE =
        new Way(RegistrarCommands.OF_SERVICE, From.AUTHORITY, Optional.empty());
    static final Way OF_ADMIN =
        new Way(RegistrarCommands.OF_ADMIN, From.OPERATOR, Optional.empty());
    static final Way OF_RESPONSE =
        new Way(RegistrarCommands.OF_ADMIN, From.RESPONSE, Optional.empty());

    static Way of(SignersOwn signer) {
      return new Way(RegistrarCommands.OF_SIGNER, From.SIGNERS, Optional.of(signer));
    }

    Source source() {
      return new Source(from, signer.map(SignersOwn::signer));
    }
  }

  public static RegistrarProcess start(RegistrarConfiguration configuration, KeyProgram.Start with)
      throws IOException, GeneralSecurityException, StartRefusedException {
    with.keysAtRest()
        .makeAhead(
            FirstRegistrarKeys.lacking(
                configuration.process().folder(), configuration.process().issuer()));
    try {
      return new RegistrarProcess(configuration, with);
    } catch (KeyLogGuard.ConflictException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONTRADICTED, "cannot start: " + e.getMessage(), e);
    }
  }

  /** Without a head: who has to be heard first is. */
  private EntryLog openKeyLog(FileDisk published, Ed25519Key logKey) throws IOException {
    try {
      return EntryLog.openSilent(
          FileDisk.privateFolder(configuration.process().folder().resolve("journal")),
          published,
          JournalOptions.STATEMENTS,
          logKey.notes(),
          revocations.headLine(KeyLogKey.headLine(logKey, clock)),
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
        requireStorage();
        boolean taken = submit(Source.of(From.ITSELF), this::readCeremony);
        if (++looks % (HEAD_EVERY.toMillis() / CEREMONY_LOOK.toMillis()) == 0) {
          taken &= submit(Source.of(From.ITSELF), this::keepUp);
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

  /** What is stated where nobody can read it back was not recorded. */
  private void requireStorage() {
    try {
      keyLog.requireInPlace();
    } catch (IOException e) {
      fate.journalFailed(e);
    }
  }

  private void readCeremony() throws IOException {
    if (guard.mayGrow()) {
      ceremonies.readFile();
    }
  }

  private void keepUp() throws IOException, GeneralSecurityException {
    if (guard.mayGrow()) {
      try {
        registrar.withdrawEnded();
        registrar.keepRevocations();
      } catch (FormatException e) {
        throw new IOException("an entry of this registrar's own is refused", e);
      }
      registrar.signHead();
      writeSets();
    }
  }

  private void writeSets() throws IOException, GeneralSecurityException {
    try {
      // As in policies: with a quorum a key counts once it is cosigned.
      long counted =
          configuration.process().quorum() == 0 ? registrar.version() : guard.cosignedSize();
      registrar.write(signedSets, Math.max(0, counted));
    } catch (FormatException e) {
      throw new IOException("this registrar's own key log has no key set", e);
    }
  }

  private void handle(Request request, SignerServer.Peer peer, Responder responder, Way way) {
    switch (request) {
      case IssueRequest issue ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar issues no tokens"));
      case RecordDigests record ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar records no tokens"));
      case Request.ReadRecords read ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar keeps no tokens"));
      case Request.Command command -> handle(command, peer, responder, way);
    }
  }

  private void handle(
      Request.Command command, SignerServer.Peer peer, Responder responder, Way way) {
    Source source = way.source();
    if (command.name().equals(Commands.STATUS)) {
      run(source, responder, () -> new Answer.Done(status(way)));
    } else if (!way.allowed().contains(command.name())) {
      responder.answer(
          new Answer.Refused(
              Code.NOT_ALLOWED, "this socket of a registrar does not take this command"));
    } else {
      switch (command.name()) {
        case Commands.DIAGNOSE -> {
          audit.diagnosed(command, peer.user());
          watch.diagnose(this::statusOnItsThread, responder);
        }
        case Commands.READ_EVENTS -> responder.answer(audit.read(command));
        case Commands.ADD_COSIGNATURES ->
            submit(source, responder, () -> addCosignatures(command, responder));
        case Commands.SIGN_STATUS_LIST ->
            run(Source.of(From.STATUS_LISTS), responder, () -> carryOut(command, peer, way));
        default -> run(source, responder, () -> carryOut(command, peer, way));
      }
    }
  }

  private void addCosignatures(Request.Command command, Responder responder) throws IOException {
    boolean waited = !guard.mayGrow();
    guard.addCosignatures(command, responder);
    if (waited && guard.mayGrow()) {
      LOG.log(System.Logger.Level.INFO, "the key log's holders have reported, and it continues");
      // Verifiers wait for it, and their last one grows old.
      registrar.signHead();
      ceremonies.readFile();
    }
  }

  private Answer carryOut(Request.Command command, SignerServer.Peer peer, Way way)
      throws IOException, GeneralSecurityException {
    Optional<String> obstacle = guard.obstacle();
    if (obstacle.isPresent()) {
      return new Answer.Refused(Code.BUSY, "the key log may not grow yet: " + obstacle.get());
    }
    if (way.signer().isPresent()) {
      return signersDesk.carryOut(command, way.signer().get(), peer.user());
    }
    boolean isAtAdmin = way.from() == From.OPERATOR || way.from() == From.RESPONSE;
    if (!isAtAdmin || command.name().equals(Commands.READ_KEYS)) {
      return registrar.carryOut(command);
    }
    Answer answer = audited.carryOut(command, peer.user());
    LOG.log(
        System.Logger.Level.INFO,
        "{0} asked for {1}: {2}",
        peer.user(),
        command.name(),
        answer instanceof Answer.Refused refused ? refused.code() : "done");
    return answer;
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

  private void run(Source source, Responder responder, Answering answering) {
    submit(source, responder, () -> responder.answer(answering.answer()));
  }

  private void submit(Source source, Responder responder, Work work) {
    if (!submit(source, work)) {
      responder.answer(new Answer.Refused(Code.BUSY, "too many commands wait"));
    }
  }

  private boolean submit(Source source, Work work) {
    return commands.submit(
        source,
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
    if (!submit(Source.of(From.OPERATOR), () -> status.complete(status(Way.OF_ADMIN)))) {
      throw new IOException("too many commands wait");
    }
    return status.get();
  }

  /** A signer is not told what operators think of it, or are about to do: it may be a thief's. */
  private JsonObject status(Way way) {
    boolean toSigner = way.signer().isPresent();
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
            .put("domain", configuration.process().domain())
            .put("issuer", configuration.process().issuer().toString())
            .put("ready", delegation.isPresent() && guard.mayGrow());
    Optional<String> obstacle =
        guard
            .obstacle()
            .or(() -> delegation.isEmpty() ? Optional.of(ceremonies.obstacle()) : Optional.empty())
            .or(registrar::obstacle);
    // A signer in somebody else's hands is named beside whatever else is wrong.
    List<SignerAlarm> alarms = toSigner ? List.of() : watched.alarms(now);
    List<String> reasons =
        Stream.concat(obstacle.stream(), alarms.stream().map(SignerAlarm::text)).toList();
    status.put("reason", reasons.isEmpty() ? null : String.join("; ", reasons));
    status.put("alarms", alarms.stream().map(SignerAlarm::toJson).toList());
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
                .put("url", KeyLog.url(configuration.process().issuer().toString()).toString())
                .put("size", keyLog.size())
                .put("published", keyLog.isPublished())
                .build())
        .put("waiting", toSigner ? List.<JsonObject>of() : operators.waiting())
        .put("cosigning", guard.status())
        .put("keys", keys)
        .put("logs", registrar.state().logs().stream().map(Status::log).toList())
        .put("revoked_tokens", registrar.state().revocationCount())
        .put("revocations_max", TakingBack.REVOCATIONS_MAX)
        .put(
            "revocations_alarm",
            RevocationRoom.text(registrar.state().revocationCount()).orElse(null))
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
    watched.keep();
    service.close();
    for (SignerServer signer : signers) {
      signer.close();
    }
    admin.close();
    operatorRecord.close();
    audit.close();
    revocations.close();
    keyLog.close();
    lock.close();
  }
}
