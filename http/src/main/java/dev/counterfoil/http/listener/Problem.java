package dev.counterfoil.http.listener;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * A request that is refused, as problem details (RFC 9457).
 *
 * @param status the HTTP status
 * @param code stable across versions
 * @param detail for people; never repeats what was sent
 */
public record Problem(int status, String code, String detail) {
  /**
   * How a listener writes refusals: its one form of them.
   *
   * @param contentType media type of the body
   * @param body of a refusal
   */
  public record Form(String contentType, Function<Problem, byte[]> body) {
    /** Problem details. */
    public static final Form DETAILS = new Form("application/problem+json", Problem::json);

    /** A line of text. */
    public static final Form TEXT =
        new Form(
            "text/plain; charset=utf-8",
            problem -> (problem.detail + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** One that is refused before a route has it. */
  static Problem of(int status, long bodyMax) {
    return switch (status) {
      case 413 -> tooLarge("the body is longer than " + bodyMax + " bytes");
      case 505 ->
          new Problem(
              status,
              "http-version",
              "this server speaks HTTP/1.1 and the request came as HTTP/1.0: set the proxy to"
                  + " HTTP/1.1 (nginx: proxy_http_version 1.1)");
      case 501 -> new Problem(status, "malformed", "the one transfer coding taken here is chunked");
      default ->
          status >= 500
              ? new Problem(status, "failed", "the server failed; its log says why")
              : new Problem(
                  status,
                  "malformed",
                  "the request is not well-formed HTTP, or beyond the server's limits");
    };
  }

  public static Problem malformed(String detail) {
    return new Problem(400, "malformed", detail);
  }

  public static Problem unauthorized(String detail) {
    return new Problem(401, "invalid_token", detail);
  }

  public static Problem forbidden(String scope) {
    return new Problem(403, "insufficient_scope", "the token does not have scope " + scope);
  }

  public static Problem notFound() {
    return new Problem(404, "not-found", "there is nothing at this path");
  }

  public static Problem methodNotAllowed(String allowed) {
    return new Problem(405, "method-not-allowed", "this path takes " + allowed + " only");
  }

  public static Problem tooLarge(String detail) {
    return new Problem(413, "too-large", detail);
  }

  public static Problem notJson() {
    return new Problem(415, "media-type", "send application/json");
  }

  public static Problem busy() {
    return new Problem(503, "busy", "too many requests are in progress. Ask again in a moment");
  }

  public static Problem failed() {
    return new Problem(500, "failed", "the server failed; its log shows why");
  }

  private byte[] json() {
    return JsonObject.builder()
        .put("type", "about:blank")
        .put("status", status)
        .put("code", code)
        .put("detail", detail)
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }
}
