package dev.counterfoil.assess;

import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Severity;
import dev.counterfoil.assess.finding.Verdict;
import dev.counterfoil.assess.key.KeyPeriod;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What an assessment saw and what it makes of it. All texts are printable and cut to length; no
 * token is in it.
 *
 * @param issuer the issuer that was asked for
 * @param at when
 * @param period the yardstick for key age
 * @param verdict the whole in one word
 * @param documents what was read
 * @param keys every key of every set
 * @param tokens every sample
 * @param findings worst first
 * @param attaching what recording its tokens here would change; empty where that cannot be told
 */
public record AssessmentReport(
    URI issuer,
    Instant at,
    KeyPeriod period,
    Verdict verdict,
    List<DocumentSeen> documents,
    List<KeySeen> keys,
    List<TokenSeen> tokens,
    List<AssessmentFinding> findings,
    Optional<Attaching> attaching) {

  /** Exit code for scripts when nothing as bad as {@link Severity#HIGH} was found. */
  public static final int EXIT_GOOD = 0;

  /** Exit code for scripts when a finding is critical or high. */
  public static final int EXIT_FINDINGS = 1;

  /** Exit code for scripts when nothing could be read. */
  public static final int EXIT_UNREADABLE = 4;

  public AssessmentReport {
    documents = List.copyOf(documents);
    keys = List.copyOf(keys);
    tokens = List.copyOf(tokens);
    findings = List.copyOf(findings);
  }

  /**
   * A document that was read.
   *
   * @param address where
   * @param what what it was, in a few words
   */
  public record DocumentSeen(String address, String what) {}

  /**
   * A key that was read.
   *
   * @param set address of its set
   * @param kid as published
   * @param description e.g. {@code RSA 2048}, {@code EC P-256}, or why it is none
   * @param use {@code use} and {@code alg} as published
   * @param thumbprint RFC 7638
   * @param since the earliest time that anything says of it
   * @param sinceSource what says so
   * @param ends the end that its certificate or its entry states
   */
  public record KeySeen(
      String set,
      Optional<String> kid,
      String description,
      String use,
      Optional<String> thumbprint,
      Optional<Instant> since,
      Optional<String> sinceSource,
      Optional<Instant> ends) {}

  /**
   * A sample token that was read; never its text.
   *
   * @param label its file, and its line if there are more
   * @param what e.g. {@code signed}, {@code opaque}
   * @param issuer {@code iss}
   * @param algorithm {@code alg}
   * @param kid {@code kid}
   * @param life from {@code iat} to {@code exp}
   * @param signature what the check of its signature gave
   */
  public record TokenSeen(
      String label,
      String what,
      Optional<String> issuer,
      Optional<String> algorithm,
      Optional<String> kid,
      Optional<Duration> life,
      String signature) {}

  /** Suggested exit code of a command that makes this assessment. */
  public int exitCode() {
    return switch (verdict) {
      case ACT_NOW, REPAIR -> EXIT_FINDINGS;
      case IMPROVE, SOUND -> EXIT_GOOD;
      case UNREADABLE -> EXIT_UNREADABLE;
    };
  }

  /** How many findings of a severity. */
  public long count(Severity severity) {
    return findings.stream().filter(finding -> finding.severity() == severity).count();
  }

  /** The report as a line of JSON; its member {@code format} names its shape. */
  public String toJson() {
    return ReportJson.of(this);
  }

  /** The report for people, as Markdown that reads well on a terminal too. */
  public String toMarkdown() {
    return ReportText.of(this);
  }
}
