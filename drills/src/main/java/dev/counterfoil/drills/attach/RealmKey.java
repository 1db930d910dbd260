package dev.counterfoil.drills.attach;

import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Base64Url;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A realm's signing key, in the realm's hands and in the thief's. */
final class RealmKey {
  private static final int BITS = 2048;

  private final KeyPair pair;

  RealmKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(BITS);
    this.pair = generator.generateKeyPair();
  }

  /** The private key, as Keycloak takes it (PEM, PKCS #8), for a string in JSON. */
  String pem() {
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPrivate().getEncoded());
    return "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----";
  }

  /** The realm's token with other claims, perfectly signed. */
  String forged(String realToken, Consumer<ObjectNode> changes) throws GeneralSecurityException {
    ObjectNode claims = Forger.claims(realToken);
    changes.accept(claims);
    String input =
        realToken.substring(0, realToken.indexOf('.'))
            + "."
            + Base64Url.encode(JsonMapper.shared().writeValueAsBytes(claims));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(pair.getPrivate());
    signature.update(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64Url.encode(signature.sign());
  }
}
