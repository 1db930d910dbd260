package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A browser as far as cookies go. */
final class Visitor {
  private static final Pattern HIDDEN =
      Pattern.compile("type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"");

  final CookieManager cookies = new CookieManager();
  final HttpClient http = HttpClient.newBuilder().cookieHandler(cookies).build();
  private final URI issuer;

  Visitor(URI issuer) {
    this.issuer = issuer;
  }

  HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(issuer + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, Map<String, String> fields, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(issuer + path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    fields.entrySet().stream()
                        .map(e -> e.getKey() + "=" + encoded(e.getValue()))
                        .collect(Collectors.joining("&"))));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Sends the form of a page back, with more fields, or with others. */
  HttpResponse<String> answer(String path, HttpResponse<String> page, Map<String, String> more)
      throws Exception {
    Map<String, String> fields = hidden(page);
    fields.putAll(more);
    return post(path, fields);
  }

  HttpResponse<String> signIn(String username, String password) throws Exception {
    return post(
        "/sign-in",
        Map.of(
            "form_token",
            token(get("/sign-in")),
            "username",
            username,
            "password",
            password,
            "to",
            "/account"));
  }

  String cookie(String name) {
    return cookies.getCookieStore().getCookies().stream()
        .filter(cookie -> cookie.getName().equals(name))
        .map(HttpCookie::getValue)
        .findFirst()
        .orElse("");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** The hidden fields of a page's forms: of two with one name the first. */
  static Map<String, String> hidden(HttpResponse<String> page) {
    Map<String, String> fields = new HashMap<>();
    Matcher found = HIDDEN.matcher(page.body());
    while (found.find()) {
      fields.putIfAbsent(found.group(1), found.group(2));
    }
    return fields;
  }

  static String token(HttpResponse<String> page) {
    assertThat(hidden(page)).as(page.body()).containsKey("form_token");
    return hidden(page).getOrDefault("form_token", "");
  }
}
