package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;

/** When the tokens of people say which groups they are in, by the client that has them. */
public enum GroupsClaim {
  /** Never. */
  NEVER("never"),
  /** Where the client asks for the scope {@code groups}. */
  SCOPE("scope"),
  /** As if it asked for that scope each time. */
  ALWAYS("always");

  private final String text;

  GroupsClaim(String text) {
    this.text = text;
  }

  /** Its name in a registration. */
  public String text() {
    return text;
  }

  /** By its name. */
  public static GroupsClaim of(String text) throws FormatException {
    for (GroupsClaim claim : values()) {
      if (claim.text.equals(text)) {
        return claim;
      }
    }
    throw new FormatException("groups_claim is never, scope or always");
  }
}
