package dev.counterfoil.custodian.http;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;

/**
 * A request that is refused, as problem details (RFC 9457).
 *
 * @param status the HTTP status
 * @param code stable across versions
 * @param detail for people; never repeats what was sent
 */
public record Problem(int status, String code, String detail) {
  public static final String CONTENT_TYPE = "application/problem+json";

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

  /** The body as bytes. */
  public byte[] body() {
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
