package dev.counterfoil.authority.http;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused, as RFC 6749 5.2 writes it.
 *
 * @param code what stands in {@code error}
 * @param description what stands in {@code error_description}: what to do next, never input
 * @param retryAfter when to try again, where that helps
 */
public record OAuthError(Code code, String description, @Nullable Duration retryAfter) {
  /** The registered codes that this authority answers, each with its HTTP status. */
  public enum Code {
    /** RFC 6749 5.2. */
    INVALID_REQUEST("invalid_request", 400),
    /** RFC 6749 5.2; 401 whichever way the client tried. */
    INVALID_CLIENT("invalid_client", 401),
    /** RFC 6749 5.2. */
    INVALID_GRANT("invalid_grant", 400),
    /** RFC 6749 5.2. */
    UNAUTHORIZED_CLIENT("unauthorized_client", 400),
    /** RFC 6749 5.2. */
    UNSUPPORTED_GRANT_TYPE("unsupported_grant_type", 400),
    /** RFC 6749 5.2. */
    INVALID_SCOPE("invalid_scope", 400),
    /** RFC 8707 2. */
    INVALID_TARGET("invalid_target", 400),
    /** RFC 9449 5. */
    INVALID_DPOP_PROOF("invalid_dpop_proof", 400),
    /** RFC 6750 3.1. */
    INVALID_TOKEN("invalid_token", 401),
    /** RFC 6750 3.1. */
    INSUFFICIENT_SCOPE("insufficient_scope", 403),
    /** RFC 7009 2.2.1. */
    UNSUPPORTED_TOKEN_TYPE("unsupported_token_type", 400),
    /** A caller that may not use the endpoint (RFC 7662 2.1 leaves the policy to the server). */
    ACCESS_DENIED("access_denied", 403),
    /** The body is beyond the limit (RFC 9110 15.5.14). */
    TOO_LARGE("invalid_request", 413),
    /** The path takes other methods (RFC 9110 15.5.6). */
    METHOD_NOT_ALLOWED("invalid_request", 405),
    /** The body did not arrive in time (RFC 9110 15.5.9). */
    TOO_SLOW("invalid_request", 408),
    /** Nothing lies at the path. */
    NOT_FOUND("invalid_request", 404),
    /** What was here is kept elsewhere (RFC 9110 15.5.11). */
    GONE("invalid_request", 410),
    /** What is asked for contradicts what is so (RFC 9110 15.5.10). */
    CONFLICT("conflict", 409),
    /** What is to be changed was changed since it was read (RFC 9110 15.5.13). */
    OUTDATED("outdated", 412),
    /** A change says what it changes (RFC 6585 3). */
    VERSION_REQUIRED("version_required", 428),
    /** The client or its tenant has used up its quota (RFC 6585 4). */
    QUOTA("temporarily_unavailable", 429),
    /** RFC 6749 4.1.2.1; registered for the token endpoint by nobody, and understood by all. */
    TEMPORARILY_UNAVAILABLE("temporarily_unavailable", 503),
    /** RFC 6749 4.1.2.1. */
    SERVER_ERROR("server_error", 500);

    private final String text;
    private final int status;

    Code(String text, int status) {
      this.text = text;
      this.status = status;
    }

    /** What stands in {@code error}. */
    public String text() {
      return text;
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  public static OAuthError of(Code code, String description) {
    return new OAuthError(code, description, null);
  }

  public static OAuthError invalidRequest(String description) {
    return of(Code.INVALID_REQUEST, description);
  }

  /** One text for every reason, so that nobody learns which clients there are. */
  public static OAuthError invalidClient() {
    return of(
        Code.INVALID_CLIENT,
        "client authentication failed: check client_id, credential and the registered method");
  }

  public static OAuthError unavailable(String description, Duration retryAfter) {
    return new OAuthError(Code.TEMPORARILY_UNAVAILABLE, description, retryAfter);
  }

  public byte[] body() {
    return JsonObject.builder()
        .put("error", code.text())
        .put("error_description", description)
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }
}
