package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.servers.Server;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The same loads of another server: codes with ES256 ID tokens, refresh tokens, introspection. */
final class PeerTrial {
  private final Path folder;
  private final Server server;
  private final URI authorization;
  private final URI introspection;
  private final Optional<URI> page;
  private final int connections;
  private final Duration length;
  private final SignInCommand.Tables tables;

  /**
   * Of a server that runs.
   *
   * @param authorization where codes are asked for
   * @param hasPage whether a browser that is not known gets the sign-in page there at once
   */
  PeerTrial(
      Path folder,
      Server server,
      String authorization,
      String introspection,
      boolean hasPage,
      int connections,
      Duration length,
      SignInCommand.Tables tables) {
    this.folder = folder;
    this.server = server;
    this.authorization = URI.create(server.issuer() + authorization);
    this.introspection = URI.create(server.issuer() + introspection);
    this.page =
        hasPage ? Optional.of(URI.create(this.authorization + "?" + query())) : Optional.empty();
    this.connections = connections;
    this.length = length;
    this.tables = tables;
  }

  private String query() {
    return SignInTrial.query(server.client().secretId(), List.of("openid", "profile"));
  }

  void run() throws Exception {
    tables.report().note("%s", server.description());
    URI authorize = URI.create(authorization + "?" + query());
    List<String> cookies = new ArrayList<>();
    for (int i = 0; i < Server.PEOPLE; i++) {
      cookies.add(
          new PeerBrowser().signIn(authorize, SignInTrial.CALLBACK, "person" + i, Server.PASSWORD));
    }
    SignInLoad load =
        new SignInLoad(
            folder,
            server.child(),
            new SignInLoad.Place(server.name(), Server.PEOPLE, 2),
            page,
            Optional.empty(),
            length,
            tables);
    var _ =
        load.run(
            "code, ES256 ID token",
            server.tokenEndpoint(),
            "people.lua",
            List.of(
                "codes",
                load.secret("cookies", SignInTrial.lines(cookies)),
                load.secret("authorize", authorize.getRawPath() + "?" + authorize.getRawQuery()),
                load.secret("authorization", server.client().authorization()),
                load.secret("form", SignInTrial.form())),
            connections,
            0);
    List<String> answers =
        SignInTrial.tokens(
            authorize,
            server.tokenEndpoint(),
            server.client().authorization(),
            IntStream.range(0, 2 * connections)
                .mapToObj(i -> cookies.get(i % Server.PEOPLE))
                .toList());
    var _ =
        load.once(
            "refresh",
            server.tokenEndpoint(),
            "people.lua",
            List.of(
                "refresh",
                load.secret(
                    "refresh-tokens",
                    SignInTrial.lines(
                        answers.stream()
                            .map(one -> SignInTrial.text(one, "refresh_token"))
                            .toList())),
                load.secret("refresh-authorization", server.client().authorization())),
            connections,
            0);
    String token = "token=" + SignInTrial.text(answers.getLast(), "access_token");
    if (!isActive(token)) {
      tables.report().note("%s introspects none of its JWT access tokens", server.name());
      return;
    }
    var _ =
        load.run(
            "introspection",
            introspection,
            "basic.lua",
            List.of(
                load.secret("introspects", server.client().authorization()),
                load.secret("token", token)),
            connections,
            0);
  }

  private boolean isActive(String token) throws Exception {
    HttpResponse<String> answer =
        Http.send(
            HttpRequest.newBuilder(introspection)
                .header("Authorization", server.client().authorization())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(token)));
    return answer.body().contains("\"active\":true");
  }
}
