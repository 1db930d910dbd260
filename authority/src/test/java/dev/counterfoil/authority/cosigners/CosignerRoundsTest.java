package dev.counterfoil.authority.cosigners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.settings.FakeWitness;
import dev.counterfoil.authority.settings.SigsumWitness;
import dev.counterfoil.authority.signers.RoundPace;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rounds over HTTP, to witnesses that are well, slow, dead or lying. */
class CosignerRoundsTest {
  private static final String ORIGIN = "login.example/logs/s1g1";

  private final FakeWitness first;
  private final FakeWitness second;
  private final FakeWitness third;
  private final FakeWitness custodian;
  private final List<Cosigning.Verdict> verdicts = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final NoteSigner logKey = new FakeRegistrar.Ed25519().noteSigner(ORIGIN);
  private final NoteSigner recordLogKey =
      new FakeRegistrar.Ed25519().noteSigner("login.example/logs/d1g1");
  private volatile List<String> waitingFor = List.of();

  /** What the signer says of its record logs. */
  private volatile List<JsonObject> recordLogs = List.of();

  private Path folder;
  private Log log;
  private Cosigning cosigning;
  private volatile Cosigning recordCosigning;
  private SignerServer server;
  private SignerClient client;
  private PublicLogs logs;
  private CosignerRounds rounds;

