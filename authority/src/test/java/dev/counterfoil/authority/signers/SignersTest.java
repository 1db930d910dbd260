package dev.counterfoil.authority.signers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.settings.AuthorityConfiguration.SpareSigner;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of a domain's signers issues, when one dies, refuses or comes back. */
class SignersTest {
  private static final String ISSUER = "https://login.example";
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  @TempDir Path folder;
  private FakeSigner first;
  private FakeSigner spare;
  private Signers signers;

  @BeforeEach
  void start() throws Exception {
    first = signer("one");
    spare = signer("two");
    first.start();
    spare.start();
    signers =
        new Signers(
            new UnixSocketPath(folder.resolve("one/s.sock")),
            List.of(new SpareSigner("s2", new UnixSocketPath(folder.resolve("two/s.sock")))),
            InstantSource.system());
    awaitConnected(signers);
  }

  private FakeSigner signer(String name) throws Exception {
    Path of = Files.createDirectories(folder.resolve(name));
    return new FakeSigner(
        of,
        ISSUER,
        new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG),
        Clock.systemUTC());
  }

  /** Until each has answered: one whose socket only took the connection could outlive its stop. */
  private static void awaitConnected(Signers signers) throws InterruptedException {
    for (Signers.One one : signers.all()) {
      while (one.view().ask().isEmpty()) {
        Thread.sleep(5);
      }
    }
  }

  @AfterEach
  void stop() throws IOException {
    signers.close();
    first.close();
    spare.close();
  }

  private Answer ask() throws Exception {
    return signers.issue(request(null), TIMEOUT);
  }

  private static IssueRequest request(@Nullable String algorithm) {
    return new IssueRequest(
        "at+jwt",
        "acme",
        "app",
        "app",
        List.of("mail"),
        "",
        60,
        null,
        null,
        new IssueRequest.Ground("test", ""),
        "local",
        Clock.systemUTC().millis(),
        algorithm,
        null);
  }

  /** Of a key whose tokens live two minutes the signer refuses one of five. */
  @ParameterizedTest
  @CsvSource({"PT2M,120", "PT1H,300"})
  void itsOwnTokensLiveNoLongerThanTheDomains(Duration tokenLife, int seconds) throws Exception {
    new OwnToken(signers, "acme", "counterfoil:findings", tokenLife, InstantSource.system())
        .accessToken(false);
    assertThat(first.requests())
        .singleElement()
        .extracting(IssueRequest::lifeSeconds)
        .isEqualTo(seconds);
  }

  @Test
  void theFirstIssuesWhileItCan() throws Exception {
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(ask()).isInstanceOf(Answer.Issued.class);

    assertThat(first.requests()).hasSize(2);
    assertThat(spare.requests()).isEmpty();
  }

  @Test
  void aSpareIssuesInThePlaceOfOneThatIsGone() throws Exception {
    first.stop();

    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(spare.requests()).hasSize(1);
  }

  @Test
  void aSpareIssuesInThePlaceOfOneThatSaysNothing() throws Exception {
    first.fallSilent();

    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(spare.requests()).hasSize(1);
  }

  @Test
  void aSpareIssuesWhenTheFirstHasNoKeyAndTheFirstWhenItHasOneAgain() throws Exception {
    first.refuse(Answer.Code.NO_KEY);
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(spare.requests()).hasSize(1);

    first.refuse(null);
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(spare.requests()).as("the first rests").hasSize(2);
    assertThat(first.requests()).isEmpty();

    Thread.sleep(Signers.REST);
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(first.requests()).hasSize(1);
    assertThat(spare.requests()).hasSize(2);
  }

  @Test
  void whetherOneThatHangsIsBackOneRequestFindsOut() throws Exception {
    first.fallSilent();
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    Thread.sleep(Signers.REST);
    int before = first.asked();

    try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(requests.submit(this::ask));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get()).isInstanceOf(Answer.Issued.class);
      }
    }
    assertThat(spare.requests()).hasSize(9);
    // One each second, should the eight come that far apart.
    assertThat(first.asked() - before).isBetween(1, 3);
  }

  @Test
  void aSignerWithoutAKeyOfOneAlgorithmIssuesWithTheOthersAllTheSame() throws Exception {
    first.refuse(Answer.Code.NO_KEY);
    assertThat(signers.issue(request("RS256"), TIMEOUT)).isInstanceOf(Answer.Issued.class);
    assertThat(spare.requests()).hasSize(1);

    first.refuse(null);
    assertThat(ask()).isInstanceOf(Answer.Issued.class);
    assertThat(first.requests()).hasSize(1);
    assertThat(spare.requests()).hasSize(1);
  }

  @Test
  void whatNobodyMayIssueIsNotTriedElsewhere() throws Exception {
    first.refuse(Answer.Code.OUT_OF_SCOPE);

    assertThat(ask())
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(Answer.Code.OUT_OF_SCOPE));
    assertThat(spare.requests()).isEmpty();
  }

  /** The longest that a signer waits for a level: the bound of its {@code release-wait}. */
  private static final Duration RELEASE_WAIT_MAX = Duration.ofSeconds(4);

  @Test
  void aSignerThatWaitsForItsHoldersIsHeardAndNoSpareRecordsInItsPlace() throws Exception {
    SpareSigner s2 = new SpareSigner("s2", new UnixSocketPath(folder.resolve("two/s.sock")));
    try (FakeSigner third = signer("three");
        Signers ofThree =
            new Signers(
                new UnixSocketPath(folder.resolve("one/s.sock")),
                List.of(
                    s2, new SpareSigner("s3", new UnixSocketPath(folder.resolve("three/s.sock")))),
                InstantSource.system())) {
      third.start();
      awaitConnected(ofThree);
      first.refuseAfter(Answer.Code.LEVEL_NOT_REACHED, RELEASE_WAIT_MAX);

      assertThat(ofThree.issue(request(null), OwnToken.SIGNER_TIME_MAX))
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.code()).isEqualTo(Answer.Code.LEVEL_NOT_REACHED));
      assertThat(spare.requests()).isEmpty();
      assertThat(third.requests()).isEmpty();

      first.refuse(null);
      assertThat(ofThree.issue(request(null), OwnToken.SIGNER_TIME_MAX))
          .as("held in time")
          .isInstanceOf(Answer.Issued.class);
      assertThat(first.requests()).hasSize(1);
      assertThat(spare.requests()).isEmpty();
    }
  }

  @Test
  void withoutAnySignerNothingIsIssued() throws Exception {
    first.stop();
    spare.stop();

    assertThatThrownBy(this::ask).isInstanceOf(SignerUnavailableException.class);
  }

  /** What tells an honest token of a signer's last moment from a thief's. */
  @Test
  void whatWasHandedOutLastIsRememberedAndWhenItsSignerWent() throws Exception {
    String token = ((Answer.Issued) ask()).token();
    Hash digest =
        Hash.sha256(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    ReleasedTokens released = signers.all().getFirst().released();
    while (!released.of(digest).connected()) {
      Thread.sleep(5);
    }
    assertThat(released.of(digest).released()).isTrue();
    assertThat(released.of(Hash.sha256()).released()).isFalse();
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    first.stop();
    while (released.of(digest).connected()) {
      Thread.sleep(5);
    }
    assertThat(released.of(digest).released()).isTrue();
    assertThat(released.of(digest).since()).isAfterOrEqualTo(before);
    // The spare has a list of its own.
    assertThat(signers.all().getLast().released().of(digest).released()).isFalse();
  }

  @Test
  void whatIsPushedOutIsNotSaidToBeForged() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
    ReleasedTokens released = new ReleasedTokens(now::get);
    released.add("a.a.s");
    now.set(now.get().plusSeconds(1));
    for (int i = 0; i < ReleasedTokens.DIGESTS_MAX; i++) {
      released.add("b." + i + ".s");
    }
    Hash first = Hash.sha256("a.a".getBytes(StandardCharsets.US_ASCII));
    Hash last = Hash.sha256("b.7".getBytes(StandardCharsets.US_ASCII));
    assertThat(released.of(first).released()).isFalse();
    assertThat(released.of(first).completeSince())
        .as("later than it was handed out")
        .isEqualTo(Instant.parse("2026-11-25T12:00:00.001Z"));
    assertThat(released.of(last).released()).isTrue();
    now.set(now.get().plus(ReleasedTokens.KEPT_FOR).plusSeconds(1));
    assertThat(released.of(last).released()).isFalse();
    assertThat(released.of(last).completeSince()).isAfter(Instant.parse("2026-11-25T12:00:01Z"));
  }

  @Test
  void aLogIsAskedForAtTheSignerWhoseItIs() {
    assertThat(signers.of("s2g3").name()).isEqualTo("s2");
    assertThat(signers.of("s1g1").name()).isEqualTo("s1");
    assertThat(signers.of("d1g1").name()).isEqualTo("s1");
  }

  @Test
  void aSpareHasTheNameOfASigner() {
    UnixSocketPath socket = new UnixSocketPath(folder.resolve("x.sock"));
    assertThatIllegalArgumentException().isThrownBy(() -> new SpareSigner("d2", socket));
    assertThat(new SpareSigner("s2", socket).name()).isEqualTo("s2");
  }
}
