package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keycloak's distribution in production mode: built once with {@code kc.sh build} by the run
 * script, started with {@code start --optimized}, its embedded H2 database on disk, no cluster.
 * Client credentials make no session that it would store.
 */
final class KeycloakServer implements Server {
  private static final Duration START_MAX = Duration.ofMinutes(3);

  private final Child child;
  private final LoadClient client;
  private final String version;
  private final String base;

  private KeycloakServer(Child child, LoadClient client, String version, String base) {
    this.child = child;
    this.client = client;
    this.version = version;
    this.base = base;
  }

  static KeycloakServer start(Path benchmarks, Path folder, LoadClient client)
      throws IOException, InterruptedException {
    Path peer = benchmarks.resolve("peers/keycloak");
    Path home = distribution(benchmarks.resolve("target/keycloak"));
    Folders.delete(home.resolve("data"));
    Path imported = Files.createDirectories(home.resolve("data/import"));
    PrivateFile.write(
        imported.resolve("bench-realm.json"),
        realm(Files.readString(peer.resolve("realm.json")), client));
    int port = Ports.free();
    String base = "http://127.0.0.1:" + port;
    long begun = System.nanoTime();
    Child child =
        Child.start(
            "Keycloak",
            home,
            folder.resolve("server.log"),
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            List.of(
                "bin/kc.sh",
                "start",
                "--optimized",
                "--import-realm",
                "--cache=local",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--http-port=" + port,
                "--hostname=" + base));
    String version = home.getFileName().toString().replace("keycloak-", "");
    KeycloakServer server = new KeycloakServer(child, client, version, base);
    Http.awaitOk(server.jwks(), child, begun, START_MAX);
    return server;
  }

  private static Path distribution(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isExecutable(entry.resolve("bin/kc.sh")))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "No Keycloak in " + folder + ": run ./dev bench issuance --peers."));
    }
  }

  private static String realm(String template, LoadClient client) {
    String jwks = "{\"keys\":[" + client.key().toPublicJWK().toJSONString() + "]}";
    String quoted = JsonMapper.shared().writeValueAsString(jwks);
    return template
        .replace("@CLIENT_ID@", client.secretId())
        .replace("@CLIENT_SECRET@", client.secret())
        .replace("@KEY_CLIENT_ID@", client.keyId())
        .replace("\"@KEY_CLIENT_JWKS@\"", quoted);
  }

  @Override
  public String name() {
    return "Keycloak";
  }

  @Override
  public String description() {
    return "Keycloak " + version + ", production mode (start --optimized), embedded database";
  }

  @Override
  public String issuer() {
    return base + "/realms/bench";
  }

  @Override
  public URI tokenEndpoint() {
    return URI.create(issuer() + "/protocol/openid-connect/token");
  }

  @Override
  public URI jwks() {
    return URI.create(issuer() + "/protocol/openid-connect/certs");
  }

  @Override
  public LoadClient client() {
    return client;
  }

  @Override
  public String form() {
    return "grant_type=client_credentials";
  }

  @Override
  public OptionalLong recorded() {
    return OptionalLong.empty();
  }

  @Override
  public List<ProcessHandle> processes() {
    return child.all();
  }

  @Override
  public void requireIssued(List<String> tokens) {
    // It keeps no record that could tell.
  }

  @Override
  public void close() {
    child.close();
  }
}
