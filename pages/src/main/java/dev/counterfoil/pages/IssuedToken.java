package dev.counterfoil.pages;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One token that was issued in a person's name, and what became of it.
 *
 * @param row as it stands in the list
 * @param signIn from which sign-in it comes
 * @param uses what services reported of it, the oldest first
 * @param more whether there are more of them
 */
public record IssuedToken(
    IssuedRows.Row row, Optional<SignIn> signIn, List<Use> uses, boolean more) {
  /**
   * A sign-in.
   *
   * @param at when
   * @param by by what, as standards call it
   * @param address from where; empty where nothing is known of it
   */
  public record SignIn(Instant at, String by, Optional<String> address) {}

  /**
   * A use.
   *
   * @param at when
   * @param what was done
   * @param reporter which service reported it
   * @param touched what was touched; may be empty
   * @param address from where; may be empty
   */
  public record Use(Instant at, String what, String reporter, String touched, String address) {}
}
