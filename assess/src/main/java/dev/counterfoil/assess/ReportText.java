package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Severity;
import dev.counterfoil.assess.key.KeyChecks;
import dev.counterfoil.assess.token.TokenChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a report for people. */
final class ReportText {
  /**
   * What no reading from outside can show: said in every report, so that a good one is not taken
   * for more.
   */
  static final List<String> NOT_VISIBLE =
      List.of(
          "where the private keys lie, and who can reach them",
          "whether each token is recorded before it leaves, and whether anybody compares presented tokens with that record",
          "whether rotation runs by itself (keep an observations file to see keys change)",
          "what services check when a token is presented",
          "what is logged, for whom, and for how long");

  private ReportText() {}

  static String of(AssessmentReport report) {
    StringBuilder text = new StringBuilder(4096);
    text.append("# Assessment of ").append(Printable.of(report.issuer().toString())).append("\n\n");
    text.append("**")
        .append(report.verdict().sentence())
        .append("** ")
        .append(counts(report))
        .append(".\n");
    text.append("Assessed ")
        .append(report.at())
        .append("; key age measured for ")
        .append(report.period().words());
    text.append(" (").append(report.period().ceiling().toDays()).append(" days).\n");
    report.findings().forEach(finding -> appendFinding(text, finding));
    appendSeen(text, report);
    text.append("\n## Not visible from outside\n\n");
    NOT_VISIBLE.forEach(line -> text.append("- ").append(line).append('\n'));
    report.attaching().ifPresent(attaching -> appendAttaching(text, attaching));
    return text.toString();
  }

  private static String counts(AssessmentReport report) {
    String counted =
        Arrays.stream(Severity.values())
            .filter(severity -> report.count(severity) > 0)
            .map(severity -> report.count(severity) + " " + severity.word())
            .collect(Collectors.joining(", "));
    return counted.isEmpty() ? "No findings" : "Findings: " + counted;
  }

  private static void appendFinding(StringBuilder text, AssessmentFinding finding) {
    text.append("\n## ").append(finding.severity().name()).append(": ").append(finding.title());
    text.append("\n\n`").append(finding.id()).append("`\n\n");
    finding.evidence().forEach(line -> text.append("- seen: `").append(line).append("`\n"));
    if (finding.evidenceLeftOut() > 0) {
      text.append("- and ").append(finding.evidenceLeftOut()).append(" more\n");
    }
    text.append("- why: ").append(finding.requirement()).append('\n');
    text.append("- to do: ").append(finding.whatToDo()).append('\n');
  }

  private static void appendSeen(StringBuilder text, AssessmentReport report) {
    text.append("\n## What was read\n\n");
    if (report.documents().isEmpty()) {
      text.append("Nothing.\n");
    }
    report
        .documents()
        .forEach(
            document ->
                text.append("- `")
                    .append(document.address())
                    .append("`: ")
                    .append(document.what())
                    .append('\n'));
    String set = "";
    for (AssessmentReport.KeySeen key : report.keys()) {
      if (!key.set().equals(set)) {
        set = key.set();
        text.append("- keys of `").append(set).append("`:\n");
      }
      appendKey(text, key, report.at());
    }
    for (AssessmentReport.TokenSeen token : report.tokens()) {
      text.append("- token `").append(token.label()).append("`: ").append(token.what());
      token.algorithm().ifPresent(algorithm -> text.append(", `").append(algorithm).append('`'));
      token.life().ifPresent(life -> text.append(", ").append(TokenChecks.inWords(life)));
      text.append(", signature ").append(token.signature()).append('\n');
    }
  }

  private static void appendAttaching(StringBuilder text, Attaching attaching) {
    text.append("\n## What attaching it to Counterfoil would change\n\n");
    attaching.changes().forEach(line -> text.append("- ").append(line).append('\n'));
    if (!attaching.before().isEmpty()) {
      text.append("\nBefore that:\n\n");
      attaching.before().forEach(line -> text.append("- ").append(line).append('\n'));
    }
    text.append("\nThe commands (docs/integrate/attached-issuers.md):\n\n");
    attaching.commands().forEach(line -> text.append("    ").append(line).append('\n'));
  }

  private static void appendKey(StringBuilder text, AssessmentReport.KeySeen key, Instant now) {
    text.append("  - `")
        .append(key.kid().orElse("(no kid)"))
        .append("`: ")
        .append(key.description());
    text.append(", ").append(key.use());
    key.since()
        .ifPresent(
            since ->
                text.append(", ")
                    .append(Duration.between(since, now).toDays())
                    .append(" days old (")
                    .append(key.sinceSource().orElse(""))
                    .append(')'));
    key.ends().ifPresent(ends -> text.append(", ends ").append(KeyChecks.day(ends)));
    text.append('\n');
  }
}
