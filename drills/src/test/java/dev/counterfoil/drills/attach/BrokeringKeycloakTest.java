package dev.counterfoil.drills.attach;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.people.Browser;
import dev.counterfoil.drills.people.SignInHost;
import dev.counterfoil.drills.run.FreePorts;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A Keycloak whose people sign in at the authority, as docs/integrate/sign-in-clients.md sets it
 * up.
 */
@Tag("full")
@Timeout(900)
class BrokeringKeycloakTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Path ROOT =
      Path.of(System.getProperty("counterfoil.root", "..")).toAbsolutePath().normalize();

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void aPersonComesByTheirPasskeyIsKnownByTheirSubjectAndSignsOutOfBoth() throws Exception {
    List<Integer> ports = FreePorts.find(3);
    URI application = URI.create("http://127.0.0.1:" + ports.get(2) + "/welcome");
    try (SignInHost host = SignInHost.start("notes-api");
        AttachedKeycloak keycloak = keycloak(host, ports, application)) {
      host.service(ports.get(2), "welcome", seen -> {});
      URI broker = URI.create(keycloak.realm("shop") + "/broker/counterfoil/endpoint");
      Path secret =
          host.client(
              "keycloak",
              "--redirect-uri",
              broker.toString(),
              "--post-logout-redirect-uri",
              broker + "/logout_response");
      String admin = administrator(keycloak);
      addProvider(keycloak, admin, host, Files.readString(secret).strip());
      Browser browser = host.person("alice");

      browser.open(
          URI.create(
              keycloak.realm("shop")
                  + "/protocol/openid-connect/auth?client_id=app&response_type=code&scope=openid"
                  + "&kc_idp_hint=counterfoil&redirect_uri="
                  + URLEncoder.encode(application.toString(), StandardCharsets.UTF_8)));
      host.signIn(browser, application);
      assertThat(browser.address().getQuery()).contains("code=");

      JsonNode user =
          get(URI.create(keycloak.admin("shop") + "/users?username=alice&exact=true"), admin)
              .get(0);
      assertThat(user.get("email").asString()).isEqualTo("alice@acme.example");
      assertThat(user.get("lastName").asString()).isEqualTo("Example");
      JsonNode federated =
          get(
              URI.create(
                  "%s/users/%s/federated-identity"
                      .formatted(keycloak.admin("shop"), user.get("id").asString())),
              admin);
      assertThat(federated.at("/0/userId").asString())
          .isEqualTo(host.shown("alice").at("/person/subject").asString());

      browser.open(
          URI.create(
              keycloak.realm("shop")
                  + "/protocol/openid-connect/logout?client_id=app&post_logout_redirect_uri="
                  + URLEncoder.encode(application + "?out", StandardCharsets.UTF_8)));
      browser.click("#kc-logout");
      host.signIn(browser, application);
      assertThat(browser.address().getQuery()).startsWith("out");
    }
  }

  private static AttachedKeycloak keycloak(SignInHost host, List<Integer> ports, URI application)
      throws Exception {
    Path home =
        AttachedKeycloak.prepare(
            AttachedKeycloak.find(ROOT.resolve("drills/target/keycloak")).orElseThrow(),
            host.folder().resolve("keycloak"),
            Optional.empty(),
            List.of());
    Files.writeString(
        Files.createDirectories(home.resolve("data/import")).resolve("shop-realm.json"),
        """
        {"realm":"shop","enabled":true,"sslRequired":"none","clients":[{"clientId":"app",
         "publicClient":true,"redirectUris":["%s*"],
         "attributes":{"post.logout.redirect.uris":"+"}}]}
        """
            .formatted(application));
    return AttachedKeycloak.start(
        home,
        ports.get(0),
        ports.get(1),
        "shop",
        Map.of(
            "KC_BOOTSTRAP_ADMIN_CLIENT_ID",
            "test",
            "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET",
            "of-this-test"));
  }

  private static String administrator(AttachedKeycloak keycloak) throws Exception {
    try (RealmClient master = new RealmClient(keycloak.realm("master"))) {
      return master.asClient("test", "of-this-test").access();
    }
  }

  /** What an operator does in the console: the discovery endpoint, and what the page says. */
  private void addProvider(AttachedKeycloak keycloak, String admin, SignInHost host, String secret)
      throws Exception {
    ObjectNode provider =
        (ObjectNode)
            JSON.readTree(SignInHost.samples("integrate/sign-in-clients.md", "json").getFirst());
    URI instances = URI.create(keycloak.admin("shop") + "/identity-provider/instances");
    HttpResponse<String> discovered =
        post(
            URI.create(keycloak.admin("shop") + "/identity-provider/import-config"),
            admin,
            Map.of(
                "providerId",
                "oidc",
                "fromUrl",
                host.issuer() + "/.well-known/openid-configuration"));
    assertThat(discovered.statusCode()).as(discovered.body()).isEqualTo(200);
    ObjectNode config = (ObjectNode) JSON.readTree(discovered.body());
    assertThat(config.get("issuer").asString()).isEqualTo(host.issuer().toString());
    config.setAll((ObjectNode) provider.get("config"));
    config.put("clientSecret", secret);
    provider.set("config", config);
    HttpResponse<String> made = post(instances, admin, provider);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
  }

  private HttpResponse<String> post(URI address, String token, Object body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(address)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode get(URI address, String token) throws Exception {
    return JSON.readTree(
        http.send(
                HttpRequest.newBuilder(address).header("Authorization", "Bearer " + token).build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }
}
