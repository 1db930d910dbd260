package dev.counterfoil.response;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.playbooks.FindingFacts;
import dev.counterfoil.response.playbooks.Playbook;
import dev.counterfoil.response.runs.Run;
import dev.counterfoil.response.runs.RunStore;
import dev.counterfoil.response.runs.Steps;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Says what a playbook would do about an incident, and how far that would reach: nothing is done.
 */
final class PlanTrial {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

  /** Findings of an incident that are looked at: the first. */
  private static final int FINDINGS_MAX = 100;

  private final String monitor;
  private final Requests requests;
  private final List<Playbook> playbooks;
  private final Decision.Bounds bounds;
  private final RunStore store;
  private final Steps steps;
  private final InstantSource clock;

  PlanTrial(
      String monitor,
      Requests requests,
      List<Playbook> playbooks,
      Decision.Bounds bounds,
      RunStore store,
      Steps steps,
      InstantSource clock) {
    this.monitor = monitor;
    this.requests = requests;
    this.playbooks = playbooks;
    this.bounds = bounds;
    this.store = store;
    this.steps = steps;
    this.clock = clock;
  }

  /**
   * Tries a playbook.
   *
   * @throws FormatException when there is no such playbook or incident
   */
  JsonObject of(String name, long incident)
      throws FormatException, IOException, InterruptedException {
    Playbook playbook =
        playbooks.stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new FormatException("there is no playbook " + name));
    Requests.Answer answer =
        requests.ask(URI.create(monitor + "/incidents/" + incident), null, ANSWER_WITHIN);
    if (!answer.isDone()) {
      throw new FormatException("the monitor: " + answer.why());
    }
    List<FindingFacts> all = new ArrayList<>();
    for (JsonObject finding : answer.json().objects("timeline")) {
      if (all.size() < FINDINGS_MAX) {
        all.add(FindingFacts.parse(finding));
      }
    }
    List<Decision.Past> past = store.past();
    List<JsonObject> shown = new ArrayList<>();
    for (FindingFacts facts : all) {
      Decision.Plan plan = Decision.of(playbook, facts, all, past, 0, bounds, clock.instant());
      shown.add(shown(facts, plan));
    }
    return JsonObject.builder()
        .put("playbook", name)
        .put("incident", incident)
        .put("findings", shown)
        .build();
  }

  private JsonObject shown(FindingFacts facts, Decision.Plan plan) throws InterruptedException {
    JsonObject.Builder json =
        JsonObject.builder().put("finding", facts.id()).put("kind", facts.kind());
    switch (plan) {
      case Decision.Plan.Nothing _ -> json.put("plan", "nothing");
      case Decision.Plan.Watch watch -> json.put("plan", "watch").put("why", watch.why());
      case Decision.Plan.Refused refused -> json.put("plan", "refused").put("why", refused.why());
      case Decision.Plan.Act act -> {
        List<JsonObject> reaches = new ArrayList<>();
        for (Decision.Step step : act.steps()) {
          reaches.add(reach(facts, step));
        }
        json.put("plan", "act").put("persons", act.persons()).put("steps", reaches);
      }
    }
    return json.build();
  }

  private JsonObject reach(FindingFacts facts, Decision.Step step) throws InterruptedException {
    Run.Step tried =
        new Run.Step(
            1,
            step.action(),
            step.target(),
            Optional.ofNullable(facts.targets().get(Target.PERSON)),
            Run.StepState.PLANNED,
            Optional.empty(),
            Optional.empty(),
            clock.instant(),
            Optional.empty(),
            Optional.empty());
    Run run =
        new Run(
            0,
            "",
            facts.id(),
            "",
            Run.State.WAITING,
            0,
            clock.instant(),
            List.of(),
            List.of(tried));
    JsonObject.Builder json =
        JsonObject.builder().put("action", step.action().text()).put("target", step.target());
    try {
      Steps.Done done = steps.carryOut(run, tried, true);
      json.put("reach", done.reach()).put("what", done.what());
    } catch (IOException | Steps.RefusedException e) {
      json.put("said", e.getMessage());
    }
    return json.build();
  }
}
