package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import dev.counterfoil.authority.AuthorityProcess;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.directory.database.PostgresServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two authorities on one PostgreSQL, each a process of its own. Everything that counts once is
 * presented to both at the same moment, while one of them is killed: strace ends it at a system
 * call, which is not carried out, of the journal or of a socket. When it is back, all of it is
 * presented once more.
 */
class KilledAuthorityTest {
  /** Less than the time for lost answers: on a machine that is slower nothing is known of them. */
  private static final Duration SOON = Duration.ofSeconds(25);

  @TempDir static Path folder;
  private static RunningDomain one;
  private static RunningDomain two;
  private static AuthorityProcess processOfOne;
  private static SignedInPerson ann;
  private static ECKey key;
  private static int people;

  /** How many requests the kills left without an answer. */
  private int unanswered;

  @BeforeAll
  static void start() throws Exception {
    PostgresServer server = PostgresServer.shared();
    PostgresEntry postgres = RunningDomain.database(server, folder);
    PeerFiles files = new PeerFiles(folder);
    files.certificate("1");
    files.certificate("2");
    HostPort first = PeerFiles.free();
    HostPort second = PeerFiles.free();
    PeersEntry ofOne = files.entry(1, first, 2, second);
    PeersEntry ofTwo = files.entry(2, second, 1, first);
    one = RunningDomain.first(postgres, ofOne, folder.resolve("one"));
    two = one.second(ofTwo, folder.resolve("two"));
    ann = new SignedInPerson(one, "ann");
    ann.allow();
    key = TwoAuthoritiesTest.asserting(one);
    try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<AuthorityProcess> here = both.submit(() -> one.runApart(folder.resolve("one-apart")));
      Future<AuthorityProcess> there = both.submit(() -> two.runApart(folder.resolve("two-apart")));
      processOfOne = here.get();
      var _ = there.get();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    two.close();
    one.close();
  }

  /** Has the first one killed, now or soon. */
  private interface Kill {
    void set() throws Exception;
  }

  private static Kill at(String call, int when) {
    return () -> processOfOne.killAt(call, when);
  }

