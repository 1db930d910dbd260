package dev.counterfoil.authority.connect;

import dev.counterfoil.format.bytes.Hash;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** A page that posts an answer to a client (OAuth 2.0 Form Post Response Mode 2). */
final class FormPostPage {
  private static final String SCRIPT = "document.forms[0].submit()";
  private static final String SCRIPT_HASH =
      Base64.getEncoder()
          .encodeToString(Hash.sha256(SCRIPT.getBytes(StandardCharsets.US_ASCII)).bytes());

  private FormPostPage() {}

  /**
   * Sends it. Browsers apply {@code form-action} to where the form goes; the URI is registered, so
   * that it is no one's who sent the browser.
   */
  static void send(ServerResponse response, String uri, Map<String, String> parameters) {
    URI to = URI.create(uri);
    String target = to.getRawAuthority() == null ? to.getScheme() + ":" : origin(to);
    StringBuilder page =
        new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">")
            .append("<title>Back to the application</title><form method=\"post\" action=\"")
            .append(escaped(uri))
            .append("\">");
    for (Map.Entry<String, String> one : parameters.entrySet()) {
      page.append("<input type=\"hidden\" name=\"")
          .append(escaped(one.getKey()))
          .append("\" value=\"")
          .append(escaped(one.getValue()))
          .append("\">");
    }
    page.append("<button>Back to the application</button></form><script>")
        .append(SCRIPT)
        .append("</script></html>");
    response
        .header(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
        .header(
            HeaderNames.create("Content-Security-Policy"),
            "default-src 'none'; script-src 'sha256-"
                + SCRIPT_HASH
                + "'; base-uri 'none'; frame-ancestors 'none'; form-action "
                + target)
        .header(HeaderNames.create("X-Content-Type-Options"), "nosniff")
        .send(page.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String origin(URI uri) {
    return uri.getScheme() + "://" + uri.getRawAuthority();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
