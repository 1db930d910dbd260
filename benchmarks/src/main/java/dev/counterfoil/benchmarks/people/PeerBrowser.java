package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Http;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A browser of a person who signs in at another server: its cookies, and whatever forms come. */
final class PeerBrowser {
  private static final int STEPS_MAX = 12;
  private static final Pattern ACTION = Pattern.compile("<form[^>]*action=\"([^\"]*)\"");
  private static final Pattern HIDDEN =
      Pattern.compile("<input[^>]*type=\"hidden\"[^>]*name=\"([^\"]*)\"[^>]*value=\"([^\"]*)\"");

  private final Map<String, String> cookies = new LinkedHashMap<>();

  /** Signs in, until the browser is sent to the application with a code; its cookies then. */
  String signIn(URI authorize, URI callback, String username, String password)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(HttpRequest.newBuilder(authorize));
    for (int step = 0; step < STEPS_MAX; step++) {
      String location = answer.headers().firstValue("Location").orElse("");
      if (location.startsWith(callback.toString())) {
        if (!location.contains("code=")) {
          throw new IllegalStateException("The peer gives no code: " + location);
        }
        return cookies.entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining("; "));
      }
      if (!location.isEmpty()) {
        answer = send(HttpRequest.newBuilder(answer.uri().resolve(location)));
      } else {
        answer = submit(answer, username, password);
      }
    }
    throw new IllegalStateException("The peer's sign-in does not end: " + answer.body());
  }

  private HttpResponse<String> submit(HttpResponse<String> page, String username, String password)
      throws IOException, InterruptedException {
    Matcher action = ACTION.matcher(page.body());
    if (!action.find()) {
      throw new IllegalStateException("The peer's page has no form: " + page.body());
    }
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher hidden = HIDDEN.matcher(page.body());
    while (hidden.find()) {
      fields.put(hidden.group(1), hidden.group(2));
    }
    // What Keycloak and what oidc-provider call it.
    fields.put("username", username);
    fields.put("login", username);
    fields.put("password", password);
    return send(
        HttpRequest.newBuilder(page.uri().resolve(action.group(1).replace("&amp;", "&")))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    fields.entrySet().stream()
                        .map(
                            one ->
                                BenchedPerson.encoded(one.getKey())
                                    + "="
                                    + BenchedPerson.encoded(one.getValue()))
                        .collect(Collectors.joining("&")))));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(one -> one.getKey() + "=" + one.getValue())
              .collect(Collectors.joining("; ")));
    }
    HttpResponse<String> answer = Http.send(request);
    for (String set : answer.headers().allValues("Set-Cookie")) {
      String[] pair = set.split(";", 2)[0].split("=", 2);
      if (pair.length < 2 || pair[1].isEmpty()) {
        cookies.remove(pair[0]);
      } else {
        cookies.put(pair[0], pair[1]);
      }
    }
    return answer;
  }
}
