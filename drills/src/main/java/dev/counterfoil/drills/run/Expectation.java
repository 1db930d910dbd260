package dev.counterfoil.drills.run;

/**
 * One thing that a drill says beforehand and then looks at.
 *
 * @param id stable name in reports, such as {@code separate-keys.forged-refused}
 * @param act number of the act it belongs to, from 1
 * @param kind what sort of statement it is
 * @param statement what has to be seen, as a sentence without a full stop
 */
public record Expectation(String id, int act, Kind kind, String statement) {
  /** What an expectation is about. */
  public enum Kind {
    /**
     * Honest use goes on as before: the positive control without which a refusal proves nothing.
     */
    HONEST,
    /** The attack goes through here, and the drill says so. */
    GETS_THROUGH,
    /** The attack ends here. */
    STOPPED,
    /** The attack is noticed. */
    DETECTED,
    /** What can be told and proved afterwards. */
    EVIDENCE
  }

  public Expectation {
    if (id.isBlank() || statement.isBlank() || act < 1) {
      throw new IllegalArgumentException("an expectation has a name, an act and a statement");
    }
  }
}
