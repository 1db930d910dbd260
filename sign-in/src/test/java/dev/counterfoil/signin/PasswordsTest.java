package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PasswordsTest {
  private final Passwords passwords = new Passwords(new SecureRandom());

  @Test
  void aPasswordIsRightOrNot() throws Exception {
    String phc = passwords.hash("a long row of words", "here");
    assertThat(phc).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(passwords.isRight("a long row of words", Optional.of(phc), "here")).isTrue();
    assertThat(passwords.isRight("a long row of Words", Optional.of(phc), "here")).isFalse();
    assertThat(passwords.isRight("a long row of words", Optional.empty(), "here")).isFalse();
    assertThat(passwords.hash("a long row of words", "here")).isNotEqualTo(phc);
  }

  @Test
  void umlautsAreTheSameOnEveryKeyboard() throws Exception {
    String phc = passwords.hash("gr\u00fcn und lang genug", "here");
    assertThat(passwords.isRight("gru\u0308n und lang genug", Optional.of(phc), "here")).isTrue();
  }

  /** RFC 9106, 5.3, without the secret and the associated data that PHC strings do not have. */
  @Test
  void anotherSystemsHashIsAccepted() throws Exception {
    // Of the reference implementation: argon2 somesalt -id -t 2 -m 16 -p 1, "password".
    String phc =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assertThat(passwords.isRight("password", Optional.of(phc), "here")).isTrue();
    assertThat(passwords.isRight("differentpassword", Optional.of(phc), "here")).isFalse();
  }

  @Test
  void aHashThatTakesTooMuchIsRefused() {
    String phc =
        "$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assertThatThrownBy(() -> passwords.isRight("password", Optional.of(phc), "here"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void attemptsComeBackOneByOne() {
    SignInServer.MovedClock clock = new SignInServer.MovedClock();
    Attempts attempts = new Attempts(3, Duration.ofMinutes(1), 2, clock);
    for (int i = 0; i < 3; i++) {
      assertThat(attempts.take("a")).isEmpty();
    }
    assertThat(attempts.take("a").orElseThrow())
        .isBetween(Duration.ofSeconds(55), Duration.ofSeconds(60));
    assertThat(attempts.take("b")).isEmpty();
    clock.forward(Duration.ofMinutes(1));
    assertThat(attempts.take("a")).isEmpty();
    assertThat(attempts.take("a")).isPresent();
  }
}
