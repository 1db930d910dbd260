package dev.counterfoil.signin;

import dev.counterfoil.signin.sessions.Session;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a person is asked to allow. The answer is posted to {@link #target} with the fields, {@code
 * answer} ({@code accept} or {@code reject}), and what {@link SignIn#isFromOurPage} checks.
 *
 * @param session who is asked
 * @param clientName what the application is called
 * @param redirect where the browser goes with the answer; its host is shown
 * @param scopes what is asked for, in the order in which it is shown
 * @param target path on this issuer
 * @param fields hidden ones, such as a handle of the request
 * @param locale the language of the page
 */
public record ConsentQuestion(
    Session session,
    String clientName,
    URI redirect,
    List<String> scopes,
    String target,
    Map<String, String> fields,
    Locale locale) {}
