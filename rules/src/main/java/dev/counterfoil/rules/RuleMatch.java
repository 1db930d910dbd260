package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.RuleHead;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A rule that matched.
 *
 * @param rule which, with its author
 * @param timeMillis when it was complete, in the events' time, milliseconds since 1970
 * @param group fields by which events were grouped, with their values; empty for a rule about one
 *     event
 * @param ids what names its events, the newest of them
 * @param count how many events belong to it
 * @param event the last of them
 */
public record RuleMatch(
    RuleHead rule,
    long timeMillis,
    Map<String, String> group,
    List<String> ids,
    long count,
    JsonObject event) {
  public RuleMatch {
    group = new LinkedHashMap<>(group);
    ids = List.copyOf(ids);
  }

  /** As JSON, without the event. */
  public JsonObject toJson() {
    JsonObject.Builder grouped = JsonObject.builder();
    group.forEach(grouped::put);
    return JsonObject.builder()
        .put("rule", rule.key())
        .put("title", rule.title())
        .put("level", rule.level().isEmpty() ? null : rule.level())
        .put("author", rule.author().isEmpty() ? null : rule.author())
        .put("license", rule.license().isEmpty() ? null : rule.license())
        .put("time", timeMillis)
        .put("group", group.isEmpty() ? null : grouped.build())
        .put("count", count)
        .put("events", ids)
        .build();
  }
}
