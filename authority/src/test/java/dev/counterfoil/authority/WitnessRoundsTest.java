package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.log.Cosigner;
import dev.counterfoil.log.Cosigning;
import dev.counterfoil.log.Counterfoil;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
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
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rounds over HTTP, to witnesses that are well, slow, dead or lying. */
class WitnessRoundsTest {
  private final FakeWitness first;
  private final FakeWitness second;
  private final FakeWitness third;
  private final FakeWitness custodian;
  private final List<Cosigning.Verdict> verdicts = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final NoteSigner logKey =
      new FakeRegistrar.Ed25519().noteSigner("login.example/logs/s1g1");
  private volatile List<String> waitingFor = List.of();
  private Path folder;
  private Log log;
  private Cosigning cosigning;
  private WitnessRounds rounds;

  WitnessRoundsTest() throws Exception {
    first = new FakeWitness("first.example");
    second = new FakeWitness("second.example");
    third = new FakeWitness("third.example");
    custodian = new FakeWitness("custodian.example");
    open.addAll(List.of(first, second, third, custodian));
  }

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfw");
    FileDisk publicDisk = FileDisk.publicFolder(folder.resolve("log/s1g1"));
    log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            publicDisk,
            new JournalOptions(256 << 10, 0),
            logKey,
            InstantSource.system(),
            new Random(1));
    cosigning =
        new Cosigning(
            logKey,
            log::tree,
            publicDisk,
            log.journal(),
            List.of(
                cosigner(first, Cosigner.Kind.WITNESS),
                cosigner(second, Cosigner.Kind.WITNESS),
                cosigner(third, Cosigner.Kind.WITNESS),
                cosigner(custodian, Cosigner.Kind.CUSTODIAN)),
            2,
            (level, size) -> {});
    grow(3);
    SignerServer server =
        SignerServer.listen(
            folder.resolve("s.sock"), Set.of(System.getProperty("user.name")), this::answer);
    open.add(server);
    SignerClient client = new SignerClient(folder.resolve("s.sock"));
    open.add(client);
    PublicLogs logs = new PublicLogs(folder.resolve("log"));
    open.add(logs);
    rounds =
        new WitnessRounds(
            List.of(
                first.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                second.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                third.entry(CosignerEntry.Kind.WITNESS, Duration.ofSeconds(1)),
                custodian.entry(CosignerEntry.Kind.CUSTODIAN, Duration.ZERO)),
            new SignerView(client),
            logs,
            HttpClient.newHttpClient(),
            InstantSource.system());
  }

  @AfterEach
  void stop() throws Exception {
    rounds.close();
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    log.close();
    try (var files = Files.walk(folder)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    }
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
        Cosigning.Verdict verdict = cosigning.take(note, Instant.now());
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
                    .build()));
      }
    } catch (IOException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private void grow(int entries) throws IOException {
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
    return rounds.cosigners().stream()
        .filter(one -> one.entry.name().equals(witness.key().name()))
        .findFirst()
        .orElseThrow()
        .problem();
  }

  @Test
  void followsTheLogAsItGrows() throws Exception {
    rounds.start();
    await("the first", () -> cosigning.cosignedSize() == 3);
    for (int i = 1; i <= 3; i++) {
      grow(100);
      long size = 3 + 100L * i;
      await("the next", () -> cosigning.cosignedSize() == size);
    }
    await("the third", () -> third.held() == 303);
    assertThat(verdicts).allMatch(Cosigning.Verdict.Counted.class::isInstance);
    assertThat(rounds.cosigners()).allMatch(one -> one.problem().isEmpty());
    assertThat(custodian.asked).isZero();
  }

  @Test
  void aSilentAndALyingWitnessDelayNobody() throws Exception {
    first.silent = true;
    rounds.start();
    await("the other two", () -> cosigning.cosignedSize() == 3);
    grow(5);
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
    await("the third", () -> third.held() == 3);
    assertThat(cosigning.cosignedSize()).isEqualTo(-1);
  }

  @Test
  void aWitnessThatWasThereBeforeIsTakenUpWhereItIs() throws Exception {
    first.remembers(checkpointNow());
    grow(50);
    rounds.start();
    await("both", () -> cosigning.cosignedSize() == 53);
    assertThat(first.held()).isEqualTo(53);
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
}
