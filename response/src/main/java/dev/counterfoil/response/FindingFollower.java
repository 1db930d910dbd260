package dev.counterfoil.response;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.playbooks.FindingFacts;
import dev.counterfoil.response.playbooks.Playbook;
import dev.counterfoil.response.runs.Run;
import dev.counterfoil.response.runs.RunStore;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Follows the monitor's findings, and has each playbook decide about each. It begins runs and
 * carries none out. How far it came is kept after a run is, so that a crash decides again and
 * begins nothing twice.
 */
final class FindingFollower {
  private static final System.Logger LOG = System.getLogger(FindingFollower.class.getName());
  private static final int WAIT_SECONDS = 20;

  /** While better evidence of a finding, or room in a limit, is awaited. */
  private static final int WAIT_SECONDS_WATCHING = 1;

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(40);

  /** Older findings are for people. */
  private static final Duration ACT_WITHIN = Duration.ofDays(1);

  private static final Duration WATCHED_FOR = Duration.ofMinutes(10);
  private static final int WATCHED_MAX = 50;
  private static final int SEEN_MAX = 10_000;
  private static final int REFUSALS_MAX = 1_000;
  private static final Duration REFUSAL_EVERY = Duration.ofHours(1);

  private final String monitor;
  private final Requests requests;
  private final List<Playbook> playbooks;
  private final Decision.Bounds bounds;
  private final RunStore store;
  private final ResponseAudit audit;
  private final Runnable began;
  private final InstantSource clock;
  private final Deque<FindingFacts> seen = new ArrayDeque<>();
  private final Map<Long, Instant> watched = new TreeMap<>();
  private final Map<String, Instant> refusals = new HashMap<>();

  /**
   * A follower.
   *
   * @param monitor its URL
   * @param began told when a run may be carried out
   */
  FindingFollower(
      String monitor,
      Requests requests,
      List<Playbook> playbooks,
      Decision.Bounds bounds,
      RunStore store,
      ResponseAudit audit,
      Runnable began,
      InstantSource clock) {
    this.monitor = monitor;
    this.requests = requests;
    this.playbooks = playbooks;
    this.bounds = bounds;
    this.store = store;
    this.audit = audit;
    this.began = began;
    this.clock = clock;
  }

  /** Decides about what is new, or waits for it for a while. */
  void step() throws IOException, InterruptedException {
    long after = store.followed();
    int wait = watched.isEmpty() ? WAIT_SECONDS : WAIT_SECONDS_WATCHING;
    Requests.Answer answer = findings("after=" + after + "&wait=" + wait);
    try {
      for (JsonObject finding : answer.json().objects("findings")) {
        decide(finding);
      }
      store.followedTo(answer.json().number("next"));
      if (!watched.isEmpty()) {
        watch();
      }
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    }
  }

  private Requests.Answer findings(String query) throws IOException, InterruptedException {
    Requests.Answer answer =
        requests.ask(URI.create(monitor + "/findings?" + query), null, ANSWER_WITHIN);
    if (!answer.isDone()) {
      throw new IOException("the monitor: " + answer.why());
    }
    return answer;
  }

  /** Looks again at findings that lacked evidence or met a limit, all in one question. */
  private void watch() throws IOException, FormatException, InterruptedException {
    Instant now = clock.instant();
    watched.values().removeIf(since -> since.plus(WATCHED_FOR).isBefore(now));
    if (watched.isEmpty()) {
      return;
    }
    Set<Long> ids = new HashSet<>(watched.keySet());
    long first = watched.keySet().iterator().next();
    for (JsonObject finding : findings("after=" + (first - 1)).json().objects("findings")) {
      if (ids.contains(finding.number("id"))) {
        decide(finding);
      }
    }
  }

  private void decide(JsonObject finding) {
    FindingFacts facts;
    try {
      facts = FindingFacts.parse(finding);
      if (!"open".equals(finding.get("state"))
          || Instant.ofEpochMilli(facts.seenMillis()).isBefore(clock.instant().minus(ACT_WITHIN))) {
        watched.remove(facts.id());
        return;
      }
    } catch (FormatException e) {
      // One finding that is not understood keeps none of the others from being decided about.
      LOG.log(System.Logger.Level.WARNING, "a finding is not understood: {0}", e.getMessage());
      return;
    }
    boolean isWatched = false;
    for (Playbook playbook : playbooks) {
      Decision.Plan plan =
          Decision.of(
              playbook,
              facts,
              seen,
              store.past(),
              store.in(Run.State.WAITING).size(),
              bounds,
              clock.instant());
      switch (plan) {
        case Decision.Plan.Nothing _ -> {
          // Most are about something else.
        }
        case Decision.Plan.Watch _ -> isWatched = true;
        case Decision.Plan.Refused refused -> {
          isWatched |= refused.isForNow();
          refused(playbook, facts, refused.why());
        }
        case Decision.Plan.Act act -> begin(playbook, facts, finding, act);
      }
    }
    if (!isWatched) {
      watched.remove(facts.id());
    } else if (watched.size() < WATCHED_MAX) {
      watched.putIfAbsent(facts.id(), clock.instant());
    }
    // As it is by now: its evidence may have become better.
    seen.removeIf(one -> one.id() == facts.id());
    seen.addLast(facts);
    if (seen.size() > SEEN_MAX) {
      seen.removeFirst();
    }
  }

  private void begin(
      Playbook playbook, FindingFacts facts, JsonObject finding, Decision.Plan.Act act) {
    Optional<Long> run =
        store.begin(
            playbook.name(),
            facts.id(),
            String.valueOf(finding.get("summary")),
            act,
            Optional.ofNullable(facts.targets().get(Target.PERSON)));
    if (run.isEmpty()) {
      return;
    }
    String what = act.persons() == 0 ? "runs" : "waits for " + act.persons();
    audit.run(run.get(), playbook.name(), facts.id(), what);
    store.find(run.get()).ifPresent(audit::state);
    LOG.log(
        System.Logger.Level.WARNING,
        "run {0} of playbook {1} on finding {2}: {3}",
        run.get(),
        playbook.name(),
        facts.id(),
        what);
    began.run();
  }

  /** The first of its kind in an hour is told: a flood fills neither log. */
  private void refused(Playbook playbook, FindingFacts facts, String why) {
    Instant now = clock.instant();
    refusals.values().removeIf(at -> at.plus(REFUSAL_EVERY).isBefore(now));
    String kind = playbook.name() + " " + why;
    if (refusals.size() < REFUSALS_MAX && refusals.putIfAbsent(kind, now) == null) {
      audit.refused(playbook.name(), facts.id(), why);
      LOG.log(
          System.Logger.Level.WARNING,
          "playbook {0} does nothing about finding {1}: {2}",
          playbook.name(),
          facts.id(),
          why);
    }
  }
}
