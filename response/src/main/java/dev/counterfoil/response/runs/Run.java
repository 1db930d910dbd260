package dev.counterfoil.response.runs;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.playbooks.Action;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A run of a playbook.
 *
 * @param summary the finding, in a sentence
 * @param persons how many have to approve it
 * @param approvedBy who did so far
 */
public record Run(
    long id,
    String playbook,
    long finding,
    String summary,
    State state,
    int persons,
    Instant openedAt,
    List<String> approvedBy,
    List<Step> steps) {
  /** What became of it. */
  public enum State {
    /** People have to approve it. */
    WAITING,
    RUNNING,
    DONE,
    /** A step failed; {@code resume} goes on with it. */
    FAILED,
    CANCELLED,
    /** What could be taken back was. */
    UNDONE;

    /** As it is shown. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A step of it.
   *
   * @param person whose grant it is about, where it is about one
   * @param reach how many it reached, or would, by the dry run
   */
  public record Step(
      int number,
      Action action,
      String target,
      Optional<String> person,
      StepState state,
      Optional<Long> reach,
      Optional<String> what,
      Instant at,
      Optional<Long> tookMillis,
      Optional<String> said) {
    JsonObject toJson() {
      JsonObject.Builder json =
          JsonObject.builder()
              .put("number", number)
              .put("action", action.text())
              .put("target", target)
              .put("state", state.text())
              .put("reversible", action.isReversible())
              .put("what", what.orElse(null))
              .put("at", at.toString())
              .put("said", said.orElse(null));
      reach.ifPresent(many -> json.put("reach", many));
      tookMillis.ifPresent(took -> json.put("took_ms", took));
      return json.build();
    }
  }

  /** What became of a step. */
  public enum StepState {
    PLANNED,
    /** It may have been done: asked again, it changes nothing more. */
    BEGUN,
    DONE,
    FAILED,
    UNDONE;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Run {
    approvedBy = List.copyOf(approvedBy);
    steps = List.copyOf(steps);
  }

  /** How far it is, in words of our own alone. */
  public JsonObject progress() {
    return JsonObject.builder()
        .put("run", id)
        .put("finding", finding)
        .put("playbook", playbook)
        .put("state", state.text())
        .put(
            "steps",
            steps.stream().map(step -> step.toJson().without("said").without("what")).toList())
        .build();
  }

  /** As it is shown. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("id", id)
        .put("playbook", playbook)
        .put("finding", finding)
        .put("summary", summary)
        .put("state", state.text())
        .put("persons", persons)
        .put("approved_by", approvedBy)
        .put("opened_at", openedAt.toString())
        .put("steps", steps.stream().map(Step::toJson).toList())
        .build();
  }
}
