package dev.counterfoil.signer;

import dev.counterfoil.format.Ceremony;
import dev.counterfoil.format.CeremonyAlarm;
import dev.counterfoil.format.CeremonyRequest;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.LogFailedException;
import dev.counterfoil.log.Scrubbing;
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
import java.nio.file.NoSuchFileException;
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
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The role that states keys, revokes and withdraws, and keeps the key log. */
final class RegistrarProcess implements RoleProcess {
  /** What the root's holders signed is looked for here, and taken into the journal. */
  static final String CEREMONY_FILE = "ceremony.json";

  /** What the registrar asks of the next ceremony. */
  static final String REQUEST_FILE = "ceremony-request.json";

  /** The key log's public key, for policies. */
  static final String KEY_LOG_FILE = "key-log.vkey";

  /** The public half of the newest statement key. */
  static final String STATEMENT_KEY_FILE = "statement-key.jwk";

  private static final System.Logger LOG = System.getLogger(RegistrarProcess.class.getName());
  private static final int COMMANDS_WAITING_MAX = 4096;
  private static final Duration CEREMONY_LOOK = Duration.ofMillis(100);

  /** Verifiers take an older head for a stale one, by their own limits: spec/keylog.md has 5 s. */
  private static final Duration HEAD_EVERY = Duration.ofSeconds(2);

  private static final Duration ALARM_EVERY = Duration.ofDays(1);

  private static final Set<String> SERVICE_COMMANDS =
      Set.of(Commands.READ_KEYS, Commands.REVOKE_TOKEN, Commands.ADD_COSIGNATURES);

  /**
   * What may be stated is trusted by every verifier, so the authority, which is reached from
   * outside, does not get to this socket.
   */
  private static final Set<String> SIGNER_COMMANDS =
      Set.of(
          Commands.READ_KEYS,
          Commands.STATE_KEY,
          Commands.RETIRE_KEY,
          Commands.PAUSE_ROTATION,
          Commands.STATE_LOG,
          Commands.END_LOG);

  private static final Set<String> ADMIN_COMMANDS =
      Set.of(
          Commands.READ_KEYS,
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.STATE_WITHDRAWN,
          Commands.ADOPT_KEY,
          Commands.END_LOG,
          Commands.MOVE_LOG,
          Commands.SIGN_DISCLOSURE,
          Commands.TAKE_CEREMONY,
          Commands.MAKE_STATEMENT_KEY,
          Commands.CONFIRM,
          Commands.DIAGNOSE);

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
  private final OperatorDesk operators;
  private final KeyLogCosigning cosigning;
  private final SignedSets signedSets;
  private final Scrubbing scrubbing;
  private final SignerServer service;
  private final SignerServer signers;
  private final SignerServer admin;

  /** All commands run on this one thread. */
  private final ThreadPoolExecutor commands;

