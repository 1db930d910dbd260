package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

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

  private static Sessions.Begun begin(
      Sessions sessions, Optional<Sessions.Kept> before, String subject) {
    return sessions.begin(
        before, subject, List.of("pwd"), Session.PASSWORD, "192.0.2.7", "Firefox · Linux");
  }

  @Test
  void aSessionOutlivesTheProcessAndItsSecretIsNotOnDisk() throws Exception {
    Sessions.Begun begun;
    try (Sessions sessions = open()) {
      begun = begin(sessions, Optional.empty(), "alice");
    }
    try (Sessions sessions = open()) {
      Sessions.Kept kept = sessions.bySecret(begun.secret()).orElseThrow();
      assertThat(kept.session()).isEqualTo(begun.session());
      assertThat(kept.browser()).isEqualTo("Firefox · Linux");
      assertThat(sessions.bySecret(begun.secret() + "x")).isEmpty();
    }
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(bytes).as("%s", file).doesNotContain(begun.secret());
      }
    }
  }

  @Test
  void theSamePersonGoesOnUnderANewSecret() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun first = begin(sessions, Optional.empty(), "alice");
      Optional<Sessions.Kept> before = sessions.bySecret(first.secret());
      clock.forward(Duration.ofMinutes(1));
      Sessions.Begun second = begin(sessions, before, "alice");
      assertThat(second.session().id()).isEqualTo(first.session().id());
      assertThat(second.session().authTime()).isAfter(first.session().authTime());
      assertThat(second.ended()).isEmpty();
      assertThat(sessions.bySecret(first.secret())).isEmpty();
      assertThat(sessions.of("alice")).hasSize(1);

      Sessions.Begun third = begin(sessions, sessions.bySecret(second.secret()), "bob");
      assertThat(third.ended()).containsExactly(second.session());
      assertThat(third.session().id()).isNotEqualTo(second.session().id());
      assertThat(sessions.of("alice")).isEmpty();
    }
  }

  @Test
  void aSessionEndsByItselfAndItsRowGoes() throws Exception {
    try (Sessions sessions = open()) {
      Sessions.Begun begun = begin(sessions, Optional.empty(), "alice");
      clock.forward(LIFE.minusSeconds(1));
      assertThat(sessions.bySecret(begun.secret())).isPresent();
      clock.forward(Duration.ofSeconds(1));
      assertThat(sessions.bySecret(begun.secret())).isEmpty();
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
  void ofTwentyThatEndOneSessionOneDoes() throws Exception {
    try (Sessions sessions = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Sessions.Begun begun = begin(sessions, Optional.empty(), "alice");
      Sessions.Kept kept = sessions.bySecret(begun.secret()).orElseThrow();
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        all.add(() -> sessions.end(kept));
      }
      int ended = 0;
      for (Future<Boolean> one : threads.invokeAll(all)) {
        ended += one.get() ? 1 : 0;
      }
      assertThat(ended).isEqualTo(1);
      assertThat(sessions.bySecret(begun.secret())).isEmpty();
    }
  }
}
