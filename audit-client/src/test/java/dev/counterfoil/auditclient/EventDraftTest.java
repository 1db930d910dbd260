package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.ReleasedOcsf;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever our parts say of an operation, the event is one of OCSF with the extension. */
class EventDraftTest {
  private static final JsonObject TOKEN = JsonObject.builder().put("uid", "s1g1.1.abc").build();
  private static final JsonObject METHOD = JsonObject.builder().put("name", "none").build();

  /** What our parts put into their drafts, alone and together. */
  private static final Map<String, UnaryOperator<EventDraft>> PARTS =
      Map.of(
          "nothing", draft -> draft,
          "part", draft -> draft.part("authority"),
          "user", draft -> draft.user("root"),
          "client", draft -> draft.client("mailer"),
          "ground", draft -> draft.with("ground", METHOD),
          "message and count", draft -> draft.message("said").count(3).severity(4),
          "refusal", draft -> draft.refused("invalid_client", "why"),
          "items", draft -> draft.items(List.of("<1@acme.example>")));

  @ParameterizedTest
  @EnumSource
  void everyOperationIsAnEventOfOcsf(Operation operation) throws Exception {
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    for (var part : PARTS.entrySet()) {
      JsonObject event = event(operation, part.getValue());
      assertThat(ocsf.faults(event)).as(operation + " with " + part.getKey()).isEmpty();
    }
    UnaryOperator<EventDraft> all =
        PARTS.values().stream()
            .reduce((first, second) -> draft -> second.apply(first.apply(draft)))
            .orElseThrow();
    assertThat(ocsf.faults(event(operation, all))).as(operation + " with all").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.7", "::1", "2001:db8::7", "fe80::1%eth0", "::ffff:192.0.2.1"})
  void anAddressIsOne(String address) throws Exception {
    JsonObject event = event(Operation.TOKEN_REVOKE, draft -> draft.address(address));
    assertThat(event.object("src_endpoint").string("ip")).isEqualTo(address);
    assertThat(ReleasedOcsf.read().faults(event)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "admin-socket", "dead", "1.2.3", "cafe.example"})
  void anythingElseIsAName(String place) throws Exception {
    JsonObject event = event(Operation.TOKEN_REVOKE, draft -> draft.address(place));
    assertThat(event.object("src_endpoint").string("name")).isEqualTo(place);
    assertThat(event.object("src_endpoint").has("ip")).isFalse();
    assertThat(ReleasedOcsf.read().faults(event)).isEmpty();
  }

  /** With what each class must have: those who report it always say that. */
  private static JsonObject event(Operation operation, UnaryOperator<EventDraft> more)
      throws Exception {
    EventDraft draft = EventDraft.of(operation).tenant("acme").address("203.0.113.7");
    long classUid = operation.classUid();
    if (classUid == AuditEvent.KEY_ACTIVITY) {
      draft.key("a-thumbprint");
    } else if (operation != Operation.PROCESS_START) {
      draft.entity("log", "s1g1");
    }
    if (classUid == AuditEvent.TOKEN_ACTIVITY) {
      draft.token(TOKEN);
    }
    if (operation == Operation.PROCESS_START) {
      draft.with("app", JsonObject.builder().put("name", "authority").build());
    }
    if (operation == Operation.FINDING_RAISE) {
      draft.with("finding_info", JsonObject.builder().put("uid", "1").put("title", "a").build());
    }
    JsonObject event = more.apply(draft).at(1_795_737_600_000L);
    return event.with("metadata", event.object("metadata").with("sequence", 1L));
  }
}
