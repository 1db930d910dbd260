package dev.counterfoil.response.playbooks;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/** A playbook, as its file says. */
public record Playbook(
    @Meaning("Its name: a to z, 0 to 9 and hyphens. Runs and events carry it.") String name,
    @Meaning("What it is for, in a sentence.") String purpose,
    @Meaning("When it applies.") When when,
    @Meaning("Who approves a run before its first step: two-persons, one-person, or unattended.")
        @Default("two-persons")
        Approval approval,
    @Meaning("How much it may do. Beyond that, nothing happens and the refusal is recorded.")
        Limit limit,
    @Meaning("Its steps, in this order.") List<Action> steps) {

  /** Findings to which a playbook applies. */
  public record When(
      @Meaning("Kinds of findings, as docs/reference/findings.md lists them.")
          List<String> findings,
      @Meaning("Of rule-matched findings, only those of rules with these ids.") List<String> rules,
      @Meaning("The least severity: low, medium, high or critical.") @Default("high")
          Severity severity,
      @Meaning(
              "How good the evidence must be: any; corroborated, by two reporters; or verified, by"
                  + " the monitor itself.")
          @Default("verified")
          Evidence evidence,
      @Meaning("How many findings about the same target there must be.")
          @Default("1")
          @Bounds(min = "1", max = "1000")
          int count,
      @Meaning("Within which time these findings were seen.")
          @Default("1h")
          @Bounds(min = "1m", max = "24h")
          Duration within) {
    public When {
      findings = List.copyOf(findings);
      rules = List.copyOf(rules);
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("when.findings must name a kind of finding");
      }
    }
  }

  /** How much a playbook may do: targets of its steps, each counted once a step. */
  public record Limit(
      @Meaning("Steps in an hour.") @Bounds(min = "1", max = "10000") int hour,
      @Meaning("Steps in a day.") @Bounds(min = "1", max = "100000") int day) {
    public Limit {
      if (day < hour) {
        throw new IllegalArgumentException("limit.day must not be below limit.hour");
      }
    }
  }

  /** Who approves a run. */
  public enum Approval {
    /** Two Unix users, and a step of its own each. */
    TWO_PERSONS(2),
    /** One Unix user. */
    ONE_PERSON(1),
    /** Nobody: it acts by itself. */
    UNATTENDED(0);

    private final int persons;

    Approval(int persons) {
      this.persons = persons;
    }

    /** How many. */
    public int persons() {
      return persons;
    }
  }

  /** How much a finding matters, the least first. */
  public enum Severity {
    LOW,
    MEDIUM,
    HIGH,
    CRITICAL
  }

  /** How good the evidence of a finding is, the least first. */
  public enum Evidence {
    /** One service says so. */
    ANY,
    /** Two services, with clients of their own, say so. */
    CORROBORATED,
    /** The monitor checked the signature, or the finding is about what it sees itself. */
    VERIFIED
  }

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
  private static final int STEPS_MAX = 10;
  private static final int PURPOSE_MAX = 400;

  public Playbook {
    steps = List.copyOf(steps);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name has 1 to 64 of a to z, 0 to 9 and hyphens");
    }
    if (purpose.isBlank() || purpose.length() > PURPOSE_MAX) {
      throw new IllegalArgumentException("purpose is a sentence of at most 400 characters");
    }
    if (steps.isEmpty() || steps.size() > STEPS_MAX || new HashSet<>(steps).size() < steps.size()) {
      throw new IllegalArgumentException("a playbook has 1 to 10 steps, each once");
    }
    if (approval == Approval.UNATTENDED && when.evidence() == Evidence.ANY) {
      // One reporter that lies, or that was taken over, would have this process act.
      throw new IllegalArgumentException(
          "an unattended playbook needs evidence: corroborated or verified");
    }
  }
}
