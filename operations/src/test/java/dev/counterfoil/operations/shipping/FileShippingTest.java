package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole files on their way to an audit log. */
class FileShippingTest {
  @TempDir Path folder;

  private final List<FileShipping.Batch> batches = new ArrayList<>();

  private JsonObject take(FileShipping.Batch batch) {
    batches.add(batch);
    long lines = batch.ndjson().length == 0 ? 0 : sent(batch).size();
    return answer(lines, List.of());
  }

  private static JsonObject answer(long recorded, List<JsonObject> refused) {
    return JsonObject.builder()
        .put("recorded", recorded)
        .put("repeated", 0)
        .put("refused", refused)
        .build();
  }

  private static List<JsonObject> sent(FileShipping.Batch batch) {
    return new String(batch.ndjson(), StandardCharsets.UTF_8)
        .lines()
        .map(
            line -> {
              try {
                return StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20);
              } catch (FormatException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  private JsonObject ship(String text, FileShipping.Mapping mapping, FileShipping.Target target)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("old.ndjson"), text);
    List<FileShipping.Outcome> outcomes = new ArrayList<>();
    new FileShipping(in -> FileRecords.any(in, "AuditData"), mapping, target, read -> {})
        .ship(file, outcomes);
    return outcomes.getFirst().toJson();
  }

  private static String event(String metadata) {
    return "{\"class_uid\":6003,\"metadata\":{" + metadata + "}}\n";
  }

  @Test
  void whatHasNoNumberIsNumberedByItsLineInALogOfItsFile() throws Exception {
    JsonObject outcome =
        ship(event("") + "\n" + event("\"a\":1"), new OcsfLines("acme"), this::take);
    assertThat(outcome.number("recorded")).isEqualTo(2);
    List<JsonObject> sent = sent(batches.getFirst());
    for (int i = 0; i < 2; i++) {
      JsonObject metadata = sent.get(i).object("metadata");
      assertThat(metadata.number("sequence")).isEqualTo(1 + 2 * i);
      assertThat(outcome.string("sha256")).startsWith(metadata.string("log_name"));
      assertThat(metadata.string("tenant_uid")).isEqualTo("acme");
    }
    assertThat(batches.getFirst().firstLine()).isEqualTo(1);
    assertThat(batches.getFirst().lastLine()).isEqualTo(3);
  }

  @Test
  void numbersOfTheSourceStayAndMustRise() throws Exception {
    JsonObject outcome =
        ship(
            event("\"sequence\":7,\"tenant_uid\":\"acme\"")
                + event("\"sequence\":5")
                + event("\"sequence\":5,\"log_name\":\"other\""),
            new OcsfLines("acme"),
            this::take);
    assertThat(outcome.number("recorded")).isEqualTo(2);
    assertThat(outcome.objects("refused_lines"))
        .extracting(line -> line.number("line"))
        .containsExactly(2L);
    assertThat(sent(batches.getFirst()).getFirst().object("metadata").has("log_name")).isFalse();
  }

  @Test
  void whatAnotherLogWroteIsKeptAside() throws Exception {
    ship(
        event("\"logged_time\":1684137601000,\"reporter\":{\"name\":\"old\"}"),
        new OcsfLines("acme"),
        this::take);
    JsonObject event = sent(batches.getFirst()).getFirst();
    assertThat(event.object("metadata").has("logged_time")).isFalse();
    JsonObject kept = event.object("unmapped").object("metadata");
    assertThat(kept.number("logged_time")).isEqualTo(1684137601000L);
    assertThat(kept.object("reporter").string("name")).isEqualTo("old");
  }

  @Test
  void refusalsNameTheLineOfTheFile() throws Exception {
    JsonObject outcome =
        ship(
            event("") + "no json\n\n" + event("\"a\":1"),
            new OcsfLines("acme"),
            batch ->
                answer(
                    1,
                    List.of(
                        JsonObject.builder()
                            .put("line", 2)
                            .put("code", "time-off")
                            .put("detail", "x")
                            .build())));
    assertThat(outcome.number("refused")).isEqualTo(2);
    assertThat(outcome.objects("refused_lines"))
        .extracting(line -> line.number("line") + " " + line.string("code"))
        .containsExactlyInAnyOrder("2 malformed", "4 time-off");
  }

  @Test
  void aLongFileGoesInBatches() throws Exception {
    JsonObject outcome = ship(event("").repeat(12_001), new OcsfLines("acme"), this::take);
    assertThat(outcome.number("recorded")).isEqualTo(12_001);
    assertThat(batches).hasSize(3);
    assertThat(batches.get(1).firstLine()).isEqualTo(batches.getFirst().lastLine() + 1);
  }

  @Test
  void whatStandsBeforeABreakIsShippedAndTheBreakIsNamed() {
    assertThatThrownBy(
            () -> ship("[" + event("") + "," + event("") + "x", new OcsfLines("acme"), this::take))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("old.ndjson, line 3: a record");
    assertThat(sent(batches.getFirst())).hasSize(2);
  }

  @Test
  void aFileWithoutRecordsIsNoFault() throws Exception {
    for (String nothing : List.of("", "\n", "[]", "Date,AuditData\n")) {
      JsonObject outcome = ship(nothing, new OcsfLines("acme"), this::take);
      assertThat(outcome.number("recorded")).as(nothing).isZero();
      assertThat(outcome.number("refused")).as(nothing).isZero();
    }
    assertThat(batches).isEmpty();
  }

  /** Its events are numbered by the digest of what it was before. */
  @Test
  void aFileThatChangesWhileItIsReadIsNamed() throws Exception {
    OcsfLines lines = new OcsfLines("acme");
    FileShipping.Mapping writing =
        (record, place) -> {
          try {
            Files.writeString(folder.resolve("old.ndjson"), "\n", StandardOpenOption.APPEND);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return lines.events(record, place);
        };
    assertThatThrownBy(() -> ship(event(""), writing, this::take))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("old.ndjson changed while it was read");
    assertThat(ship(event(""), new OcsfLines("acme"), this::take).number("recorded"))
        .as("the control")
        .isEqualTo(1);
  }

  @Test
  void whereNotAllRecordsAreRememberedTheOutcomeSaysSo() throws Exception {
    String three = M365EventsTest.RULE + "\n" + M365EventsTest.SEND + "\n" + M365EventsTest.LOGIN;
    assertThat(ship(three, new M365Events("acme", 3), this::take).has("remark"))
        .as("the control")
        .isFalse();
    assertThat(ship(three, new M365Events("acme", 2), this::take).string("remark"))
        .contains("Only the first 2 different records were remembered");
  }
}
