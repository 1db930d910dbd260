package dev.counterfoil.benchmarks.servers;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.drills.run.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Node's oidc-provider, from {@code benchmarks/peers/oidc-provider}. */
public final class OidcProviderServer {
  private OidcProviderServer() {}

  /**
   * Starts it.
   *
   * @param workers Node processes that share the port
   */
  public static Server start(Path folder, int workers)
      throws IOException, InterruptedException, JOSEException {
    LoadClient client = LoadClient.random();
    Path peer = Measurement.root().resolve("benchmarks/peers/oidc-provider");
    JsonMapper mapper = JsonMapper.shared();
    JsonNode installed =
        mapper.readTree(peer.resolve("node_modules/oidc-provider/package.json").toFile());
    int port = FreePorts.find(1).getFirst();
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
    Path file =
        Files.writeString(
            RunFolder.secret(folder.resolve("oidc-provider-" + workers + ".json")),
            settings.toString());
    long begun = System.nanoTime();
    Child child =
        Child.start(
            "oidc-provider",
            folder,
            Map.of("NODE_ENV", "production"),
            List.of("node", peer.resolve("server.mjs").toString(), file.toString()));
    String issuer = "http://127.0.0.1:" + port;
    Server server =
        new Server(
            workers == 1 ? "oidc-provider" : "oidc-provider, " + workers + " processes",
            "oidc-provider " + installed.path("version").asString() + ", everything in memory",
            issuer,
            URI.create(issuer + "/token"),
            URI.create(issuer + "/jwks"),
            client,
            child);
    Http.awaitOk(server.jwks(), child, begun);
    return server;
  }
}
