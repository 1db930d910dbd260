package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.DelegationWindows;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.RootChain;
import dev.counterfoil.format.RootPin;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a signer's keys are taken back. */
class ContainmentTest {
  private static final Instant ENDED_AT = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;
  private final List<String> revoked = new CopyOnWriteArrayList<>();
  private int takes = Integer.MAX_VALUE;
  private int asked;

  /** Whether revoking waits for a second person. */
  private volatile boolean waits;

  /** Keys that the signer names and the key log does not have. */
  private volatile List<String> unstated = List.of();

  /** The logs that the signer has, where it was replaced before. */
  private volatile List<String> own = List.of("s1g1", "s1g3");

  /** The same where it is replaced now. */
  private volatile List<String> ownBefore = List.of("s1g1");

  /** The sizes that an operator had the key log say. */
  private final List<Long> ends = new CopyOnWriteArrayList<>();

  /** Whether the registrar refuses that. */
  private volatile boolean refusesEnds;

  /** The one that it was replaced from. */
  private volatile String sealedLog = "s1g1";

  /** From which positions keys were revoked. */
  private final List<Long> positions = new CopyOnWriteArrayList<>();

  /** Whether it says that it was replaced before. */
  private volatile boolean already;

  private DataFolder.DomainFolder domain;
  private SignerServer signer;
  private SignerServer registrar;

  @BeforeEach
  void aSignerThatAnnouncedASuccessor() throws Exception {
    domain = new DataFolder.DomainFolder(folder);
    signer = listen(domain.signer(), (request, peer, to) -> to.answer(new Answer.Done(sealed())));
    registrar = listen(domain.registrar(), (request, peer, to) -> to.answer(revoke(request)));
  }

