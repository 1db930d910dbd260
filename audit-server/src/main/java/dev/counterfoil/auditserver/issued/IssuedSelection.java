package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which issued tokens a query selects: as it selects among all other events. */
final class IssuedSelection {
  /** The reporter of issued tokens is the domain, and this. */
  static final String REPORTER = "/@signer";

  /** What no issued token has. */
  private static final Set<String> NEVER = Set.of("entity", "session", "item");

  private IssuedSelection() {}

  /** Whether an issued token can be selected at all. */
  static boolean isPossible(EventQuery query, String domain) {
    return query.equal().keySet().stream().noneMatch(NEVER::contains)
        && (!query.equal().containsKey("source")
            || (domain + REPORTER).equals(query.equal().get("source")))
        && query.classUid().filter(uid -> uid != Operation.TOKEN_ISSUE.classUid()).isEmpty();
  }

  /** Whether a query selects an issued token, apart from its times. */
  static boolean matches(EventQuery query, JsonObject json) {
    if (query.equal().isEmpty() && query.text().isEmpty() && query.classUid().isEmpty()) {
      return true;
    }
    AuditEvent event;
    try {
      event = AuditEvent.of(json);
    } catch (FormatException e) {
      return false;
    }
    AuditEvent.Keys keys = event.keys();
    Map<String, Optional<String>> values =
        Map.of(
            "token", keys.token(),
            "client", keys.client(),
            "entity", keys.entity(),
            "actor", keys.actor(),
            "key", keys.key(),
            "address", keys.address(),
            "session", keys.session(),
            "source", event.reporter());
    for (Map.Entry<String, String> one : query.equal().entrySet()) {
      if (!values
          .getOrDefault(one.getKey(), Optional.empty())
          .equals(Optional.of(one.getValue()))) {
        return false;
      }
    }
    boolean text =
        query.text().isEmpty()
            || json.toString()
                .toLowerCase(Locale.ROOT)
                .contains(query.text().get().toLowerCase(Locale.ROOT));
    return text && query.classUid().filter(uid -> uid != event.classUid()).isEmpty();
  }
}
