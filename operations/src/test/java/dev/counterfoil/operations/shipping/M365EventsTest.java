package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.ReleasedOcsf;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of records of Microsoft 365, in their several shapes; each event is OCSF 1.8. */
class M365EventsTest {
  static final String BIND =
      """
      {"CreationTime":"2023-06-16T08:15:02","Id":"b0f3a1b2-0001-4c1e-9f53-08db6e3f0001","Operation":"MailItemsAccessed","RecordType":50,"ResultStatus":"Succeeded","Version":1,"Workload":"Exchange","UserId":"alice@acme.example","AppId":"00000002-0000-0ff1-ce00-000000000000","ClientAppId":"13937bba-652e-4c46-b222-3003f4d1ff97","ClientIPAddress":"203.0.113.7:51248","MailboxGuid":"5e6b3f0a-7777-8888-9999-aaaabbbbcccc","MailboxOwnerUPN":"bob@acme.example","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"}],"Folders":[{"FolderItems":[{"InternetMessageId":"<1@acme.example>","SizeInBytes":4711},{"InternetMessageId":"<2@acme.example>"}],"Path":"\\\\Inbox"}],"OperationCount":2,"AppAccessContext":{"AADSessionId":"0061a2b3","UniqueTokenId":"rq8XkTb1"},"Nothing":null,"Share":0.5}""";

  static final String SYNC =
      """
      {"CreationTime":"2023-06-16T08:15:03Z","Operation":"MailItemsAccessed","ResultStatus":"Succeeded","Workload":"Exchange","UserId":"alice@acme.example","AppId":"app","ClientIPAddress":"::1","MailboxOwnerUPN":"bob@acme.example","OperationProperties":[{"Name":"MailAccessType","Value":"Sync"}],"Item":{"Id":"LgA","ParentFolder":{"Path":"\\\\Sent Items"}},"SessionId":"s-1"}""";

  static final String LOGIN =
      """
      {"CreationTime":"2023-06-16T08:14:00","Operation":"UserLoggedIn","ResultStatus":"Success","Workload":"AzureActiveDirectory","UserId":"alice@acme.example","ActorIpAddress":"2001:db8::7","ApplicationId":"1b730954","DeviceProperties":[{"Name":"SessionId","Value":"0061a2b3"}]}""";

  static final String FAILED =
      """
      {"CreationTime":"2023-06-16T08:14:00","Operation":"UserLoginFailed","ResultStatus":"Success","Workload":"AzureActiveDirectory","UserId":"alice@acme.example","LogonError":"InvalidUserNameOrPassword"}""";

  static final String RULE =
      """
      {"CreationTime":"2023-06-16T08:16:00","Operation":"New-InboxRule","ResultStatus":"True","Workload":"Exchange","UserId":"alice@acme.example","ClientIP":"[2001:db8::7]:443","ObjectId":"acme/alice"}""";

  static final String SEND =
      """
      {"CreationTime":"2023-06-16T08:16:00","Operation":"Send","ResultStatus":"PartiallySucceeded","Workload":"Exchange","UserId":"alice@acme.example","ClientIPAddress":"","MailboxOwnerUPN":"bob@acme.example","ObjectId":"x"}""";

  private static final FileShipping.Place PLACE = new FileShipping.Place("file", 3, 7);

  private static List<JsonObject> events(String record) throws Exception {
    List<JsonObject> events =
        new M365Events("acme").events(record.getBytes(StandardCharsets.UTF_8), PLACE);
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    for (JsonObject event : events) {
      assertThat(ocsf.faults(event)).as("%s", event).isEmpty();
    }
    return events;
  }

  /** As it is found in the audit log. */
  private static AuditEvent event(String record) throws Exception {
    List<JsonObject> events = events(record);
    assertThat(events).hasSize(1);
    return AuditEvent.parseReported(events.getFirst().canonicalBytes());
  }

  private static Optional<String> of(AuditEvent event, String key) {
    AuditEvent.Keys keys = event.keys();
    return switch (key) {
      case "entity" -> keys.entity();
      case "actor" -> keys.actor();
      case "client" -> keys.client();
      case "token" -> keys.token();
      case "address" -> keys.address();
      case "session" -> keys.session();
      default -> throw new IllegalArgumentException(key);
    };
  }

