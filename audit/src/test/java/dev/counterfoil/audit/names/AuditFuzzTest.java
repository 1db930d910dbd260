package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.event.JsonBytes;
import dev.counterfoil.audit.event.RowAssembly;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.event.TestBundle;
import dev.counterfoil.audit.intake.OtlpLogs;
import dev.counterfoil.audit.intake.OtlpLogsTest;
import dev.counterfoil.audit.intake.Sequences;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.StoreManifest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.log.disk.FileDisk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What strangers send: bundles, queries and log records. A value or the declared refusal, and
 * nothing changed.
 */
class AuditFuzzTest {
  private static final int CHANGED = 5000;
  private static final CosignatureSigner CUSTODIAN =
      new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
  private static final int OTLP_BYTES_MAX = 1 << 20;

  @TempDir static Path folder;

  private static volatile Bundle made = new Bundle(Optional.empty(), "", List.of());

  /**
   * A whole bundle.
   *
   * @param key with which it was signed
   * @param text of the bundle
   * @param events what it proves, in order
   */
  private record Bundle(Optional<NoteKey> key, String text, List<String> events) {}

  private static Bundle bundle() throws Exception {
    Bundle there = made;
    if (there.key().isPresent()) {
      return there;
    }
    TestBundle log = new TestBundle();
    List<String> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String tenant = i == 2 ? "globex" : "acme";
      log.add("mail", SampleEvents.read(tenant, i, "box", "s1g1.1.x"));
      if (i != 2) {
        events.add(canonical(log.at(i)));
      }
    }
    JsonObject header =
        log.header("acme", JsonObject.builder().build(), log.counts("acme", log.size(), 0))
            .with("held", List.of(log.word(CUSTODIAN, log.size(), 5, "acme", 4, 0)));
    made =
        new Bundle(
            Optional.of(log.signer.key()),
            TestBundle.text(header, log.lines("acme", 0, Set.of(), Set.of())),
            events);
    return made;
  }

  private static String canonical(StoredEvent one) {
    return new String(one.event().canonicalBytes(), StandardCharsets.UTF_8);
  }

  /** Whatever is believed of a changed bundle is an event of it, and what is complete is all. */
  @FuzzTest(maxDuration = "60s")
  void bundles(byte[] input) throws Exception {
    Bundle good = bundle();
    List<String> believed = new ArrayList<>();
    try {
      AuditBundle.Proved proved =
          AuditBundle.check(
              new ByteArrayInputStream(input),
              good.key().orElseThrow(),
              one -> believed.add(canonical(one)));
      if (proved.complete()) {
        assertThat(believed).isEqualTo(good.events());
      }
    } catch (FormatException e) {
      assertThat(e).hasMessageContaining("line ");
    }
    assertThat(good.events()).containsAll(believed);
    try {
      AuditBundle.Proved proved =
          AuditBundle.check(
              new ByteArrayInputStream(input), good.key().orElseThrow(), List.of(CUSTODIAN.key()));
      for (AuditBundle.Held word : proved.held()) {
        // He said it of five, and counted three of the first four.
        assertThat(word.believed() ? word.size() : 5).isEqualTo(5);
        assertThat(word.countedSize() < 0 ? 3 : word.counted()).isEqualTo(3);
      }
    } catch (FormatException e) {
      assertThat(e).hasMessageContaining("line ");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void queries(byte[] input) throws IOException {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : new String(input, StandardCharsets.UTF_8).split("&", -1)) {
      String[] parts = pair.split("=", 2);
      parameters.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    try {
      EventQuery query = EventQuery.parse(name -> Optional.ofNullable(parameters.get(name)));
      EventQuery.Conditions conditions =
          query.conditions(new Fence("trial", "acme"), names()).getFirst();
      assertThat(conditions.sql().toString()).startsWith("domain = ? AND tenant = ?");
      assertThat(conditions.sql().chars().filter(c -> c == '?').count())
          .isEqualTo(conditions.values().size());
      assertThat(conditions.sql().toString()).doesNotContain("'");
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  private static @Nullable Names known;

  private static synchronized Names names() throws IOException {
    Names names = known;
    if (names == null) {
      Path folder = Files.createTempDirectory("names");
      names = Names.open(FileDisk.privateFolder(folder), true, new SecureRandom());
      known = names;
    }
    return names;
  }

  /**
   * What a row's rest and words are, in files that somebody may have written: as bytes it is the
   * event of the digest, or nothing; read otherwise an event, or refused.
   */
  @FuzzTest(maxDuration = "60s")
  void rows(byte[] input) throws Exception {
    AuditEvent event = EventRowTest.received(EventRowTest.with(""));
    StoreRow row = SampleEvents.row(names(), event);
    EventPeople people = EventPeople.of(names(), event);
    String[] parts = new String(input, StandardCharsets.UTF_8).split("\u0000", 2);
    StoreRow other =
        new StoreRow(
            names(),
            row.position(),
            parts.length > 1 ? people.seal(parts[1]) : null,
            row.numbers(),
            row.columns(),
            row.items(),
            parts[0].getBytes(StandardCharsets.UTF_8));
    JsonBytes out = new JsonBytes(0);
    byte[] salt =
        new RowAssembly(names(), EventPeople.fence(event))
            .write(other, AuditLeaf.of(people.salt(event), event.canonicalBytes()).digest(), out);
    byte[] written = Arrays.copyOf(out.bytes(), out.length());
    assertThat(written).isEqualTo(salt == null ? new byte[0] : event.canonicalBytes());
    try {
      assertThat(other.event().salt()).hasSize(AuditLeaf.SALT_BYTES);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  private static byte[] row() throws FormatException {
    EventRow row = EventRow.of(EventRowTest.received(EventRowTest.with("")));
    return (row.rest() + "\u0000" + row.words()).getBytes(StandardCharsets.UTF_8);
  }

  /** Whatever log records say, each is an event in canonical form or refused by its number. */
  @FuzzTest(maxDuration = "60s")
  void logRecords(byte[] input) throws Exception {
    try {
      canonical(OtlpLogs.parse(input, OTLP_BYTES_MAX));
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** The same of log records in protobuf. */
  @FuzzTest(maxDuration = "60s")
  void protobufLogRecords(byte[] input) throws Exception {
    try {
      canonical(OtlpLogs.parseProtobuf(input, OTLP_BYTES_MAX));
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  private static void canonical(OtlpLogs logs) throws FormatException {
    List<String> lines = new String(logs.ndjson(), StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(logs.events());
    for (String line : lines) {
      byte[] event = line.getBytes(StandardCharsets.UTF_8);
      assertThat(StrictJson.object(event, event.length).canonicalBytes()).isEqualTo(event);
    }
  }

  private static final String LOG_RECORDS =
      """
      {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mail"}}]},
       "scopeLogs":[{"logRecords":[
        {"timeUnixNano":"1795754968128000000","severityNumber":9,"body":{"stringValue":"read"},"attributes":[
         {"key":"counterfoil.tenant","value":{"stringValue":"acme"}},
         {"key":"counterfoil.sequence","value":{"intValue":"3"}},
         {"key":"counterfoil.class_uid","value":{"intValue":6005}},
         {"key":"counterfoil.activity_id","value":{"intValue":"1"}},
         {"key":"counterfoil.token","value":{"stringValue":"s1g1.8.x"}},
         {"key":"client.address","value":{"stringValue":"203.0.113.9"}}]},
        {"timeUnixNano":"1","body":{"stringValue":"{\\"a\\":1}"}}]}]}]}
      """;

  @Test
  void changedInputs() throws Exception {
    logRecords(LOG_RECORDS.getBytes(StandardCharsets.UTF_8));
    assertThat(
            OtlpLogs.parse(LOG_RECORDS.getBytes(StandardCharsets.UTF_8), OTLP_BYTES_MAX).events())
        .isEqualTo(2);
    Bundle good = bundle();
    bundles(good.text().getBytes(StandardCharsets.UTF_8));
    assertThat(
            AuditBundle.check(
                    new ByteArrayInputStream(good.text().getBytes(StandardCharsets.UTF_8)),
                    good.key().orElseThrow(),
                    one -> {})
                .events())
        .isEqualTo(4);
    ChangedInputs changed = new ChangedInputs(20261127);
    byte[] row = row();
    rows(row);
    byte[] protobuf = OtlpLogsTest.request().toByteArray();
    protobufLogRecords(protobuf);
    for (int i = 0; i < CHANGED; i++) {
      protobufLogRecords(changed.of(protobuf));
      rows(changed.of(row));
      logRecords(changed.of(LOG_RECORDS.getBytes(StandardCharsets.UTF_8)));
      bundles(changed.of(good.text().getBytes(StandardCharsets.UTF_8)));
      queries(
          changed.of(
              "token=s1g1.1.x&text=a&from=1&to=9&order=oldest&limit=10&class=6005&before=7"
                  .getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void theManifestOfAStoreIsReadOrRefused() throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder.resolve("store"));
    new StoreManifest(
            7,
            List.of(new StoreManifest.Part(0, 3), new StoreManifest.Part(3, 7)),
            new Sequences().toJson())
        .write(disk);
    assertThat(StoreManifest.read(disk).size()).isEqualTo(7);
    byte[] good = disk.read(StoreManifest.FILE, 1 << 20);
    ChangedInputs changed = new ChangedInputs(20261128);
    for (int i = 0; i < CHANGED / 50; i++) {
      disk.replace(StoreManifest.FILE, changed.of(good));
      try {
        StoreManifest read = StoreManifest.read(disk);
        Sequences.of(read.sequences());
        assertThat(read.files()).isNotNull();
      } catch (IOException | FormatException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
