package dev.counterfoil.installation.layout;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;

/**
 * The key with which a client proves itself (private_key_jwt, RFC 7523): an EC P-256 key as a
 * private JWK in a file of its owner.
 */
final class ClientKey {
  private static final int FILE_BYTES_MAX = 8 * 1024;

  private ClientKey() {}

  /** Makes the key where there is none yet, and gives its public half. */
  static JsonObject ensure(Path file) throws IOException {
    if (!Files.exists(file)) {
      DataFolder.writeOwnerOnly(file, generate().toString() + "\n");
    }
    try {
      JsonObject jwk = StrictJson.object(Files.readAllBytes(file), FILE_BYTES_MAX);
      PublicJwk.Es256 key =
          new PublicJwk.Es256(
              Hash.parseBase64Url(jwk.string("x")), Hash.parseBase64Url(jwk.string("y")));
      return published(key).build();
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          file + " is not an EC P-256 private JWK. Move it away; then a new key is created", e);
    }
  }

  private static JsonObject.Builder published(PublicJwk.Es256 key) {
    return JsonObject.builder()
        .put("kty", "EC")
        .put("crv", "P-256")
        .put("x", key.x().base64Url())
        .put("y", key.y().base64Url())
        .put("kid", key.thumbprint())
        .put("alg", "ES256")
        .put("use", "sig");
  }

  private static JsonObject generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      BigInteger secret = ((ECPrivateKey) pair.getPrivate()).getS();
      return published(PublicJwk.es256((ECPublicKey) pair.getPublic()))
          .put("d", Base64Url.encode(PublicJwk.coordinateBytes(secret)))
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has EC on P-256", e);
    }
  }
}