  private final Thread watcher;
  private final CountDownLatch stop = new CountDownLatch(1);
  private String said = "";
  private String refusedCeremony = "";
  private Hash lookedAt = Hash.sha256();
  private Hash requested = Hash.sha256();
  private long requestedAt = -1;
  private @Nullable PublicJwk requestedKey;
  private CeremonyAlarm alarm = CeremonyAlarm.NONE;
  private Instant alarmedAt = Instant.MIN;

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
    this.keyLog =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            published,
            JournalOptions.STATEMENTS,
            logKey.notes(),
            KeyLogKey.headLine(logKey, clock),
            AwsLc.random());
    this.registrar = Registrar.open(configuration, keyLog, statementKeys, clock);
    this.operatorRecord = OperatorRecord.open(folder);
    this.operators =
        new OperatorDesk(
            configuration.secondPerson(), clock, operatorRecord::add, registrar::carryOut);
    this.cosigning =
        new KeyLogCosigning(
            keyLog.cosigning(configuration.allCosigners(), configuration.quorum()),
            disk,
            clock,
            fate);
    cosigning.check();
    this.scrubbing = Scrubbing.start(keyLog.scrubber(clock), Scrubbing.Options.DEFAULT);
    this.commands =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(COMMANDS_WAITING_MAX),
            Thread.ofPlatform().daemon().name("registrar").factory());
    lookForCeremony();
    this.watcher =
        Thread.ofPlatform().daemon().name("ceremony-watcher").start(this::watchForCeremony);
    this.service =
        SignerServer.listen(
            configuration.serviceSocket().path(),
            Users.orSelf(configuration.serviceUsers()),
            (request, peer, responder) -> handle(request, peer, responder, SERVICE_COMMANDS));
    this.signers =
        SignerServer.listen(
            configuration.signerSocket().orElseThrow().path(),
            Users.orSelf(configuration.signerUsers()),
            (request, peer, responder) -> handle(request, peer, responder, SIGNER_COMMANDS));
    this.admin =
        SignerServer.listen(
            configuration.adminSocket().path(),
            Users.orSelf(configuration.adminUsers()),
            (request, peer, responder) -> handle(request, peer, responder, ADMIN_COMMANDS));
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

  private void watchForCeremony() {
    int looks = 0;
    try {
      while (!stop.await(CEREMONY_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          submit(this::lookForCeremony);
          if (++looks % (HEAD_EVERY.toMillis() / CEREMONY_LOOK.toMillis()) == 0) {
            submit(this::withdrawEnded);
            submit(registrar::signHead);
            submit(this::writeSets);
          }
        } catch (RejectedExecutionException e) {
          // Too much waits: looked again after the pause.
          LOG.log(System.Logger.Level.DEBUG, "the registrar is busy");
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
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
      long counted = configuration.quorum() == 0 ? registrar.version() : cosigning.cosignedSize();
      registrar.write(signedSets, Math.max(0, counted));
    } catch (FormatException e) {
      throw new IOException("this registrar's own key log has no key set", e);
    }
  }

  private void handle(
      Request request, SignerServer.Peer peer, Responder responder, Set<String> allowed) {
    switch (request) {
      case IssueRequest issue ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar issues no tokens"));
      case RecordDigests record ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar records no tokens"));
      case Request.ReadRecords read ->
          responder.answer(new Answer.Refused(Code.NOT_ALLOWED, "a registrar keeps no tokens"));
      case Request.Command command -> {
        if (command.name().equals(Commands.DIAGNOSE) && allowed.contains(Commands.DIAGNOSE)) {
          watch.diagnose(this::statusOnItsThread, responder);
        } else if (command.name().equals(Commands.STATUS)) {
          run(responder, () -> new Answer.Done(status()));
        } else if (allowed.contains(command.name())) {
          boolean isOperators = allowed.equals(ADMIN_COMMANDS);
          run(responder, () -> carryOut(command, peer, isOperators));
        } else {
          responder.answer(
              new Answer.Refused(
                  Code.NOT_ALLOWED, "this socket of a registrar does not take this command"));
        }
      }
    }
  }

  private Answer carryOut(Request.Command command, SignerServer.Peer peer, boolean isOperators)
      throws IOException, GeneralSecurityException {
    if (command.name().equals(Commands.ADD_COSIGNATURES)) {
      return cosigning.take(command.arguments(), KeyLog.NAME);
    }
    if (command.name().equals(Commands.READ_KEYS) || !isOperators) {
      return command.name().equals(Commands.PAUSE_ROTATION)
          ? pause(command)
          : registrar.carryOut(command);
    }
    Answer answer = operators.take(command, peer.user());
    LOG.log(
        System.Logger.Level.INFO,
        "{0} asked for {1}: {2}",
        peer.user(),
        command.name(),
        answer instanceof Answer.Refused refused ? refused.code() : "done");
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

  private void run(Responder responder, Answering answering) {
    try {
      submit(() -> responder.answer(answering.answer()));
    } catch (RejectedExecutionException e) {
      responder.answer(new Answer.Refused(Code.BUSY, "too many commands wait"));
    }
  }

  private void submit(Work work) {
    commands.execute(
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

  /**
   * Takes over what lies in the ceremony file, says what is missing while there is nothing, and
   * asks for the next ceremony.
   */
  private void lookForCeremony() throws IOException {
    ask();
    byte[] file;
    try {
      file = disk.read(CEREMONY_FILE, Ceremony.BYTES_MAX);
    } catch (NoSuchFileException e) {
      sayHowItStands();
      return;
    }
    Hash hash = Hash.sha256(file);
    if (hash.equals(lookedAt)) {
      sayHowItStands();
      return;
    }
    lookedAt = hash;
    try {
      if (registrar.takeCeremony(Ceremony.parse(file)) instanceof Answer.Refused refused) {
        refusedCeremony = CEREMONY_FILE + " is not taken: " + refused.text();
      } else {
        refusedCeremony = "";
      }
    } catch (FormatException e) {
      refusedCeremony = CEREMONY_FILE + " is not taken: " + e.getMessage();
    }
    for (PublicJwk over : registrar.destroyStatementKeys()) {
      LOG.log(
          System.Logger.Level.INFO,
          "statement key {0} is destroyed: no delegation names it any more",
          over.thumbprint());
    }
    ask();
    sayHowItStands();
  }

  /** Writes what is asked of the next ceremony, when it has changed. */
  private void ask() throws IOException {
    if (registrar.version() == requestedAt && statementKeys.newest().equals(requestedKey)) {
      return;
    }
    CeremonyRequest request = registrar.request();
    disk.replace(STATEMENT_KEY_FILE, request.statementKey().toJson().canonicalBytes());
    byte[] content = request.bytes();
    Hash hash = Hash.sha256(content);
    if (!hash.equals(requested)) {
      disk.replace(REQUEST_FILE, content);
      requested = hash;
    }
    requestedAt = registrar.version();
    requestedKey = request.statementKey();
  }

  private void sayHowItStands() {
    boolean stands = registrar.delegation().isPresent();
    say(refusedCeremony.isEmpty() ? stands ? "" : missing() : refusedCeremony);
    if (stands) {
      alarm();
    }
  }

  /** The next ceremony is called for when the alarm rises, and then once a day. */
  private void alarm() {
    Instant now = clock.instant();
    CeremonyAlarm next = registrar.alarm();
    boolean again = now.isBefore(alarmedAt) || !now.isBefore(alarmedAt.plus(ALARM_EVERY));
    if (next != CeremonyAlarm.NONE && (next != alarm || again)) {
      alarmedAt = now;
      LOG.log(
          next == CeremonyAlarm.URGENT || next == CeremonyAlarm.ENDED
              ? System.Logger.Level.ERROR
              : System.Logger.Level.WARNING,
          "{0}",
          next.text(registrar.state().windows().until(now)));
    }
    alarm = next;
  }

  private String missing() {
    if (configuration.rootPin().isEmpty()) {
      return "the configuration pins no root: hold the first ceremony for "
          + configuration.folder().resolve(REQUEST_FILE)
          + " and put the line that it prints into the configuration (docs/keys.md, The root)";
    }
    return "no window of the root holds, so no key counts: hold a ceremony for "
        + configuration.folder().resolve(REQUEST_FILE)
        + " and put what it signs at "
        + configuration.folder().resolve(CEREMONY_FILE)
        + " (docs/keys.md, The root)";
  }

  private void say(String what) {
    if (!what.equals(said)) {
      said = what;
      LOG.log(
          what.isEmpty() ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
          "{0}",
          what.isEmpty() ? "the root's delegation stands" : what);
    }
  }

  private JsonObject statusOnItsThread() throws Exception {
    CompletableFuture<JsonObject> status = new CompletableFuture<>();
    submit(() -> status.complete(status()));
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
            .put("ready", delegation.isPresent());
    if (delegation.isEmpty()) {
      status.put("reason", said.isEmpty() ? missing() : said);
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
        .put("cosigning", cosigning.status(configuration.allCosigners()))
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
    commands.shutdown();
    // What was taken is finished: each command is one small write.
    if (!commands.awaitTermination(5, TimeUnit.SECONDS)) {
      throw new IOException("the registrar's last command does not end");
    }
    service.close();
    signers.close();
    admin.close();
    operatorRecord.close();
    keyLog.close();
    lock.close();
  }
}
