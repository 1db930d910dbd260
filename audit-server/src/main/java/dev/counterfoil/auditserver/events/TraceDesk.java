package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.auditserver.issued.TokenTrace;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Traces and issued tokens, for whoever may ask: over the admin socket and over HTTP. */
public final class TraceDesk {
  /** Parameter of the next page of issued tokens. */
  static final String AFTER = "issued_after";

  private final Auditor auditor;
  private final Issuances issuances;
  private final TokenTrace trace;

  public TraceDesk(Auditor auditor, Issuances issuances) {
    this.auditor = auditor;
    this.issuances = issuances;
    this.trace = new TokenTrace(auditor, issuances);
  }

  /** Traces a token or an entity. */
  public JsonObject trace(Fence fence, Function<String, Optional<String>> parameters, Reader reader)
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
  public JsonObject issued(
      Fence fence, Function<String, Optional<String>> parameters, Reader reader)
      throws IOException, FormatException {
    EventQuery query = EventQuery.parse(parameters);
    Optional<String> after = parameters.apply(AFTER);
    Optional<Issuances.Place> place =
        after.isPresent() ? Optional.of(Issuances.Place.parse(after.get())) : Optional.empty();
    Auditor.Looking _ =
        auditor.look(
            fence,
            Operation.AUDIT_SEARCH.code(),
            query.toJson().with("issued_tokens", true),
            reader);
    Issuances.Page page = issuances.find(fence, query, place);
    return JsonObject.builder()
        .put("events", page.events())
        .put(AFTER, page.next().orElse(null))
        .build();
  }
}
