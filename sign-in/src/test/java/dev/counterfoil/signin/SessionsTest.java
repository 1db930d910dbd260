package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.sessions.SessionTurn;
import dev.counterfoil.signin.sessions.Sessions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsTest {
  private static final Duration LIFE = Duration.ofHours(12);

  @TempDir private Path folder;
  private final SignInServer.MovedClock clock = new SignInServer.MovedClock();

  private Sessions open() throws IOException {
    return Sessions.open(folder.resolve("sessions.db"), LIFE, new SecureRandom(), clock);
  }

  private Sessions.Begun begin(Sessions sessions, Optional<Sessions.Kept> before, String subject)
      throws IOException {
    return sessions.begin(
        before,
        sessions.idAfter(before, subject),
        subject,
        List.of("pwd"),
        Session.PASSWORD,
        clock.instant(),
        "192.0.2.7",
        "Firefox · Linux");
  }

  private static Optional<Sessions.Kept> kept(Sessions sessions, String secret) {
    return sessions
        .presented(secret)
        .filter(presented -> !presented.isHeldByTwo())
        .map(Sessions.Presented::kept);
  }

  private static boolean isHeldByTwo(Sessions sessions, String secret) {
    return sessions.presented(secret).filter(Sessions.Presented::isHeldByTwo).isPresent();
  }

  @Test
  void aSecretTurnsAndACopyOfTheOldOneShows() throws Exception {
    try (Sessions sessions = open()) {
      String first = begin(sessions, Optional.empty(), "alice").secret();
      assertThat(sessions.turn(first)).as("too early").isEmpty();
      clock.forward(SessionTurn.EVERY);
      String second = sessions.turn(first).orElseThrow();
      assertThat(second).isNotEqualTo(first);
      // Twenty pages beside each other, and answers that are lost: the same secret, however often.
      for (int i = 0; i < 20; i++) {
        assertThat(kept(sessions, first)).isPresent();
        assertThat(sessions.turn(first)).contains(second);
      }
      clock.forward(Duration.ofHours(1));
      assertThat(kept(sessions, first)).as("the answer was lost").isPresent();
      assertThat(kept(sessions, second)).isPresent();
      assertThat(isHeldByTwo(sessions, first)).isTrue();
      assertThat(sessions.turn(first)).isEmpty();
      assertThat(kept(sessions, second)).as("that is for others to end").isPresent();
    }
  }

  @Test
  void pagesBesideTheOneThatTurnedGoOnForAMoment() throws Exception {
    try (Sessions sessions = open()) {
      String first = begin(sessions, Optional.empty(), "alice").secret();
      clock.forward(SessionTurn.EVERY);
      String second = sessions.turn(first).orElseThrow();
      assertThat(kept(sessions, second)).isPresent();
      clock.forward(SessionTurn.BESIDE.dividedBy(2));
      assertThat(kept(sessions, first)).isPresent();
      assertThat(sessions.turn(first)).as("the browser has it").isEmpty();
      clock.forward(SessionTurn.BESIDE.dividedBy(2));
      assertThat(isHeldByTwo(sessions, first)).isTrue();
    }
  }

  /** A thief is first, and the person comes with what was exchanged: it does not matter who. */
  @Test
  void aRestartForgetsNeitherTurnNorCopy() throws Exception {
    String first;
    String second;
    String third;
    try (Sessions sessions = open()) {
      first = begin(sessions, Optional.empty(), "alice").secret();
      clock.forward(SessionTurn.EVERY);
      second = sessions.turn(first).orElseThrow();
    }
    try (Sessions sessions = open()) {
      assertThat(kept(sessions, first)).as("its answer may be lost").isPresent();
      third = sessions.turn(first).orElseThrow();
      assertThat(third).as("nobody here knows the one that was answered").isNotEqualTo(second);
      assertThat(kept(sessions, third)).isPresent();
      clock.forward(SessionTurn.BESIDE);
      assertThat(isHeldByTwo(sessions, second)).isTrue();
      clock.forward(SessionTurn.EVERY);
      assertThat(sessions.turn(third)).isPresent();
    }
    try (Sessions sessions = open()) {
      assertThat(isHeldByTwo(sessions, first)).isTrue();
      assertThat(kept(sessions, third)).isPresent();
    }
  }

  @Test
  void aSessionOutlivesTheProcessAndItsSecretIsNotOnDisk() throws Exception {
    Sessions.Begun begun;
    try (Sessions sessions = open()) {
      begun = begin(sessions, Optional.empty(), "alice");
    }
    try (Sessions sessions = open()) {
      Sessions.Kept kept = kept(sessions, begun.secret()).orElseThrow();
      assertThat(kept.session()).isEqualTo(begun.session());
      assertThat(kept.browser()).isEqualTo("Firefox · Linux");
      assertThat(kept(sessions, begun.secret() + "x")).isEmpty();
    }
    StringBuilder disk = new StringBuilder();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        disk.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(disk).contains(begun.session().id()).doesNotContain(begun.secret().split("\\.", -1));
  }

  @Test
  void theSamePersonGoesOnUnderANewSecret() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun first = begin(sessions, Optional.empty(), "alice");
      Optional<Sessions.Kept> before = kept(sessions, first.secret());
      clock.forward(Duration.ofMinutes(1));
      Sessions.Begun second = begin(sessions, before, "alice");
      assertThat(second.session().id()).isEqualTo(first.session().id());
      assertThat(second.session().authTime()).isAfter(first.session().authTime());
      assertThat(second.ended()).isEmpty();
      assertThat(kept(sessions, first.secret())).isEmpty();
      assertThat(sessions.of("alice")).hasSize(1);

      Sessions.Begun third = begin(sessions, kept(sessions, second.secret()), "bob");
      assertThat(third.ended()).containsExactly(second.session());
      assertThat(third.session().id()).isNotEqualTo(second.session().id());
      assertThat(sessions.of("alice")).isEmpty();
    }
  }

  @Test
  void oneThatEndedDoesNotGoOn() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun first = begin(sessions, Optional.empty(), "alice");
      Optional<Sessions.Kept> before = kept(sessions, first.secret());
      assertThat(sessions.end(before.orElseThrow())).isTrue();
      assertThat(begin(sessions, before, "alice").session().id())
          .isNotEqualTo(first.session().id());
      assertThat(begin(sessions, before, "bob").ended()).as("it ended once").isEmpty();
    }
  }

  @Test
  void aSecretOfOneThatEndedTurnsNoMore() throws Exception {
    String secret;
    try (Sessions sessions = open()) {
      secret = begin(sessions, Optional.empty(), "alice").secret();
      clock.forward(SessionTurn.EVERY);
      Sessions.Kept kept = kept(sessions, secret).orElseThrow();
      String next = sessions.turn(secret).orElseThrow();
      assertThat(sessions.end(kept)).isTrue();
      assertThat(sessions.turn(secret)).isEmpty();
      assertThat(sessions.presented(next)).isEmpty();
    }
    try (Sessions sessions = open()) {
      assertThat(sessions.size()).isZero();
      assertThat(sessions.turn(secret)).isEmpty();
    }
  }

  @Test
  void aSessionEndsByItselfAndItsRowGoes() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun begun = begin(sessions, Optional.empty(), "alice");
      clock.forward(LIFE.minusSeconds(1));
      assertThat(kept(sessions, begun.secret())).isPresent();
      clock.forward(Duration.ofSeconds(1));
      assertThat(kept(sessions, begun.secret())).isEmpty();
      assertThat(sessions.of("alice")).isEmpty();
      begin(sessions, Optional.empty(), "bob");
      assertThat(sessions.size()).isEqualTo(1);
    }
  }

  @Test
  void aPersonHasAtMostSoMany() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun first = begin(sessions, Optional.empty(), "alice");
      for (int i = 1; i < Sessions.EACH_MAX; i++) {
        clock.forward(Duration.ofMillis(5));
        assertThat(begin(sessions, Optional.empty(), "alice").ended()).isEmpty();
      }
      clock.forward(Duration.ofMillis(5));
      assertThat(begin(sessions, Optional.empty(), "alice").ended())
          .containsExactly(first.session());
      assertThat(sessions.of("alice")).hasSize(Sessions.EACH_MAX);
    }
  }

  @Test
  void allTogetherHaveALimit() throws Exception {
    try (Sessions sessions =
        Sessions.open(folder.resolve("sessions.db"), LIFE, new SecureRandom(), clock, 2)) {
      Optional<Sessions.Kept> alices =
          kept(sessions, begin(sessions, Optional.empty(), "alice").secret());
      begin(sessions, Optional.empty(), "bob");
      assertThatThrownBy(() -> begin(sessions, Optional.empty(), "carol"))
          .isInstanceOf(IOException.class);
      assertThat(begin(sessions, alices, "alice").ended()).as("goes on").isEmpty();
      clock.forward(LIFE);
      begin(sessions, Optional.empty(), "carol");
      assertThat(sessions.size()).isEqualTo(1);
    }
  }

  @Test
  void ofTwentyThatEndOneSessionOneDoes() throws Exception {
    try (Sessions sessions = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Sessions.Begun begun = begin(sessions, Optional.empty(), "alice");
      Sessions.Kept kept = kept(sessions, begun.secret()).orElseThrow();
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        all.add(() -> sessions.end(kept));
      }
      int ended = 0;
      for (Future<Boolean> one : threads.invokeAll(all)) {
        ended += one.get() ? 1 : 0;
      }
      assertThat(ended).isEqualTo(1);
      assertThat(kept(sessions, begun.secret())).isEmpty();
    }
  }
}