  /** An answer, or none: the process was killed. */
  private static Optional<HttpResponse<String>> answer(Callable<HttpResponse<String>> request)
      throws Exception {
    try {
      return Optional.of(request.call());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Optional<HttpResponse<String>>> atOnce(
      List<Callable<HttpResponse<String>>> requests) throws Exception {
    CountDownLatch all = new CountDownLatch(requests.size());
    try (var threads = Executors.newFixedThreadPool(requests.size())) {
      List<Future<Optional<HttpResponse<String>>>> running = new ArrayList<>();
      for (Callable<HttpResponse<String>> request : requests) {
        running.add(
            threads.submit(
                () -> {
                  all.countDown();
                  all.await();
                  return answer(request);
                }));
      }
      List<Optional<HttpResponse<String>>> answers = new ArrayList<>();
      for (Future<Optional<HttpResponse<String>>> each : running) {
        answers.add(each.get());
      }
      return answers;
    }
  }

  /** As a client does that is told to come again. */
  private static HttpResponse<String> patiently(Callable<HttpResponse<String>> request)
      throws Exception {
    HttpResponse<String> answer = request.call();
    for (int i = 0; i < 50 && answer.statusCode() == 503; i++) {
      Thread.sleep(100);
      answer = request.call();
    }
    return answer;
  }

  private static long with(int status, List<Optional<HttpResponse<String>>> answers) {
    return answers.stream()
        .flatMap(Optional::stream)
        .filter(answer -> answer.statusCode() == status)
        .count();
  }

  /** What counts once, before a kill, and what was answered to it. */
  private final class Presented {
    private final String code = ann.code();
    private final String token = ann.refreshToken();
    private final String assertion = TwoAuthoritiesTest.signed(key);
    private final CodedPerson coded = new CodedPerson(one, "coded-" + people++);
    private final long step = coded.step();
    private final Set<String> successors = new HashSet<>();
    private long codes;
    private long assertions;
    private long signIns;

    Presented() throws Exception {}

    /** Everything at both, at the same moment. */
    void present() throws Exception {
      CodedPerson.Asked here = coded.asked(one);
      CodedPerson.Asked there = coded.asked(two);
      present(here, there, () -> {});
    }

    private void present(CodedPerson.Asked here, CodedPerson.Asked there, Kill kill)
        throws Exception {
      kill.set();
      var answers =
          atOnce(
              List.of(
                  () -> ann.redeem(code),
                  () -> ann.redeemAt(two, code),
                  () -> ann.refresh(token),
                  () -> ann.refreshAt(two, token),
                  () -> TwoAuthoritiesTest.assertion(one, assertion),
                  () -> TwoAuthoritiesTest.assertion(two, assertion),
                  () -> here.type(step),
                  () -> there.type(step)));
      unanswered += (int) answers.stream().filter(Optional::isEmpty).count();
      codes += with(200, answers.subList(0, 2));
      for (Optional<HttpResponse<String>> each : answers.subList(2, 4)) {
        if (each.isPresent() && each.get().statusCode() == 200) {
          successors.add(TwoAuthoritiesTest.refreshToken(each.get()));
        }
      }
      assertions += with(200, answers.subList(4, 6));
      signIns += with(303, answers.subList(6, 8));
    }
  }

  private void killed(String name, Kill kill) throws Exception {
    Presented all = new Presented();
    CodedPerson.Asked here = all.coded.asked(one);
    CodedPerson.Asked there = all.coded.asked(two);
    Instant began = Instant.now();
    all.present(here, there, kill);
    processOfOne.kill();
    assertThat(TwoAuthoritiesTest.assertion(two, all.assertion).statusCode())
        .as("%s: while nobody can know", name)
        .isIn(401, 503);
    processOfOne.restart();

    HttpResponse<String> again = patiently(() -> ann.refreshAt(two, all.token));
    boolean isSoon = Duration.between(began, Instant.now()).compareTo(SOON) < 0;
    all.present();

    assertThat(all.codes).as("%s: tokens of one code", name).isLessThanOrEqualTo(1);
    assertThat(all.assertions).as("%s: uses of one assertion", name).isLessThanOrEqualTo(1);
    // None where the one that was killed had used the code up: the person types the next one.
    assertThat(all.signIns).as("%s: sign-ins with one one-time code", name).isLessThanOrEqualTo(1);
    if (isSoon) {
      String next = TwoAuthoritiesTest.refreshToken(again);
      all.successors.add(next);
      assertThat(all.successors).as("%s: the answer that was lost", name).containsExactly(next);
      assertThat(TwoAuthoritiesTest.refreshToken(ann.refreshAt(two, next)))
          .as("%s: goes on", name)
          .isNotEqualTo(next);
    }
    // The controls: the same kinds, fresh.
    assertThat(ann.redeemAt(two, ann.code()).statusCode()).isEqualTo(200);
    assertThat(all.coded.asked(two).type(all.step + 1).statusCode()).isEqualTo(303);
    String fresh = TwoAuthoritiesTest.signed(key);
    assertThat(TwoAuthoritiesTest.assertion(one, fresh).statusCode()).isEqualTo(200);
    assertThat(TwoAuthoritiesTest.assertion(two, fresh).statusCode()).isEqualTo(401);
  }

  @Test
  void whatCountsOnceCountsOnceThoughItsHomeIsKilled() throws Exception {
    killed("before the sync", at("fdatasync", 1));
    killed("before an answer", at("write", 4));
    assertThat(unanswered).isGreaterThanOrEqualTo(2);
  }

  @Tag("full")
  @Test
  void whatCountsOnceCountsOnceWhereverItsHomeIsKilled() throws Exception {
    for (int when = 1; when <= 3; when++) {
      killed("pwrite64 " + when, at("pwrite64", when));
      killed("fdatasync " + when, at("fdatasync", when));
    }
    for (int when = 1; when <= 16; when++) {
      killed("write " + when, at("write", when));
    }
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    for (int i = 0; i < 24; i++) {
      int millis = random.nextInt(120);
      killed(
          "after " + millis + " ms",
          () ->
              Thread.ofVirtual()
                  .start(
                      () -> {
                        try {
                          Thread.sleep(millis);
                        } catch (InterruptedException e) {
                          Thread.currentThread().interrupt();
                        }
                        processOfOne.kill();
                      }));
    }
    assertThat(unanswered).isGreaterThan(20);
  }
}
