package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;

/**
 * A private key that is to be made.
 *
 * @param purpose what the key is for; authenticated with its sealed file, which cannot stand in
 *     another's place
 */
public record KeyOrder(PublicJwk.Algorithm algorithm, String purpose) {
  public static KeyOrder parse(JsonObject json) throws FormatException {
    json.allowOnly("algorithm", "purpose");
    return new KeyOrder(
        PublicJwk.Algorithm.ofJose(json.string("algorithm")), json.string("purpose"));
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("algorithm", algorithm.jose()).put("purpose", purpose).build();
  }

  /** The purpose with which a token key is sealed. */
  public static String ofTokenKey(String domain, String label) {
    return "token key of " + domain + ": " + label;
  }
}
