package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What another transmitter's security event says (RFC 8417 2.2, SSF 1.0 4.1). Its signature is
 * checked elsewhere; every other rule is checked here.
 *
 * @param jti its id at its issuer
 * @param type of its only event
 * @param subject whom it is about
 */
public record ReceivedEvent(String jti, String type, JsonObject subject) {
  /** Older than that it is not acted on: receivers remember for as long what they had. */
  public static final Duration AGE_MAX = Duration.ofDays(7);

  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final int TEXT_MAX = 255;

  /**
   * Reads the claims of a token of type {@code secevent+jwt}.
   *
   * @param issuer the transmitter
   * @param audiences one of which it is for
   * @throws FormatException naming the rule that is broken
   */
  public static ReceivedEvent of(
      JsonObject claims, String issuer, List<String> audiences, Instant now)
      throws FormatException {
    if (!claims.string("iss").equals(issuer)) {
      throw new FormatException("the event is of another issuer");
    }
    List<String> said =
        claims.get("aud") instanceof String one ? List.of(one) : claims.strings("aud");
    if (said.stream().noneMatch(audiences::contains)) {
      throw new FormatException("the event is for another audience");
    }
    // 4.1: with these it could be a token of another kind.
    if (claims.has("sub") || claims.has("exp")) {
      throw new FormatException("an event has neither sub nor exp");
    }
    Instant issued = Instant.ofEpochSecond(Math.clamp(claims.number("iat"), 0, 1L << 40));
    if (issued.isAfter(now.plus(SKEW)) || issued.isBefore(now.minus(AGE_MAX))) {
      throw new FormatException("the event is too old, or of a time to come");
    }
    String jti = claims.string("jti");
    if (jti.isEmpty() || jti.length() > TEXT_MAX || jti.chars().anyMatch(Character::isISOControl)) {
      throw new FormatException("jti has 1 to " + TEXT_MAX + " characters");
    }
    JsonObject events = claims.object("events");
    if (events.names().size() != 1) {
      throw new FormatException("the token has one event");
    }
    String type = events.names().iterator().next();
    if (type.length() > TEXT_MAX) {
      throw new FormatException("the event's type is too long");
    }
    var _ = events.object(type);
    return new ReceivedEvent(jti, type, Subjects.checked(claims.object("sub_id")));
  }

  /** What an event does here. */
  public enum Effect {
    NOTHING,
    END_SESSIONS,
    /** And the person is refused from then on, where the operator wants that. */
    DISABLE
  }

  /** What it does. Types that are not known do nothing (RFC 8417 2.2). */
  public Effect effect() {
    return switch (type) {
      case EventTypes.ACCOUNT_DISABLED, EventTypes.ACCOUNT_PURGED -> Effect.DISABLE;
      case EventTypes.SESSION_REVOKED,
          EventTypes.SESSIONS_REVOKED,
          EventTypes.CREDENTIAL_COMPROMISE ->
          Effect.END_SESSIONS;
      default -> Effect.NOTHING;
    };
  }

  /** An account of the transmitter that it is about; empty where it says none. */
  public Optional<String> account(String issuer) throws FormatException {
    JsonObject user = user();
    return switch (user.optionalString("format").orElse("")) {
      case "iss_sub" ->
          user.string("iss").equals(issuer) ? Optional.of(user.string("sub")) : Optional.empty();
      case "opaque" -> Optional.of(user.string("id"));
      default -> Optional.empty();
    };
  }

  /** An address that it is about; empty where it says none. */
  public Optional<String> email() throws FormatException {
    JsonObject user = user();
    return user.optionalString("format").orElse("").equals("email")
        ? Optional.of(user.string("email"))
        : Optional.empty();
  }

  private JsonObject user() throws FormatException {
    Optional<JsonObject> part = subject.optionalObject("user");
    return part.orElse(subject);
  }
}
