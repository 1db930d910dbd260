package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What stands between an issued token and a person: the grant that the token was issued on, the
 * session in which the person gave it, the sign-in of that session, and what ended the grant. Each
 * step goes by an identifier of 128 random bits, so that another sign-in of the same person is not
 * taken for this one. A token that states a sign-in of which the audit log has no event is what a
 * captured authority would have signed.
 */
final class TokenOrigin {
  private static final int SEARCHED_MAX = 100;

  private TokenOrigin() {}

  /**
   * Where a token comes from: {@code sign_in} (absent for a client's own token) with {@code time},
   * {@code acr}, {@code amr} and its {@code event} where there is one; {@code given}, the event of
   * its grant; {@code ended}, what ended the grant.
   */
  static JsonObject of(Issuances.Found.Issued issued, Auditor.Looking looking)
      throws IOException, FormatException {
    Optional<String> grant = issued.event().object("ground").optionalString("reference");
    if (issued.signIn().isEmpty()) {
      return JsonObject.builder().put("given", List.of()).put("ended", List.of()).build();
    }
    Issuances.Found.SignIn signIn = issued.signIn().get();
    AuditEvent issuance = AuditEvent.of(issued.event());
    List<StoredEvent> ofGrant =
        grant.isPresent() ? found(looking, Map.of("entity", grant.get())) : List.of();
    Optional<StoredEvent> given =
        ofGrant.stream()
            .filter(is(Operation.GRANT_GIVE))
            .filter(one -> one.event().keys().actor().equals(issuance.keys().actor()))
            .filter(one -> one.event().keys().client().equals(issuance.keys().client()))
            .findFirst();
    Optional<JsonObject> event =
        given.isPresent() ? signIn(given.get().event(), looking) : Optional.empty();
    return JsonObject.builder()
        .put(
            "sign_in",
            JsonObject.builder()
                .put("time", signIn.atSeconds() * 1000)
                .put("acr", signIn.acr())
                .put("amr", signIn.amr())
                .put("event", event.orElse(null))
                .build())
        .put("given", given.stream().map(TokenTrace::shown).toList())
        .put(
            "ended",
            ofGrant.stream()
                .filter(is(Operation.GRANT_END).or(is(Operation.CREDENTIAL_REUSE)))
                .map(TokenTrace::shown)
                .toList())
        .build();
  }

  /** The last sign-in of the session in which a grant was given, before it was. */
  private static Optional<JsonObject> signIn(AuditEvent given, Auditor.Looking looking)
      throws IOException, FormatException {
    Optional<String> session = given.keys().session();
    if (session.isEmpty()) {
      return Optional.empty();
    }
    // Of what happened in the session this alone: a browser is given a grant every few minutes, and
    // the sign-in would stand behind them all.
    Map<String, String> signIns =
        Map.of(
            "session",
            session.get(),
            "class",
            Long.toString(Operation.PERSON_SIGN_IN.classUid()),
            "to",
            Long.toString(given.timeMillis() + 1));
    return found(looking, signIns).stream()
        .filter(is(Operation.PERSON_SIGN_IN))
        .filter(one -> Long.valueOf(1).equals(one.event().json().get("status_id")))
        .filter(one -> one.event().keys().actor().equals(given.keys().actor()))
        .findFirst()
        .map(TokenTrace::shown);
  }

  /** The newest first. */
  private static List<StoredEvent> found(Auditor.Looking looking, Map<String, String> equal)
      throws IOException, FormatException {
    return looking.search(TokenTrace.query(equal, SEARCHED_MAX, true)).events();
  }

  private static Predicate<StoredEvent> is(Operation operation) {
    return one ->
        one.event().json().get("metadata") instanceof JsonObject metadata
            && operation.code().equals(metadata.get("event_code"));
  }
}
