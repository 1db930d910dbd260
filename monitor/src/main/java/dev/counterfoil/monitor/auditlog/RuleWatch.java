package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.events.ReportWatch;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingFeedback;
import dev.counterfoil.monitor.findings.FindingSink;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleEvent;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleMatch;
import dev.counterfoil.rules.RuleSet;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.reading.RuleFault;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has detection rules look at what sources report, and makes findings of what they match. Reports
 * wait for it in memory, so that no rule holds up the audit log; what finds no room there is
 * counted. What it knows of earlier events is kept on disk, and a start goes on from there: what
 * came after is taken from the audit log.
 */
public final class RuleWatch implements ReportWatch {
  /** Most bytes of reports that wait. */
  static final long WAITING_MAX = 16_777_216;

  /** Most bytes of what rules know of a domain's earlier events. */
  static final long STATE_BYTES = 33_554_432;

  private static final System.Logger LOG = System.getLogger(RuleWatch.class.getName());
  private static final RuleEngine.Limits LIMITS =
      new RuleEngine.Limits(STATE_BYTES, Duration.ofMinutes(5));
  private static final Duration EVERY = Duration.ofMillis(200);
  private static final Set<String> OWN =
      Arrays.stream(Operation.values()).map(Operation::code).collect(Collectors.toSet());
  private static final long ADVANCE_MILLIS = 1_000;

  private static final int STREAMS_MAX = 10_000;

  /** What comes again is no further back: a source that once said a high number is heard again. */
  private static final long AGAIN_MAX = 100_000;

  private static final int VALUE_MAX = 200;

  /** OCSF's class of Detection Findings. */
  static final long FINDING = 2004;

  private final ReportWatch first;
  private final FindingSink findings;
  private final FindingSink once;
  private final InstantSource clock;
  private final ArrayDeque<Report> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private long dropped;
  private long advancedMillis;

  private final Map<String, RuleEngine> engines = new HashMap<>();

