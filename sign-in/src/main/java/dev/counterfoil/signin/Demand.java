package dev.counterfoil.signin;

import dev.counterfoil.signin.sessions.Session;
import java.util.Locale;
import java.util.Optional;

/**
 * That a person signs in before something goes on.
 *
 * @param returnTo path and query on this issuer, made by the authority, to which the browser
 *     returns
 * @param loginHint the username that the client expects
 * @param freshly whether a session that there is does not do (OpenID Connect Core 3.1.2.1, {@code
 *     prompt=login} and {@code max_age}); the caller looks at {@link Session#authTime} again
 * @param locale the language of the page
 * @param tenant whose people are asked for; empty for those of all
 */
public record Demand(
    String returnTo,
    Optional<String> loginHint,
    boolean freshly,
    Locale locale,
    Optional<String> tenant) {
  /** People of any tenant are asked for. */
  public Demand(String returnTo, Optional<String> loginHint, boolean freshly, Locale locale) {
    this(returnTo, loginHint, freshly, locale, Optional.empty());
  }
}
