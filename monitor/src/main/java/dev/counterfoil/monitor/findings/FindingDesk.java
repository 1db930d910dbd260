package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What operators do about findings: suppress them, approve or end that, and say whether they were
 * right. The same at the admin socket and over HTTP.
 */
public final class FindingDesk {
  /** What it answers. */
  public static final Set<String> ASKS =
      Set.of(
          "suppress", "suppressions", "suppression-approve", "suppression-end", "finding-feedback");

  private final Suppressions suppressions;
  private final FindingFeedback feedback;
  private final String firstDomain;

  /**
   * A desk.
   *
   * @param firstDomain whose findings are meant where nobody names a trust domain
   */
  public FindingDesk(Suppressions suppressions, FindingFeedback feedback, String firstDomain) {
    this.suppressions = suppressions;
    this.feedback = feedback;
    this.firstDomain = firstDomain;
  }

  /**
   * Answers one of {@link #ASKS}.
   *
   * @param fence the one trust domain that may be asked about; empty for all
   * @param by who asks: two persons are two of these
   * @throws FormatException when it cannot be done; the message says why
   */
  public List<JsonObject> answer(JsonObject question, Optional<String> fence, String by)
      throws FormatException {
    Optional<String> domain = fence.isPresent() ? fence : question.optionalString("domain");
    return switch (question.string("ask")) {
      case "suppress" ->
          List.of(
              suppressions.add(Suppressions.Wanted.of(domain.orElse(firstDomain), question), by));
      case "suppressions" ->
          suppressions.list(domain, question.has("all") && question.truth("all"));
      case "suppression-approve" ->
          List.of(suppressions.approve(question.number("id"), domain, by));
      case "suppression-end" -> List.of(suppressions.end(question.number("id"), domain, by));
      case "finding-feedback" ->
          List.of(
              feedback.say(
                  question.number("id"),
                  domain,
                  question.string("verdict"),
                  by,
                  question.optionalString("text").orElse("")));
      default -> throw new FormatException("ask for one of " + ASKS);
    };
  }
}
