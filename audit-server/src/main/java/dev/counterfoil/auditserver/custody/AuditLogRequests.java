package dev.counterfoil.auditserver.custody;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Lays down what a domain's registrar needs to state the audit log's key, one file for each domain:
 * an operator, or the installation, takes it there. The monitor itself reaches no registrar.
 */
public final class AuditLogRequests {
  private AuditLogRequests() {}

  /** Writes those that are not there yet, or are of another key or key log. */
  public static void write(Path data, List<TrustPolicy> policies, Auditor auditor)
      throws IOException {
    FileDisk disk = FileDisk.privateFolder(data);
    for (TrustPolicy policy : policies) {
      String keyLog = KeyLog.origin(policy.issuer());
      String file = AuditLogRequest.fileName(policy.domain());
      if (!isThere(disk, file, auditor, keyLog)) {
        disk.replace(file, auditor.request(keyLog).bytes());
      }
    }
  }

  private static boolean isThere(FileDisk disk, String file, Auditor auditor, String keyLog)
      throws IOException {
    if (!disk.names().contains(file)) {
      return false;
    }
    try {
      AuditLogRequest there = AuditLogRequest.parse(disk.read(file, AuditLogRequest.BYTES_MAX));
      return there.key().equals(auditor.key()) && there.keyLog().equals(keyLog);
    } catch (FormatException e) {
      // Whatever it is: it is written again.
      return false;
    }
  }
}
