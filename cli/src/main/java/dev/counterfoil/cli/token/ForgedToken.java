package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
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
public final class ForgedToken {
  private ForgedToken() {}

  public static String from(String honest) throws FormatException {
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
