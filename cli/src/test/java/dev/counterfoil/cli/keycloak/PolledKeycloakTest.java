package dev.counterfoil.cli.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.drills.attach.AttachedKeycloak;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Keycloak transmits, as docs/integrate/shared-signals.md sets it up, and is polled. */
@Tag("full")
@Timeout(900)
class PolledKeycloakTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path ROOT =
      Path.of(System.getProperty("counterfoil.root", "..")).toAbsolutePath().normalize();
  private static final String REALM =
      """
      {"realm":"hr","enabled":true,"sslRequired":"none",
       "attributes":{"ssf.transmitterEnabled":"true"},
       "eventsListeners":["jboss-logging","ssf-events"],
       "clients":[{"clientId":"app","publicClient":true,"directAccessGrantsEnabled":true}],
       "users":[{"username":"ann","enabled":true,"email":"ann@acme.example","firstName":"Ann",
         "lastName":"Example","credentials":[{"type":"password","value":"of-ann"}]}]}
      """;

  private final HttpClient http = HttpClient.newHttpClient();

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private String access(URI realm, Map<String, String> form) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(realm + "/protocol/openid-connect/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        form.entrySet().stream()
                            .map(
                                one ->
                                    one.getKey()
                                        + "="
                                        + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                            .collect(Collectors.joining("&"))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).get("access_token").asString();
  }

  private HttpResponse<String> send(String method, String url, String token, String body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(url))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aSessionThatAnOperatorEndsAtKeycloakEndsHere(@TempDir Path folder) throws Exception {
    Path home =
        AttachedKeycloak.prepare(
            AttachedKeycloak.find(ROOT.resolve("drills/target/keycloak")).orElseThrow(),
            folder.resolve("keycloak"),
            Optional.empty(),
            List.of("features=ssf"));
    Files.writeString(
        Files.createDirectories(home.resolve("data/import")).resolve("hr-realm.json"), REALM);
    try (AttachedKeycloak keycloak =
        AttachedKeycloak.start(
            home,
            freePort(),
            freePort(),
            "hr",
            Map.of(
                "KC_BOOTSTRAP_ADMIN_CLIENT_ID",
                "test",
                "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET",
                "of-this-test"))) {
      String administrator =
          access(
              keycloak.realm("master"),
              Map.of(
                  "grant_type",
                  "client_credentials",
                  "client_id",
                  "test",
                  "client_secret",
                  "of-this-test"));
      String admin = keycloak.admin("hr").toString();
      HttpResponse<String> client =
          send(
              "POST",
              admin + "/clients",
              administrator,
              """
              {"clientId":"counterfoil","secret":"of-counterfoil","serviceAccountsEnabled":true,
               "publicClient":false,"optionalClientScopes":["ssf.manage","ssf.read"],
               "attributes":{"ssf.enabled":"true","ssf.defaultSubjects":"ALL"}}
              """);
      assertThat(client.statusCode()).as(client.body()).isEqualTo(201);
      String token =
          access(
              keycloak.realm("hr"),
              Map.of(
                  "grant_type",
                  "client_credentials",
                  "client_id",
                  "counterfoil",
                  "client_secret",
                  "of-counterfoil",
                  "scope",
                  "ssf.manage ssf.read"));
      HttpResponse<String> made =
          send(
              "POST",
              keycloak.realm("hr") + "/ssf/transmitter/streams",
              token,
              "{\"delivery\":{\"method\":\"urn:ietf:rfc:8936\"}}");
      assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
      JsonNode stream = JSON.readTree(made.body());
      String user =
          JSON.readTree(send("GET", admin + "/users?username=ann", administrator, "").body())
              .at("/0/id")
              .asString();
      Path file = Files.writeString(folder.resolve("token"), token);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      polled(folder, keycloak, stream, file, user, administrator);
    }
  }

  private void polled(
      Path folder,
      AttachedKeycloak keycloak,
      JsonNode stream,
      Path token,
      String user,
      String administrator)
      throws Exception {
    URI realm = keycloak.realm("hr");
    JsonNode audience = stream.get("aud");
    UpstreamEntry upstream =
        new UpstreamEntry(
            "hr",
            "Acme HR",
            "acme",
            realm,
            "counterfoil",
            Optional.empty(),
            false,
            false,
            UpstreamEntry.Signals.SESSIONS,
            Optional.of((audience.isArray() ? audience.get(0) : audience).asString()),
            Optional.of(
                new UpstreamEntry.SignalsPollEntry(
                    URI.create(stream.at("/delivery/endpoint_url").asString()), token)));
    try (RunningDomain domain =
        RunningDomain.reaching(
            Files.createDirectory(folder.resolve("here")),
            "https://here.example",
            List.of(),
            List.of(upstream))) {
      for (String name : List.of("ann", "bob")) {
        new SignedInPerson(domain, name).allow();
      }
      try (Directory directory =
          Directory.open(
              folder.resolve("here/people.db"), new SecureRandom(), InstantSource.system())) {
        directory
            .upstreamLinks()
            .link(
                domain.admin.people().show("ann").object("person").string("subject"),
                realm.toString(),
                user,
                "ann");
      }
      assertThat(sessions(domain, "ann")).isEqualTo(1);
      var _ =
          access(
              realm,
              Map.of(
                  "grant_type",
                  "password",
                  "client_id",
                  "app",
                  "username",
                  "ann",
                  "password",
                  "of-ann"));
      HttpResponse<String> out =
          send("POST", keycloak.admin("hr") + "/users/" + user + "/logout", administrator, "");
      assertThat(out.statusCode()).as(out.body()).isEqualTo(204);
      for (int i = 0; i < 300 && sessions(domain, "ann") > 0; i++) {
        Thread.sleep(100);
      }
      assertThat(sessions(domain, "ann")).isZero();
      assertThat(sessions(domain, "bob")).as("nobody else is signed out").isEqualTo(1);
      // What was acknowledged does not come again.
      String left = "{\"sets\":{},\"moreAvailable\":false}";
      String poll = stream.at("/delivery/endpoint_url").asString();
      String access = Files.readString(token);
      String waiting = "";
      for (int i = 0; i < 100 && !waiting.equals(left); i++) {
        Thread.sleep(100);
        waiting = send("POST", poll, access, "{\"returnImmediately\":true}").body();
      }
      assertThat(waiting).isEqualTo(left);
    }
  }

  private static int sessions(RunningDomain domain, String name) throws Exception {
    return domain.admin.people().sessions(name).objects("sessions").size();
  }
}
