package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed has on disk what it answered, and an invitation that it used stays used.
 */
class KilledDirectoryTest {
  private static final int ANSWERS = 40;
  private static final long STEP = 59_000_000;

  @TempDir Path folder;

  /** Adds people without end, invites each and uses the invitation, and says so when it is done. */
  static final class Adding {
    private Adding() {}

    public static void main(String[] arguments) throws Exception {
      try (Directory directory =
          Directory.open(Path.of(arguments[0]), new SecureRandom(), InstantSource.system())) {
        for (int i = 0; ; i++) {
          Person person = directory.add("acme", "p" + i, "P", Optional.empty());
          String secret = directory.invite(person.subject(), Duration.ofDays(1));
          boolean isUsed = directory.useInvitation(secret);
          directory.consent(
              new Consent(person.subject(), "app", Set.of(), Instant.EPOCH, Optional.empty()));
          SecondFactors factors = directory.secondFactors();
          factors.set(
              person.subject(),
              new OneTimeCode(new byte[] {1}, STEP, Instant.EPOCH),
              List.of(new byte[] {1}, new byte[] {2}));
          isUsed &=
              factors.useStep(person.subject(), STEP + 1)
                  && factors.useRecovery(person.subject(), new byte[] {1});
          System.out.println(person.username() + " " + secret + " " + isUsed);
          System.out.flush();
        }
      }
    }
  }

  @Test
  void whatWasAnsweredIsThereAfterAKill() throws Exception {
    Path file = folder.resolve("people.db");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Adding.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String[]> answered = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      while (answered.size() < ANSWERS) {
        answered.add(out.readLine().split(" ", -1));
      }
    } finally {
      process.destroyForcibly().waitFor();
    }

    assertThat(answered).hasSize(ANSWERS);
    try (Directory directory = Directory.open(file, new SecureRandom(), InstantSource.system())) {
      for (String[] one : answered) {
        assertThat(one[2]).isEqualTo("true");
        Person person = directory.named(one[0]);
        assertThat(directory.consents(person.subject())).hasSize(1);
        assertThat(directory.useInvitation(one[1])).as("used before").isFalse();
        SecondFactors factors = directory.secondFactors();
        assertThat(factors.useStep(person.subject(), STEP + 1)).as("a code used before").isFalse();
        assertThat(factors.useRecovery(person.subject(), new byte[] {1})).isFalse();
        assertThat(factors.useStep(person.subject(), STEP + 2)).as("the next one").isTrue();
        assertThat(factors.useRecovery(person.subject(), new byte[] {2})).isTrue();
      }
      // The control: an invitation that nobody used.
      String secret = directory.invite(directory.named("p0").subject(), Duration.ofDays(1));
      assertThat(directory.useInvitation(secret)).isTrue();
    }
  }
}
