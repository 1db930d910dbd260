package dev.counterfoil.signin.browser;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the forms of a page may lead: a source list for {@code form-action} (CSP Level 3, 6.4.1).
 * Chromium applies it to every redirect after a form. To a client in the browser a page of its own
 * leads on, and a redirect to a program on the person's machine alone.
 */
public final class FormAction {
  public static final Optional<String> HERE = Optional.of("'self'");

  private static final Pattern REDIRECT = Pattern.compile("[?&]redirect_uri=([^&#]*)");
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]{1,99}");

  private FormAction() {}

  /** Here, and at a redirect URI. */
  public static Optional<String> leadingTo(URI redirect) {
    String scheme =
        redirect.getScheme() == null ? "" : redirect.getScheme().toLowerCase(Locale.ROOT);
    return !SCHEME.matcher(scheme).matches() || scheme.equals("https") || scheme.equals("http")
        ? HERE
        : Optional.of("'self' " + scheme + ":");
  }

  /**
   * Here, and wherever a request for authorization leads.
   *
   * @param returnTo path and query; one that names no redirect URI may lead anywhere
   */
  public static Optional<String> of(String returnTo) {
    Matcher found = REDIRECT.matcher(returnTo);
    if (!found.find()) {
      return Optional.empty();
    }
    try {
      return leadingTo(URI.create(URLDecoder.decode(found.group(1), StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      return HERE;
    }
  }
}
