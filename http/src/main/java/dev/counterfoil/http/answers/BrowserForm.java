package dev.counterfoil.http.answers;

import dev.counterfoil.http.listener.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The fields that one of our pages sent, as browsers write them (WHATWG URL standard, 5.1). */
public final class BrowserForm {
  /** Longest body, in bytes: a report of 4,000 characters, of 9 bytes each as they are encoded. */
  public static final int BYTES_MAX = 48 * 1024;

  private static final int FIELDS_MAX = 32;
  private static final Duration TIME_MAX = Duration.ofSeconds(10);

  private final Map<String, String> fields;

  private BrowserForm(Map<String, String> fields) {
    this.fields = fields;
  }

  /** Reads a request's body. */
  public static BrowserForm read(ServerRequest request) throws RefusedRequestException {
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")) {
      throw refused("the body is not a form's");
    }
    return parse(new String(body(request), StandardCharsets.UTF_8));
  }

  private static byte[] body(ServerRequest request) throws RefusedRequestException {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    byte[] body = new byte[2048];
    int filled = 0;
    long deadline = System.nanoTime() + TIME_MAX.toNanos();
    try (InputStream in = request.content().inputStream()) {
      while (true) {
        int count = in.read(body, filled, body.length - filled);
        if (count < 0) {
          return Arrays.copyOf(body, filled);
        }
        filled += count;
        if (filled == BYTES_MAX) {
          throw new RefusedRequestException(Problem.tooLarge("the form is too long"));
        }
        if (System.nanoTime() - deadline > 0) {
          throw refused("the form did not arrive in time");
        }
        if (filled == body.length) {
          body = Arrays.copyOf(body, Math.min(BYTES_MAX, body.length * 2));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw refused("the form ended too early");
    }
  }

  /** Takes a body apart; of a field that stands twice the form is refused. */
  public static BrowserForm parse(String body) throws RefusedRequestException {
    Map<String, String> fields = new HashMap<>();
    for (String pair : body.isEmpty() ? new String[0] : body.split("&", -1)) {
      int equals = pair.indexOf('=');
      try {
        String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
        if (fields.size() == FIELDS_MAX || fields.put(name, value) != null) {
          throw refused("the form has a field twice, or too many");
        }
      } catch (IllegalArgumentException e) {
        throw refused("the form is not well-formed");
      }
    }
    return new BrowserForm(fields);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static RefusedRequestException refused(String detail) {
    return new RefusedRequestException(Problem.malformed(detail));
  }

  /** A field, or an empty text. */
  public String field(String name) {
    return fields.getOrDefault(name, "");
  }
}
