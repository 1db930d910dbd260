package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;

/** What a client asks for tokens with, by the names that OAuth registered (RFC 7591 2). */
public enum GrantType {
  /** It acts for itself (RFC 6749 4.4). */
  CLIENT_CREDENTIALS("client_credentials"),
  /** A person signed in and allowed it (RFC 6749 4.1). */
  AUTHORIZATION_CODE("authorization_code"),
  /** It goes on with what a person allowed (RFC 6749 6). */
  REFRESH_TOKEN("refresh_token");

  private final String text;

  GrantType(String text) {
    this.text = text;
  }

  /** The registered name. */
  public String text() {
    return text;
  }

  /** By its name. */
  public static GrantType of(String text) throws FormatException {
    for (GrantType type : values()) {
      if (type.text.equals(text)) {
        return type;
      }
    }
    throw new FormatException(
        "a grant type is client_credentials, authorization_code or refresh_token");
  }
}
