package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.RunningDomain;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A browser without script: cookies, and the first form of a page. It follows nothing by itself.
 */
final class TestBrowser {
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

  /** Opens a path of the issuer. */
  HttpResponse<String> open(String path) throws Exception {
    return send(HttpRequest.newBuilder(domain.at(path)).GET());
  }

  /** Sends the form of a page with more fields. */
  HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> more)
      throws Exception {
    Matcher form = FORM.matcher(page.body());
    while (form.find()) {
      Map<String, String> fields = hidden(form.group(2));
      if (!fields.containsKey("credential")) {
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
    String body =
        fields.entrySet().stream()
            .map(one -> encode(one.getKey()) + "=" + encode(one.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        HttpRequest.newBuilder(domain.at(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
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
