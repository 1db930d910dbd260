package dev.counterfoil.signerprotocol;

import java.util.regex.Pattern;

/**
 * Names of the signers of a domain: {@code s} and a number. The names of their logs begin with it.
 */
public final class SignerName {
  /** The signer that issues. */
  public static final String FIRST = "s1";

  private static final Pattern NAME = Pattern.compile("s[1-9][0-9]{0,3}");

  private SignerName() {}

  /**
   * Takes a name, or says what it has to be.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static String check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("a signer's name is s and a number, such as s2");
    }
    return name;
  }
}
