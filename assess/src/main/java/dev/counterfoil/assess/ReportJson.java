package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Severity;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a report as JSON. Times are RFC 3339 in UTC, durations whole seconds; what is not known is
 * left out.
 */
final class ReportJson {
  private static final String FORMAT = "counterfoil-assessment-1";

  private ReportJson() {}

  static String of(AssessmentReport report) {
    ObjectNode root =
        Json.MAPPER
            .createObjectNode()
            .put("format", FORMAT)
            .put("issuer", Printable.of(report.issuer().toString()))
            .put("at", report.at().toString())
            .put("key-age-yardstick-days", report.period().ceiling().toDays())
            .put("verdict", report.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .put("exit-code", report.exitCode());
    ObjectNode counts = root.putObject("counts");
    for (Severity severity : Severity.values()) {
      counts.put(severity.word(), report.count(severity));
    }
    ArrayNode findings = root.putArray("findings");
    for (AssessmentFinding finding : report.findings()) {
      ObjectNode entry =
          findings
              .addObject()
              .put("id", finding.id())
              .put("severity", finding.severity().word())
              .put("title", finding.title());
      ArrayNode evidence = entry.putArray("evidence");
      finding.evidence().forEach(evidence::add);
      entry
          .put("evidence-left-out", finding.evidenceLeftOut())
          .put("requirement", finding.requirement())
          .put("what-to-do", finding.whatToDo());
    }
    ArrayNode documents = root.putArray("documents");
    report
        .documents()
        .forEach(
            document ->
                documents
                    .addObject()
                    .put("address", document.address())
                    .put("what", document.what()));
    ArrayNode keys = root.putArray("keys");
    report.keys().forEach(key -> writeKey(keys.addObject(), key));
    ArrayNode tokens = root.putArray("tokens");
    report.tokens().forEach(token -> writeToken(tokens.addObject(), token));
    ArrayNode unseen = root.putArray("not-visible");
    ReportText.NOT_VISIBLE.forEach(unseen::add);
    report
        .attaching()
        .ifPresent(
            attaching -> {
              ObjectNode entry = root.putObject("attaching");
              attaching.changes().forEach(entry.putArray("changes")::add);
              attaching.before().forEach(entry.putArray("before")::add);
              attaching.commands().forEach(entry.putArray("commands")::add);
            });
    return Json.MAPPER.writeValueAsString(root);
  }

  private static void writeKey(ObjectNode entry, AssessmentReport.KeySeen key) {
    entry.put("set", key.set());
    put(entry, "kid", key.kid());
    entry.put("key", key.description()).put("use", key.use());
    put(entry, "thumbprint", key.thumbprint());
    put(entry, "since", key.since());
    put(entry, "since-source", key.sinceSource());
    put(entry, "ends", key.ends());
  }

  private static void writeToken(ObjectNode entry, AssessmentReport.TokenSeen token) {
    entry.put("label", token.label()).put("what", token.what());
    put(entry, "issuer", token.issuer());
    put(entry, "alg", token.algorithm());
    put(entry, "kid", token.kid());
    token.life().ifPresent(life -> entry.put("life-seconds", life.toSeconds()));
    entry.put("signature", token.signature());
  }

  private static void put(ObjectNode entry, String name, Optional<?> value) {
    value.ifPresent(present -> entry.put(name, present.toString()));
  }
}
