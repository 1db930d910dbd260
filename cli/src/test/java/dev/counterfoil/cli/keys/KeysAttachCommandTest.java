package dev.counterfoil.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.monitor.attached.IssuerKeys;
import dev.counterfoil.monitor.attached.IssuerKeys.Published;
import dev.counterfoil.verifier.TestKeys;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which keys of an attached issuer are confirmed, where an intruder writes its key set. */
final class KeysAttachCommandTest {
  private final TestKeys.Es256 genuine = new TestKeys.Es256();
  private final TestKeys.Es256 intruder = new TestKeys.Es256();

  private static IssuerKeys published(Published... keys) {
    return new IssuerKeys(URI.create("https://kc.example/certs"), List.of(keys), List.of());
  }

  private static Published named(TestKeys.Es256 key, String kid) {
    return new Published(kid, key.jwk());
  }

  private static List<Published> chosen(IssuerKeys keys, String... thumbprints) {
    return KeysAttachCommand.chosen(keys, List.of(thumbprints), stated -> false);
  }

  @Test
  void aKeyIsNamedByItsThumbprintAlone() {
    Published own = named(genuine, "k1");
    Published other = named(intruder, "k2");
    assertThat(chosen(published(other, own), genuine.kid())).containsExactly(own);
    assertThat(chosen(published(other, own), genuine.kid(), genuine.kid())).containsExactly(own);
    assertThat(chosen(published(other, own))).as("every key").containsExactly(other, own);
    assertThatThrownBy(() -> chosen(published(other, own), "k1"))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(genuine.kid() + " (kid k1)");
  }

  @Test
  void noKeyStandsInForAnotherByItsKid() {
    Published own = named(genuine, "k1");
    Published posing = named(intruder, genuine.kid());
    assertThat(chosen(published(posing, own), genuine.kid())).containsExactly(own);
    assertThatThrownBy(() -> chosen(published(posing), genuine.kid()))
        .as("the genuine key was taken out of the set")
        .hasMessageContaining("no key with the thumbprint " + genuine.kid());
    for (String[] asked : List.of(new String[] {intruder.kid()}, new String[0])) {
      assertThatThrownBy(() -> chosen(published(own, posing), asked))
          .hasMessageContaining("has the thumbprint of another key as its kid, " + genuine.kid());
    }
    assertThatThrownBy(
            () -> KeysAttachCommand.chosen(published(posing), List.of(), genuine.kid()::equals))
        .as("of a stated key")
        .hasMessageContaining("thumbprint of another key");
    Published itself = named(genuine, genuine.kid());
    assertThat(KeysAttachCommand.chosen(published(itself), List.of(), genuine.kid()::equals))
        .containsExactly(itself);
  }

  @Test
  void aKeyUnderSeveralKidsIsRefused() {
    Published once = named(genuine, "k1");
    assertThat(chosen(published(once, once))).containsExactly(once);
    assertThatThrownBy(() -> chosen(published(once, named(genuine, "k2")), genuine.kid()))
        .hasMessageContaining("under several kids, of which one can be stated: k1, k2");
  }

  @Test
  void aKidThatRedrawsTheLineIsShownAsItIs() {
    assertThat(KeysAttachCommand.line("WOULD ATTACH", statement("clé-1")))
        .contains("WOULD ATTACH  " + genuine.kid(), "kid clé-1, ES256");
    assertThat(KeysAttachCommand.line("WOULD ATTACH", statement("k\u001b[1A\rWOULD")))
        .contains("kid k\\u{1b}[1A\\u{d}WOULD, ES256")
        .doesNotContain("\u001b", "\r");
  }

  private KeyStatement statement(String alias) {
    Instant from = Instant.parse("2026-11-25T12:00:00Z");
    Instant end = from.plus(Duration.ofDays(30));
    return KeyStatement.builder(genuine.jwk())
        .domain("main")
        .issuer("https://kc.example")
        .purpose("attached")
        .tenants(AllowList.of("acme"))
        .tokenTypes(AllowList.of("JWT"))
        .audiences(AllowList.of("mail"))
        .lifeMax(Duration.ofMinutes(15))
        .active(from, end)
        .verifyUntil(end.plus(Duration.ofMinutes(15)))
        .record(new RecordForm.Digest("d1g1"))
        .alias(alias)
        .custody("attached", KeyStatement.Assurance.UNKNOWN)
        .build();
  }
}
