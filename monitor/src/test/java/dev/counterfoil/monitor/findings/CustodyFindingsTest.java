package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Every alarm of the custodian inside of a monitor is a finding of the same name. */
class CustodyFindingsTest {
  @Test
  void everyAlarmIsAFindingOfTheSameName() {
    List<Finding> found = new ArrayList<>();
    CustodyFindings findings = new CustodyFindings(found::add);
    for (Alarm.Kind kind : Alarm.Kind.values()) {
      findings.raise(
          new Alarm(
              kind,
              "acme",
              "subject",
              "",
              OptionalLong.empty(),
              Instant.EPOCH,
              "summary",
              JsonObject.builder().build()));
      assertThat(found.getLast().kind().text()).isEqualTo(kind.text());
      assertThat(found.getLast().severity())
          .isEqualTo(
              switch (kind) {
                case LOG_FORK, LOG_ROLLBACK -> Severity.CRITICAL;
                case COUNTERFOIL_MISSING, COUNTERFOIL_DAMAGED, KEY_SET_ROLLBACK, CLOCK_OFF ->
                    Severity.HIGH;
                case CUSTODY_REPAIRED -> Severity.LOW;
              });
    }
  }
}
