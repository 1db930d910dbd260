package dev.counterfoil.cli.audit;

import dev.counterfoil.format.audit.AuditEvent;
import java.util.List;
import java.util.Map;

/** Names of the classes and activities of audit events that are common, for people. */
final class AuditNames {
  private static final Map<Long, List<String>> NAMES =
      Map.of(
          3002L,
          List.of("sign-in", "log on", "log off"),
          3004L,
          List.of("entity", "create", "read", "update", "delete"),
          6003L,
          List.of("API", "create", "read", "update", "delete"),
          6005L,
          List.of(
              "data", "read", "update", "connect", "query", "write", "create", "delete", "list"),
          2004L,
          List.of("finding", "create", "update", "close"),
          AuditEvent.TOKEN_ACTIVITY,
          List.of("token", "issue", "refuse", "revoke", "introspect", "sight"),
          AuditEvent.KEY_ACTIVITY,
          List.of(
              "key",
              "prepare",
              "activate",
              "use",
              "retire",
              "destroy",
              "revoke",
              "withdraw",
              "taint"),
          AuditEvent.SOURCE_ACTIVITY,
          List.of(
              "source",
              "heartbeat",
              "gap",
              "gap closed",
              "silence",
              "quarantine",
              "start",
              "resume"));

  private AuditNames() {}

  static String of(long classUid, long activity) {
    List<String> names = NAMES.get(classUid);
    if (names == null) {
      return classUid + " activity " + activity;
    }
    return activity > 0 && activity < names.size()
        ? names.getFirst() + " " + names.get((int) activity)
        : names.getFirst() + " " + activity;
  }
}
