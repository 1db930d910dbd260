package dev.counterfoil.drills.theft;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keys.PublicJwk;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Signs tokens with a key that was stolen. What it makes is perfect: the right header, every claim,
 * a good signature in the form that careful verifiers ask for (low-s). One thing is missing from
 * each, and no skill can add it: a counterfoil.
 */
public final class Forger {
  private static final BigInteger ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
  private static final int COORDINATE_BYTES = 32;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final KeyPair key;
  private final String kid;

  /**
   * Takes a key.
   *
   * @param key a P-256 pair made by a drill
   */
  public Forger(KeyPair key) {
    this.key = key;
    this.kid = PublicJwk.es256((ECPublicKey) key.getPublic()).thumbprint();
  }

  /** The stolen key's name. */
  public String kid() {
    return kid;
  }

  /** Signs claims under the header of an access token (RFC 9068 2.1). */
  public String accessToken(ObjectNode claims) throws GeneralSecurityException {
    ObjectNode header = JSON.createObjectNode();
    header.put("alg", "ES256").put("kid", kid).put("typ", "at+jwt");
    return sign(header, claims);
  }

  /** Takes the claims of a real token, changes what it likes, and signs the result. */
  public String copyOf(String realToken, Consumer<ObjectNode> changes)
      throws GeneralSecurityException {
    ObjectNode claims = claims(realToken);
    changes.accept(claims);
    return accessToken(claims);
  }

  /** The claims of a token, believed unseen: a thief reads what he holds. */
  public static ObjectNode claims(String token) {
    String payload = token.split("\\.", -1)[1];
    return (ObjectNode) JSON.readTree(Base64.getUrlDecoder().decode(payload));
  }

  /** Signs any header and claims. */
  public String sign(ObjectNode header, ObjectNode claims) throws GeneralSecurityException {
    String signingInput = encode(header) + "." + encode(claims);
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key.getPrivate());
    signature.update(signingInput.getBytes(StandardCharsets.US_ASCII));
    return signingInput + "." + Base64Url.encode(lowS(signature.sign()));
  }

  /** A header as somebody else wrote it. */
  public static ObjectNode object(String json) {
    return (ObjectNode) JSON.readTree(json);
  }

  private static String encode(ObjectNode json) {
    return Base64Url.encode(JSON.writeValueAsBytes(json));
  }

  private static byte[] lowS(byte[] signature) {
    byte[] half = new byte[COORDINATE_BYTES];
    System.arraycopy(signature, COORDINATE_BYTES, half, 0, COORDINATE_BYTES);
    BigInteger s = new BigInteger(1, half);
    if (s.compareTo(ORDER.shiftRight(1)) <= 0) {
      return signature;
    }
    byte[] low = ORDER.subtract(s).toByteArray();
    byte[] result = signature.clone();
    java.util.Arrays.fill(result, COORDINATE_BYTES, result.length, (byte) 0);
    int length = Math.min(low.length, COORDINATE_BYTES);
    System.arraycopy(low, low.length - length, result, result.length - length, length);
    return result;
  }
}
