package dev.counterfoil.audit.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.bundle.Conformance.Requirement;
import dev.counterfoil.audit.bundle.Conformance.Verdict;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A source whose log is enough, and sources each of which lacks one thing. */
class ConformanceTest {
  private static JsonObject good(long sequence) {
    return SampleEvents.read("acme", sequence, "box@acme.example", "s1g1.1.x")
        .with("item_uids", List.of("INBOX;UID=" + sequence));
  }

  private static AuditEvent received(JsonObject event, String by, long lag) throws Exception {
    AuditEvent reported =
        AuditEvent.parseReported(event.toString().getBytes(StandardCharsets.UTF_8));
    return reported.received(by, reported.timeMillis() + lag);
  }

  private static Map<Requirement, Verdict> verdicts(Conformance conformance) {
    return conformance.findings().stream()
        .collect(Collectors.toMap(Conformance.Finding::requirement, Conformance.Finding::verdict));
  }

  private static Conformance of(JsonObject last, long lag) throws Exception {
    Conformance conformance = new Conformance("trial/mail");
    for (int i = 0; i < 5; i++) {
      conformance.add(i, received(good(i), "trial/mail", lag));
    }
    conformance.add(5, received(last, "trial/mail", lag));
    // Another source's event is not judged.
    conformance.add(6, received(good(9).with("src_endpoint", object()), "trial/files", lag));
    return conformance;
  }

  private static JsonObject object() {
    return JsonObject.builder().build();
  }

  @Test
  void whatHasAllIsEnough() throws Exception {
    Conformance conformance = of(good(5), 200);
    assertThat(conformance.isMet()).isTrue();
    assertThat(verdicts(conformance))
        .allSatisfy((what, verdict) -> assertThat(verdict).isEqualTo(Verdict.MET));
  }

  @Test
  void whatLacksOneThingIsNamed() throws Exception {
    Map<Requirement, JsonObject> lacking =
        Map.of(
            Requirement.TOKEN, good(5).with("recorded_token", object()),
            Requirement.ADDRESS, good(5).with("src_endpoint", object()),
            Requirement.CLIENT,
                good(5)
                    .with(
                        "actor",
                        JsonObject.builder()
                            .put("user", JsonObject.builder().put("uid", "alice").build())
                            .build()),
            Requirement.ENTITY, good(5).with("databucket", object()),
            Requirement.ITEMS, good(5).with("item_uids", List.of()));
    for (Map.Entry<Requirement, JsonObject> one : lacking.entrySet()) {
      Conformance conformance = of(one.getValue(), 200);
      assertThat(conformance.isMet()).isFalse();
      assertThat(conformance.findings())
          .filteredOn(finding -> finding.verdict() == Verdict.NOT_MET)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.requirement()).isEqualTo(one.getKey());
                assertThat(finding.against()).isEqualTo(1);
                assertThat(finding.example()).contains(5L);
              });
    }
  }

  @Test
  void gapsAndLagAndSilenceCount() throws Exception {
    assertThat(verdicts(of(good(5), 90_000))).containsEntry(Requirement.LAG, Verdict.NOT_MET);
    Conformance conformance = of(good(5), 200);
    JsonObject gap =
        JsonObject.builder()
            .put("activity_id", 2)
            .put("category_uid", 6)
            .put("class_uid", AuditEvent.SOURCE_ACTIVITY)
            .put("type_uid", AuditEvent.SOURCE_ACTIVITY * 100 + 2)
            .put("severity_id", 2)
            .put("time", SampleEvents.TIME)
            .put("metadata", good(0).object("metadata"))
            .put("event_source", JsonObject.builder().put("uid", "trial/mail").build())
            .build();
    conformance.add(7, received(gap, "trial/@auditor", 0));
    assertThat(verdicts(conformance))
        .containsEntry(Requirement.GAPS, Verdict.NOT_MET)
        .containsEntry(Requirement.SILENCE, Verdict.MET);
    assertThat(verdicts(new Conformance("trial/none")))
        .containsEntry(Requirement.REPORTS, Verdict.NOT_MET)
        .containsEntry(Requirement.TOKEN, Verdict.NOTHING_TO_JUDGE);
  }
}
