package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.signin.attempts.Attempts;
import dev.counterfoil.signin.passwords.PasswordHash;
import dev.counterfoil.signin.passwords.Passwords;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordsTest {
  private final Passwords passwords = SignInServer.passwords();

  private boolean isRight(String password, String hash) throws Exception {
    return passwords.isRight(password, "anyone", Optional.of(hash), "here");
  }

  @Test
  void aPasswordIsRightOrNot() throws Exception {
    String phc = passwords.hash("a long row of words", "here");
    assertThat(phc).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(PasswordHash.parse(phc).isOurs()).isTrue();
    assertThat(isRight("a long row of words", phc)).isTrue();
    assertThat(isRight("a long row of Words", phc)).isFalse();
    assertThat(passwords.isRight("a long row of words", "anyone", Optional.empty(), "here"))
        .isFalse();
    assertThat(passwords.hash("a long row of words", "here")).isNotEqualTo(phc);
  }

  @Test
  void umlautsAreTheSameOnEveryKeyboard() throws Exception {
    String phc = passwords.hash("gr\u00fcn und lang genug", "here");
    assertThat(isRight("gru\u0308n und lang genug", phc)).isTrue();
  }

  /** Of the reference implementations, and of Keycloak 26.7.3. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '\'',
      value = {
        // argon2 somesalt -id -t 2 -m 16 -p 1
        "password $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        // argon2 somesalt -i -t 2 -m 16 -p 1
        "password $argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "'a long password of alice' $argon2id$v=19$m=7168,t=5,p=1$DkO7pS5PWX4nsb4yhGz6gQ$6pKdjEjdnxsVCRe/jNEyJCIeXBSILjJz/Cw9+Iuxprg",
        "'a long password of dora' $pbkdf2-sha256$i=600000$Nqgi0qYbEsWRlMwjcOI7eQ$F/PnlQLKxTNn7MRw+CYQG0Hz+4Vq/V3qf72hFa74/Ns",
        "'ein langes Pa\u00dfwort' $pbkdf2-sha512$i=30000$+lSmGBa4UMhpBQXfe9bCTw$og4QZiQ9yny9Arlc0Z1TIBky9N4Ru/v74QQTkuy156K5UR0L6s2f49m9ZnKP6bVzBSOz+O9/GX6rFw4qIPb+zg",
        // crypt_blowfish's wrapper.c
        "U*U $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        // crypt(3) of libxcrypt
        "gr\u00fcn $2b$05$abcdefghijklmnopqrstuu/nqFpf2uRbu1qbVs2vi8ucrLBGfELnG",
        "U*U*U $2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
      })
  void anotherSystemsHashIsAccepted(String password, String hash) throws Exception {
    assertThat(PasswordHash.parse(hash).isOurs()).isFalse();
    assertThat(isRight(password, hash)).isTrue();
    assertThat(isRight("different" + password, hash)).isFalse();
    // Nobody's of the same cost is no hash of anything, and can be computed.
    String nobodys = PasswordHash.parse(hash).kind();
    assertThat(PasswordHash.parse(nobodys).kind()).isEqualTo(nobodys);
    assertThat(isRight(password, nobodys)).isFalse();
    assertThat(hash).isNotEqualTo(nobodys);
    assertThat(PasswordHash.parse(hash)).hasToString(nobodys);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=1,p=17$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$pbkdf2-sha256$i=1000001$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$pbkdf2-sha1$i=1000$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2a$14$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$1$c29tZXNh$CTFhFdXPJO1aFaMaO6Mm5c",
        "a password",
      })
  void whatCostsTooMuchOrIsNoHashIsRefusedWithoutRepeatingIt(String hash) {
    assertThatThrownBy(() -> PasswordHash.parse(hash))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a password's hash")
        .hasMessageNotContaining("CTFhFd")
        .hasMessageNotContaining("CCCCC")
        .hasMessageNotContaining("a password,");
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
