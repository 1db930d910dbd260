package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.passkeys.PasskeyRefusedException;
import dev.counterfoil.signin.passkeys.Passkeys;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What a browser sends is read or refused; nothing else is thrown, whatever a library throws. */
class BrowserBytesFuzzTest {
  private static final Passkeys PASSKEYS =
      new Passkeys(
          URI.create("https://login.acme.example"),
          Optional.empty(),
          "Acme",
          new SecureRandom(),
          new SignInServer.MovedClock());
  private static final Person ALICE =
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

  static Stream<byte[]> credentials() {
    return Stream.concat(
        bytes("", "null", "[]", "{}", "nonsense", "{\"response\":null}"),
        Stream.of(
                "null",
                "{\"clientDataJSON\":\"e30\"}",
                "{\"clientDataJSON\":\"e30\",\"authenticatorData\":\"AAAA\",\"signature\":\"AAAA\"}",
                "{\"clientDataJSON\":\"bnVsbA\",\"attestationObject\":\"oA\",\"transports\":[]}",
                "{\"clientDataJSON\":\"!\",\"attestationObject\":\"!\"}",
                "{\"clientDataJSON\":\"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9y"
                    + "aWdpbiI6Imh0dHBzOi8vbG9naW4uYWNtZS5leGFtcGxlIn0\","
                    + "\"authenticatorData\":\"AAAA\",\"signature\":\"AAAA\"}")
            .flatMap(
                response ->
                    bytes(
                        "{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\","
                            + "\"clientExtensionResults\":{},\"response\":"
                            + response
                            + "}")));
  }

  private static Stream<byte[]> bytes(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("credentials")
  @FuzzTest(maxDuration = "60s")
  void credentials(byte[] body) {
    String json = new String(body, StandardCharsets.UTF_8);
    assertThatThrownBy(() -> PASSKEYS.used(json, "browser", _ -> Optional.empty()))
        .isInstanceOf(PasskeyRefusedException.class);
    assertThat(PASSKEYS.signalUnknown(json, _ -> Optional.empty()))
        .satisfiesAnyOf(
            said -> assertThat(said).isEmpty(), said -> assertThat(said.get()).startsWith("{"));
    assertThatThrownBy(() -> PASSKEYS.enrolled(json, "browser", ALICE, "label"))
        .isInstanceOf(PasskeyRefusedException.class);
  }

  static Stream<byte[]> hashes() {
    return bytes(
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$pbkdf2-sha512$i=10$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2y$04$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEdQYyV5gSYyf5e3o4ZQ2y",
        "$pbkdf2-sha512$i=10$c29tZXNhbHQ$A....................A");
  }

  /** Of an imported file: what is taken is of a cost that can be computed. */
  @MethodSource("hashes")
  @FuzzTest(maxDuration = "60s")
  void hashes(byte[] hash) {
    PasswordHash.of(new String(hash, StandardCharsets.UTF_8))
        .ifPresent(
            taken -> assertThat(PasswordHash.parse(taken.kind()).kind()).isEqualTo(taken.kind()));
  }
}
