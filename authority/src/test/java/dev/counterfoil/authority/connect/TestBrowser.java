package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A browser without script: cookies, and the first form of a page. It follows nothing by itself.
 */
public final class TestBrowser {
  static final String PASSWORD = "a long password of a test";

  private static final Pattern FORM =
      Pattern.compile("(?s)<form[^>]*action=\"([^\"]*)\"(.*?)</form>");
  private static final Pattern ONWARD =
      Pattern.compile("<meta http-equiv=\"refresh\" content=\"0;url=([^\"]*)\">");
  private static final Pattern INPUT = Pattern.compile("<input[^>]*>");
  private static final Pattern ATTRIBUTE = Pattern.compile("\\b(name|value|type)=\"([^\"]*)\"");

  private final RunningDomain domain;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  TestBrowser(RunningDomain domain) {
    this.domain = domain;
  }

  /** One at which a person is signed in, who chose {@link #PASSWORD}. */
  public static TestBrowser enrolled(RunningDomain domain, String username) throws Exception {
    String link = domain.admin.people().invite(username, Duration.ofHours(1)).link();
    TestBrowser browser = new TestBrowser(domain);
    HttpResponse<String> page = browser.open(link.substring(domain.issuer.length()));
    assertThat(browser.submit(page, Map.of("password", PASSWORD)).statusCode()).isEqualTo(303);
    return browser;
  }

  /** One at which nobody is signed in any more: sign-in knows it again. */
  TestBrowser signedOut() {
    TestBrowser other = new TestBrowser(domain);
    cookies.forEach(
        (name, value) -> {
          if (name.endsWith("-known")) {
            other.cookies.put(name, value);
          }
        });
    return other;
  }

  /** The same browser, whose requests a load balancer gives to another authority. */
  TestBrowser at(RunningDomain other) {
    TestBrowser moved = new TestBrowser(other);
    moved.cookies.putAll(cookies);
    return moved;
  }

  /** Opens a path of the issuer. */
  HttpResponse<String> open(String path) throws Exception {
    return send(HttpRequest.newBuilder(domain.at(path)).GET());
  }

  /**
   * Signs in on a page.
   *
   * @return where the browser is to go on
   */
  String signIn(HttpResponse<String> page, String username) throws Exception {
    assertThat(page.body()).contains("id=\"username\"");
    HttpResponse<String> signedIn =
        submit(page, Map.of("username", username, "password", PASSWORD));
    assertThat(signedIn.statusCode()).as(signedIn.body()).isEqualTo(303);
    return signedIn.headers().firstValue("Location").orElseThrow();
  }

  /** Says yes where a page asks for it. */
  HttpResponse<String> accepted(HttpResponse<String> page) throws Exception {
    return page.body().contains("id=\"accept\"") ? submit(page, Map.of("answer", "accept")) : page;
  }

  /** Sends the form of a page with more fields. */
  HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> more)
      throws Exception {
    return submit(page, "", more);
  }

  /** The same with the form whose path ends so. */
  HttpResponse<String> submit(HttpResponse<String> page, String pathEnd, Map<String, String> more)
      throws Exception {
    Matcher form = FORM.matcher(page.body());
    while (form.find()) {
      Map<String, String> fields = hidden(form.group(2));
      if (!fields.containsKey("credential") && form.group(1).endsWith(pathEnd)) {
        fields.putAll(more);
        return post(unescaped(form.group(1)), fields);
      }
    }
    throw new AssertionError("the page has no form without a passkey: " + page.body());
  }

  private static Map<String, String> hidden(String form) {
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher inputs = INPUT.matcher(form);
    while (inputs.find()) {
      Map<String, String> one = new LinkedHashMap<>();
      Matcher attributes = ATTRIBUTE.matcher(inputs.group());
      while (attributes.find()) {
        one.put(attributes.group(1), unescaped(attributes.group(2)));
      }
      if (one.containsKey("name") && "hidden".equals(one.get("type"))) {
        fields.put(one.get("name"), one.getOrDefault("value", ""));
      }
    }
    return fields;
  }

  HttpResponse<String> post(String path, Map<String, String> fields) throws Exception {
    return send(
        HttpRequest.newBuilder(domain.at(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(query(fields))));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(one -> one.getKey() + "=" + one.getValue())
              .collect(Collectors.joining("; ")));
    }
    HttpResponse<String> response = domain.send(request);
    for (String set : response.headers().allValues("Set-Cookie")) {
      String[] pair = set.split(";", 2)[0].split("=", 2);
      if (pair[1].isEmpty()) {
        cookies.remove(pair[0]);
      } else {
        cookies.put(pair[0], pair[1]);
      }
    }
    return response;
  }

  /** Where an answer sends the browser, by itself or by its page; empty for nowhere. */
  static String leadsTo(HttpResponse<String> response) {
    Matcher onward = ONWARD.matcher(response.body());
    return response
        .headers()
        .firstValue("Location")
        .orElseGet(() -> onward.find() ? unescaped(onward.group(1)) : "");
  }

  /** A parameter of where an answer sends the browser. */
  static Optional<String> parameter(HttpResponse<String> response, String name) {
    String query = URI.create(leadsTo(response)).getRawQuery();
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts[0].equals(name)) {
        return Optional.of(URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return Optional.empty();
  }

  /** Parameters with others, value after name; one that is empty is left out. */
  static Map<String, String> changed(Map<String, String> parameters, String... more) {
    Map<String, String> all = new LinkedHashMap<>(parameters);
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1].isEmpty()) {
        all.remove(more[i]);
      } else {
        all.put(more[i], more[i + 1]);
      }
    }
    return all;
  }

  static String query(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(one -> encode(one.getKey()) + "=" + encode(one.getValue()))
        .collect(Collectors.joining("&"));
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String unescaped(String text) {
    return text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }
}
