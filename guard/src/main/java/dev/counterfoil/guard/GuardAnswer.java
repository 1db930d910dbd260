package dev.counterfoil.guard;

import dev.counterfoil.verifier.Verified;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * What the guard answers the proxy: 200 lets the request through, anything else does not.
 *
 * @param result `passed`, or why not, for metrics and access logs
 * @param headers for the service, where the request passes; for the client, where it does not
 */
record GuardAnswer(int status, String result, Map<String, String> headers) {
  /** What stands in {@link #result} of a request that passes. */
  static final String PASSED = "passed";

  /** Headers for the service. Each is always sent, so that the client's own is overwritten. */
  static final String SUBJECT = "Counterfoil-Subject";

  static final String ISSUER = "Counterfoil-Issuer";
  static final String CLIENT = "Counterfoil-Client";
  static final String TENANT = "Counterfoil-Tenant";
  static final String SCOPE = "Counterfoil-Scope";
  static final String EXPIRES = "Counterfoil-Expires";
  static final String TOKEN = "Counterfoil-Token";

  /** Why a request is refused, for the proxy's access log. */
  static final String REFUSAL = "Counterfoil-Refusal";

  /** The next nonce, for the client in any case (RFC 9449 8.2). */
  static final String NONCE = "DPoP-Nonce";

  private static final String CHALLENGE = "WWW-Authenticate";

  /** Lets it through. */
  static GuardAnswer passed(Verified token) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SUBJECT, encoded(token.subject()));
    headers.put(ISSUER, encoded(token.issuer()));
    headers.put(CLIENT, encoded(token.clientId().orElse("")));
    headers.put(TENANT, encoded(token.tenant()));
    // Sorted: the same token says the same.
    headers.put(SCOPE, encoded(String.join(" ", new TreeSet<>(token.scopes()))));
    headers.put(EXPIRES, Long.toString(token.expiresAt().getEpochSecond()));
    headers.put(TOKEN, token.auditId());
    return new GuardAnswer(200, PASSED, headers);
  }

  /** Refuses it with a challenge (RFC 6750 3, RFC 9449 7.1). */
  static GuardAnswer challenge(int status, String result, String challenge) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(REFUSAL, result);
    headers.put(CHALLENGE, challenge);
    return new GuardAnswer(status, result, headers);
  }

  /** Refuses it since nobody can tell now whether it is good, or the proxy asks wrongly. */
  static GuardAnswer undecided(int status, String result) {
    return new GuardAnswer(status, result, Map.of(REFUSAL, result));
  }

  /** What a person reads who looks. */
  String text() {
    return switch (result) {
      case "no-proxy" -> "this address is not one of the proxies\n";
      case "no-service" -> "no such service is guarded here\n";
      default -> result + "\n";
    };
  }

  GuardAnswer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new GuardAnswer(status, result, more);
  }

  /**
   * A claim as a header's value: bytes of its UTF-8 that are no visible US-ASCII or space, and the
   * percent, are percent-encoded. A claim may hold line breaks.
   */
  static String encoded(String claim) {
    StringBuilder value = new StringBuilder();
    for (byte b : claim.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0x20 && b < 0x7f && b != '%') {
        value.append((char) b);
      } else {
        value.append('%').append(String.format("%02X", b & 0xff));
      }
    }
    // A space at an end would be lost on the way.
    String text = value.toString();
    if (text.startsWith(" ")) {
      text = "%20" + text.substring(1);
    }
    return text.endsWith(" ") ? text.substring(0, text.length() - 1) + "%20" : text;
  }
}
