package dev.counterfoil.listener;

/**
 * A request that is refused before a route has it.
 *
 * @param status the HTTP status
 * @param reason what is wrong
 * @param detail for people; never repeats what was sent
 */
public record HttpRefusal(int status, Reason reason, String detail) {
  /** What is wrong. */
  public enum Reason {
    /** The request is no sound HTTP, or beyond a limit. */
    MALFORMED,
    /** Its body is too long. */
    TOO_LARGE,
    /** It is of another version of HTTP. */
    VERSION,
    /** The server failed. */
    FAILED
  }

  /** How a listener writes refusals: its one form of them. */
  public interface Form {
    String contentType();

    byte[] body(HttpRefusal refusal);
  }

  static HttpRefusal of(int status, long bodyMax) {
    return switch (status) {
      case 413 ->
          new HttpRefusal(
              status, Reason.TOO_LARGE, "the body is longer than " + bodyMax + " bytes");
      case 505 ->
          new HttpRefusal(
              status,
              Reason.VERSION,
              "this server speaks HTTP/1.1 and the request came as HTTP/1.0: set the proxy to"
                  + " HTTP/1.1 (nginx: proxy_http_version 1.1)");
      case 501 ->
          new HttpRefusal(
              status, Reason.MALFORMED, "the one transfer coding taken here is chunked");
      default ->
          status >= 500
              ? new HttpRefusal(status, Reason.FAILED, "the server failed; its log says why")
              : new HttpRefusal(
                  status,
                  Reason.MALFORMED,
                  "the request is not well-formed HTTP, or beyond the server's limits");
    };
  }
}
