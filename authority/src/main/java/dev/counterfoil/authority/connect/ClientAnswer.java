package dev.counterfoil.authority.connect;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where and how a client gets its answer.
 *
 * @param redirectUri registered, as the request named it
 * @param state that the client gets back as it was
 * @param isFormPost whether the browser posts it (OAuth 2.0 Form Post Response Mode)
 */
record ClientAnswer(String redirectUri, Optional<String> state, boolean isFormPost) {
  /**
   * All parameters.
   *
   * @param issuer RFC 9207
   */
  Map<String, String> parameters(Map<String, String> own, String issuer) {
    Map<String, String> all = new LinkedHashMap<>(own);
    state.ifPresent(text -> all.put("state", text));
    all.put("iss", issuer);
    return all;
  }

  /** The URI with parameters in its query, behind what it has there. */
  static String withQuery(String uri, Map<String, String> parameters) {
    StringBuilder out = new StringBuilder(uri);
    char separator = uri.indexOf('?') < 0 ? '?' : '&';
    for (Map.Entry<String, String> one : parameters.entrySet()) {
      out.append(separator).append(encode(one.getKey())).append('=').append(encode(one.getValue()));
      separator = '&';
    }
    return out.toString();
  }

  /** As in a query. */
  static String encode(String text) {
    // RFC 3986 2.1: a plus sign is a space to forms alone.
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
