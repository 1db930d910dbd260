package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.Hash;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Probes of those who watch the monitor: one finding of each trust domain that is explained from
 * the first, names the last probe, and is told anew for each.
 */
public final class ProbeFindings {
  /** Where findings are listed whose kind nobody named: probes are none of anybody's. */
  static final String NONE = " AND kind != 'watch-probe'";

  /** Each prober looks for its own: several may come between two looks of one. */
  private static final String WITH_LAST =
      "json_set(:detail, '$.probes', json((SELECT json_group_array(value) FROM (SELECT :digest"
          + " AS value UNION ALL SELECT value FROM json_each(findings.detail, '$.probes')"
          + " LIMIT 16))))";

  private static final String LATEST =
      "UPDATE findings SET count = count + 1, last_seen_ms = :seen, kid = :kid, token = :token,"
          + " jti = :jti, digest = :digest, position = :position, log = :log, detail = "
          + WITH_LAST
          + " WHERE kind = :kind AND domain = :domain";

  private static final String FIRST =
      "INSERT INTO findings (kind, severity, domain, kid, token, jti, digest, log, position,"
          + " beyond_tip, first_seen_ms, last_seen_ms, raised_ms, count, state, summary, detail)"
          + " VALUES (:kind, :severity, :domain, :kid, :token, :jti, :digest, :log, :position, 0,"
          + " :seen, :seen, :seen, 1, 'explained', :summary,"
          + " json_set(:detail, '$.probes', json_array(:digest)))";

  private static final String TELL =
      "INSERT INTO finding_changes (finding, what) SELECT id, 'raised' FROM findings"
          + " WHERE kind = :kind AND domain = :domain"
          + " AND EXISTS (SELECT 1 FROM notification_channels)";

  private ProbeFindings() {}

  /** Keeps one inside the caller's transaction; what waits for findings wakes when it ends. */
  public static void keep(Handle handle, Finding probe, FindingStore findings) {
    handle.afterCommit(findings::change);
    if (execute(handle, LATEST, probe) > 0) {
      execute(handle, TELL, probe);
    } else {
      execute(handle, FIRST, probe);
    }
  }

  private static int execute(Handle handle, String sql, Finding probe) {
    Finding.Subject subject = probe.subject();
    Hash digest = Objects.requireNonNull(subject.digest(), "a probe comes whole");
    return handle
        .createUpdate(sql)
        .configure(SqlStatements.class, one -> one.setUnusedBindingAllowed(true))
        .bind("kind", probe.kind().text())
        .bind("severity", probe.severity().text())
        .bind("domain", probe.domain())
        .bind("kid", subject.kid())
        .bind("token", subject.token())
        .bind("jti", subject.tokenId())
        .bind("digest", digest.base64Url())
        .bind("log", subject.log())
        .bind("position", subject.position())
        .bind("seen", probe.seenAt().toEpochMilli())
        .bind("summary", probe.summary())
        .bind("detail", probe.detail().toString())
        .execute();
  }
}
