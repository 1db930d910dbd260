package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An audit log that is stated under the monitor's name and is not the monitor's. */
final class StatedAuditLogWatchTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final NoteKey OWN = new NoteKey("monitor/audit", Hash.sha256(new byte[] {1}));
  private static final NoteKey OTHER = new NoteKey("monitor/audit", Hash.sha256(new byte[] {2}));
  private static final NoteKey NEXT = new NoteKey("monitor/audit-2", Hash.sha256(new byte[] {3}));

  private final List<Finding> found = new ArrayList<>();
  private final StatedAuditLogWatch watch =
      new StatedAuditLogWatch(OWN, true, () -> NOW, found::add);

  private static StatedAuditLog stated(NoteKey key) {
    return new StatedAuditLog(key, 0, NOW, Optional.empty());
  }

  @Test
  void onlyAnotherKeyUnderItsNameIsAFindingAndOncePerDomain() {
    watch.look("acme", List.of(stated(OWN), stated(NEXT)));
    watch.look("acme", List.of());
    assertThat(found).isEmpty();
    watch.look("acme", List.of(stated(OTHER)));
    watch.look("acme", List.of(stated(OTHER), stated(NEXT)));
    watch.look("other", List.of(stated(OTHER)));
    assertThat(found).extracting(Finding::domain).containsExactly("acme", "other");
    assertThat(found).extracting(Finding::kind).containsOnly(Kind.AUDIT_LOG_OF_ANOTHER);
    assertThat(found.getFirst().detail().toString()).contains(OTHER.toString(), OWN.toString());
  }

  @Test
  void theMonitorSaysThatItsLogIsLostWhileAnotherIsStated() {
    watch.look("acme", List.of(stated(OWN), stated(NEXT)));
    assertThat(watch.lost()).isEmpty();
    watch.look("acme", List.of(stated(OTHER)));
    watch.look("other", List.of(stated(OWN)));
    assertThat(watch.lost()).hasSize(1);
    assertThat(watch.lost().getFirst())
        .startsWith("audit/ was empty at this start")
        .contains("the key log of acme", "docs/runbooks/audit-log-lost.md");
    assertThat(found.getFirst().summary()).startsWith(watch.lost().getFirst());
    watch.look("acme", List.of(stated(OWN)));
    assertThat(watch.lost()).isEmpty();
    StatedAuditLogWatch full = new StatedAuditLogWatch(OWN, false, () -> NOW, found::add);
    full.look("acme", List.of(stated(OTHER)));
    assertThat(full.lost().getFirst()).startsWith("audit/ holds another audit log");
  }
}
