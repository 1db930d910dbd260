package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Http;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A person with a password, and their browser: its cookies, and the forms of our pages. */
final class BenchedPerson {
  private static final String PASSWORD = "a long password of a benchmark";
  private static final Pattern HIDDEN =
      Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"");

  private static final String SESSION = "-session";

  private final URI issuer;
  private final String username;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  BenchedPerson(URI issuer, String username) {
    this.issuer = issuer;
    this.username = username;
  }

  /** Opens an invitation and makes a passkey. */
  void enrol(URI link, SoftPasskey passkey) throws IOException, InterruptedException {
    HttpResponse<String> page = open(link);
    JsonNode options = options(page.body());
    String made =
        passkey.made(
            options.path("challenge").asString(), options.path("user").path("id").asString());
    requireSignedIn(submit(page, "passkey", Map.of("credential", made)));
  }

  /** Signs in with a passkey, in a browser that nobody is signed in at. */
  void signIn(SoftPasskey passkey)
      throws IOException, InterruptedException, GeneralSecurityException {
    cookies.keySet().removeIf(BenchedPerson::isOfSession);
    HttpResponse<String> page = open(URI.create(issuer + "/sign-in"));
    String used = passkey.used(options(page.body()).path("challenge").asString());
    requireSignedIn(submit(page, "passkey", Map.of("credential", used)));
  }

  private void requireSignedIn(HttpResponse<String> answer) {
    if (answer.statusCode() != 303
        || cookies.keySet().stream().noneMatch(BenchedPerson::isOfSession)) {
      throw new IllegalStateException(
          username + " is not signed in: " + answer.statusCode() + " " + answer.body());
    }
  }

  private static boolean isOfSession(String cookie) {
    return cookie.endsWith(SESSION);
  }

  private static JsonNode options(String page) {
    Matcher options = Pattern.compile("data-options=\"([^\"]*)\"").matcher(page);
    if (!options.find()) {
      throw new IllegalStateException("The page asks for no passkey: " + page);
    }
    return JsonMapper.shared().readTree(unescaped(options.group(1)));
  }

  /** What the cookie of their session is called. */
  String sessionName() {
    return cookies.keySet().stream().filter(BenchedPerson::isOfSession).findFirst().orElseThrow();
  }

  /** Opens an invitation and sets a password, by which they are signed in. */
  void enrol(URI link) throws IOException, InterruptedException {
    submit(open(link), "set-password", Map.of("password", PASSWORD));
  }

  /** Of a request with this browser's session. */
  String cookie() {
    return cookies.entrySet().stream()
        .map(one -> one.getKey() + "=" + one.getValue())
        .collect(Collectors.joining("; "));
  }

  /**
   * A sign-in by password that can be sent any number of times.
   *
   * @param cookie the header of that name
   * @param body of the form
   */
  record PasswordRequest(String cookie, String body) {
    /** Leaves the password out. */
    @Override
    public String toString() {
      return "PasswordRequest";
    }
  }

  /** Their sign-in by password, as the page of the authority would send it. */
  PasswordRequest passwordRequest() throws IOException, InterruptedException {
    // The browser is known, so that its right passwords have no limit.
    cookies.keySet().removeIf(BenchedPerson::isOfSession);
    Map<String, String> fields =
        hidden(form(open(URI.create(issuer + "/sign-in")).body(), "sign-in"));
    fields.put("username", username);
    fields.put("password", PASSWORD);
    return new PasswordRequest(cookie(), encoded(fields));
  }

  private HttpResponse<String> open(URI page) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(page));
  }

  private HttpResponse<String> submit(
      HttpResponse<String> page, String form, Map<String, String> more)
      throws IOException, InterruptedException {
    String html = form(page.body(), form);
    Map<String, String> fields = hidden(html);
    fields.putAll(more);
    Matcher action = Pattern.compile("action=\"([^\"]*)\"").matcher(html);
    if (!action.find()) {
      throw new IllegalStateException("A form leads nowhere: " + html);
    }
    return send(
        HttpRequest.newBuilder(page.uri().resolve(unescaped(action.group(1))))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encoded(fields))));
  }

  private static String form(String page, String id) {
    int from = page.indexOf("<form id=\"" + id + "\"");
    if (from < 0) {
      throw new IllegalStateException("The page has no form " + id + ": " + page);
    }
    return page.substring(from, page.indexOf("</form>", from));
  }

  private static Map<String, String> hidden(String form) {
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher inputs = HIDDEN.matcher(form);
    while (inputs.find()) {
      fields.put(unescaped(inputs.group(1)), unescaped(inputs.group(2)));
    }
    return fields;
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    if (!cookies.isEmpty()) {
      request.header("Cookie", cookie());
    }
    HttpResponse<String> answer = Http.send(request);
    for (String set : answer.headers().allValues("Set-Cookie")) {
      String[] pair = set.split(";", 2)[0].split("=", 2);
      cookies.put(pair[0], pair[1]);
    }
    return answer;
  }

  private static String encoded(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
        .collect(Collectors.joining("&"));
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String unescaped(String text) {
    return text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }
}
