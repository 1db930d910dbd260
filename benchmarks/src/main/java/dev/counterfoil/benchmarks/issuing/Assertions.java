package dev.counterfoil.benchmarks.issuing;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.JOSEException;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.servers.LoadClient;
import dev.counterfoil.benchmarks.servers.Server;
import dev.counterfoil.format.bytes.Base64Url;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Client assertions made ahead of a run (RFC 7523 3), one on a line, each with a jti of its own.
 */
final class Assertions {
  /** Keycloak takes none that lives longer. */
  private static final Duration LIFETIME = Duration.ofMinutes(1);

  private Assertions() {}

  /** Writes {@code count} assertions of a client for a server. */
  static void write(Path file, Server server, int count)
      throws IOException, JOSEException, GeneralSecurityException {
    LoadClient client = server.client();
    String head =
        encode("{\"alg\":\"ES256\",\"kid\":\"%s\"}".formatted(client.key().getKeyID())) + ".";
    long now = Instant.now().getEpochSecond();
    String claims =
        "{\"iss\":\"%1$s\",\"sub\":\"%1$s\",\"aud\":\"%2$s\",\"iat\":%3$d,\"exp\":%4$d,\"jti\":\""
            .formatted(client.keyId(), server.issuer(), now, now + LIFETIME.toSeconds());
    Signature signature =
        Signature.getInstance(Floors.ES256, AmazonCorrettoCryptoProvider.INSTANCE);
    signature.initSign(client.key().toECPrivateKey());
    RunFolder.secret(file);
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (int i = 0; i < count; i++) {
        String input = head + encode(claims + UUID.randomUUID() + "\"}");
        signature.update(input.getBytes(StandardCharsets.US_ASCII));
        writer.write(input + "." + Base64Url.encode(signature.sign()) + "\n");
      }
    }
  }

  private static String encode(String json) {
    return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
  }
}
