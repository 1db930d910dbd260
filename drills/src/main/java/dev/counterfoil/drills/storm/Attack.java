package dev.counterfoil.drills.storm;

/** What a thief tries. */
enum Attack {
  /** A token in the other domain's name, signed with the stolen key: the breach. */
  ACROSS_DOMAINS("forgery across domains"),
  /** A token in the name of the stolen key's own domain. */
  OWN_DOMAIN("forgery in the key's own domain"),
  /** The same with a key whose time is over, which is still in the key set. */
  OLD_KEY("forgery with a key past its time"),
  /** An honest user's token, taken from wherever it lay. */
  STOLEN_TOKEN("stolen honest token");

  private final String words;

  Attack(String words) {
    this.words = words;
  }

  /** In words. */
  String words() {
    return words;
  }
}