  CosignerRoundsTest() throws Exception {
    first = new FakeWitness("first.example");
    second = new FakeWitness("second.example");
    third = new FakeWitness("third.example");
    custodian = new FakeWitness("custodian.example");
    open.addAll(List.of(first, second, third, custodian));
  }

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfw");
    log = openLog("s1g1", logKey);
    cosigning = cosigning("s1g1", logKey, log);
    // Until a test has a record log.
    recordCosigning = cosigning;
    grow(log, 3);
    server = SignerServer.listen(folder.resolve("s.sock"), UnixUsers.self(), this::answer);
    open.add(server);
    client = new SignerClient(folder.resolve("s.sock"));
    open.add(client);
    logs = new PublicLogs(folder.resolve("log"));
    open.add(logs);
    rounds =
        rounds(
            List.of(
                first.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                second.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                third.entry(CosignerEntry.Kind.WITNESS, Duration.ofSeconds(1)),
                custodian.entry(CosignerEntry.Kind.CUSTODIAN, Duration.ZERO)));
  }

  private CosignerRounds rounds(List<CosignerEntry> entries) {
    return new CosignerRounds(
        entries, new SignerView(client), logs, HttpClient.newHttpClient(), InstantSource.system());
  }

  @AfterEach
  void stop() throws Exception {
    rounds.close();
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    try (var files = Files.walk(folder)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    }
  }

  private Log openLog(String name, NoteSigner key) throws IOException {
    Log opened =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal-" + name)),
            FileDisk.publicFolder(folder.resolve("log").resolve(name)),
            new JournalOptions(256 << 10, 0),
            key,
            InstantSource.system(),
            new Random(1));
    open.add(opened);
    return opened;
  }

  private Cosigning cosigning(String name, NoteSigner key, Log of) throws IOException {
    return cosigning(
        name,
        key,
        of,
        2,
        List.of(
            cosigner(first, Cosigner.Kind.WITNESS),
            cosigner(second, Cosigner.Kind.WITNESS),
            cosigner(third, Cosigner.Kind.WITNESS),
            cosigner(custodian, Cosigner.Kind.CUSTODIAN)));
  }

  private Cosigning cosigning(
      String name, NoteSigner key, Log of, int quorum, List<Cosigner> cosigners)
      throws IOException {
    return new Cosigning(
        key,
        of::tree,
        FileDisk.publicFolder(folder.resolve("log").resolve(name)),
        of.journal(),
        cosigners,
        quorum,
        (level, size) -> {});
  }

  private static Cosigner cosigner(FakeWitness witness, Cosigner.Kind kind) {
    return new Cosigner(witness.key().name(), witness.key(), kind, kind == Cosigner.Kind.CUSTODIAN);
  }

  private void answer(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    Request.Command command = (Request.Command) request;
    try {
      if (command.name().equals(Commands.ADD_COSIGNATURES)) {
        SignedNote note =
            SignedNote.parse(command.arguments().string("note").getBytes(StandardCharsets.UTF_8));
        Cosigning of =
            command.arguments().string("log").equals("d1g1") ? recordCosigning : cosigning;
        Cosigning.Verdict verdict = of.take(note, Instant.now());
        verdicts.add(verdict);
        responder.answer(
            verdict instanceof Cosigning.Verdict.Counted
                ? new Answer.Done(JsonObject.builder().build())
                : new Answer.Refused(Answer.Code.CONFLICT, verdict.toString()));
      } else {
        responder.answer(
            new Answer.Done(
                JsonObject.builder()
                    .put(
                        "log",
                        JsonObject.builder()
                            .put("name", "s1g1")
                            .put("vkey", logKey.key().toString())
                            .build())
                    .put(
                        "cosigning",
                        JsonObject.builder()
                            .put("quorum", 2)
                            .put("waiting_for", waitingFor)
                            .build())
                    .put("record_logs", recordLogs)
                    .build()));
      }
    } catch (IOException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void grow(Log log, int entries) throws IOException {
    List<Submission> submissions = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      submissions.add(
          new Submission() {
            @Override
            public Optional<Counterfoil> compose(long position, long timeMillis) {
              return Optional.of(
                  new Counterfoil(
                      position,
                      timeMillis,
                      ("a.b" + position).getBytes(StandardCharsets.US_ASCII),
                      new byte[16],
                      new byte[] {'{', '}'}));
            }

            @Override
            public void recorded(long position) {}

            @Override
            public void refused(Refusal refusal) {}

            @Override
            public void failed(Throwable cause) {}
          });
    }
    log.sequence(submissions);
    log.checkpoint();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(30);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waited in vain for " + what).isBefore(end);
      Thread.sleep(5);
    }
  }

  private String problem(FakeWitness witness) {
    return problem(witness, "s1g1");
  }

  private String problem(FakeWitness witness, String of) {
    return problemOf(witness.key().name(), of);
  }

  private String problemOf(String name, String of) {
    return rounds.cosigners().stream()
        .filter(one -> one.entry.name().equals(name) && one.log().equals(of))
        .findFirst()
        .map(AskedCosigner::problem)
        .orElse("");
  }

  @Test
  void followsTheLogAsItGrows() throws Exception {
    rounds.start();
    await("the first", () -> cosigning.cosignedSize() == 3);
    for (int i = 1; i <= 3; i++) {
      grow(log, 100);
      long size = 3 + 100L * i;
      await("the next", () -> cosigning.cosignedSize() == size);
    }
    await("the third", () -> third.held(ORIGIN) == 303);
    assertThat(verdicts).allMatch(Cosigning.Verdict.Counted.class::isInstance);
    assertThat(rounds.cosigners()).allMatch(one -> one.problem().isEmpty());
    assertThat(custodian.asked).hasValue(0);
  }

  @Test
  void aSilentAndALyingWitnessDelayNobody() throws Exception {
    first.silent = true;
    rounds.start();
    await("the other two", () -> cosigning.cosignedSize() == 3);
    grow(log, 5);
    await("the other two again", () -> cosigning.cosignedSize() == 8);
    await("a word about the silent one", () -> problem(first).contains("does not answer"));
    first.silent = false;
    second.signsBadly = true;
    await("a word about the lying one", () -> problem(second).contains("no good signature"));
    second.signsBadly = false;
    await("nothing more to say", () -> problem(first).isEmpty() && problem(second).isEmpty());
  }

  @Test
  void refusalsAreToldWithWhatToDo() throws Exception {
    first.refusesWith = 404;
    second.refusesWith = 403;
    rounds.start();
    await("404", () -> problem(first).contains("add the log's vkey"));
    await("403", () -> problem(second).contains("another key"));
    await("the third", () -> third.held(ORIGIN) == 3);
    assertThat(cosigning.cosignedSize()).isEqualTo(-1);
  }

  @Test
  void aWitnessThatWasThereBeforeIsTakenUpWhereItIs() throws Exception {
    first.remembers(checkpointNow());
    grow(log, 50);
    rounds.start();
    await("both", () -> cosigning.cosignedSize() == 53);
    assertThat(first.held(ORIGIN)).isEqualTo(53);
  }

  private SignedNote checkpointNow() throws Exception {
    return new Checkpoint(logKey.key().name(), log.tree().size(), log.tree().root()).sign(logKey);
  }

  @Test
  void whatAWitnessHoldsMoreIsBroughtToTheSigner() throws Exception {
    first.remembers(
        new Checkpoint(logKey.key().name(), 90, Hash.sha256(new byte[] {9})).sign(logKey));
    rounds.start();
    await(
        "the evidence",
        () -> verdicts.stream().anyMatch(Cosigning.Verdict.Rewound.class::isInstance));
    await("a word about it", () -> problem(first).contains("larger tree"));
  }

  @Test
  void anotherHistoryIsBroughtToTheSigner() throws Exception {
    first.remembers(
        new Checkpoint(logKey.key().name(), 2, Hash.sha256(new byte[] {9})).sign(logKey));
    rounds.start();
    await(
        "the evidence",
        () ->
            verdicts.stream()
                .anyMatch(v -> v instanceof Cosigning.Verdict.Contradicted c && c.proven()));
  }

  @Test
  void aCustodianIsAskedWhileTheSignerWaitsForHim() throws Exception {
    custodian.remembers(checkpointNow());
    waitingFor = List.of("custodian.example");
    rounds.start();
    await("his word", () -> cosigning.heldSize() == 3);
    waitingFor = List.of();
  }

  private static JsonObject recordLog(NoteSigner key, List<String> waitsFor) {
    return JsonObject.builder()
        .put("name", "d1g1")
        .put("vkey", key.key().toString())
        .put("cosigning", JsonObject.builder().put("waiting_for", waitsFor).build())
        .build();
  }

  @Test
  void aRecordLogIsCarriedBesideTheTokensLog() throws Exception {
    Log recordLog = openLog("d1g1", recordLogKey);
    recordCosigning = cosigning("d1g1", recordLogKey, recordLog);
    recordLog.checkpoint();
    recordLogs = List.of(recordLog(recordLogKey, List.of()));
    // One witness knows the tokens' log only: he fails for the other, and for it alone.
    first.unknown = recordLogKey.key().name();
    rounds.start();
    await("the tokens' log", () -> cosigning.cosignedSize() == 3);
    assertThat(recordCosigning.cosignedSize()).as("of a log without entries").isEqualTo(-1);
    grow(recordLog, 7);
    await("a word about the first", () -> problem(first, "d1g1").contains("add the log's vkey"));
    await("the record log", () -> recordCosigning.cosignedSize() == 7);
    assertThat(problem(first)).isEmpty();
    assertThat(custodian.asked).hasValue(0);

    custodian.remembers(
        new Checkpoint(recordLogKey.key().name(), 7, recordLog.tree().root()).sign(recordLogKey));
    recordLogs = List.of(recordLog(recordLogKey, List.of("custodian.example")));
    await("the custodian's word", () -> recordCosigning.heldSize() == 7);
    assertThat(cosigning.heldSize()).isEqualTo(-1);
    recordLogs = List.of();
    await("nobody for it", () -> rounds.cosigners().stream().allMatch(o -> o.log().equals("s1g1")));
  }

  @Test
  void evidenceAboutARecordLogIsBroughtToTheSigner() throws Exception {
    Log recordLog = openLog("d1g1", recordLogKey);
    recordCosigning = cosigning("d1g1", recordLogKey, recordLog);
    grow(recordLog, 2);
    first.remembers(
        new Checkpoint(recordLogKey.key().name(), 90, Hash.sha256(new byte[] {9}))
            .sign(recordLogKey));
    recordLogs = List.of(recordLog(recordLogKey, List.of()));
    rounds.start();
    await(
        "the evidence",
        () -> verdicts.stream().anyMatch(Cosigning.Verdict.Rewound.class::isInstance));
    assertThat(problem(first)).isEmpty();
  }

  /** A witness of ML-DSA-44 counts like any other, and two keys of one name are one witness. */
  @Test
  void cosignaturesOfMlDsaMakeAQuorumToo() throws Exception {
    FakeWitness postQuantum = new FakeWitness("pq.example", CosignerKey.Algorithm.ML_DSA_44);
    FakeWitness sameParty = new FakeWitness("pq.example");
    open.addAll(List.of(postQuantum, sameParty));
    Log other = openLog("d1g1", recordLogKey);
    grow(other, 3);
    recordCosigning =
        cosigning(
            "d1g1",
            recordLogKey,
            other,
            2,
            List.of(
                new Cosigner("pq", postQuantum.key(), Cosigner.Kind.WITNESS, false),
                new Cosigner("classic", sameParty.key(), Cosigner.Kind.WITNESS, false),
                cosigner(first, Cosigner.Kind.WITNESS)));
    recordLogs = List.of(recordLog(recordLogKey, List.of()));
    first.silent = true;
    rounds =
        rounds(
            List.of(
                postQuantum.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                sameParty.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                first.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO)));
    rounds.start();
    await("both keys of one party", () -> counted("pq") && counted("classic"));
    assertThat(recordCosigning.cosignedSize()).isEqualTo(-1);
    assertThat(recordCosigning.standings())
        .filteredOn(one -> !one.cosigner().name().equals("first.example"))
        .allMatch(one -> one.problem().isEmpty());
    first.silent = false;
    await("two parties", () -> recordCosigning.cosignedSize() == 3);
    byte[] note = Files.readAllBytes(folder.resolve("log/d1g1/checkpoint.cosigned"));
    assertThat(Cosignature.find(SignedNote.parse(note), postQuantum.key())).isPresent();
  }

  /** A custodian that starts after the authority: nobody's token shall be needed to see it. */
  @Test
  void aCustodianThatFailedIsAskedAgainThoughNobodyWaitsForItAnyMore() throws Exception {
    custodian.remembers(checkpointNow());
    custodian.refusesWith = 503;
    waitingFor = List.of("custodian.example");
    rounds.start();
    await("a word about it", () -> !problem(custodian).isEmpty());
    waitingFor = List.of();
    int before = custodian.asked.get();
    await("more questions", () -> custodian.asked.get() > before + 2);
    custodian.refusesWith = 0;
    await("nothing more to say", () -> problem(custodian).isEmpty());
    int after = custodian.asked.get();
    Thread.sleep(RoundPace.ROUND_MAX.multipliedBy(5));
    assertThat(custodian.asked).as("the control: one that is well is left alone").hasValue(after);
  }

  private long sizeOf(FakeWitness witness) {
    return rounds.cosigners().stream()
        .filter(one -> one.entry.name().equals(witness.key().name()))
        .findFirst()
        .map(AskedCosigner::size)
        .orElse(-1L);
  }

  /** Not the size that the log has when it is asked. */
  @Test
  void whatACustodianHoldsIsWhatItsOwnNoteNames() throws Exception {
    SignedNote three = checkpointNow();
    grow(log, 100);
    custodian.remembers(three);
    waitingFor = List.of("custodian.example");
    rounds.start();
    await("its word", () -> sizeOf(custodian) >= 0);
    assertThat(sizeOf(custodian)).isEqualTo(3);
    assertThat(problem(custodian)).isEmpty();
    custodian.remembers(checkpointNow());
    await("that it holds more", () -> sizeOf(custodian) == 103);
    assertThat(problem(custodian)).as("the control").isEmpty();
    custodian.remembers(three);
    await("that it lost some", () -> problem(custodian).contains("3 entries, and named 103"));
    assertThat(sizeOf(custodian)).isEqualTo(3);
    custodian.remembers(checkpointNow());
    await("that it holds them again", () -> problem(custodian).isEmpty());
  }

  @Test
  void aCustodianIsAskedWhileTheSignerIsAway() throws Exception {
    custodian.remembers(checkpointNow());
    custodian.refusesWith = 503;
    waitingFor = List.of("custodian.example");
    rounds.start();
    await("a word about it", () -> !problem(custodian).isEmpty());
    server.close();
    Thread.sleep(RoundPace.ROUND_MAX.multipliedBy(4));
    custodian.refusesWith = 0;
    await("nothing more to say", () -> problem(custodian).isEmpty());
    assertThat(sizeOf(custodian)).isEqualTo(3);
  }

  private boolean counted(String name) {
    return recordCosigning.standings().stream()
        .anyMatch(one -> one.cosigner().name().equals(name) && one.size() == 3);
  }

  /** The origin is all that another's witness asks for: the rounds are those of every log. */
  @Test
  void anOutsidersWitnessCosignsInTheSameRounds() throws Exception {
    FakeRegistrar.Ed25519 pair = new FakeRegistrar.Ed25519();
    NoteSigner key =
        pair.noteSigner(SigsumWitness.origin(pair.noteSigner("log").key().publicKey()));
    Log theirLog = openLog("d1g1", key);
    grow(theirLog, 2);
    try (SigsumWitness witness = SigsumWitness.start(folder.resolve("witness"), key.key())) {
      recordCosigning =
          cosigning(
              "d1g1",
              key,
              theirLog,
              1,
              List.of(
                  new Cosigner(witness.key().name(), witness.key(), Cosigner.Kind.WITNESS, false)));
      recordLogs = List.of(recordLog(key, List.of()));
      rounds = rounds(List.of(witness.entry()));
      rounds.start();
      for (int i = 0; i < 3; i++) {
        long size = theirLog.tree().size();
        await("its cosignature", () -> recordCosigning.cosignedSize() == size);
        grow(theirLog, 150);
      }
      assertThat(problemOf(witness.key().name(), "d1g1")).isEmpty();
      // Of a log that it was not told of it says so, and that delays nothing.
      await("a word about the other log", () -> !problemOf(witness.key().name(), "s1g1").isEmpty());
      assertThat(cosigning.cosignedSize()).isEqualTo(-1);
    }
    byte[] note = Files.readAllBytes(folder.resolve("log/d1g1/checkpoint.cosigned"));
    assertThat(Checkpoint.verify(note, key.key()).size()).isGreaterThanOrEqualTo(302);
  }
}
