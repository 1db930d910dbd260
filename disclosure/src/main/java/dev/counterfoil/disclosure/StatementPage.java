package dev.counterfoil.disclosure;

/**
 * A statement for readers. How sure a claim is stands before its first word, and each claim is one
 * line, so that a hypothesis never looks like a finding, whatever its words are: a line end in a
 * text could make what follows look like a claim of its own.
 */
public final class StatementPage {
  private StatementPage() {}

  /** Plain text. */
  public static String text(PublicStatement statement) {
    StringBuilder out = new StringBuilder(ShownText.line(heading(statement))).append("\n\n");
    statement
        .texts()
        .forEach((name, text) -> detail(out, ShownText.line(name) + ": ", ShownText.line(text)));
    for (Claim claim : statement.claims()) {
      out.append('[').append(standing(claim)).append("] ");
      out.append(ShownText.line(claim.id()))
          .append(": ")
          .append(ShownText.line(claim.text()))
          .append('\n');
      claim.evidence().forEach(item -> detail(out, "    evidence: ", ShownText.line(item)));
      if (!claim.reason().isEmpty()) {
        detail(out, "    " + reasonTitle(claim), ShownText.line(claim.reason()));
      }
    }
    return out.toString();
  }

  private static void detail(StringBuilder out, String title, String text) {
    out.append(title).append(text).append('\n');
  }

  private static String heading(PublicStatement statement) {
    return "Incident "
        + statement.incident()
        + ", version "
        + statement.version()
        + ", "
        + statement.issuedAt()
        + ", domain "
        + statement.domain();
  }

  private static String standing(Claim claim) {
    return switch (claim.state()) {
      case CONFIRMED -> "CONFIRMED";
      case LEADING_HYPOTHESIS -> "LEADING HYPOTHESIS, not confirmed";
      case HYPOTHESIS -> "HYPOTHESIS, not confirmed";
      case UNKNOWN -> "NOT KNOWN";
      case WITHDRAWN -> "WITHDRAWN";
    };
  }

  private static String reasonTitle(Claim claim) {
    return switch (claim.state()) {
      case CONFIRMED -> "note: ";
      case HYPOTHESIS, LEADING_HYPOTHESIS -> "what would decide it: ";
      case UNKNOWN -> "what is done to find out: ";
      case WITHDRAWN -> "why: ";
    };
  }
}