  private static SignerServer listen(Path at, SignerServer.Handler handler) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"), Set.of(System.getProperty("user.name")), handler);
  }

  private JsonObject sealed() {
    JsonObject.Builder sealed = JsonObject.builder();
    return sealed
        .put("own", already ? own : ownBefore)
        .put(
            "announced",
            JsonObject.builder().put("log", "s1g2").put("kids", List.of("next")).build())
        .put("log", sealedLog)
        .put("size", 7L)
        .put("kids", Stream.concat(unstated.stream(), Stream.of("now")).toList())
        .put("already", already)
        .build();
  }

  private Answer end(Request.Command command) throws FormatException {
    assertThat(command.text("reason")).contains("replaced");
    assertThat(command.arguments().truth(Commands.ALONE)).isTrue();
    if (refusesEnds) {
      return new Answer.Refused(Answer.Code.DISK_FULL, "make room");
    }
    ends.add(command.arguments().number("size"));
    return new Answer.Done(JsonObject.builder().put("version", 90L).put("changed", true).build());
  }

  private Answer revoke(Request request) {
    try {
      if (((Request.Command) request).name().equals(Commands.END_LOG)) {
        return end((Request.Command) request);
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    try {
      if (((Request.Command) request).arguments().strings("kids").size()
          > Commands.REVOKED_AT_ONCE_MAX) {
        return new Answer.Refused(Answer.Code.MALFORMED, "too many at once");
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    asked++;
    try {
      if (((Request.Command) request)
          .arguments().strings("kids").stream().anyMatch(unstated::contains)) {
        return new Answer.Refused(Answer.Code.UNKNOWN, "there is no such key");
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    if (waits) {
      return new Answer.Done(
          JsonObject.builder().put("waits", "c" + asked).put("until", 0L).build());
    }
    if (revoked.size() >= takes) {
      return new Answer.Refused(Answer.Code.DISK_FULL, "make room");
    }
    try {
      revoked.addAll(((Request.Command) request).arguments().strings("kids"));
      positions.add(((Request.Command) request).arguments().number("from"));
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    return new Answer.Done(
        JsonObject.builder().put("version", 40L + revoked.size()).put("changed", true).build());
  }

  @AfterEach
  void close() throws Exception {
    signer.close();
    registrar.close();
  }

  @Test
  void theKeysThatSignedComeFirstAndTheReportCoversBoth() throws Exception {
    Containment.Contained contained =
        new Containment(domain).replaceSigner(Optional.empty(), ENDED_AT);
    assertThat(revoked).containsExactly("now", "next");
    assertThat(contained).isEqualTo(new Containment.Contained("s1g1", 7, List.of("now"), 42, true));
  }

  @Test
  void aRefusalOfTheSuccessorsKeysSaysThatTheOthersAreRevoked() {
    takes = 1;
    assertThatThrownBy(() -> new Containment(domain).replaceSigner(Optional.empty(), ENDED_AT))
        .isInstanceOf(Containment.ContainmentFailedException.class)
        .hasMessageContaining("the keys of s1g1 are revoked")
        .hasMessageContaining("successor s1g2 are not")
        .hasMessageContaining("counterfoil keys revoke next --from 0")
        .hasMessageContaining("make room");
    assertThat(revoked).containsExactly("now");
  }

  /** Whoever held a signer may have had more stated than is taken back at once. */
  @Test
  void asManyKeysAsAThiefHadStatedAreRevokedInParts() throws Exception {
    List<String> kids = new ArrayList<>();
    for (int i = 0; i < 2 * Commands.REVOKED_AT_ONCE_MAX + 1; i++) {
      kids.add("k" + i);
    }
    Containment containment = new Containment(domain);
    Containment.Contained contained = containment.revokeAlone(kids, "s1g1", 7);
    assertThat(revoked).containsExactlyElementsOf(kids);
    assertThat(contained.kids()).isEqualTo(kids);
    assertThat(contained.keyLogSize()).isEqualTo(40 + kids.size());
    assertThat(asked).isEqualTo(3);
    waits = true;
    assertThatThrownBy(() -> containment.revoke(kids, "s1g1", 7))
        .hasMessageContaining("keys confirm c4, and counterfoil keys confirm c5, and")
        .hasMessageContaining("confirm c6");
    asked = 0;
    waits = false;
    revoked.clear();
    takes = Commands.REVOKED_AT_ONCE_MAX;
    assertThatThrownBy(() -> containment.revokeAlone(kids, "s1g1", 7))
        .hasMessageContaining("of 513 keys")
        .hasMessageContaining("make room");
    asked = 0;
    takes = Integer.MAX_VALUE;
    containment.revoke(kids.subList(0, Commands.REVOKED_AT_ONCE_MAX), "s1g1", 7);
    assertThat(asked).as("the control").isEqualTo(1);
  }

  /** Whoever holds the signer may name any, to have the registrar refuse the others with them. */
  @Test
  void keysThatASignerNamesAndNobodyStatedKeepNoneFromBeingRevoked() throws Exception {
    List<String> kids = new ArrayList<>();
    for (int i = 0; i < Commands.REVOKED_AT_ONCE_MAX + 1; i++) {
      kids.add("never" + i);
    }
    unstated = kids;
    Containment containment = new Containment(domain);
    containment.replaceSigner(Optional.empty(), ENDED_AT);
    assertThat(revoked).containsExactly("now", "next");
    // An operator who names a key is told that there is none, and where none is known so is he.
    revoked.clear();
    assertThatThrownBy(() -> containment.revokeAlone(List.of("never0", "now"), "s1g1", 7))
        .hasMessageContaining("UNKNOWN");
    unstated = List.of("never0", "now");
    assertThatThrownBy(() -> containment.replaceSigner(Optional.empty(), ENDED_AT))
        .hasMessageContaining("UNKNOWN");
    assertThat(revoked).isEmpty();
  }

  /** A thief's own, whose private halves no replacement destroys. */
  @Test
  void keysInOtherLogsOfASignerThatIsReplacedGoToo() throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g9", "s2g2"), List.of());
    new Containment(domain).contain(Optional.empty(), Optional.of(keys), ENDED_AT);
    assertThat(revoked)
        .containsExactly("now", keys.keys().getFirst().kid(), keys.keys().get(1).kid(), "next");
  }

  private static KeySet afterAPlannedEnd() throws Exception {
    return keySet(
        List.of("s1g1", "s1g2"),
        List.of(
            new KeySet.EndedLog(
                "s1g1", 7, Optional.of("s1g2"), KeyLogEvent.EndReason.PLANNED, ENDED_AT)));
  }

  private static KeySet keySet(List<String> names, List<KeySet.EndedLog> ended) throws Exception {
    KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
    maker.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPairGenerator logs = KeyPairGenerator.getInstance("Ed25519");
    List<KeyStatement> keys = new ArrayList<>();
    List<KeySet.StatedLog> stated = new ArrayList<>();
    for (String log : names) {
      keys.add(
          KeyStatement.builder(
                  PublicJwk.of(PublicJwk.Algorithm.ES256, maker.generateKeyPair().getPublic()))
              .domain("main")
              .issuer("https://login.example")
              .tenants(AllowList.parse(List.of("acme")))
              .tokenTypes(AllowList.parse(List.of("at+jwt")))
              .audiences(AllowList.parse(List.of("mail")))
              .lifeMax(Duration.ofMinutes(15))
              .active(ENDED_AT.minus(Duration.ofHours(3)), ENDED_AT.plus(Duration.ofHours(3)))
              .verifyUntil(ENDED_AT.plus(Duration.ofHours(4)))
              .record(new RecordForm.Position(log))
              .build());
      stated.add(
          new KeySet.StatedLog(
              log,
              NoteKey.of("login.example/logs/" + log, logs.generateKeyPair().getPublic()),
              URI.create("https://login.example/logs/" + log)));
    }
    return new KeySet(
        "main",
        "https://login.example",
        9,
        ENDED_AT,
        RootChain.under(new RootPin(1, Hash.sha256())),
        DelegationWindows.none(),
        keys,
        stated,
        ended,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Optional.of(ENDED_AT),
        Map.of());
  }

  @Test
  void aLogThatEndedAsPlannedIsContainedByItsNameAndItsSuccessorGoesOn() throws Exception {
    KeySet keys = afterAPlannedEnd();
    Instant later = ENDED_AT.plus(Duration.ofHours(2));
    String kid = keys.keys().getFirst().kid();
    assertThat(FoundContainment.in(keys, Optional.of("s1g1"), later))
        .contains(new FoundContainment("s1g1", 7, List.of(kid), ENDED_AT));
    // Who names the signer, or the log that it has now, has it replaced.
    assertThat(FoundContainment.in(keys, Optional.of("s1"), ENDED_AT)).isEmpty();
    assertThat(FoundContainment.in(keys, Optional.of("s1g2"), later)).isEmpty();
    assertThat(FoundContainment.in(keys, Optional.empty(), ENDED_AT)).isEmpty();
  }

  /** Beside a successor that was announced, s1g2, and the log that the signer began anew, s1g3. */
  private List<String> revokedAgain(List<KeySet.EndedLog> ended) throws Exception {
    KeySet keys = keySet(List.of("s1g1", "s1g2", "s1g3", "s2g2"), ended);
    already = true;
    new Containment(domain).contain(Optional.of("s1g1"), Optional.of(keys), ENDED_AT);
    return logsOfRevoked(keys);
  }

  /** Of those that the key log has; a kid else. */
  private List<String> logsOfRevoked(KeySet keys) {
    return revoked.stream()
        .map(kid -> keys.key(kid).flatMap(KeyStatement::log).orElse(kid))
        .toList();
  }

  private static KeySet.EndedLog replaced(String log, String by) {
    return new KeySet.EndedLog(log, 7, Optional.of(by), KeyLogEvent.EndReason.REPLACED, ENDED_AT);
  }

  /** The next generation takes the first free number, so a thief's may be larger. */
  @Test
  void aSecondRunTakesBackAThiefsLogOfALargerNumber() throws Exception {
    already = true;
    own = List.of("s1g1", "s1g2", "s1g3");
    for (KeySet keys :
        List.of(
            keySet(List.of("s1g1", "s1g9", "s1g2", "s1g3"), List.of(replaced("s1g1", "s1g2"))),
            // The key log does not have the end yet, nor the log that follows, or has it by a
            // thief's word.
            keySet(List.of("s1g1", "s1g9", "s1g2"), List.of()),
            keySet(List.of("s1g1", "s1g9", "s2g2"), List.of()),
            keySet(List.of("s1g1", "s1g9", "s1g2"), List.of(replaced("s1g1", "s1g9"))),
            // He had it stated after the one that follows.
            keySet(List.of("s1g1", "s1g2", "s1g9"), List.of(replaced("s1g1", "s1g2"))),
            // Nothing followed, by what an operator said.
            keySet(
                List.of("s1g1", "s1g9"),
                List.of(
                    new KeySet.EndedLog(
                        "s1g1", 7, Optional.empty(), KeyLogEvent.EndReason.LOST, ENDED_AT))))) {
      revoked.clear();
      new Containment(domain).contain(Optional.of("s1g1"), Optional.of(keys), ENDED_AT);
      assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g1", "s1g9", "next");
    }
  }

  /** By his socket at the registrar he ends the log that goes on, with a size and a successor. */
  @Test
  void aThiefWhoEndsHisLogHimselfIsNotTakenAtHisWord() throws Exception {
    KeySet.EndedLog his =
        new KeySet.EndedLog(
            "s1g1",
            999_999_999_999_999L,
            Optional.of("s1g9"),
            KeyLogEvent.EndReason.REPLACED,
            ENDED_AT);
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of(his));
    assertThat(FoundContainment.in(keys, Optional.of("s1"), ENDED_AT))
        .as("what the key log alone says")
        .isPresent();
    for (Optional<String> log : List.of(Optional.<String>empty(), Optional.of("s1g1"))) {
      revoked.clear();
      positions.clear();
      Containment.Contained contained =
          new Containment(domain).contain(log, Optional.of(keys), ENDED_AT);
      assertThat(contained.size()).as("where the signer sealed it").isEqualTo(7);
      assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g1", "s1g9", "next");
      assertThat(positions).containsExactly(7L, 0L, 0L);
      assertThat(contained.keyLogSize()).as("who has that refuses by both").isEqualTo(90);
    }
    assertThat(ends).as("what the key log says then").containsExactly(7L, 7L);
    // The control: a true replacement, of which the second run leaves the follower.
    revoked.clear();
    already = true;
    keys = keySet(List.of("s1g1", "s1g3"), List.of(replaced("s1g1", "s1g3")));
    new Containment(domain).contain(Optional.empty(), Optional.of(keys), ENDED_AT);
    assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g1", "next");
    assertThat(ends).as("the size is the same").hasSize(2);
  }

  @Test
  void anEndThatCannotBeRestatedIsSaidAndTheKeysAreRevoked() throws Exception {
    refusesEnds = true;
    KeySet keys =
        keySet(
            List.of("s1g1", "s1g9"),
            List.of(
                new KeySet.EndedLog(
                    "s1g1", 8, Optional.empty(), KeyLogEvent.EndReason.LOST, ENDED_AT)));
    assertThatThrownBy(
            () -> new Containment(domain).contain(Optional.empty(), Optional.of(keys), ENDED_AT))
        .isInstanceOf(Containment.ContainmentFailedException.class)
        .hasMessageContaining("revoked from position 7 on")
        .hasMessageContaining("that it ended at 8")
        .hasMessageContaining("make room");
    assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g1", "s1g9", "next");
    assertThatThrownBy(
            () -> new Containment(domain).revokeLost(List.of("now"), "s1g1", 7, Optional.of(keys)))
        .hasMessageContaining("that it ended at 8");
    // The control: one that is not later is left.
    new Containment(domain).revokeLost(List.of("now"), "s1g1", 8, Optional.of(keys));
    refusesEnds = false;
    new Containment(domain).revokeLost(List.of("now"), "s1g1", 7, Optional.of(keys));
    assertThat(ends).containsExactly(7L);
  }

  /** A thief had it stated before the present one began, so the signer passed the number over. */
  @Test
  void aThiefsLogOfBeforeThePresentOneGoesAndTheSignersOwnStays() throws Exception {
    KeySet keys =
        keySet(
            List.of("s1g1", "s1g2", "s1g7", "s1g3", "s2g1"),
            List.of(
                new KeySet.EndedLog(
                    "s1g1", 7, Optional.of("s1g3"), KeyLogEvent.EndReason.PLANNED, ENDED_AT),
                // That it ended, too, is his word.
                new KeySet.EndedLog(
                    "s1g2", 99, Optional.of("s1g3"), KeyLogEvent.EndReason.PLANNED, ENDED_AT)));
    sealedLog = "s1g3";
    own = List.of("s1g1", "s1g3", "s1g4");
    for (boolean before : List.of(false, true)) {
      revoked.clear();
      positions.clear();
      already = before;
      ownBefore = List.of("s1g1", "s1g3");
      new Containment(domain).contain(Optional.of("s1g3"), Optional.of(keys), ENDED_AT);
      assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g3", "s1g2", "s1g7", "next");
      assertThat(positions).containsExactly(7L, 0L, 0L, 0L);
    }
    // What is later is nobody's where nothing followed yet, whatever a signer in his hands says.
    revoked.clear();
    already = false;
    ownBefore = List.of("s1g1", "s1g2", "s1g3", "s1g7");
    new Containment(domain).contain(Optional.empty(), Optional.of(keys), ENDED_AT);
    assertThat(logsOfRevoked(keys)).containsExactly("now", "s1g3", "s1g7", "next");
  }

  /** Which later logs are the signer's own nobody says then. */
  @Test
  void whereTheSignerDoesNotAnswerALogThatIsNamedIsRevokedAndTheLaterOnesAreNamed()
      throws Exception {
    signer.close();
    KeySet keys = keySet(List.of("s1g1", "s1g9"), List.of(replaced("s1g1", "s1g9")));
    Containment containment = new Containment(domain, "s1", Duration.ZERO);
    assertThatThrownBy(() -> containment.contain(Optional.of("s1g1"), Optional.of(keys), ENDED_AT))
        .isInstanceOf(Containment.ContainmentFailedException.class)
        .hasMessageContaining("the keys of s1g1 are revoked")
        .hasMessageContaining(
            "s1g9: counterfoil keys revoke " + keys.keys().getLast().kid() + " --from 0");
    assertThat(logsOfRevoked(keys)).containsExactly("s1g1");
    assertThat(positions).containsExactly(7L);
  }

  /** By the key log's word no token of a thief who ended his log himself would be refused. */
  @Test
  void whereTheSignerDoesNotAnswerNoTokenBeyondWhatIsPublishedStaysGood() throws Exception {
    signer.close();
    KeySet keys = keySet(List.of("s1g1"), List.of(replaced("s1g1", "s1g2")));
    Containment containment = new Containment(domain, "s1", Duration.ZERO);
    Path published = Files.createDirectories(domain.log().resolve("s1g1"));
    for (long size : List.of(9L, 4L)) {
      Files.writeString(
          published.resolve("checkpoint"),
          "log\n%d\n%s\n\n\u2014 log %s\n"
              .formatted(
                  size,
                  Base64.getEncoder().encodeToString(new byte[Hash.BYTES]),
                  Base64.getEncoder().encodeToString(new byte[68])));
      containment.contain(Optional.of("s1g1"), Optional.of(keys), ENDED_AT);
    }
    assertThat(positions).as("the key log says 7").containsExactly(7L, 4L);
  }

  /** A number that the signer passed over is a thief's to take. */
  @Test
  void aThiefsLogOfASmallerNumberIsALaterOneAndTheGenerationBeforeIsNone() throws Exception {
    String log = "s1g4";
    KeySet keys = keySet(List.of("s1g2", log, "s1g3", "s1g5"), List.of(replaced(log, "s1g5")));
    already = true;
    sealedLog = log;
    own = List.of("s1g2", log, "s1g5");
    new Containment(domain).contain(Optional.of(log), Optional.of(keys), ENDED_AT);
    assertThat(logsOfRevoked(keys)).containsExactly("now", log, "s1g3", "next");
    assertThat(OtherLog.after("s1g4", keys, ENDED_AT))
        .extracting(OtherLog::log)
        .containsExactly("s1g3", "s1g5");
    assertThat(OtherLog.after("s1g4", keys, ENDED_AT.plus(Duration.ofHours(4))))
        .as("no token of theirs is good any more")
        .isEmpty();
  }

  @Test
  void aSecondRunTakesBackWhatWasAnnouncedAndNeverBegan() throws Exception {
    assertThat(
            revokedAgain(
                List.of(
                    new KeySet.EndedLog(
                        "s1g1", 7, Optional.of("s1g3"), KeyLogEvent.EndReason.REPLACED, ENDED_AT))))
        .containsExactly("now", "s1g1", "s1g2", "next");
  }

  @Test
  void beforeTheEndIsInTheKeyLogTheSignerSaysWhichLogFollows() throws Exception {
    assertThat(revokedAgain(List.of())).containsExactly("now", "s1g1", "s1g2", "next");
  }

  @Test
  void aRefusalInTheSecondRunIsNoContainment() {
    takes = 1;
    assertThatThrownBy(() -> revokedAgain(List.of()))
        .isInstanceOf(Containment.ContainmentFailedException.class)
        .hasMessageContaining("successor s1g2 are not");
  }

  @Test
  void whatTheKeyLogDoesNotSayYetTheSignerSays() throws Exception {
    already = true;
    // Neither the end nor a revocation stands there; the new log, s1g3, is stated just now.
    KeySet keys = keySet(List.of("s1g1", "s1g2", "s1g3"), List.of());
    Instant began = keys.keys().getLast().activeFrom();
    Containment.Contained contained =
        new Containment(domain).contain(Optional.empty(), Optional.of(keys), began);
    assertThat(contained.log()).isEqualTo("s1g1");
    assertThat(revoked)
        .as("what it names, and what it does not name and the key log has")
        .containsExactly("now", keys.keys().getFirst().kid(), keys.keys().get(1).kid(), "next");
  }

  @Test
  void aSignerThatGoesOnWithStolenKeysCannotSayThatItWasReplaced() throws Exception {
    already = true;
    KeySet goesOn = keySet(List.of("s1g1", "s1g3"), List.of());
    KeySet asPlanned = afterAPlannedEnd();
    for (KeySet keys : List.of(goesOn, asPlanned)) {
      assertThatThrownBy(
              () -> new Containment(domain).contain(Optional.empty(), Optional.of(keys), ENDED_AT))
          .isInstanceOf(Containment.ContainmentFailedException.class)
          .hasMessageContaining("--again");
    }
    assertThat(revoked).isEmpty();
    // A log that is named is meant, however it ended.
    new Containment(domain).contain(Optional.of("s1g1"), Optional.of(goesOn), ENDED_AT);
    assertThat(revoked).contains(goesOn.keys().getFirst().kid());
  }

  @Test
  void aSignerWhoseKeysWereAllRevokedIsReplacedAllTheSame() throws Exception {
    KeySet keys = keySet(List.of("s1g1"), List.of());
    KeySet revokedKeys =
        new KeySet(
            keys.domain(),
            keys.issuer(),
            keys.version(),
            keys.asOf(),
            keys.root(),
            keys.windows(),
            keys.keys(),
            keys.logs(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(new KeySet.RevokedKey(keys.keys().getFirst().kid(), "s1g1", 3, ENDED_AT)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.of(ENDED_AT),
            Map.of());
    assertThat(FoundContainment.in(revokedKeys, Optional.of("s1"), ENDED_AT)).isEmpty();
    assertThat(
            new Containment(domain)
                .contain(Optional.empty(), Optional.of(revokedKeys), ENDED_AT)
                .size())
        .isEqualTo(7);
  }
}
