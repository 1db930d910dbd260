package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;

/** What a sighting comes to. */
public sealed interface Judgement {
  /** A token of an issuer that has its digests recorded: none of its counterfoils is here. */
  Unmatched RECORDED_ELSEWHERE = new Unmatched("recorded-elsewhere");

  /** The token has its counterfoil, and nothing else is wrong with it. */
  record Matched() implements Judgement {}

  /** It cannot be told yet: the log is not known far enough. */
  record Wait() implements Judgement {}

  /**
   * Nothing can be said, and nobody let the token in: a token of another issuer, one that was
   * refused and whose signature nobody checked, one without an identifier.
   *
   * @param reason for the counters
   */
  record Unmatched(String reason) implements Judgement {}

  /** A finding. */
  record Found(
      Kind kind,
      Severity severity,
      String domain,
      Subject subject,
      String summary,
      JsonObject detail)
      implements Judgement {}
}
