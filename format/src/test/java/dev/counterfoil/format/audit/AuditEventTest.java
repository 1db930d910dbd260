package dev.counterfoil.format.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.ReleasedOcsf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Audit events against the vectors, our JSON Schema and OCSF as released. Writes the vectors anew
 * with {@code -Dcounterfoil.vectors.write=true}.
 */
class AuditEventTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path VECTORS = ROOT.resolve("vectors/audit-events");
  private static final byte[] SALT = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
  private static final String REPORTER = "trial/mail";
  private static final long LOGGED = 1_795_737_600_250L;

  private static byte[] bytes(JsonObject event) {
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static AuditEvent parsed(JsonObject event) throws FormatException {
    return AuditEvent.parseReported(bytes(event));
  }

  private static String vector(String name, JsonObject event, String expect)
      throws FormatException {
    JsonObject.Builder json =
        JsonObject.builder().put("comment", name.replace('-', ' ')).put("expect", expect);
    json.put("event", event);
    if (expect.equals("taken")) {
      AuditEvent held = parsed(event).received(REPORTER, LOGGED);
      json.put("reporter", REPORTER)
          .put("logged_time", LOGGED)
          .put("salt", HexFormat.of().formatHex(SALT))
          .put("held", new String(held.canonicalBytes(), StandardCharsets.UTF_8))
          .put("digest", AuditLeaf.of(SALT, held.canonicalBytes()).digest().toString());
    }
    return json.build() + "\n";
  }

  @Test
  void theVectorsAreWhatTheParserDoes() throws Exception {
    Map<String, String> files = new java.util.TreeMap<>();
    for (Map.Entry<String, JsonObject> good : AuditEventCases.good().entrySet()) {
      files.put(good.getKey(), vector(good.getKey(), good.getValue(), "taken"));
    }
    for (Map.Entry<String, AuditEventCases.Bad> bad : AuditEventCases.bad().entrySet()) {
      files.put(
          bad.getKey(),
          vector(bad.getKey(), bad.getValue().event(), "refused: " + bad.getValue().names()));
    }
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Files.writeString(VECTORS.resolve(file.getKey() + ".json"), file.getValue());
      }
    }
    try (Stream<Path> there = Files.list(VECTORS)) {
      assertThat(there.map(file -> file.getFileName().toString()).filter(n -> n.endsWith(".json")))
          .containsExactlyInAnyOrderElementsOf(
              files.keySet().stream().map(name -> name + ".json").toList());
    }
    for (Map.Entry<String, String> file : files.entrySet()) {
      assertThat(VECTORS.resolve(file.getKey() + ".json")).content().isEqualTo(file.getValue());
    }
  }

  @Test
  void aGoodEventIsHeldAsItWasReported() throws Exception {
    for (JsonObject good : AuditEventCases.good().values()) {
      AuditEvent reported = parsed(good);
      AuditEvent held = reported.received(REPORTER, LOGGED);
      assertThat(held.reportedBytes()).isEqualTo(reported.canonicalBytes());
      AuditEvent read = AuditEvent.parse(held.canonicalBytes());
      assertThat(read.json()).isEqualTo(held.json());
      assertThat(read.reporter()).contains(REPORTER);
      assertThat(read.loggedMillis()).isEqualTo(LOGGED);
      assertThatThrownBy(() -> AuditEvent.parse(reported.canonicalBytes()))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("reporter");
      assertThatThrownBy(() -> AuditEvent.parseReported(held.canonicalBytes()))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("auditor");
    }
  }

  @Test
  void aBadEventIsRefusedByTheMemberThatIsBad() {
    AuditEventCases.bad()
        .forEach(
            (name, bad) ->
                assertThatThrownBy(() -> parsed(bad.event()))
                    .as(name)
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining(bad.names()));
  }

  @Test
  void anEventOfTooManyPartsIsRefusedAndTheLargestIsTaken() throws Exception {
    JsonObject event = AuditEventCases.mailRead();
    int others = 0;
    for (String name : event.names()) {
      others += 1 + (event.get(name) instanceof JsonObject object ? members(object) : 0);
    }
    JsonObject.Builder most = JsonObject.builder();
    // The member that holds them is one, too.
    for (int i = others + 1; i < AuditEvent.REPORTED_MEMBERS_MAX; i++) {
      most.put("m" + i, 1);
    }
    assertThat(parsed(event.with("unmapped", most.build())).tenant()).isEqualTo("acme");
    JsonObject more = event.with("unmapped", most.build().with("one_more", 1L));
    assertThatThrownBy(() -> parsed(more))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("512 members");
    List<String> items = java.util.Collections.nCopies(AuditEvent.REPORTED_ELEMENTS_MAX - 1, "i");
    // The profile is an element, too.
    JsonObject full = JsonObject.builder().put("items", items).build();
    assertThat(parsed(event.without("item_uids").with("unmapped", full)).tenant())
        .isEqualTo("acme");
    List<String> tooMany = java.util.Collections.nCopies(AuditEvent.REPORTED_ELEMENTS_MAX, "i");
    assertThatThrownBy(
            () ->
                parsed(event.with("unmapped", JsonObject.builder().put("items", tooMany).build())))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("2048 elements");
  }

  private static int members(JsonObject object) {
    int members = 0;
    for (String name : object.names()) {
      members += 1 + (object.get(name) instanceof JsonObject inner ? members(inner) : 0);
    }
    return members;
  }

  @Test
  void anEventThatIsTooLongIsRefusedAndTheLongestIsHeld() throws Exception {
    JsonObject event = AuditEventCases.mailRead();
    int others = bytes(event.with("message", "")).length;
    int longest = AuditEvent.REPORTED_BYTES_MAX - others;
    String name = "n".repeat(AuditEvent.NAME_LENGTH_MAX);
    AuditEvent held = parsed(event.with("message", "m".repeat(longest))).received(name, LOGGED);
    assertThat(AuditEvent.parse(held.canonicalBytes()).reporter()).contains(name);
    assertThatThrownBy(() -> parsed(event.with("message", "m".repeat(longest + 1))))
        .isInstanceOf(FormatException.class);
  }

  /** What stands before the members that the auditor adds may take several bytes a character. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "é", "€", "😀", "\"\\\n", "é€😀a"})
  void whatTheAuditorAddsStandsWhereItBelongs(String text) throws Exception {
    JsonObject event = AuditEventCases.mailRead();
    JsonObject metadata =
        event
            .object("metadata")
            .with("event_code", text)
            .with("log_name", "n" + text.strip().replace("\n", ""))
            .with("log_provider", text)
            .with("product", JsonObject.builder().put("name", text).build());
    JsonObject whole = event.with("action", text).with("metadata", metadata);
    AuditEvent held = parsed(whole).received(REPORTER, LOGGED);
    assertThat(held.canonicalBytes()).isEqualTo(held.json().canonicalBytes());
    assertThat(AuditEvent.parse(held.canonicalBytes()).json()).isEqualTo(held.json());
    assertThat(held.reportedBytes()).isEqualTo(whole.canonicalBytes());
  }

  @Test
  void aHeldEventHasOneForm() throws Exception {
    AuditEvent held = parsed(AuditEventCases.mailRead()).received(REPORTER, LOGGED);
    String canonical = new String(held.canonicalBytes(), StandardCharsets.UTF_8);
    byte[] spaced = canonical.replaceFirst(",", ", ").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> AuditEvent.parse(spaced))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("canonical");
  }

  @Test
  void whatAnEventIsFoundBy() throws Exception {
    AuditEvent.Keys keys = parsed(AuditEventCases.mailRead()).keys();
    assertThat(keys.entity()).contains("alice@acme.example");
    assertThat(keys.actor()).contains("alice@acme.example");
    assertThat(keys.client()).contains("mail-app");
    assertThat(keys.token()).contains("s1g1.4711.DYyrLi1t6JYpAV0xJXZ3bTTmdQ1c5DBNtJnSMoLfFgo");
    assertThat(keys.key()).contains("x3MpVpR0e0cUwqJQ8gB5o1l1nS3Z5V4mO3cJt0hH1bQ");
    assertThat(keys.address()).contains("203.0.113.7");
    assertThat(keys.session()).isEmpty();
  }

  @Test
  void theSpecificationsExampleIsTheVector() throws Exception {
    String page = Files.readString(ROOT.resolve("spec/audit-events.md"));
    String example = page.split("```json\n", 2)[1].split("```", 2)[0];
    AuditEvent event = AuditEvent.parseReported(example.getBytes(StandardCharsets.UTF_8));
    assertThat(event.json()).isEqualTo(AuditEventCases.mailRead());
    byte[] held = event.received(REPORTER, LOGGED).canonicalBytes();
    assertThat(page).contains("`" + AuditLeaf.of(SALT, held).digest() + "`");
  }

  @Test
  void ourSchemaTakesAndRefusesTheSame() throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(
                Files.readString(ROOT.resolve("spec/audit-event.schema.json")), InputFormat.JSON);
    AuditEventCases.good()
        .forEach(
            (name, event) ->
                assertThat(schema.validate(event.toString(), InputFormat.JSON)).as(name).isEmpty());
    // What JSON Schema cannot say, as the schema itself admits.
    List<String> beyond = List.of("type-of-another-activity", "category-of-another-class");
    AuditEventCases.bad()
        .forEach(
            (name, bad) -> {
              if (!beyond.contains(name)) {
                assertThat(schema.validate(bad.event().toString(), InputFormat.JSON))
                    .as(name)
                    .isNotEmpty();
              }
            });
  }

  @Test
  void ourEventsAreOcsfAsReleasedWithTheExtension() throws Exception {
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    for (Map.Entry<String, JsonObject> good : AuditEventCases.good().entrySet()) {
      JsonObject held = parsed(good.getValue()).received(REPORTER, LOGGED).json();
      assertThat(ocsf.faults(held)).as(good.getKey()).isEmpty();
    }
  }

  @Test
  void theReleasedSchemaWouldSayWhatIsWrong() throws Exception {
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    JsonObject event = AuditEventCases.mailRead();
    List<String> faults = new ArrayList<>();
    faults.addAll(ocsf.faults(event.without("src_endpoint")));
    faults.addAll(ocsf.faults(event.with("invented", "x")));
    faults.addAll(ocsf.faults(event.with("activity_id", 77L)));
    faults.addAll(ocsf.faults(event.with("count", "three")));
    faults.addAll(
        ocsf.faults(event.with("databucket", JsonObject.builder().put("name", "x").build())));
    faults.addAll(ocsf.faults(event.with("actor", JsonObject.builder().build())));
    JsonObject local = JsonObject.builder().put("ip", "local").build();
    faults.addAll(ocsf.faults(event.with("src_endpoint", local)));
    JsonObject osHost = JsonObject.builder().put("hostname", "a").put("type_id", 0).build();
    faults.addAll(ocsf.faults(event.with("device", osHost)));
    JsonObject metadata = event.object("metadata");
    JsonObject hosts = metadata.with("profiles", List.of("counterfoil", "host"));
    assertThat(ocsf.faults(event.with("metadata", hosts).with("device", osHost))).isEmpty();
    faults.addAll(ocsf.faults(event.with("metadata", metadata.without("profiles"))));
    JsonObject token = JsonObject.builder().put("uid", "a").put("colour", "red").build();
    faults.addAll(ocsf.faults(event.with("recorded_token", token)));
    assertThat(faults)
        .containsExactly(
            "src_endpoint is missing",
            "invented is no attribute of datastore_activity",
            "activity_id has no value 77",
            "count is no integer_t",
            "databucket.type_id is missing",
            "actor has not at_least_one of [process, user, invoked_by, session, app_name, app_uid]",
            "src_endpoint.ip is no ip_t",
            "device is no attribute of datastore_activity",
            "recorded_token without profile counterfoil",
            "item_uids without profile counterfoil",
            "recorded_token.colour is not of the extension");
  }
}
