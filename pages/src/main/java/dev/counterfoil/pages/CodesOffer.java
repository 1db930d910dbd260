package dev.counterfoil.pages;

import java.util.Map;

/**
 * A secret from which a person's app makes one-time codes.
 *
 * @param hidden fields that come back with the first code
 * @param secret as people type it
 * @param uri as apps read it
 */
public record CodesOffer(Map<String, String> hidden, String secret, String uri) {
  /** The URI for a camera. */
  public QrCode qr() {
    return QrCode.of(uri);
  }

  /** The secret in groups of four, which people do not lose their place in. */
  public String groups() {
    return secret.replaceAll("(.{4})(?=.)", "$1 ");
  }

  /** Leaves the secret out. */
  @Override
  public String toString() {
    return "CodesOffer";
  }
}
