package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;

/**
 * What a client may still do that new clients may not (FAPI 2.0, RFC 7523bis): for those who cannot
 * change at once. The client's registration names each, and so does whatever shows or records it.
 */
public enum Concession {
  /**
   * It signs its assertions with RSASSA-PKCS1-v1_5, whose padding verifiers have read wrongly many
   * a time; RSA keys sign with PS256 else.
   */
  RS256("rs256", "may sign its assertions with RS256"),

  /**
   * Its assertions may name the token endpoint as their audience. An attacker's server that has
   * told the client that address can then have its assertions made for us.
   */
  TOKEN_ENDPOINT_AUDIENCE(
      "token-endpoint-audience", "its assertions may name the token endpoint as their audience");

  private final String text;
  private final String words;

  Concession(String text, String words) {
    this.text = text;
    this.words = words;
  }

  /** Name and meaning, for people. */
  public String words() {
    return text + ": " + words;
  }

  /** Its name in a registration. */
  public String text() {
    return text;
  }

  /** By its name. */
  public static Concession of(String text) throws FormatException {
    for (Concession concession : values()) {
      if (concession.text.equals(text)) {
        return concession;
      }
    }
    throw new FormatException("a concession is rs256 or token-endpoint-audience");
  }

  /** The name. */
  @Override
  public String toString() {
    return text;
  }
}
