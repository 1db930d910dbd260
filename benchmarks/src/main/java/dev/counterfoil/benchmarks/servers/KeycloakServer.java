package dev.counterfoil.benchmarks.servers;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keycloak's distribution in production mode: built once with {@code kc.sh build} by the run
 * script, started with {@code start --optimized}, its embedded H2 database on disk, no cluster.
 * Client credentials make no session that it would store.
 */
public final class KeycloakServer {
  private KeycloakServer() {}

  /**
   * Starts it.
   *
   * @param folder for what it prints
   */
  public static Server start(Path folder) throws IOException, InterruptedException, JOSEException {
    Path home = distribution();
    DrillFolder.deleteTree(home.resolve("data"));
    return start(folder, home);
  }

  /**
   * Starts one that was built in a folder of its own.
   *
   * @param home without {@code data}
   */
  public static Server start(Path folder, Path home)
      throws IOException, InterruptedException, JOSEException {
    LoadClient client = LoadClient.random();
    Path benchmarks = Measurement.root().resolve("benchmarks");
    Path imported = Files.createDirectories(home.resolve("data/import"));
    Files.writeString(
        RunFolder.secret(imported.resolve("bench-realm.json")),
        realm(Files.readString(benchmarks.resolve("peers/keycloak/realm.json")), client));
    int port = FreePorts.find(1).getFirst();
    String base = "http://127.0.0.1:" + port;
    long begun = System.nanoTime();
    Child child =
        Child.start(
            "Keycloak",
            folder,
            Map.of(),
            List.of(
                home.resolve("bin/kc.sh").toString(),
                "start",
                "--optimized",
                "--import-realm",
                "--cache=local",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--http-port=" + port,
                "--hostname=" + base));
    String issuer = base + "/realms/bench";
    Server server =
        new Server(
            "Keycloak",
            distribution().getFileName().toString().replace("keycloak-", "Keycloak ")
                + ", production mode (start --optimized), embedded database",
            issuer,
            URI.create(issuer + "/protocol/openid-connect/token"),
            URI.create(issuer + "/protocol/openid-connect/certs"),
            client,
            child);
    Http.awaitOk(server.jwks(), child, begun);
    return server;
  }

  /** As the run script fetched and built it. */
  public static Path distribution() throws IOException {
    Path folder = Measurement.root().resolve("benchmarks/target/keycloak");
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isExecutable(entry.resolve("bin/kc.sh")))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "No Keycloak in " + folder + ": ./dev bench attach fetches it."));
    }
  }

  private static String realm(String template, LoadClient client) {
    String jwks = "{\"keys\":[" + client.key().toPublicJWK().toJSONString() + "]}";
    return template
        .replace("@CLIENT_ID@", client.secretId())
        .replace("@CLIENT_SECRET@", client.secret())
        .replace("@KEY_CLIENT_ID@", client.keyId())
        .replace("\"@KEY_CLIENT_JWKS@\"", JsonMapper.shared().writeValueAsString(jwks))
        .replace("\"@PEOPLE@\"", people());
  }

  /** With all that Keycloak would ask them for at their first sign-in. */
  private static String people() {
    ArrayNode people = JsonMapper.shared().createArrayNode();
    for (int i = 0; i < Server.PEOPLE; i++) {
      ObjectNode person = people.addObject();
      person
          .put("username", "person" + i)
          .put("enabled", true)
          .put("email", "person" + i + "@example.com")
          .put("emailVerified", true)
          .put("firstName", "Person")
          .put("lastName", "Benched");
      person
          .putArray("credentials")
          .addObject()
          .put("type", "password")
          .put("value", Server.PASSWORD);
    }
    return people.toString();
  }
}
