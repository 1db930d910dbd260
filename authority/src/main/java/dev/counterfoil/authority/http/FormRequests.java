package dev.counterfoil.authority.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the body and the headers of a request that carries a form, with limits on everything. */
public final class FormRequests {
  /** Longest time for a whole body to arrive. */
  static final Duration BODY_TIME_MAX = Duration.ofSeconds(10);

  private static final String ENDED = "the body ended before its length";
  private static final String FORM_TYPE = "application/x-www-form-urlencoded";

  private FormRequests() {}

  /** The form in a request's body. */
  public static Form form(ServerRequest request) throws RequestRefusedException {
    if (request.prologue().hasQuery()) {
      // RFC 6749 2.3.1: credentials must not stand in the URI, and nothing else of ours does.
      throw refused("parameters stand in the body, not in the URI");
    }
    String type = header(request, HeaderNames.CONTENT_TYPE).orElse("");
    if (!isForm(type)) {
      throw refused("Content-Type is " + FORM_TYPE + ", in UTF-8");
    }
    if (request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
      throw refused("the body is sent without Content-Encoding");
    }
    return Form.parse(body(request));
  }

  /**
   * The value of a header that may stand once; empty when it is missing.
   *
   * @throws RequestRefusedException when it stands twice
   */
  public static Optional<String> header(ServerRequest request, HeaderName name)
      throws RequestRefusedException {
    if (!request.headers().contains(name)) {
      return Optional.empty();
    }
    List<String> values = request.headers().get(name).allValues();
    if (values.size() != 1) {
      throw refused("header " + name.defaultCase() + " stands more than once");
    }
    return Optional.of(values.getFirst());
  }

  private static boolean isForm(String type) {
    if (type.equals(FORM_TYPE)) {
      return true;
    }
    String[] parts = type.toLowerCase(Locale.ROOT).split(";", -1);
    if (!parts[0].strip().equals(FORM_TYPE)) {
      return false;
    }
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.startsWith("charset=")
          && !parameter.equals("charset=utf-8")
          && !parameter.equals("charset=\"utf-8\"")) {
        return false;
      }
    }
    return true;
  }

  /** The bytes of a request's body, at most {@link Form#BYTES_MAX}. */
  public static byte[] body(ServerRequest request) throws RequestRefusedException {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    long length = request.headers().contentLength().orElse(-1);
    if (length > Form.BYTES_MAX) {
      throw tooLarge();
    }
    byte[] body = new byte[length >= 0 ? (int) length : 1024];
    int filled = 0;
    long deadline = System.nanoTime() + BODY_TIME_MAX.toNanos();
    try (InputStream in = request.content().inputStream()) {
      while (true) {
        if (filled == body.length) {
          int next = in.read();
          if (next < 0) {
            return body;
          }
          if (filled == Form.BYTES_MAX) {
            throw tooLarge();
          }
          body = Arrays.copyOf(body, Math.min(Form.BYTES_MAX, Math.max(64, body.length * 2)));
          body[filled++] = (byte) next;
        }
        int count = in.read(body, filled, body.length - filled);
        if (count < 0) {
          return Arrays.copyOf(body, filled);
        }
        filled += count;
        if (System.nanoTime() - deadline > 0) {
          throw tooSlow();
        }
      }
    } catch (IOException e) {
      throw brokenOff(e);
    } catch (UncheckedIOException e) {
      throw brokenOff(e);
    } catch (DataReader.InsufficientDataAvailableException e) {
      throw refused(ENDED);
    }
  }

  private static RequestRefusedException brokenOff(Exception e) {
    return e.getCause() instanceof SocketTimeoutException || e instanceof SocketTimeoutException
        ? tooSlow()
        : refused(ENDED);
  }

  private static RequestRefusedException tooLarge() {
    return new RequestRefusedException(
        OAuthError.of(
            OAuthError.Code.TOO_LARGE, "the body is longer than " + Form.BYTES_MAX + " bytes"));
  }

  private static RequestRefusedException tooSlow() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.TOO_SLOW, "the body did not arrive in time"));
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(OAuthError.invalidRequest(description));
  }
}
