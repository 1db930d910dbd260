package dev.counterfoil.signer;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.PublicJwk;

/**
 * A private key that is to be made.
 *
 * @param purpose what the key is for; authenticated with its sealed file, which cannot stand in
 *     another's place
 */
record KeyOrder(PublicJwk.Algorithm algorithm, String purpose) {
  static KeyOrder parse(JsonObject json) throws FormatException {
    json.allowOnly("algorithm", "purpose");
    return new KeyOrder(
        PublicJwk.Algorithm.ofJose(json.string("algorithm")), json.string("purpose"));
  }

  JsonObject toJson() {
    return JsonObject.builder().put("algorithm", algorithm.jose()).put("purpose", purpose).build();
  }
}
