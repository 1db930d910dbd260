package dev.counterfoil.disclosure.weaknesses;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** security.txt by RFC 9116, with a signature that GnuPG verifies. */
class SecurityTextTest {
  private static final Instant NOW = Instant.parse("2026-11-30T09:00:00Z");
  private static final String GOOD =
      """
      # Ours
      Contact: mailto:security@example.com
      Contact: https://example.com/report
      Expires: 2027-05-29T09:00:00Z
      Canonical: https://example.com/.well-known/security.txt
      CSAF: https://example.com/.well-known/csaf/provider-metadata.json
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static SecurityText parsed(String text) throws FormatException {
    return SecurityText.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aGoodOneHasNoFaults() throws FormatException {
    assertThat(parsed(GOOD).faults(NOW, Duration.ofDays(30))).isEmpty();
    assertThat(parsed(GOOD).all("contact")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "Expires: 2027-05-29T09:00:00Z, Expires: 2026-11-29T09:00:00Z, 2.5.5",
    "Expires: 2027-05-29T09:00:00Z, Expires: 2026-12-29T09:00:00Z, 2.5.5",
    "Expires: 2027-05-29T09:00:00Z, Expires: 2028-05-29T09:00:00Z, 2.5.5",
    "Expires: 2027-05-29T09:00:00Z, Expires: soon, 2.5.5",
    "# Ours, Expires: 2027-05-29T09:00:00Z, 2.5",
    "https://example.com/report, http://example.com/report, 2.5",
    "Contact:, X-Contact:, 2.5.3",
  })
  void eachRuleIsChecked(String good, String bad, String rule) throws FormatException {
    assertThat(parsed(GOOD.replace(good, bad)).faults(NOW, Duration.ofDays(30)))
        .extracting(Fault::rule)
        .containsExactly(rule);
  }

  @Test
  void itsSignatureIsGnuPgsToo() throws Exception {
    byte[] secret =
        OpenPgpKey.make("Example", new char[0], NOW, Duration.ofDays(9), new SecureRandom());
    OpenPgpKey key = OpenPgpKey.parse(secret, new char[0]);
    byte[] signed =
        key.clearSign(GOOD + "- a line that must be escaped: yes\n", NOW)
            .getBytes(StandardCharsets.UTF_8);
    assertThat(SecurityText.parse(signed).isSigned()).isTrue();
    assertThat(SecurityText.refusal(signed, key.certificate(), NOW)).isEmpty();
    byte[] changed =
        new String(signed, StandardCharsets.UTF_8)
            .replace("security@", "attacker@")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(SecurityText.refusal(changed, key.certificate(), NOW))
        .contains("it is not of this content");
    assertThat(gpg("--import", Files.write(folder.resolve("key"), key.certificate().armored())))
        .isZero();
    assertThat(gpg("--verify", Files.write(folder.resolve("good"), signed))).isZero();
    assertThat(gpg("--verify", Files.write(folder.resolve("bad"), changed))).isNotZero();
  }

  private int gpg(String command, Path file) throws Exception {
    return new ProcessBuilder(
            "gpg",
            "--homedir",
            folder.toString(),
            "--batch",
            "--faked-system-time",
            Long.toString(NOW.getEpochSecond() + 60),
            command,
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("gpg.log").toFile())
        .start()
        .waitFor();
  }
}
