package dev.counterfoil.authority.connect;

import dev.counterfoil.format.bytes.Hash;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * The page with which a browser leaves for a client. Chromium applies the {@code form-action} of a
 * form's page to every redirect after it, also to where the client sends the browser next, which is
 * nobody's to know here: a broker sends it on at once. So no redirect follows a form of ours.
 */
final class OnwardPage {
  private static final String SCRIPT = "document.forms[0].submit()";
  private static final String SCRIPT_HASH =
      Base64.getEncoder()
          .encodeToString(Hash.sha256(SCRIPT.getBytes(StandardCharsets.US_ASCII)).bytes());
  private static final String HEAD =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Back to the application</title>";

  private OnwardPage() {}

  /** Whether a browser opens an address itself, and no program of the person's machine. */
  static boolean isForBrowsers(String location) {
    return location.startsWith("https://") || location.startsWith("http://");
  }

  /** Goes on to an address that {@link #isForBrowsers}. */
  static void go(ServerResponse response, String location) {
    String to = escaped(location);
    // HTML 4.2.5.3: not in quotes, so that the address ends where the attribute does.
    send(
        response,
        "",
        "<meta http-equiv=\"refresh\" content=\"0;url=%1$s\"><a href=\"%1$s\">Back to the application</a></html>"
            .formatted(to));
  }

  /** Posts an answer (OAuth 2.0 Form Post Response Mode 2). */
  static void post(ServerResponse response, String uri, Map<String, String> parameters) {
    StringBuilder form =
        new StringBuilder("<form method=\"post\" action=\"").append(escaped(uri)).append("\">");
    for (Map.Entry<String, String> one : parameters.entrySet()) {
      form.append("<input type=\"hidden\" name=\"")
          .append(escaped(one.getKey()))
          .append("\" value=\"")
          .append(escaped(one.getValue()))
          .append("\">");
    }
    form.append("<button>Back to the application</button></form><script>")
        .append(SCRIPT)
        .append("</script></html>");
    send(response, "; script-src 'sha256-" + SCRIPT_HASH + "'", form.toString());
  }

  private static void send(ServerResponse response, String scripts, String body) {
    response
        .header(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
        .header(
            HeaderNames.create("Content-Security-Policy"),
            "default-src 'none'" + scripts + "; base-uri 'none'; frame-ancestors 'none'")
        .header(HeaderNames.create("X-Content-Type-Options"), "nosniff")
        .send((HEAD + body).getBytes(StandardCharsets.UTF_8));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
