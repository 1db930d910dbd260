package dev.counterfoil.signer.generation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.KeyForKeys;
import dev.counterfoil.keystore.KeyMaker;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.door.RecordDoors;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.folders.GenerationNumbers;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import dev.counterfoil.signer.rotation.KeyFolder;
import dev.counterfoil.signer.rotation.KeyKeeper;
import dev.counterfoil.signer.rotation.RegistrarLink;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signer.settings.TestConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which generation a signer goes on with, by what a crash can leave in its folder. */
class GenerationsTest {
  private static final Instant T0 = TestKeys.T0;

  @TempDir Path folder;
  private SignerServer registrar;
  private SignerClient client;
  private SoftwarePrivateKeys custody;
  private SignerConfiguration configuration;
  private OpenedGeneration.Opener opener;
  private Generation first;
  private Generation second;

  private final List<Integer> runs = new ArrayList<>();

  /** The logs that the registrar knows. */
  private final List<JsonObject> stated = new CopyOnWriteArrayList<>();

  @BeforeEach
  void aGenerationWithAKey() throws Exception {
    SealedKeys sealed =
        SealedKeys.with(
            new KeyForKeys.PassphraseFile(
                TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"))),
            batches -> {
              runs.add(batches.stream().mapToInt(batch -> batch.orders().size()).sum());
              return KeyMaker.make(batches);
            });
    configuration = TestConfiguration.signer(folder);
    registrar =
        SignerServer.listen(
            folder.resolve("r.sock"),
            UnixUsers.self(),
            (request, peer, responder) ->
                responder.answer(
                    new Answer.Done(
                        JsonObject.builder().put("logs", List.copyOf(stated)).build())));
    client = new SignerClient(folder.resolve("r.sock"));
    custody = new SoftwarePrivateKeys(sealed, "enterprise");
    opener =
        new OpenedGeneration.Opener(
            configuration, sealed, custody, () -> T0, new GenerationNumbers(configuration, client));
    first = Generation.of("s1", folder.resolve("signer"), 1);
    second = Generation.of("s1", folder.resolve("signer"), 2);
    opener.prepare(first);
    PublicJwk made = custody.make(first.keys(), "k1", PublicJwk.Algorithm.ES256).publicKey();
    new KeyFolder(FileDisk.privateFolder(first.keys()))
        .keep(1, TestKeys.statement(made, T0, T0.plusSeconds(3600)));
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    registrar.close();
  }

  private Path privateHalf() {
    return first.keys().resolve("k1.sealed");
  }

  /** Opens what is to be gone on with, and closes it again. */
  private Generation goesOn() throws Exception {
    OpenedGeneration opened = opener.open();
    opened.log().close();
    return opened.generation();
  }

  private void seal() throws Exception {
    OpenedGeneration opened = opener.open();
    assertThat(opened.generation()).isEqualTo(first);
    opened.log().seal();
    opened.log().close();
  }

  @Test
  void aCrashBetweenSealAndDestructionLeavesNoPrivateHalfOfALogThatWasFollowed() throws Exception {
    second.announce(T0);
    opener.prepare(second);
    assertThat(goesOn()).as("until its log has ended").isEqualTo(first);
    assertThat(privateHalf()).exists();
    seal();
    assertThat(first.isEnded()).isFalse();
    assertThat(goesOn()).isEqualTo(second);
    assertThat(privateHalf()).doesNotExist();
    assertThat(first.isEnded()).isTrue();
    // What has ended is let alone: not even its log's key is needed.
    Files.delete(first.keys().resolve("log.sealed"));
    assertThat(goesOn()).isEqualTo(second);
  }

  private Path damagedSegment() throws Exception {
    return Files.write(
        first.journal().resolve("00000000000000000000.segment"),
        "no segment's header".repeat(10).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aLogThatCannotBeReadBackIsFollowedOnceAnOperatorReplacedIt() throws Exception {
    Path segment = damagedSegment();
    byte[] damaged = Files.readAllBytes(segment);
    assertThatThrownBy(this::goesOn)
        .isInstanceOfSatisfying(
            DamagedGenerationException.class,
            damage -> assertThat(damage.generation()).isEqualTo(first))
        .hasMessageContaining("not a segment's header");
    assertThat(privateHalf()).exists();
    Files.delete(segment);
    assertThat(goesOn()).as("the control: it was restored").isEqualTo(first);

    damagedSegment();
    second.announce(T0);
    JsonObject said = new PastGenerations(configuration, first).endDamaged(T0);
    assertThat(said.string("log")).isEqualTo("s1g1");
    assertThat(said.number("size")).isZero();
    assertThat(said.strings("kids")).hasSize(1);
    assertThat(said.object("announced").string("log")).isEqualTo("s1g2");
    Generation third = Generation.of("s1", folder.resolve("signer"), 3);
    assertThat(goesOn()).isEqualTo(third);
    assertThat(goesOn()).as("again").isEqualTo(third);
    Answer again =
        new PastGenerations(configuration, third)
            .answer(Commands.replace().arguments(), T0)
            .orElseThrow();
    assertThat(((Answer.Done) again).result().string("log"))
        .as("it is the same theft")
        .isEqualTo("s1g1");
    assertThat(privateHalf()).doesNotExist();
    assertThat(first.isEnded()).isTrue();
    assertThat(segment).hasBinaryContent(damaged);
  }

  @Test
  void theKeysOfTheNextGenerationAreMadeInOneRun() throws Exception {
    seal();
    runs.clear();
    assertThat(goesOn()).isEqualTo(second);
    custody.make(second.keys(), "k1", PublicJwk.Algorithm.ES256);
    assertThat(runs).containsExactly(2);
    // The control: another key is none of those that were made.
    custody.make(second.keys(), "k2", PublicJwk.Algorithm.ES256);
    assertThat(runs).containsExactly(2, 1);
  }

  @Test
  void whatACrashLeavesOfAnAnnouncementThatWasNotMadeTakesNothingOver() throws Exception {
    FileDisk.privateFolder(second.folder());
    assertThat(goesOn()).isEqualTo(first);
    assertThat(opener.next()).as("no log ever had its name").isEqualTo(second);
    second.announce(T0);
    assertThat(opener.next().number()).isEqualTo(3);
  }

  private static JsonObject known(String log) {
    return JsonObject.builder().put("name", log).put("vkey", "somebody's").build();
  }

  /** Any number: as many as a thief likes. */
  @Test
  void logsThatAThiefHadStatedKeepNoSignerFromItsNextGeneration() throws Exception {
    seal();
    stated.addAll(List.of(known("s1g1"), known("s1g2"), known("s1g4"), known("s1g999999")));
    assertThat(goesOn().number()).as("past what is stated").isEqualTo(3);
    assertThat(goesOn().number()).as("it goes on").isEqualTo(3);
    assertThat(opener.next().number()).isEqualTo(5);
    // The control: what is another signer's is passed over by nobody.
    stated.clear();
    stated.addAll(List.of(known("s1g1"), known("s1g3"), known("s2g4")));
    assertThat(opener.next().number()).isEqualTo(4);
  }

  @Test
  void whatStandsWhereALogWouldBePublishedIsPassedOver() throws Exception {
    Path logs = configuration.process().logFolder();
    Files.createSymbolicLink(logs.resolve("s1g2"), folder.resolve("nowhere"));
    Files.createSymbolicLink(logs.resolve("s1g3"), Files.createDirectory(folder.resolve("theirs")));
    Files.writeString(logs.resolve("s1g4"), "a file");
    Files.createDirectories(logs.resolve("s1g5/tile"));
    Files.createDirectories(logs.resolve("s1g999999/tile"));
    seal();
    Generation next = goesOn();
    assertThat(next.number()).as("past links, a file and another log").isEqualTo(6);
    assertThat(logs.resolve("s1g6")).isDirectory();
    assertThat(folder.resolve("theirs")).isEmptyDirectory();
    // The control: an empty folder of its own is what a crash leaves.
    Files.createDirectory(logs.resolve("s1g7"));
    assertThat(opener.next().number()).isEqualTo(7);
  }

  @Test
  void foldersThatAnotherUserMadeAreNotTaken() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root gives folders away");
    Path logs = configuration.process().logFolder();
    UserPrincipal other =
        logs.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
    Files.setOwner(Files.createDirectories(logs.resolve("s1g2")), other);
    assertThat(opener.next().number()).isEqualTo(3);
    Files.delete(logs.resolve("s1g2"));
    assertThat(opener.next().number()).as("the control").isEqualTo(2);
  }

  @Test
  void aRecordDoorThatIsAddedTakesNothingWhereAnotherSignersFolderStands() throws Exception {
    configuration =
        TestConfiguration.signer(
            folder, "record-logs: [{name: d1, sources: [legacy], digests-per-second: 1000}]\n");
    Path theirs = Files.createDirectories(folder.resolve("theirs"));
    Path link = configuration.process().logFolder().resolve("d1g1");
    Files.createSymbolicLink(link, theirs);
    try (RecordDoors doors = doors()) {
      assertThat(doors.status())
          .singleElement()
          .satisfies(
              door ->
                  assertThat(door.string("broken"))
                      .contains(
                          "does not belong to this signer",
                          "counterfoil signer succeed s1 --in 0 --yes"));
    }
    assertThat(theirs).isEmptyDirectory();
    Files.delete(link);
    try (RecordDoors doors = doors()) {
      assertThat(doors.status())
          .as("the control")
          .singleElement()
          .satisfies(door -> assertThat(door.has("broken")).isFalse());
    }
  }

  private RecordDoors doors() throws Exception {
    return RecordDoors.open(
        configuration,
        first,
        opener.sealed(),
        () -> T0,
        failure -> {
          throw new AssertionError(failure);
        });
  }

  /** A succession whose registrar is somebody's. */
  private LogSuccession succession(RegistrarLink registrar) throws Exception {
    List<Purpose> purposes = configuration.process().resolvedPurposes().all();
    return LogSuccession.open(
        opener,
        (generation, log) ->
            new KeyKeeper(
                new KeyKeeper.Keeping(
                    "enterprise", "https://login.example", () -> purposes, generation, log),
                custody,
                registrar,
                FileDisk.privateFolder(generation.keys())),
        () -> purposes,
        first,
        T0);
  }

  private LogEnds ends(RegistrarLink registrar) throws Exception {
    return LogEnds.before(configuration, first, () -> T0, registrar);
  }

  private static final Answer DONE = new Answer.Done(JsonObject.builder().build());
  private static final Answer AWAY = new Answer.Refused(Answer.Code.BUSY, "later");

  @Test
  void theStatusIsSaidWhileTheRegistrarTakesItsTime() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    LogSuccession succession =
        succession(
            command -> {
              asked.countDown();
              answers.await();
              return AWAY;
            });
    assertThat(succession.status(T0)).isNull();
    assertThat(succession.announce(T0, T0)).isInstanceOf(Answer.Done.class);
    CompletableFuture<Void> stepped = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                succession.step(T0);
                stepped.complete(null);
              } catch (Exception e) {
                stepped.completeExceptionally(e);
              }
            });
    asked.await();
    CompletableFuture<JsonObject> said =
        CompletableFuture.supplyAsync(() -> requireNonNull(succession.status(T0)));
    assertThat(said.get(30, TimeUnit.SECONDS).string("log")).isEqualTo("s1g2");
    assertThat(stepped).isNotDone();
    answers.countDown();
    stepped.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoCancelsWhileTheSuccessorTakesOverIsTooLate() throws Exception {
    RegistrarLink registrar = command -> command.name().equals(Commands.READ_KEYS) ? AWAY : DONE;
    LogSuccession succession = succession(registrar);
    LogEnds ends = ends(registrar);
    assertThat(succession.takeOver(T0)).as("nothing is announced").isFalse();
    Instant later = T0.plusSeconds(60);
    assertThat(succession.announce(later, T0)).isInstanceOf(Answer.Done.class);
    succession.step(T0);
    assertThat(succession.takeOver(T0)).as("its time has not come").isFalse();
    assertThat(succession.cancel(T0, ends)).isInstanceOf(Answer.Done.class);

    assertThat(succession.announce(T0, T0)).isInstanceOf(Answer.Done.class);
    assertThat(succession.takeOver(T0)).as("its key is not stated").isFalse();
    succession.step(T0);
    assertThat(succession.takeOver(T0)).isTrue();
    assertThat(succession.cancel(T0, ends))
        .isInstanceOfSatisfying(
            Answer.Refused.class, no -> assertThat(no.text()).contains("is taking over now"));
    assertThat(succession.announce(later, T0)).isInstanceOf(Answer.Refused.class);
    assertThat(Generation.of("s1", folder.resolve("signer"), 3).isGivenUp()).isFalse();
    assertThat(succession.giveUp(T0)).as("a replacement ends it nevertheless").isPresent();
  }
}