  private static String record(String name) {
    return switch (name) {
      case "bind" -> BIND;
      case "sync" -> SYNC;
      case "login" -> LOGIN;
      case "failed" -> FAILED;
      case "rule" -> RULE;
      case "send" -> SEND;
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "bind,  600501,1,bob@acme.example,  13937bba-652e-4c46-b222-3003f4d1ff97,203.0.113.7,0061a2b3",
    "sync,  600501,1,bob@acme.example,  app,                                 ::1,        s-1",
    "login, 300201,1,alice@acme.example,1b730954,                            2001:db8::7,0061a2b3",
    "failed,300201,2,alice@acme.example,,,",
    "rule,  600301,1,acme/alice,        ,                                    2001:db8::7,",
    "send,  600399,99,bob@acme.example,  ,                                    ,"
  })
  void classActivityAndWhatItIsFoundBy(
      String name,
      long type,
      long status,
      String entity,
      String client,
      String address,
      String session)
      throws Exception {
    AuditEvent event = event(record(name));
    assertThat(event.json().number("type_uid")).isEqualTo(type);
    assertThat(event.json().number("status_id")).isEqualTo(status);
    assertThat(of(event, "actor")).contains("alice@acme.example");
    assertThat(of(event, "entity")).contains(entity);
    assertThat(of(event, "client")).isEqualTo(Optional.ofNullable(client));
    assertThat(of(event, "address")).isEqualTo(Optional.ofNullable(address));
    assertThat(of(event, "session")).isEqualTo(Optional.ofNullable(session));
    // Another issuer's token is none of ours: it would be shown as one that was never issued.
    assertThat(of(event, "token")).isEmpty();
    assertThat(event.tenant()).isEqualTo("acme");
    assertThat(event.sequence()).isEqualTo(7);
  }

  @Test
  void mailThatWasReadNamesItsItems() throws Exception {
    JsonObject event = event(BIND).json();
    assertThat(event.strings("item_uids")).containsExactly("<1@acme.example>", "<2@acme.example>");
    assertThat(event.number("count")).isEqualTo(2);
    assertThat(event.number("time"))
        .isEqualTo(Instant.parse("2023-06-16T08:15:02Z").toEpochMilli());
    assertThat(event.object("databucket").string("desc")).isEqualTo("\\Inbox");
    assertThat(event.object("actor").object("session").string("credential_uid"))
        .isEqualTo("rq8XkTb1");
    assertThat(event.object("src_endpoint").number("port")).isEqualTo(51248);
    assertThat(event.object("metadata").string("uid")).startsWith("b0f3a1b2-0001");
  }

  @Test
  void aSyncNamesTheFolderAndSaysThatNoItemIsNamed() throws Exception {
    JsonObject event = event(SYNC).json();
    assertThat(event.has("item_uids")).isFalse();
    assertThat(event.object("databucket").string("desc")).isEqualTo("\\Sent Items");
    assertThat(event.string("message")).contains("whole folder");
  }

  @Test
  void theRecordStandsInTheEventAsItCame() throws Exception {
    JsonObject event = event(BIND).json();
    assertThat(event.string("raw_data")).isEqualTo(BIND);
    assertThat(event.object("raw_data_hash").string("value"))
        .isEqualTo(Hash.sha256(BIND.getBytes(StandardCharsets.UTF_8)).hex());
  }

  @Test
  void aRecordWithManyItemsIsSeveralEventsThatLoseNone() throws Exception {
    StringBuilder items = new StringBuilder();
    int count = 3000;
    for (int i = 0; i < count; i++) {
      items.append(i == 0 ? "" : ",").append("{\"InternetMessageId\":\"<%d@x>\"}".formatted(i));
    }
    String record = BIND.replaceFirst("\\[\\{\"InternetMessageId.*?}]", "[" + items + "]");
    List<JsonObject> events = events(record);
    List<String> found = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      AuditEvent event = AuditEvent.parseReported(events.get(i).canonicalBytes());
      assertThat(event.sequence()).isEqualTo(7 + i);
      found.addAll(event.json().strings("item_uids"));
    }
    assertThat(found).hasSize(count).doesNotHaveDuplicates();
    // It has no room for the record, and says which it was.
    assertThat(events.getFirst().has("raw_data")).isFalse();
    assertThat(events.getFirst().has("raw_data_hash")).isTrue();
  }

  @Test
  void whatPowerShellWrapsIsTheRecordInside() throws Exception {
    String wrapped =
        JsonObject.builder()
            .put("RecordType", 50)
            .put("CreationDate", "x")
            .put("AuditData", BIND)
            .build()
            .toString();
    assertThat(events(wrapped)).isEqualTo(events(BIND));
  }

  @Test
  void aRecordThatStandsInTheFileAgainIsLeftOut() throws Exception {
    M365Events events = new M365Events("acme");
    byte[] record = BIND.getBytes(StandardCharsets.UTF_8);
    assertThat(events.events(record, PLACE)).hasSize(1);
    assertThat(events.events(record, PLACE)).isEmpty();
    assertThat(events.events(SYNC.getBytes(StandardCharsets.UTF_8), PLACE)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|member Operation is missing",
        "{\"Operation\":\"Send\"}|member CreationTime is missing",
        "{\"Operation\":\"Send\",\"CreationTime\":\"yesterday\"}|member CreationTime is no time",
        "[]|JSON is not an object"
      })
  void whatIsNoRecordIsRefused(String record, String fault) {
    assertThatThrownBy(() -> events(record)).isInstanceOf(FormatException.class).hasMessage(fault);
  }

  @Test
  void aRecordThatStatesNothingIsStillAnEvent() throws Exception {
    AuditEvent event =
        event("{\"Operation\":\"Odd\",\"CreationTime\":\"2023-06-16T08:16:00\",\"UserId\":7}");
    assertThat(of(event, "actor")).contains("7");
    assertThat(event.json().object("src_endpoint").string("name")).isEqualTo("not stated");
  }
}
