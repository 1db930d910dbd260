package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.Person;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the library throws for bytes that are no credential is a refusal, and never a failure. */
class MalformedPasskeyTest {
  private final Passkeys passkeys =
      new Passkeys(
          URI.create("https://login.acme.example"),
          "Acme",
          new SecureRandom(),
          new SignInServer.MovedClock());
  private final Person alice =
      new Person(
          "AAAAAAAAAAAAAAAAAAAAAA",
          "acme",
          "alice",
          "Alice",
          Optional.empty(),
          false,
          false,
          Instant.EPOCH,
          1);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"response\":null}",
        "nonsense",
        "{\"clientDataJSON\":\"e30\"}",
        "{\"clientDataJSON\":\"e30\",\"authenticatorData\":\"AAAA\",\"signature\":\"AAAA\"}",
        "{\"clientDataJSON\":\"bnVsbA\",\"attestationObject\":\"oA\",\"transports\":[]}",
        "{\"clientDataJSON\":\"!\",\"attestationObject\":\"!\"}",
        "{\"clientDataJSON\":\"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8v"
            + "bG9naW4uYWNtZS5leGFtcGxlIn0\",\"authenticatorData\":\"AAAA\",\"signature\":\"AAAA\"}"
      })
  void isRefused(String response) {
    for (String json : new String[] {response, in(response)}) {
      assertThatThrownBy(() -> passkeys.used(json, "browser", _ -> Optional.empty()))
          .isInstanceOf(PasskeyRefusedException.class);
      assertThatThrownBy(() -> passkeys.enrolled(json, "browser", alice, "label"))
          .isInstanceOf(PasskeyRefusedException.class);
    }
  }

  private static String in(String response) {
    return "{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\","
        + "\"clientExtensionResults\":{},\"response\":"
        + response
        + "}";
  }
}
