package dev.counterfoil.authority.connect.grants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.connect.grants.GrantRules.Verdict;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people allowed is used once, and ends when it is to end, whatever happens to the process.
 */
class GrantsTest {
  private static final Duration LIFE = Duration.ofMinutes(10);
  private static final int SEGMENT = 4096;
  private static final int MOST = Grants.OF_PERSON_MAX + 10;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // by open
  private FailingDisk disk;

  @SuppressWarnings("NullAway.Init") // by open
  private Grants grants;

  private Instant now = Instant.parse("2026-11-30T12:00:00.250Z");

  @BeforeEach
  void open() throws IOException {
    disk = new FailingDisk(FileDisk.privateFolder(folder));
    grants = Grants.open(disk, GrantsTest::keyed, new SecureRandom(), () -> now, MOST, SEGMENT);
  }

  @AfterEach
  void close() throws IOException {
    grants.close();
  }

  /** Killed: nothing is closed, and what was not synced is gone or not. */
  private void killed() throws IOException {
    open();
  }

  private static Hash keyed(byte[] input) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("a key of this test".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(input);
    return Hash.sha256(out.toByteArray());
  }

  private static Grant.Allowed allowed(String client, String subject, String session) {
    return new Grant.Allowed(
        client,
        subject,
        "acme",
        session,
        false,
        true,
        "openid mail",
        List.of("https://mail.example"),
        "https://app.example/cb",
        Optional.of("x".repeat(43)),
        Optional.of("a nonce with \"quotes\" and ü"),
        Optional.empty(),
        Instant.parse("2026-11-30T11:59:00Z"),
        List.of("pop", "user"),
        "phr",
        Grant.NOTHING);
  }

  private String begin() throws GrantsUnavailableException {
    return grants.begin(allowed("app", "alice", "s1"));
  }

  /** As the token endpoint does it: the verdict, and what is answered. */
  private record Answer(Verdict verdict, @Nullable String next) {}

  private Answer use(String secret) throws Exception {
    return use(secret, null);
  }

  private Answer use(String secret, @Nullable String key) throws Exception {
    Optional<Grants.Turn> taken = grants.take(secret);
    if (taken.isEmpty()) {
      return new Answer(Verdict.OVER, null);
    }
    try (Grants.Turn turn = taken.get()) {
      Verdict verdict = turn.verdict(key);
      if (verdict == Verdict.USED) {
        turn.end();
      }
      return new Answer(
          verdict,
          verdict == Verdict.GOOD || verdict == Verdict.AGAIN
              ? turn.pass(key, LIFE).orElse(null)
              : null);
    }
  }

  private String next(String secret) throws Exception {
    Answer answer = use(secret);
    assertThat(answer.verdict()).isIn(Verdict.GOOD, Verdict.AGAIN);
    return Objects.requireNonNull(answer.next());
  }

  @Test
  void aCodeAndEachRefreshTokenIsGoodOnceAlsoAfterAKill() throws Exception {
    String code = begin();
    killed();
    String first = next(code);
    killed();
    String second = next(first);
    killed();
    String third = next(second);
    assertThat(List.of(code, first, second, third)).doesNotHaveDuplicates();
    killed();
    assertThat(use(first).verdict()).isEqualTo(Verdict.USED);
    killed();
    assertThat(use(third).verdict()).isEqualTo(Verdict.OVER);
    assertThat(grants.toRevoke()).hasSize(1);
  }

  @Test
  void whatIsKeptIsReadBack() throws Exception {
    String code = begin();
    String token = next(code);
    Grant before = grants.find(token).orElseThrow();
    killed();
    assertThat(grants.find(token)).contains(before);
  }

  @Test
  void aCodesSecondUseEndsWhatCameOfTheFirst() throws Exception {
    String code = begin();
    String token = next(code);
    assertThat(use(code).verdict()).isEqualTo(Verdict.USED);
    assertThat(use(token).verdict()).isEqualTo(Verdict.OVER);
    assertThat(grants.toRevoke()).hasSize(1);
  }

  @Test
  void aLostAnswerIsGivenAgainAndASecondSuccessorNever() throws Exception {
    String first = next(begin());
    String second = next(first);
    now = now.plusSeconds(29);
    assertThat(next(first)).isEqualTo(second);
    killed();
    assertThat(next(first)).isEqualTo(second);
    assertThat(next(second)).isNotEqualTo(second);
  }

  @Test
  void twentyTabsGetTheSameSuccessor() throws Exception {
    String first = next(begin());
    List<Answer> answers = together(20, () -> use(first));
    assertThat(answers.stream().map(Answer::next)).hasSize(20).doesNotContainNull();
    assertThat(answers.stream().map(Answer::next).distinct()).hasSize(1);
    assertThat(answers.stream().filter(one -> one.verdict() == Verdict.GOOD)).hasSize(1);
  }

