package dev.counterfoil.cli;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;

/**
 * An honest token's claims under a key that a forger made himself: what anybody can make who has
 * seen one token.
 */
final class ForgedToken {
  private ForgedToken() {}

  static String from(String honest) throws FormatException {
    String payload = honest.split("\\.", -1)[1];
    // Read only to see that it is a payload; the forger repeats it as it is.
    StrictJson.object(Base64Url.decode(payload), TokenFile.BYTES_MAX);
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair own = generator.generateKeyPair();
      String header =
          Base64Url.encode(
              JsonObject.builder()
                  .put("alg", "ES256")
                  .put("kid", PublicJwk.es256((ECPublicKey) own.getPublic()).thumbprint())
                  .put("typ", "at+jwt")
                  .build()
                  .canonicalBytes());
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(own.getPrivate());
      signature.update((header + "." + payload).getBytes(StandardCharsets.US_ASCII));
      return header + "." + payload + "." + Base64Url.encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has ECDSA on P-256", e);
    }
  }
}
