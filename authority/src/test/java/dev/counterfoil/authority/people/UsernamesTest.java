package dev.counterfoil.authority.people;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UsernamesTest {
  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-11-30T12:00:00Z");

  @Test
  void anotherUsernameIsSaidAfterASecond() throws Exception {
    try (Directory people =
        Directory.open(folder.resolve("people.db"), new SecureRandom(), () -> now)) {
      Person anna = people.add("acme", "anna", "Anna", Optional.empty());
      Usernames usernames = new Usernames(people, () -> now);
      assertThat(usernames.of(anna.subject())).contains("anna");
      assertThat(usernames.of("a-program")).isEmpty();

      people.change(anna.withUsername("anne"));
      now = now.plus(Usernames.AGE_MAX).minusMillis(1);
      assertThat(usernames.of(anna.subject())).contains("anna");
      now = now.plusMillis(1);
      assertThat(usernames.of(anna.subject())).contains("anne");

      people.remove(anna.subject());
      now = now.plus(Usernames.AGE_MAX);
      assertThat(usernames.of(anna.subject())).isEmpty();
    }
  }
}
