package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Node's oidc-provider, from {@code benchmarks/peers/oidc-provider}. */
final class OidcProviderServer implements Server {
  private static final Duration START_MAX = Duration.ofMinutes(1);

  private final Child child;
  private final LoadClient client;
  private final String name;
  private final String description;
  private final String issuer;

  private OidcProviderServer(
      Child child, LoadClient client, String name, String description, String issuer) {
    this.child = child;
    this.client = client;
    this.name = name;
    this.description = description;
    this.issuer = issuer;
  }

  /**
   * Starts it.
   *
   * @param workers Node processes that share the port
   */
  static OidcProviderServer start(Path benchmarks, Path folder, LoadClient client, int workers)
      throws IOException, InterruptedException {
    Path peer = benchmarks.resolve("peers/oidc-provider");
    JsonMapper mapper = JsonMapper.shared();
    JsonNode installed =
        mapper.readTree(peer.resolve("node_modules/oidc-provider/package.json").toFile());
    int port = Ports.free();
    ObjectNode settings =
        mapper
            .createObjectNode()
            .put("port", port)
            .put("workers", workers)
            .put("clientId", client.secretId())
            .put("clientSecret", client.secret())
            .put("keyClientId", client.keyId())
            .put("audience", "https://api.example");
    settings.set("clientKey", mapper.readTree(client.key().toPublicJWK().toJSONString()));
    Path file = PrivateFile.write(folder.resolve("settings.json"), settings.toString());
    long begun = System.nanoTime();
    Child child =
        Child.start(
            "oidc-provider",
            peer,
            folder.resolve("server.log"),
            Map.of("NODE_ENV", "production"),
            List.of("node", "server.mjs", file.toString()));
    OidcProviderServer server =
        new OidcProviderServer(
            child,
            client,
            workers == 1 ? "oidc-provider" : "oidc-provider, " + workers + " processes",
            "oidc-provider " + installed.path("version").asString() + ", everything in memory",
            "http://127.0.0.1:" + port);
    Http.awaitOk(server.jwks(), child, begun, START_MAX);
    return server;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String issuer() {
    return issuer;
  }

  @Override
  public URI tokenEndpoint() {
    return URI.create(issuer + "/token");
  }

  @Override
  public URI jwks() {
    return URI.create(issuer + "/jwks");
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
