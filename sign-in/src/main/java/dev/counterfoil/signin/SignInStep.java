package dev.counterfoil.signin;

import dev.counterfoil.http.answers.BrowserForm;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a browser is in its sign-in; the hidden fields of the form.
 *
 * @param to where it goes afterwards
 * @param again whether a fresh proof is asked for
 * @param language of its pages, empty for what the browser prefers
 * @param tenant whose people are asked for, empty for those of all
 * @param organisation of which the person says to be; empty where nobody asked
 */
record SignInStep(String to, boolean again, String language, String tenant, String organisation) {
  /** On this issuer: a path, with a query. No second slash, which would be another host. */
  private static final Pattern RETURN_TO =
      Pattern.compile("/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-][A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?");

  private static final int RETURN_TO_MAX = 8 * 1024;

  /** Whether a browser may be sent to a path and query. */
  static boolean isReturn(String to) {
    return to.length() <= RETURN_TO_MAX && RETURN_TO.matcher(to).matches();
  }

  Optional<String> fixed() {
    return tenant.isEmpty() ? Optional.empty() : Optional.of(tenant);
  }

  static SignInStep of(BrowserForm form, String home) {
    String to = form.field("to");
    return new SignInStep(
        isReturn(to) ? to : home,
        form.field("again").equals("true"),
        form.field("lang"),
        form.field("tenant"),
        form.field("organisation").strip());
  }

  Locale locale() {
    return Locale.forLanguageTag(language);
  }
}
