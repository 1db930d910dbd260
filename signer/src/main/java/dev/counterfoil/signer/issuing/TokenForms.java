package dev.counterfoil.signer.issuing;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What tokens of some types have to be, so that none passes for one of another type at a client
 * that does not look at the type: a logout token is no ID token, no other token is a logout token,
 * and a security event token is neither. Pure.
 */
final class TokenForms {
  private static final String LOGOUT = "logout+jwt";

  /** RFC 8417 2.3. */
  private static final String SET = "secevent+jwt";

  /** OpenID Connect Back-Channel Logout 1.0, 2.4. */
  private static final String LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

  private static final int LOGOUT_LIFE_SECONDS_MAX = 120;
  private static final String EVENTS = "events";
  private static final String USERINFO = "userinfo+jwt";

  /** OpenID Connect Core 2: how and when the person signed in, and to what it belongs. */
  private static final Set<String> OF_ID_TOKENS =
      Set.of("nonce", "at_hash", "c_hash", "auth_time", "acr", "amr", "azp", "sid");

  /** What a security event token says beside what is composed (RFC 8417 2.2, SSF 1.0 4.1). */
  private static final Set<String> OF_SETS = Set.of(EVENTS, "sub_id", "txn");

  private TokenForms() {}

  /** Whether it is a security event token: without {@code sub}, {@code exp} and a client. */
  static boolean isSet(IssueRequest request) {
    return request.tokenType().equals(SET);
  }

  /** What is wrong with a request; empty when it may go on. */
  static Optional<String> objection(IssueRequest request) {
    @Nullable JsonObject more = request.moreClaims();
    if (request.tokenType().equals(LOGOUT)) {
      boolean isOne =
          more != null
              && Set.of(EVENTS, "sid").containsAll(more.names())
              && isLogout(more)
              && request.audiences().size() == 1
              && request.scope().isEmpty()
              && request.confirmation() == null
              && request.group() == null
              && request.lifeSeconds() <= LOGOUT_LIFE_SECONDS_MAX;
      return isOne
          ? Optional.empty()
          : Optional.of(
              "a logout token has one audience, its event and sid, two minutes at most, and"
                  + " nothing else");
    }
    if (request.tokenType().equals(USERINFO)
        && (request.lifeSeconds() > LOGOUT_LIFE_SECONDS_MAX
            || !request.scope().isEmpty()
            || (more != null && OF_ID_TOKENS.stream().anyMatch(more::has)))) {
      return Optional.of(
          "userinfo has nothing that makes an ID token of it, and two minutes at most");
    }
    if (isSet(request)) {
      boolean isOne =
          more != null
              && OF_SETS.containsAll(more.names())
              && isEvent(more)
              && request.subject().isEmpty()
              && request.audiences().size() == 1
              && request.scope().isEmpty()
              && request.confirmation() == null
              && request.group() == null;
      return isOne
          ? Optional.empty()
          : Optional.of(
              "a security event token has one audience, one event, the event's subject as sub_id,"
                  + " and nothing that makes another token of it");
    }
    return more != null && OF_SETS.stream().anyMatch(more::has)
        ? Optional.of("events stand in security event tokens and logout tokens alone")
        : Optional.empty();
  }

  /** Of a SET: its event is no logout, or a client that ignores the type takes it for one. */
  private static boolean isEvent(JsonObject more) {
    try {
      JsonObject events = more.object(EVENTS);
      if (events.names().size() != 1 || events.has(LOGOUT_EVENT)) {
        return false;
      }
      String name = events.names().iterator().next();
      var _ = events.object(name);
      var _ = more.optionalString("txn");
      return !more.object("sub_id").string("format").isEmpty()
          && name.matches("(https://|urn:).{1,240}");
    } catch (FormatException e) {
      return false;
    }
  }

  private static boolean isLogout(JsonObject more) {
    try {
      JsonObject events = more.object(EVENTS);
      return events.names().equals(Set.of(LOGOUT_EVENT))
          && events.object(LOGOUT_EVENT).names().isEmpty();
    } catch (FormatException e) {
      return false;
    }
  }
}
