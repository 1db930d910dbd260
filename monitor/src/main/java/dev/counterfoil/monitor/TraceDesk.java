package dev.counterfoil.monitor;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.EventQuery;
import dev.counterfoil.audit.Fence;
import dev.counterfoil.audit.Reader;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Traces and issued tokens, for whoever may ask: over the admin socket and over HTTP. */
final class TraceDesk {
  /** Parameter of the next page of issued tokens. */
  static final String AFTER = "issued_after";

  private final Auditor auditor;
  private final Issuances issuances;
  private final TokenTrace trace;

  TraceDesk(Auditor auditor, Issuances issuances) {
    this.auditor = auditor;
    this.issuances = issuances;
    this.trace = new TokenTrace(auditor, issuances);
  }

  /** Traces a token or an entity. */
  JsonObject trace(Fence fence, Function<String, Optional<String>> parameters, Reader reader)
      throws IOException, FormatException {
    Map<String, String> asked = new LinkedHashMap<>();
    for (String name : TokenTrace.PARAMETERS) {
      parameters.apply(name).ifPresent(value -> asked.put(name, value));
    }
    return trace.trace(fence, asked, reader);
  }

  /**
   * Issued tokens that a query selects, the oldest first: {@code events}, and {@code issued_after}
   * while there may be more.
   */
  JsonObject issued(Fence fence, Function<String, Optional<String>> parameters, Reader reader)
      throws IOException, FormatException {
    EventQuery query = EventQuery.parse(parameters);
    Optional<String> after = parameters.apply(AFTER);
    Optional<Issuances.Place> place =
        after.isPresent() ? Optional.of(Issuances.Place.parse(after.get())) : Optional.empty();
    Auditor.Looking _ =
        auditor.look(
            fence, Operation.AUDIT_SEARCH.code(), "issued tokens: " + query.toJson(), reader);
    Issuances.Page page =
        issuances.find(
            fence,
            event -> matches(query, event),
            query.fromMillis(),
            query.toMillis(),
            place,
            query.limit());
    return JsonObject.builder()
        .put("events", page.events())
        .put(AFTER, page.next().orElse(null))
        .build();
  }

  private static boolean matches(EventQuery query, JsonObject json) {
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
