package dev.counterfoil.drills.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of a drill.
 *
 * @param drill its name
 * @param purpose what it was to prove
 * @param began when it began
 * @param took how long it took
 * @param outcomes what was observed, in order
 * @param notReached expectations that nobody came to look at, which is as bad as not holding
 * @param broke why the drill itself failed, when it did
 */
public record DrillReport(
    String drill,
    String purpose,
    Instant began,
    Duration took,
    List<Outcome> outcomes,
    List<Expectation> notReached,
    Optional<String> broke) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public DrillReport {
    outcomes = List.copyOf(outcomes);
    notReached = List.copyOf(notReached);
  }

  /** Whether every expectation was observed and held. */
  public boolean held() {
    return broke.isEmpty() && notReached.isEmpty() && outcomes.stream().allMatch(Outcome::held);
  }

  /**
   * The report as a line of JSON: {@code drill}, {@code purpose}, {@code began}, {@code
   * took_seconds}, {@code held}, {@code outcomes} (each {@code id}, {@code act}, {@code kind},
   * {@code statement}, {@code held}, {@code observed}, {@code at_seconds}, {@code figures}), {@code
   * not_reached} and, when the drill broke, {@code broke}.
   */
  public String json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("drill", drill);
    root.put("purpose", purpose);
    root.put("began", began.toString());
    root.put("took_seconds", took.toMillis() / 1000.0);
    root.put("held", held());
    ArrayNode list = root.putArray("outcomes");
    for (Outcome outcome : outcomes) {
      ObjectNode node = list.addObject();
      write(node, outcome.expectation());
      node.put("held", outcome.held());
      node.put("observed", outcome.observed());
      node.put("at_seconds", outcome.at().toMillis() / 1000.0);
      node.set("figures", JSON.valueToTree(new TreeMap<>(outcome.figures())));
    }
    ArrayNode missing = root.putArray("not_reached");
    for (Expectation expectation : notReached) {
      write(missing.addObject(), expectation);
    }
    broke.ifPresent(why -> root.put("broke", why));
    return JSON.writeValueAsString(root);
  }

  private static void write(ObjectNode node, Expectation expectation) {
    node.put("id", expectation.id());
    node.put("act", expectation.act());
    node.put("kind", expectation.kind().name().toLowerCase(java.util.Locale.ROOT));
    node.put("statement", expectation.statement());
  }
}