  @Test
  void ofTwentyWhoBringOneCodeOneGetsSomethingAndThatEnds() throws Exception {
    String code = begin();
    List<Answer> answers = together(20, () -> use(code));
    assertThat(answers.stream().filter(one -> one.verdict() == Verdict.GOOD)).hasSize(1);
    assertThat(answers.stream().filter(one -> one.next() != null)).hasSize(1);
    assertThat(grants.toRevoke()).hasSize(1);
  }

  private static <T> List<T> together(int count, Callable<T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> one : threads.invokeAll(Collections.nCopies(count, work))) {
        results.add(one.get());
      }
      return results;
    }
  }

  @Test
  void aThiefInsideTheWindowGetsNoChainOfTheirOwn() throws Exception {
    String stolen = next(begin());
    String honest = next(stolen);
    now = now.plusSeconds(10);
    // They get what the honest client has, and nothing beside it.
    assertThat(next(stolen)).isEqualTo(honest);
    String later = next(honest);
    // The successor's first use ended the window.
    assertThat(use(stolen).verdict()).isEqualTo(Verdict.USED);
    assertThat(use(later).verdict()).isEqualTo(Verdict.OVER);
  }

  @Test
  void aThiefAfterTheWindowEndsTheFamilyWhoeverComesFirst() throws Exception {
    String stolen = next(begin());
    String honest = next(stolen);
    now = now.plusSeconds(31);
    assertThat(use(stolen).verdict()).isEqualTo(Verdict.USED);
    assertThat(use(honest).verdict()).isEqualTo(Verdict.OVER);

    String secondStolen = next(begin());
    String thiefs = next(secondStolen);
    now = now.plusSeconds(31);
    assertThat(use(secondStolen).verdict()).isEqualTo(Verdict.USED);
    assertThat(use(thiefs).verdict()).isEqualTo(Verdict.OVER);
    assertThat(grants.toRevoke()).hasSize(2);
  }

  @Test
  void aBoundTokenHasNoWindowForAnotherKey() throws Exception {
    String code = begin();
    String first = Objects.requireNonNull(use(code, "key").next());
    String second = Objects.requireNonNull(use(first, "key").next());
    assertThat(use(first, "other").verdict()).isEqualTo(Verdict.OTHER_KEY);
    assertThat(use(second, null).verdict()).isEqualTo(Verdict.OTHER_KEY);
    killed();
    assertThat(use(second, "other").verdict()).isEqualTo(Verdict.OTHER_KEY);
    assertThat(use(first, "key").next()).isEqualTo(second);
  }

  @Test
  void whatIsNoSecretOfOursIsNothing() throws Exception {
    String code = begin();
    for (int i = 0; i < code.length(); i++) {
      String other =
          code.substring(0, i) + (code.charAt(i) == 'A' ? 'B' : 'A') + code.substring(i + 1);
      assertThat(use(other).verdict()).isEqualTo(Verdict.OVER);
    }
    assertThat(use("").verdict()).isEqualTo(Verdict.OVER);
    assertThat(use(code + "A").verdict()).isEqualTo(Verdict.OVER);
    assertThat(use(code).verdict()).isEqualTo(Verdict.GOOD);
  }

  @Test
  void aSessionsEndEndsItsGrantsAndNoOthers() throws Exception {
    String one = next(begin());
    String other = next(grants.begin(allowed("app", "alice", "s2")));
    String ofBob = next(grants.begin(allowed("app", "bob", "s1")));
    assertThat(grants.end("alice", grant -> grant.allowed().session().equals("s1"))).isEqualTo(1);
    killed();
    assertThat(use(one).verdict()).isEqualTo(Verdict.OVER);
    assertThat(use(other).verdict()).isEqualTo(Verdict.GOOD);
    assertThat(use(ofBob).verdict()).isEqualTo(Verdict.GOOD);
    List<Grants.Ended> ended = grants.toRevoke();
    assertThat(ended).hasSize(1);
    grants.revoked(ended.getFirst());
    grants.tidy();
    killed();
    assertThat(grants.toRevoke()).isEmpty();
    assertThat(grants.size()).isEqualTo(2);
  }

  @Test
  void whatEndsWhileItsTokenIsIssuedIsNotGivenOut() throws Exception {
    String first = next(begin());
    try (Grants.Turn turn = grants.take(first).orElseThrow()) {
      assertThat(turn.verdict(null)).isEqualTo(Verdict.GOOD);
      assertThat(grants.end("alice", grant -> true)).isEqualTo(1);
      assertThat(turn.pass(null, LIFE)).isEmpty();
    }
    assertThat(grants.toRevoke()).hasSize(1);
  }

  @Test
  void atEveryWriteThatFailsNothingIsAnsweredAndTheNextOneIsGood() throws Exception {
    for (String what : List.of("write ", "sync ")) {
      String token = next(begin());
      AtomicInteger failed = new AtomicInteger();
      disk.faults().fails = change -> change.startsWith(what) && failed.incrementAndGet() <= 3;
      assertThatThrownBy(this::begin).isInstanceOf(GrantsUnavailableException.class);
      assertThatThrownBy(() -> use(token)).isInstanceOf(GrantsUnavailableException.class);
      assertThatThrownBy(() -> use(token)).isInstanceOf(GrantsUnavailableException.class);
      String second = next(token);
      assertThat(failed.get()).isGreaterThan(3);
      disk.faults().fails = change -> false;
      killed();
      // The client has it, so it is good; and the one before is answered with it.
      assertThat(next(token)).isEqualTo(second);
      assertThat(use(second).verdict()).isEqualTo(Verdict.GOOD);
    }
  }

  /** What is written whole at the time may not count as written when it fails meanwhile. */
  @Test
  void aWriteThatFailsWhileTheGrantIsWrittenWholeIsNotForgotten() throws Exception {
    HeldGrant one =
        new HeldGrant(
            new Grant(
                "g", GroupHandle.of(new byte[GroupHandle.BYTES]), allowed("a", "b", "c"), now));
    one.mustBeWritten();
    int before = one.failures();
    one.mustBeWritten();
    one.written(before);
    assertThat(one.isUnwritten()).isTrue();
    one.written(one.failures());
    assertThat(one.isUnwritten()).isFalse();
  }

  @Test
  void whatWasNotSyncedIsCutAndWhatWasIsThere() throws Exception {
    String token = next(begin());
    byte[] whole = Files.readAllBytes(segments().getLast());
    String second = next(token);
    byte[] more = Files.readAllBytes(segments().getLast());
    grants.close();
    for (int length = whole.length; length < more.length; length++) {
      Files.write(segments().getLast(), Arrays.copyOf(more, length));
      killed();
      // The answer did not go out: the token is as before.
      assertThat(use(token).verdict()).as("cut at %d", length).isEqualTo(Verdict.GOOD);
      grants.close();
    }
    Files.write(segments().getLast(), more);
    killed();
    assertThat(next(token)).isEqualTo(second);
  }

  @Test
  void damageThatNoCrashLeavesKeepsItFromStarting() throws Exception {
    for (int i = 0; i < 20; i++) {
      next(begin());
    }
    grants.close();
    assertThat(segments()).hasSizeGreaterThan(1);
    Path oldest = segments().getFirst();
    byte[] bytes = Files.readAllBytes(oldest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(oldest, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("damaged");
    bytes[bytes.length / 2] ^= 1;
    Files.write(oldest, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    open();
  }

  private List<Path> segments() throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(GrantJournal.PREFIX))
          .sorted()
          .toList();
    }
  }

  @Test
  void theJournalDoesNotGrowAndForgetsNothingThatCounts() throws Exception {
    String kept = next(begin());
    for (int i = 0; i < 100; i++) {
      String code = grants.begin(allowed("app", "person" + i % 7, "s"));
      if (i % 2 == 0) {
        next(code);
      }
      if (i % 5 == 0) {
        kept = next(kept);
      }
      now = now.plusSeconds(120);
      if (i % 10 == 0) {
        grants.end("person" + i % 7, grant -> true);
        grants.toRevoke().forEach(grants::revoked);
        grants.tidy();
        for (long old = grants.oldestSegment(); old > 0; old = grants.oldestSegment()) {
          grants.rewrite(old);
          grants.delete(old);
        }
      }
    }
    assertThat(segments().size()).isLessThan(15);
    int size = grants.size();
    killed();
    assertThat(grants.size()).isEqualTo(size);
    assertThat(use(kept).verdict()).isEqualTo(Verdict.GOOD);
  }

  @Test
  void aPersonsOldestGrantEndsWhenThereAreTooMany() throws Exception {
    String first = next(begin());
    for (int i = 1; i < Grants.OF_PERSON_MAX; i++) {
      now = now.plusMillis(1);
      begin();
    }
    assertThat(use(first).verdict()).isEqualTo(Verdict.GOOD);
    begin();
    assertThat(use(first).verdict()).isEqualTo(Verdict.OVER);
    // The first waits still to have its tokens revoked: it is not the one that ends again.
    begin();
    assertThat(grants.ofSubject("alice")).hasSize(Grants.OF_PERSON_MAX);
  }

  @Test
  void thereAreNoMoreThanThereMayBe() throws Exception {
    for (int i = 0; i < MOST; i++) {
      grants.begin(allowed("app", "person" + i, "s"));
    }
    assertThatThrownBy(this::begin).isInstanceOf(GrantsUnavailableException.class);
    now = now.plusSeconds(61);
    grants.tidy();
    begin();
  }
}
