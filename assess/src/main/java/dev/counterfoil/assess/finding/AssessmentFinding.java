package dev.counterfoil.assess.finding;

import java.util.List;

/**
 * One shortcoming, with what was seen.
 *
 * @param kind what it is; carries severity, requirement and remedy
 * @param evidence what was seen, one line each; printable and cut to length, never a whole token;
 *     at least one line
 * @param evidenceLeftOut how many further lines of evidence were dropped to keep the report
 *     readable
 */
public record AssessmentFinding(FindingKind kind, List<String> evidence, int evidenceLeftOut) {
  public AssessmentFinding {
    evidence = List.copyOf(evidence);
    if (evidence.isEmpty()) {
      throw new IllegalArgumentException("a finding needs evidence: " + kind.id());
    }
  }

  public String id() {
    return kind.id();
  }

  public Severity severity() {
    return kind.wording().severity();
  }

  public String title() {
    return kind.wording().title();
  }

  public String requirement() {
    return kind.wording().requirement();
  }

  public String whatToDo() {
    return kind.wording().whatToDo();
  }
}
