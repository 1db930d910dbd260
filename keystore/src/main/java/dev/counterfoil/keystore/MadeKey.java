package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** A key as its maker hands it over: its private half sealed, so that nothing here is secret. */
public final class MadeKey {
  private final byte[] sealed;
  private final PublicJwk publicKey;
  private final KeyHint hint;

  /**
   * A key that was made.
   *
   * @param sealed what {@link SealedKeys#seal} gave
   */
  MadeKey(byte[] sealed, PublicJwk publicKey, KeyHint hint) {
    this.sealed = sealed.clone();
    this.publicKey = publicKey;
    this.hint = hint;
  }

  public static MadeKey parse(JsonObject json) throws FormatException {
    json.allowOnly("sealed", "public", "hint");
    try {
      return new MadeKey(
          Base64.getDecoder().decode(json.string("sealed")),
          PublicJwk.parse(json.object("public")),
          KeyHint.parse(json.string("hint")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("sealed key is not base64", e);
    }
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("sealed", Base64.getEncoder().encodeToString(sealed))
        .put("public", publicKey.toJson())
        .put("hint", hint.text().strip())
        .build();
  }

  /** The file of the private half. */
  public byte[] sealed() {
    return sealed.clone();
  }

  public PublicJwk publicKey() {
    return publicKey;
  }

  /** The file by which the dump gate finds the private half. */
  public byte[] hintFile() {
    return hint.text().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MadeKey that
        && Arrays.equals(sealed, that.sealed)
        && publicKey.equals(that.publicKey);
  }

  @Override
  public int hashCode() {
    return publicKey.hashCode();
  }

  /** The public half. */
  @Override
  public String toString() {
    return "MadeKey[" + publicKey.thumbprint() + "]";
  }
}
