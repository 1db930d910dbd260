package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;

/** How a client proves itself, by the names that OAuth registered (RFC 7591 2, OpenID Core 9). */
public enum AuthenticationMethod {
  /** Its secret in the Authorization header (RFC 6749 2.3.1). */
  CLIENT_SECRET_BASIC("client_secret_basic"),
  /** Its secret in the body (RFC 6749 2.3.1). */
  CLIENT_SECRET_POST("client_secret_post"),
  /** A JWT signed by a key of its own (RFC 7523 2.2). */
  PRIVATE_KEY_JWT("private_key_jwt"),
  /** Not at all: a public client, which cannot keep a secret (RFC 6749 2.1). */
  NONE("none");

  private final String text;

  AuthenticationMethod(String text) {
    this.text = text;
  }

  /** The registered name. */
  public String text() {
    return text;
  }

  /** Whether the client has a secret, which the authority makes. */
  public boolean hasSecret() {
    return this == CLIENT_SECRET_BASIC || this == CLIENT_SECRET_POST;
  }

  /** The method of a registered name. */
  public static AuthenticationMethod of(String text) throws FormatException {
    for (AuthenticationMethod method : values()) {
      if (method.text.equals(text)) {
        return method;
      }
    }
    throw new FormatException(
        "authentication method is none of client_secret_basic, client_secret_post,"
            + " private_key_jwt, none");
  }
}
