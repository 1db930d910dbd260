package dev.counterfoil.cli.command;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.KeyHistory.Interval;
import dev.counterfoil.format.keylog.KeyHistory.Life;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a key may sign, in words and in JSON. */
public final class KeyTexts {
  private KeyTexts() {}

  /** What a key may sign, for whom, and how it is held. */
  public static String scope(KeyStatement key) {
    return "signs %s%s for tenants %s and audiences %s, for at most %s%s; %s custody (%s)"
        .formatted(
            text(key.tokenTypes()),
            key.isForeign() ? " as " + key.issuer() : "",
            text(key.tenants()),
            text(key.audiences()),
            text(key.lifeMax()),
            key.binding() == KeyStatement.Binding.REQUIRED ? ", bound tokens only" : "",
            key.custody(),
            key.assurance().text());
  }

  public static String text(RecordForm record) {
    return switch (record) {
      case RecordForm.Position position -> "log " + position.log();
      case RecordForm.Digest digest -> "record log " + digest.log();
      case RecordForm.None none ->
          Red.text("LEGACY KEY, ITS TOKENS RECORDED BY NOBODY") + " until " + none.until();
    };
  }

  static String text(AllowList list) {
    return list.any() ? "any" : String.join(", ", List.copyOf(list.toJson()));
  }

  public static String text(Duration duration) {
    return duration.toMinutes() > 0 && duration.toSecondsPart() == 0
        ? duration.toMinutes() + " minutes"
        : duration.toSeconds() + " seconds";
  }

  /** The audit logs of a domain, a line each, and how they ended. */
  public static List<String> auditLogs(KeySet keys) {
    List<String> lines = new ArrayList<>();
    for (StatedAuditLog log : keys.auditLogs()) {
      String origin = log.key().name();
      lines.add(
          "Audit log %s, stated %s at size %d%s%s"
              .formatted(
                  PlainText.of(log.key().toString(), 400),
                  log.at(),
                  log.size(),
                  log.follows().map(before -> ", follows " + PlainText.of(before, 255)).orElse(""),
                  keys.endedAuditLogs().stream()
                      .filter(ended -> ended.origin().equals(origin))
                      .map(
                          ended ->
                              "; ended %s at size %d (%s)"
                                  .formatted(ended.at(), ended.size(), ended.reason().text()))
                      .findFirst()
                      .orElse("")));
    }
    return lines;
  }

  /** The keys that sign no tokens: the audit logs', and those of the disclosure process. */
  public static List<String> othersKeys(KeySet keys) {
    List<String> lines = new ArrayList<>(auditLogs(keys));
    for (StatedDisclosureKey key : keys.disclosureKeys()) {
      lines.add(
          "Disclosure key %s, stated %s until %s, with log %s"
              .formatted(
                  key.key().thumbprint(),
                  key.at(),
                  key.notAfter(),
                  PlainText.of(key.log().toString(), 400)));
    }
    return lines;
  }

  public static JsonObject json(KeyAlarm alarm) {
    return JsonObject.builder()
        .put("kind", alarm.kind().code())
        .put("urgency", alarm.urgency().name().toLowerCase(java.util.Locale.ROOT))
        .put("subject", alarm.subject())
        .put("kid", alarm.kid().orElse(null))
        .put("step", alarm.step())
        .put("text", alarm.text())
        .put("remedy", alarm.remedy())
        .build();
  }

  /** A life: the statement and what the key log said of it, with times in seconds since 1970. */
  public static JsonObject json(Life life) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("kid", life.key().kid())
            .put("statement", life.key().toJson())
            .put("entry", life.index())
            .put("stated_at", life.statedAt().getEpochSecond())
            .put("allowed", life.allowed().stream().map(KeyTexts::json).toList());
    life.retired().ifPresent(key -> json.put("retired_at", key.at().getEpochSecond()));
    life.tainted().ifPresent(key -> json.put("tainted_from", key.from().getEpochSecond()));
    life.revoked()
        .ifPresent(
            key ->
                json.put("revoked_at", key.at().getEpochSecond()).put("revoked_from", key.from()));
    life.withdrawn()
        .ifPresent(
            key ->
                json.put("withdrawn_at", key.at().getEpochSecond())
                    .put("withdrawn", key.reason().text()));
    life.logEnded()
        .ifPresent(
            log ->
                json.put("log_ended_at", log.at().getEpochSecond())
                    .put("log_ended_size", log.size()));
    return json.build();
  }

  private static JsonObject json(Interval interval) {
    return JsonObject.builder()
        .put("from", interval.from().getEpochSecond())
        .put("until", interval.until().getEpochSecond())
        .build();
  }
}