  /** The last number of each source's log, to tell what comes again. */
  private final LinkedHashMap<SourceStream, RuleStateFile.Heard> numbers =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SourceStream, RuleStateFile.Heard> eldest) {
          return size() > STREAMS_MAX;
        }
      };

  /** Where matches go: not all of them become findings while the past is gone through. */
  private FindingSink sink;

  /** When sources had time to deliver what waited for the start. */
  private long settledMillis = Long.MIN_VALUE;

  private Optional<RuleStateKeeper> keeper = Optional.empty();
  private final Supplier<RuleSet> rules;
  private final ActorCount people;
  private final RuleEngine.Limits limits;
  private Duration lateness;

  /** Read when the first event comes, and not while the process starts. */
  private static final class Shipped {
    private static final FieldMap FIELDS = RuleFiles.ownFields();
    private static final List<RuleDocument> DOCUMENTS = RuleFiles.shipped().documents();
    private static final RuleSet RULES = RuleSet.of(DOCUMENTS);
  }

  /** What a source sent. */
  private static final class Report {
    private final Source source;
    private final byte[] lines;

    Report(Source source, byte[] lines) {
      this.source = source;
      this.lines = lines;
    }
  }

  /** Waits, and says whether the process ends. */
  @FunctionalInterface
  public interface Pause {
    boolean endsWithin(Duration pause) throws InterruptedException;
  }

  /**
   * The rules that come with Counterfoil, beside what is found of people.
   *
   * @param runs what else looks at reports
   * @param own folder of further rules; what cannot be used of it is told, and left out
   * @throws IOException where the folder cannot be read
   */
  public static RuleWatch of(
      Optional<Path> own, ReportWatch runs, FindingStore findings, InstantSource clock)
      throws IOException {
    ReportWatch ofPeople = new PeopleFindings(findings::raiseOnce, clock);
    ReportWatch people =
        (source, lines) -> {
          ofPeople.look(source, lines);
          runs.look(source, lines);
        };
    if (own.isEmpty()) {
      return new RuleWatch(
          people, () -> Shipped.RULES, findings, findings::raiseOnce, clock, LIMITS);
    }
    RuleSet rules = withOwn(own.get());
    return new RuleWatch(people, () -> rules, findings, findings::raiseOnce, clock, LIMITS);
  }

  static RuleSet withOwn(Path folder) throws IOException {
    RuleFiles files = RuleFiles.read(List.of(folder), Shipped.FIELDS);
    List<RuleDocument> documents = new ArrayList<>(Shipped.DOCUMENTS);
    documents.addAll(files.documents());
    RuleSet rules = RuleSet.of(documents);
    List<RuleFault> faults = new ArrayList<>(files.faults());
    faults.addAll(rules.faults());
    for (RuleFault fault : faults) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a detection rule is not used: " + fault.getMessage() + ". Mend it, and start again");
    }
    LOG.log(
        System.Logger.Level.INFO,
        "detection rules of " + folder + ": " + files.documents().size() + " read");
    return rules;
  }

  /**
   * A watch.
   *
   * @param first what looks at reports before
   * @param rules asked when the first event comes
   */
  RuleWatch(ReportWatch first, Supplier<RuleSet> rules, FindingSink findings, InstantSource clock) {
    this(first, rules, findings, findings, clock, LIMITS);
  }

  RuleWatch(
      ReportWatch first,
      Supplier<RuleSet> rules,
      FindingSink findings,
      FindingSink once,
      InstantSource clock,
      RuleEngine.Limits limits) {
    this.limits = limits;
    this.lateness = limits.lateness();
    this.rules = rules;
    this.first = first;
    this.findings = findings;
    this.once = once;
    this.sink = findings;
    this.clock = clock;
    byte[] salt = new byte[ActorCount.SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    this.people = new ActorCount(salt);
  }

  /** Each rule, with what it took of people's attention in the last day. */
  public List<JsonObject> budgets(FindingFeedback feedback) {
    Map<String, FindingFeedback.OfRule> day =
        feedback.byRule(clock.millis() - Duration.ofDays(1).toMillis());
    RuleSet all = rules.get();
    return Stream.concat(
            all.detections().stream().map(RuleDocument::head),
            all.correlations().stream().map(RuleDocument::head))
        .map(
            head ->
                new RuleBudget(
                        head,
                        day.getOrDefault(head.key(), FindingFeedback.OfRule.NONE),
                        people.count())
                    .toJson())
        .toList();
  }

  @Override
  public void look(Source source, byte[] lines) {
    first.look(source, lines);
    wait(source, lines);
  }

  /** An event of the monitor's own, which it recorded: a gap, a silence, what its operators did. */
  public void own(String domain, AuditEvent event) {
    // A rule that finds findings would find its own.
    if (event.classUid() != FINDING) {
      wait(Source.auditor(domain), event.canonicalBytes());
    }
  }

  private void wait(Source source, byte[] lines) {
    synchronized (waiting) {
      if (waitingBytes + lines.length > WAITING_MAX) {
        if (dropped++ == 0) {
          LOG.log(
              System.Logger.Level.WARNING,
              "detection rules are behind: reports go past them. They are in the audit log; run"
                  + " counterfoil rules run over this time");
        }
        return;
      }
      waiting.add(new Report(source, lines));
      waitingBytes += lines.length;
    }
  }

  /** Takes up what waits until the process ends. */
  public void until(Pause pause) throws InterruptedException {
    keeper.ifPresent(one -> one.resume(clock.millis()));
    while (!pause.endsWithin(EVERY)) {
      step();
    }
    step();
    keeper.ifPresent(one -> one.save(clock.millis()));
  }

  /**
   * Keeps what rules know from one start to the next.
   *
   * @param folder for it alone
   * @param size how many events the audit log has
   * @param past gives them from a position on
   */
  public void keepIn(Path folder, LongSupplier size, RuleStateKeeper.Past past) throws IOException {
    keeper = Optional.of(new RuleStateKeeper(this, new RuleStateFile(folder), size, past));
  }

  /** Takes up what waits, and what did not come in its time. */
  void step() {
    keeper.ifPresent(RuleStateKeeper::look);
    for (Report report = next(); report != null; report = next()) {
      int from = 0;
      byte[] lines = report.lines;
      for (int at = 0; at <= lines.length; at++) {
        if (at == lines.length || lines[at] == '\n') {
          if (at > from) {
            take(report.source, Arrays.copyOfRange(lines, from, at));
          }
          from = at + 1;
        }
      }
    }
    long now = clock.millis();
    keeper.ifPresent(one -> one.saveIfDue(now));
    if (now < settledMillis) {
      // What sources kept for the start is on its way: nothing is missing yet.
      return;
    }
    // Once settled it stays so, also where the clock is put back.
    settledMillis = Long.MIN_VALUE;
    allowLateness(limits.lateness());
    long until = now - lateness.toMillis();
    // Each goes through all that rules wait for: not as often as for reports.
    if (Math.abs(until - advancedMillis) < ADVANCE_MILLIS) {
      return;
    }
    advancedMillis = until;
    engines.forEach((domain, engine) -> advance(domain, engine, until));
  }

  /** About how much memory the rules take for what they know of earlier events. */
  long stateBytes() {
    return engines.values().stream().mapToLong(RuleEngine::stateBytes).sum();
  }

  /** How many groups of events the rules forgot for want of memory. */
  long forgotten() {
    return engines.values().stream().mapToLong(RuleEngine::forgotten).sum();
  }

  private void advance(String domain, RuleEngine engine, long until) {
    try {
      engine.advance(until, match -> raise(domain, match));
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** No event may end the process that keeps the audit log. */
  private static void failed(RuntimeException e) {
    LOG.log(System.Logger.Level.ERROR, "a detection rule failed on an event", e);
  }

  private @Nullable Report next() {
    synchronized (waiting) {
      Report report = waiting.poll();
      if (report == null) {
        if (dropped > 0) {
          LOG.log(
              System.Logger.Level.WARNING,
              "detection rules have caught up: " + dropped + " reports went past them");
        }
        dropped = 0;
      } else {
        waitingBytes -= report.lines.length;
      }
      return report;
    }
  }

  private void take(Source source, byte[] line) {
    try {
      JsonObject event = StrictJson.object(line, AuditEvent.BYTES_MAX);
      JsonObject metadata = event.object("metadata");
      long number = metadata.number("sequence");
      String log = metadata.optionalString("log_name").orElse("");
      SourceStream stream = new SourceStream(source.name(), log);
      // What a source may not say, the audit log does not take either. Our own operations are said
      // by a domain's own processes: a service's word on our credentials is no proof.
      if (!source.mayReportFor(metadata.string("tenant_uid"))
          || (source.tenant().isPresent()
              && OWN.contains(metadata.optionalString("event_code").orElse("")))
          || log.length() > AuditEvent.KEY_LENGTH_MAX
          || wasSeen(stream, number)) {
        return;
      }
      numbers.put(stream, new RuleStateFile.Heard(number, source.tenant().isEmpty()));
      // A time to come would end every window early.
      long time = Math.clamp(event.number("time"), 0, clock.millis());
      actor(event).ifPresent(name -> people.see(source.domain() + " " + name, time));
      engines
          .computeIfAbsent(source.domain(), _ -> newEngine())
          .take(
              new RuleEvent(
                  event, time, (stream.source() + " " + stream.log()).strip() + " " + number),
              match -> raise(source.domain(), match));
    } catch (FormatException e) {
      // The audit log judges a malformed line; no rule looks at it.
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private RuleEngine newEngine() {
    RuleEngine engine = new RuleEngine(rules.get(), Shipped.FIELDS, limits);
    engine.allowLateness(lateness);
    return engine;
  }

  private void allowLateness(Duration other) {
    lateness = other;
    engines.values().forEach(engine -> engine.allowLateness(other));
  }

  /** What is known now. */
  RuleStateFile.State state(long position, long now) throws IOException {
    Map<String, byte[]> states = new HashMap<>();
    for (Map.Entry<String, RuleEngine> one : engines.entrySet()) {
      states.put(one.getKey(), one.getValue().state());
    }
    return new RuleStateFile.State(position, now, numbers, people.state(), states);
  }

  /** Knows what was known then, or nothing. */
  void restore(RuleStateFile.State state) throws IOException {
    try {
      numbers.putAll(state.streams());
      people.restore(state.people());
      for (Map.Entry<String, byte[]> one : state.engines().entrySet()) {
        RuleEngine engine = newEngine();
        engine.restore(one.getValue());
        engines.put(one.getKey(), engine);
      }
    } catch (IOException | RuntimeException e) {
      numbers.clear();
      engines.clear();
      throw e;
    }
  }

  /**
   * Has rules look at what the audit log has.
   *
   * @param isTold whether a finding that nobody made yet is made of what matches
   */
  void replay(boolean isTold, Replay replay) throws IOException {
    sink = isTold ? once : finding -> {};
    try {
      replay.into(this::take);
    } finally {
      sink = findings;
    }
  }

  /** Gives what the audit log has. */
  @FunctionalInterface
  interface Replay {
    void into(BiConsumer<Source, byte[]> take) throws IOException;
  }

  /** Until then sources deliver what waited, so much later than usual. */
  void settle(long untilMillis, Duration later) {
    settledMillis = untilMillis;
    allowLateness(limits.lateness().plus(later));
  }

  private static Optional<String> actor(JsonObject event) {
    return event.get("actor") instanceof JsonObject actor
            && actor.get("user") instanceof JsonObject user
            && user.get("uid") instanceof String uid
        ? Optional.of(uid)
        : Optional.empty();
  }

  /** Whether a number was seen; one that no source gives counts as seen. */
  private boolean wasSeen(SourceStream stream, long number) {
    RuleStateFile.@Nullable Heard last = numbers.get(stream);
    return number < 0
        || (last != null && number <= last.number() && last.number() - number < AGAIN_MAX);
  }

  /** What a person should look at. What is worth less is found by running rules over the past. */
  private static Optional<Severity> severity(String level) {
    return switch (level) {
      case "critical" -> Optional.of(Severity.CRITICAL);
      case "high" -> Optional.of(Severity.HIGH);
      case "medium" -> Optional.of(Severity.MEDIUM);
      default -> Optional.empty();
    };
  }

  private void raise(String domain, RuleMatch match) {
    Optional<Severity> severity = severity(match.rule().level());
    if (severity.isEmpty()) {
      return;
    }
    List<String> group = new ArrayList<>();
    match.group().forEach((field, value) -> group.add(field + " " + cut(value)));
    sink.raise(
        new Finding(
            Kind.RULE_MATCHED,
            severity.get(),
            domain,
            Subject.of(domain, match.rule().key() + " " + about(match)),
            clock.instant(),
            1,
            "A detection rule matched: "
                + match.rule().title()
                + (group.isEmpty() ? "" : " (" + String.join(", ", group) + ")")
                + ". The rule is by "
                + (match.rule().author().isEmpty() ? "an unnamed author" : match.rule().author())
                + ".",
            match
                .toJson()
                .with("who", who(match.event()))
                .with("runbook", match.rule().runbook().strip())
                .with("references", match.rule().references())));
  }

  /** Whom the last event names: what puts findings into one incident. */
  private static JsonObject who(JsonObject event) {
    JsonObject.Builder who = JsonObject.builder();
    if (event.get("metadata") instanceof JsonObject metadata
        && metadata.get("tenant_uid") instanceof String tenant) {
      who.put("tenant", tenant);
    }
    keys(event)
        .ifPresent(
            keys ->
                who.put("actor", keys.actor().orElse(null))
                    .put("client", keys.client().orElse(null))
                    .put("address", keys.address().orElse(null))
                    .put("session", keys.session().orElse(null))
                    .put("token", keys.token().orElse(null)));
    return who.build();
  }

  /** What one finding is about, however often it comes. */
  private static String about(RuleMatch match) {
    if (!match.group().isEmpty()) {
      return match.group().toString();
    }
    Optional<AuditEvent.Keys> keys = keys(match.event());
    return keys.map(
            one ->
                one.actor().orElse("")
                    + " "
                    + one.client().orElse("")
                    + " "
                    + one.entity().orElse(""))
        // The audit log does not take it: one finding tells of all that a source sends so.
        .orElse("");
  }

  private static Optional<AuditEvent.Keys> keys(JsonObject event) {
    try {
      return Optional.of(AuditEvent.of(event).keys());
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static String cut(String value) {
    return value.length() > VALUE_MAX ? value.substring(0, VALUE_MAX) + "..." : value;
  }
}
