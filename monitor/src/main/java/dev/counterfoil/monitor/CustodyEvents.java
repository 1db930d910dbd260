package dev.counterfoil.monitor;

import dev.counterfoil.custodian.Access;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.monitor.findings.CustodyFindings;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.monitor.judging.LateRecords;
import dev.counterfoil.monitor.watching.KeySetHistory;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** What the custodian in this process tells the monitor of. */
record CustodyEvents(
    FindingStore findings,
    Map<String, KeySetHistory> histories,
    KnownServices services,
    MonitorMeters meters)
    implements Custodian.Events {
  @Override
  public void alarm(Alarm alarm) {
    new CustodyFindings(findings).raise(alarm);
  }

  @Override
  public void keySet(String domain, KeySet keySet, Instant at) {
    KeySetHistory history = histories.get(domain);
    if (history != null) {
      history.take(keySet, at);
    }
  }

  @Override
  public void clockRight(String domain, Instant since) {
    findings.over(Finding.Kind.CLOCK_OFF, domain, since);
  }

  @Override
  public void read(Access access) {
    // The caller was let in by MonitorAudit.ofCustody, which records it, of each tenant.
  }

  @Override
  public void follows(LogFollower follower) {
    meters.follow(follower);
  }

  @Override
  public void vouched(LogFollower follower, long from, long to) throws IOException {
    services.issued(follower, from, to);
    new LateRecords(findings)
        .explain(follower.domain(), follower.log().name(), from, to, follower.custody());
  }

  @Override
  public void mirrored(String domain, String log, long size) {
    findings.arrived(domain, log, size);
  }
}
