package dev.counterfoil.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** People are said to sign in where they do. */
class SignInStateTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'ready':true} | true | sign in with passkeys or passwords",
        "{'ready':true} | false | sign in with passwords alone",
        "{'ready':true,'sign_in_reason':'no key'} | true | cannot sign in yet: no key",
      })
  void whatIsSaidIsSo(String health, boolean takesPasskeys, String start) throws Exception {
    Optional<String> reason =
        SignInState.read(health.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    assertThat(SignInState.line(reason, takesPasskeys)).startsWith(start);
  }
}
