package dev.counterfoil.scan.finding;

/** In which order the bytes of a number lie. */
public enum Layout {
  /** As in DER, JWK and most files. */
  BIG_ENDIAN("big-endian"),
  /** As OpenSSL and AWS-LC hold numbers: limbs, the lowest first, on a little-endian machine. */
  LITTLE_ENDIAN("little-endian"),
  /**
   * As {@link java.math.BigInteger} holds them: 32-bit words, the highest first, each little-endian
   * in memory.
   */
  WORDS("java-int-array");

  private final String text;

  Layout(String text) {
    this.text = text;
  }

  /** Its name in reports. */
  public String text() {
    return text;
  }
}
