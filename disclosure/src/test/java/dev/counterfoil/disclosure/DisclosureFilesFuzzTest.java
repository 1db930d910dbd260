package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.disclosure.clocks.ClockPack;
import dev.counterfoil.disclosure.promises.SaidOfPromises;
import dev.counterfoil.disclosure.record.AffectedIncident;
import dev.counterfoil.disclosure.victims.Contacts;
import dev.counterfoil.disclosure.weaknesses.WeaknessReport;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that operators write, and what commands hand in: read, or refused with a reason. */
class DisclosureFilesFuzzTest {
  private static final int CHANGED_INPUTS = 300;
  private static final String INCIDENT =
      """
      {"id":"7","domain":"consumer","severity":"high","first_ms":1,"last_ms":2,"keys":["k"],
       "accounts":[{"tenant":"acme","subject":"a","first_seen_at_ms":1,"last_seen_at_ms":2,
       "tokens":1,"accepted":1,"services":["mail"]}],
       "entities":[{"tenant":"acme","entity":"m","items":3,"first_ms":1,"last_ms":2}],
       "not_known":[],"salt":"s"}""";
  private static final String CONTACTS =
      """
      {"acme":{"webhook":"https://a.example/n","mail":["a@b.example"],"post":["A"],"phone":"1"}}""";

  private static final String SAID =
      """
      {"v":1,"domain":"consumer","iat":3,"as_of":2,
       "promises":[{"id":"a","sentence":"A.","measure":"rotation-on-time","bound":9,"since":1}],
       "said":[{"id":"a","state":"kept","inputs":"00"}]}""";
  private static final String REPORT =
      """
      {"subject":"Twice","text":"A token is taken twice.","reporter":"ada@example.org"}""";
  private static final String MAIL =
      """
      From: ada@example.org
      Subject: Twice
      Content-Type: multipart/mixed; boundary=b

      --b
      Content-Type: text/plain

      A token is taken twice.
      --b--
      """;

  @FunctionalInterface
  private interface Reader {
    void read(byte[] bytes) throws FormatException;
  }

  private static final List<Reader> READERS =
      List.of(
          ClockPack::parse,
          Contacts::parse,
          bytes -> AffectedIncident.parse(json(bytes)),
          bytes -> Correction.parse(json(bytes)),
          bytes -> DisclosureKey.parse(json(bytes)),
          bytes -> PublicStatement.parse(json(bytes)),
          bytes -> SaidOfPromises.parse(json(bytes)),
          bytes -> WeaknessReport.read(bytes, Optional.empty()),
          bytes -> TheftNotice.parse(json(bytes)));

  private static JsonObject json(byte[] bytes) throws FormatException {
    return StrictJson.object(bytes, 1 << 20);
  }

  static Stream<byte[]> goodFiles() throws Exception {
    try (InputStream in = Objects.requireNonNull(ClockPack.class.getResourceAsStream("us.json"))) {
      return Stream.of(
          in.readAllBytes(),
          INCIDENT.getBytes(StandardCharsets.UTF_8),
          CONTACTS.getBytes(StandardCharsets.UTF_8),
          SAID.getBytes(StandardCharsets.UTF_8),
          REPORT.getBytes(StandardCharsets.UTF_8),
          MAIL.getBytes(StandardCharsets.UTF_8));
    }
  }

  @MethodSource("goodFiles")
  @FuzzTest(maxDuration = "60s")
  void files(byte[] input) {
    read(input);
  }

  /** By how many readers it was read. */
  private static int read(byte[] input) {
    int read = 0;
    for (Reader reader : READERS) {
      try {
        reader.read(input);
        read++;
      } catch (FormatException | IllegalArgumentException e) {
        assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      }
    }
    return read;
  }

  @Test
  void changedInputsAreRefusedOrRead() throws Exception {
    ChangedInputs changed = new ChangedInputs(9);
    List<byte[]> good = goodFiles().toList();
    assertThat(good).allMatch(file -> read(file) == 1);
    int accepted = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      accepted += read(changed.of(good.get(i % good.size())));
    }
    assertThat(accepted).isBetween(1, CHANGED_INPUTS - 1);
  }
}
