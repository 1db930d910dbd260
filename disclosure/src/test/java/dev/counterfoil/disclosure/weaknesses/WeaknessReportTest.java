package dev.counterfoil.disclosure.weaknesses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports are read as they come; what happens to them follows ISO/IEC 30111. */
class WeaknessReportTest {
  private static final Instant NOW = Instant.parse("2026-11-30T09:00:00Z");
  private static final String MAIL =
      """
      From: Ada <ada@example.org>
      Subject: A token
       is accepted twice
      Content-Type: multipart/mixed; boundary=b

      --b
      Content-Type: text/plain; charset=utf-8

      %s
      --b
      Content-Type: image/png

      not a picture
      --b--
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static WeaknessReport read(String file) throws FormatException {
    return WeaknessReport.read(file.getBytes(StandardCharsets.UTF_8), Optional.empty());
  }

  @Test
  void anEMailAndJsonSayTheSame() throws FormatException {
    WeaknessReport mail = read(MAIL.formatted("Send it twice."));
    assertThat(mail.subject()).isEqualTo("A token is accepted twice");
    assertThat(mail.reporter()).isEqualTo("Ada <ada@example.org>");
    assertThat(mail.text().strip()).isEqualTo("Send it twice.");
    assertThat(read(mail.toJson().toString())).isEqualTo(mail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "no headers at all",
        "Subject: x\n\n",
        "{\"subject\":\"x\",\"text\":\"y\",\"more\":1}"
      })
  void whatIsNoReportIsRefused(String file) {
    assertThatThrownBy(() -> read(file)).isInstanceOf(FormatException.class);
  }

  @Test
  void whatGnuPgEncryptsToOurKeyIsOpenedWithItAndWithNoOther() throws Exception {
    byte[] secret =
        OpenPgpKey.make("Example", new char[0], NOW, Duration.ofDays(9), new SecureRandom());
    OpenPgpKey key = OpenPgpKey.parse(secret, new char[0]);
    Path armored = Files.write(folder.resolve("key.asc"), key.certificate().armored());
    Path clear = Files.writeString(folder.resolve("clear"), "Send it twice.\n");
    Path encrypted = folder.resolve("encrypted.asc");
    assertThat(gpg("--import", armored.toString())).isZero();
    assertThat(
            gpg(
                "--trust-model",
                "always",
                "--armor",
                "--recipient",
                key.certificate().fingerprint(),
                "--output",
                encrypted.toString(),
                "--encrypt",
                clear.toString()))
        .as(Files.readString(folder.resolve("gpg.log")))
        .isZero();
    byte[] mail = MAIL.formatted(Files.readString(encrypted)).getBytes(StandardCharsets.UTF_8);
    WeaknessReport report = WeaknessReport.read(mail, Optional.of(key));
    assertThat(report.text()).isEqualTo("Send it twice.\n");
    assertThat(report.encrypted()).isTrue();
    OpenPgpKey other =
        OpenPgpKey.parse(
            OpenPgpKey.make("Other", new char[0], NOW, Duration.ofDays(9), new SecureRandom()),
            new char[0]);
    assertThatThrownBy(() -> WeaknessReport.read(mail, Optional.of(other)))
        .hasMessageContaining("not encrypted to this key");
    assertThatThrownBy(() -> WeaknessReport.read(mail, Optional.empty()))
        .hasMessageContaining("name the key");
  }

  private int gpg(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "gpg",
                "--homedir",
                folder.toString(),
                "--batch",
                "--faked-system-time",
                Long.toString(NOW.getEpochSecond() + 60)));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("gpg.log").toFile())
        .start()
        .waitFor();
  }

  private static Weakness in(WeaknessState state) {
    Weakness one =
        Weakness.received("V-1", new WeaknessReport("s", "t", "ada", false), NOW, "anna");
    return state == WeaknessState.RECEIVED
        ? one
        : one.moved(new Weakness.Move(state, NOW, "anna", "so"));
  }

  @ParameterizedTest
  @CsvSource({
    "RECEIVED, ACKNOWLEDGED, 0, ''",
    "RECEIVED, VERIFIED, 0, can become acknowledged",
    "ACKNOWLEDGED, REJECTED, 0, ''",
    "VERIFIED, PUBLISHED, 89, embargo",
    "VERIFIED, PUBLISHED, 90, ''",
    "REMEDIATING, PUBLISHED, 1, ''",
    "REJECTED, VERIFIED, 1, ''",
    "PUBLISHED, VERIFIED, 1, nothing else"
  })
  void aStateFollowsTheOneBefore(
      WeaknessState state, WeaknessState next, int days, String objection) {
    Optional<String> said = in(state).objection(next, NOW.plus(Duration.ofDays(days)));
    if (objection.isEmpty()) {
      assertThat(said).isEmpty();
    } else {
      assertThat(said).hasValueSatisfying(why -> assertThat(why).contains(objection));
    }
  }

  @Test
  void itsClockSaysWhatIsDue() throws FormatException {
    assertThat(in(WeaknessState.RECEIVED).due())
        .contains(new Weakness.Due("acknowledge", NOW.plus(Duration.ofDays(3))));
    Weakness verified = in(WeaknessState.VERIFIED);
    assertThat(verified.due()).contains(new Weakness.Due("publish", NOW.plus(Duration.ofDays(90))));
    Instant agreed = NOW.plus(Duration.ofDays(30));
    assertThat(verified.embargoed(agreed).due()).contains(new Weakness.Due("publish", agreed));
    assertThat(in(WeaknessState.PUBLISHED).due()).isEmpty();
    assertThatThrownBy(() -> verified.embargoed(NOW.plus(Duration.ofDays(366))))
        .isInstanceOf(FormatException.class);
  }
}
