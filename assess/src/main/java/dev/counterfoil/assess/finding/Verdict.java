package dev.counterfoil.assess.finding;

import java.util.List;

/** A whole report in one word. */
public enum Verdict {
  /** At least one critical finding. */
  ACT_NOW("Act now: tokens can be forged, or an attack path of the 2023 breach is open."),
  /** At least one high finding. */
  REPAIR("Repair: one more mistake or one theft leads to forged tokens that no service refuses."),
  /** Findings, none of them high. */
  IMPROVE("Improve: no open attack path was seen; protections are missing."),
  /** Nothing but remarks. */
  SOUND("No objections to what was seen."),
  /** Nothing could be read: neither metadata nor keys nor tokens. */
  UNREADABLE("Nothing could be assessed.");

  private final String sentence;

  Verdict(String sentence) {
    this.sentence = sentence;
  }

  public String sentence() {
    return sentence;
  }

  public static Verdict of(List<AssessmentFinding> findings, boolean anythingRead) {
    if (!anythingRead) {
      return UNREADABLE;
    }
    Severity worst =
        findings.stream()
            .map(AssessmentFinding::severity)
            .min(Severity::compareTo)
            .orElse(Severity.INFO);
    return switch (worst) {
      case CRITICAL -> ACT_NOW;
      case HIGH -> REPAIR;
      case MEDIUM, LOW -> IMPROVE;
      case INFO -> SOUND;
    };
  }
}
