package dev.counterfoil.benchmarks;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.JOSEException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;

/**
 * Client assertions made ahead of a run (RFC 7523 3), one on a line, each with a jti of its own.
 */
final class Assertions {
  /** Keycloak takes none that lives longer. */
  static final Duration LIFETIME = Duration.ofMinutes(1);

  /** Bounds the file: about 500 bytes each. */
  static final int COUNT_MAX = 1_000_000;

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final int JTI_BYTES = 16;

  private Assertions() {}

  /** Writes {@code count} assertions of a client for a server. */
  static void write(Path file, Server server, int count, InstantSource clock, SecureRandom random)
      throws IOException, JOSEException, GeneralSecurityException {
    if (count < 1 || count > COUNT_MAX) {
      throw new IllegalArgumentException("assertions: want 1 to " + COUNT_MAX + ", not " + count);
    }
    LoadClient client = server.client();
    String head =
        encode("{\"alg\":\"ES256\",\"kid\":\"%s\"}".formatted(client.key().getKeyID())) + ".";
    long now = clock.instant().getEpochSecond();
    String claims =
        "{\"iss\":\"%1$s\",\"sub\":\"%1$s\",\"aud\":\"%2$s\",\"iat\":%3$d,\"exp\":%4$d,\"jti\":\""
            .formatted(client.keyId(), server.issuer(), now, now + LIFETIME.toSeconds());
    Signature signature =
        Signature.getInstance(
            "SHA256withECDSAinP1363Format", AmazonCorrettoCryptoProvider.INSTANCE);
    signature.initSign(client.key().toECPrivateKey());
    byte[] jti = new byte[JTI_BYTES];
    PrivateFile.create(file);
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (int i = 0; i < count; i++) {
        random.nextBytes(jti);
        String input = head + encode(claims + BASE64.encodeToString(jti) + "\"}");
        signature.update(input.getBytes(StandardCharsets.US_ASCII));
        writer.write(input);
        writer.write('.');
        writer.write(BASE64.encodeToString(signature.sign()));
        writer.write('\n');
      }
    }
  }

  private static String encode(String json) {
    return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
