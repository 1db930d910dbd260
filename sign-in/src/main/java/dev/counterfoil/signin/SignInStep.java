package dev.counterfoil.signin;

import dev.counterfoil.http.answers.BrowserForm;
import java.util.Locale;
import java.util.Optional;

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
  Optional<String> fixed() {
    return tenant.isEmpty() ? Optional.empty() : Optional.of(tenant);
  }

  static SignInStep of(BrowserForm form, String home) {
    String to = form.field("to");
    return new SignInStep(
        SignInFlow.isReturn(to) ? to : home,
        form.field("again").equals("true"),
        form.field("lang"),
        form.field("tenant"),
        form.field("organisation").strip());
  }

  Locale locale() {
    return Locale.forLanguageTag(language);
  }
}
