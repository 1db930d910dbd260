package dev.counterfoil.disclosure;

import java.util.stream.Collectors;

/**
 * A statement for readers. How sure a claim is stands before its first word, and each claim is one
 * line, so that a hypothesis never looks like a finding, whatever its words are.
 */
public final class StatementPage {
  private static final String MARKDOWN = "\\`*_{}[]()<>#+-.!|~&";

  private StatementPage() {}

  /** Plain text. */
  public static String text(PublicStatement statement) {
    StringBuilder out = new StringBuilder(oneLine(heading(statement))).append("\n\n");
    for (Claim claim : statement.claims()) {
      out.append('[').append(standing(claim)).append("] ");
      out.append(oneLine(claim.id())).append(": ").append(oneLine(claim.text())).append('\n');
      claim.evidence().forEach(item -> detail(out, "    evidence: ", oneLine(item)));
      if (!claim.reason().isEmpty()) {
        detail(out, "    " + reasonTitle(claim), oneLine(claim.reason()));
      }
    }
    return out.toString();
  }

  /** Markdown; every text is shown letter for letter, and what is withdrawn is struck through. */
  public static String markdown(PublicStatement statement) {
    StringBuilder out = new StringBuilder("# ");
    out.append(escaped(heading(statement))).append("\n\n");
    for (Claim claim : statement.claims()) {
      String text = escaped(claim.text());
      out.append("- **").append(standing(claim)).append("** ");
      out.append(escaped(claim.id())).append(": ");
      out.append(
              switch (claim.state()) {
                case CONFIRMED, UNKNOWN -> text;
                case HYPOTHESIS, LEADING_HYPOTHESIS -> "*" + text + "*";
                case WITHDRAWN -> "~~" + text + "~~";
              })
          .append('\n');
      claim.evidence().forEach(item -> detail(out, "  - evidence: ", escaped(item)));
      if (!claim.reason().isEmpty()) {
        detail(out, "  - " + reasonTitle(claim), escaped(claim.reason()));
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

  /** A line end inside a text could make what follows look like a claim of its own. */
  private static String oneLine(String text) {
    return text.codePoints()
        .mapToObj(c -> isVisible(c) ? Character.toString(c) : " ")
        .collect(Collectors.joining())
        .strip();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private static String escaped(String text) {
    return oneLine(text)
        .codePoints()
        .mapToObj(c -> (MARKDOWN.indexOf(c) >= 0 ? "\\" : "") + Character.toString(c))
        .collect(Collectors.joining());
  }
}
