package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What stands between an issued token and a person: the sign-in that the token states, the event of
 * it, what the person allowed the client, and what became of that grant. A token that states a
 * sign-in of which the audit log has no event is what a captured authority would have signed.
 */
final class TokenOrigin {
  /** Between the event of a sign-in and the session that begins with it, at most. */
  private static final long SIGN_IN_TAKES_MAX = 30_000;

  /** The token states whole seconds, and the authority's clock may be set. */
  private static final long CLOCK_MILLIS = 2_000;

  private static final int GRANTS_MAX = 5;
  private static final int SEARCHED_MAX = 100;

  private TokenOrigin() {}

  /**
   * Where a token comes from: {@code sign_in} (absent for a client's own token) with {@code time},
   * {@code acr}, {@code amr} and its {@code event} where there is one; {@code given}, the latest
   * grants of that person to that client before the token; {@code ended}, what ended the grant.
   */
  static JsonObject of(Issuances.Found.Issued issued, Auditor.Looking looking)
      throws IOException, FormatException {
    if (issued.signIn().isEmpty()) {
      return JsonObject.builder().put("given", List.of()).put("ended", List.of()).build();
    }
    Issuances.Found.SignIn signIn = issued.signIn().get();
    AuditEvent issuance = AuditEvent.of(issued.event());
    String person = issuance.keys().actor().orElse("");
    long at = signIn.atSeconds() * 1000;
    List<JsonObject> events =
        looking
            .search(
                query(
                    Map.of(
                        "actor",
                        person,
                        "class",
                        Long.toString(Operation.PERSON_SIGN_IN.classUid())),
                    at - SIGN_IN_TAKES_MAX,
                    at + CLOCK_MILLIS))
            .events()
            .stream()
            .filter(is(Operation.PERSON_SIGN_IN))
            .filter(one -> !(one.event().json().get("status_id") instanceof Long id) || id == 1)
            .limit(1)
            .map(TokenTrace::shown)
            .toList();
    return JsonObject.builder()
        .put(
            "sign_in",
            JsonObject.builder()
                .put("time", at)
                .put("acr", signIn.acr())
                .put("amr", signIn.amr())
                .put("event", events.isEmpty() ? null : events.getFirst())
                .build())
        .put("given", given(issuance, person, looking))
        .put("ended", ended(issued.event(), looking))
        .build();
  }

  private static List<JsonObject> given(AuditEvent issuance, String person, Auditor.Looking looking)
      throws IOException, FormatException {
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("actor", person);
    issuance.keys().client().ifPresent(client -> asked.put("client", client));
    asked.put("class", Long.toString(Operation.GRANT_GIVE.classUid()));
    return looking.search(query(asked, 0, issuance.timeMillis() + CLOCK_MILLIS)).events().stream()
        .filter(is(Operation.GRANT_GIVE))
        .limit(GRANTS_MAX)
        .map(TokenTrace::shown)
        .toList();
  }

  private static List<JsonObject> ended(JsonObject issuance, Auditor.Looking looking)
      throws IOException, FormatException {
    Optional<String> grant = issuance.object("ground").optionalString("reference");
    if (grant.isEmpty()) {
      return List.of();
    }
    return looking
        .search(query(Map.of("entity", grant.get()), 0, AuditEvent.NUMBER_MAX))
        .events()
        .stream()
        .filter(is(Operation.GRANT_END).or(is(Operation.CREDENTIAL_REUSE)))
        .map(TokenTrace::shown)
        .toList();
  }

  private static Predicate<StoredEvent> is(Operation operation) {
    return one ->
        one.event().json().get("metadata") instanceof JsonObject metadata
            && operation.code().equals(metadata.get("event_code"));
  }

  private static EventQuery query(Map<String, String> equal, long from, long to)
      throws FormatException {
    Map<String, String> all = new LinkedHashMap<>(equal);
    all.put("from", Long.toString(Math.max(0, from)));
    all.put("to", Long.toString(to));
    return TokenTrace.query(all, SEARCHED_MAX, true);
  }
}
