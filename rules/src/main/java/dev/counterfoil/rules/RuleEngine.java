package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.correlating.Correlator;
import dev.counterfoil.rules.correlating.Found;
import dev.counterfoil.rules.correlating.Hit;
import dev.counterfoil.rules.correlating.SharedMemory;
import dev.counterfoil.rules.matching.FieldReader;
import dev.counterfoil.rules.matching.RuleIndex;
import dev.counterfoil.rules.model.Correlation;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument.Correlated;
import dev.counterfoil.rules.model.RuleDocument.Detection;
import dev.counterfoil.rules.model.RuleHead;
import dev.counterfoil.rules.model.SourceKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Takes events and says which rules match. Correlations go by the events' own times: the clock of
 * the engine is the latest of them, or what {@link #advance} says. For one thread.
 */
public final class RuleEngine {
  private final RuleSet rules;
  private final FieldMap fields;
  private final Function<JsonObject, SourceKind> kinds;
  private final RuleIndex index;
  private long latenessMillis;
  private final List<List<Subscription>> ofDetections = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private long newest = Long.MIN_VALUE;
  private long late;

  /**
   * What an engine may use.
   *
   * @param stateBytes memory for all correlations together; the one that takes most gives way
   * @param lateness how much later than the newest event one may come and still count everywhere
   */
  public record Limits(long stateBytes, Duration lateness) {
    /** 64 MiB and five minutes. */
    public static final Limits DEFAULT = new Limits(64L << 20, Duration.ofMinutes(5));
  }

  /** A correlation that takes from a rule. */
  private record Subscription(Node node, int place, String name) {}

  private static final class Node {
    private final Correlated rule;
    private final Correlator correlator;
    private final List<Subscription> takers = new ArrayList<>();

    /** How much later than their times it may be told of matches of correlations. */
    private final long delay;

    /** How often it is worth to look for what is over. */
    private final long stepMillis;

    /** What it has to be for a state of it to be of use. */
    private final String identity;

    private long advanced = Long.MIN_VALUE;

    Node(Correlated rule, String identity, Correlator correlator, long delay) {
      this.rule = rule;
      this.identity = identity;
      this.correlator = correlator;
      this.delay = delay;
      this.stepMillis = Math.max(1_000, rule.correlation().timespan().toMillis() / 60);
    }
  }

  /** An engine that knows the kinds of events by a field map. */
  public RuleEngine(RuleSet rules, FieldMap fields, Limits limits) {
    this(rules, fields, fields::kindOf, limits);
  }

  /** An engine that is told the kinds of events. */
  public RuleEngine(
      RuleSet rules, FieldMap fields, Function<JsonObject, SourceKind> kinds, Limits limits) {
    this.rules = rules;
    this.fields = fields;
    this.kinds = kinds;
    this.latenessMillis = limits.lateness().toMillis();
    index =
        new RuleIndex(
            rules.detections().stream()
                .map(one -> new RuleIndex.Entry(one.source(), one.criterion()))
                .toList(),
            fields);
    Map<String, List<Subscription>> takers = new LinkedHashMap<>();
    Map<String, Node> made = new LinkedHashMap<>();
    Map<String, String> identities = identities();
    SharedMemory memory = new SharedMemory(limits.stateBytes());
    for (Correlated correlated : rules.correlations()) {
      Node node =
          new Node(
              correlated,
              identities.getOrDefault(correlated.head().key(), ""),
              Correlator.of(correlated.correlation(), memory, latenessMillis),
              delay(correlated, made));
      nodes.add(node);
      names(correlated.head()).forEach(name -> made.put(name, node));
      List<String> places = correlated.correlation().rules();
      for (int place = 0; place < places.size(); place++) {
        takers
            .computeIfAbsent(places.get(place), _ -> new ArrayList<>())
            .add(new Subscription(node, place, places.get(place)));
      }
    }
    for (Detection detection : rules.detections()) {
      ofDetections.add(takersOf(detection.head(), takers));
    }
    for (Node node : nodes) {
      node.takers.addAll(takersOf(node.rule.head(), takers));
    }
  }

  private static List<String> names(RuleHead head) {
    return List.of(head.id(), head.name());
  }

  private static List<Subscription> takersOf(
      RuleHead head, Map<String, List<Subscription>> takers) {
    List<Subscription> all = new ArrayList<>();
    for (String name : names(head)) {
      if (!name.isEmpty()) {
        all.addAll(takers.getOrDefault(name, List.of()));
      }
    }
    return List.copyOf(all);
  }

  /** What a correlation judges later than the events' times makes those that take from it wait. */
  private static long delay(Correlated correlated, Map<String, Node> made) {
    long delay = 0;
    for (String rule : correlated.correlation().rules()) {
      Node inner = made.get(rule);
      if (inner != null) {
        long own =
            inner.rule.correlation().isImmediate()
                ? 0
                : inner.rule.correlation().timespan().toMillis() + inner.stepMillis;
        delay = Math.max(delay, inner.delay + own);
      }
    }
    return delay;
  }

  /** Takes an event; hands on each match. */
  public void take(RuleEvent event, Consumer<RuleMatch> matched) {
    if (event.timeMillis() > newest) {
      newest = event.timeMillis();
    } else if (event.timeMillis() < newest - latenessMillis) {
      late++;
    }
    SourceKind kind = kinds.apply(event.json());
    List<String> ids = List.of(event.id());
    index.matches(
        kind,
        event.json(),
        place -> {
          List<Subscription> takers = ofDetections.get(place);
          // A rule that others take from matches by itself only where one of them says so.
          if (takers.isEmpty() || takers.stream().anyMatch(one -> one.node().rule.generate())) {
            matched.accept(
                new RuleMatch(
                    rules.detections().get(place).head(),
                    event.timeMillis(),
                    Map.of(),
                    ids,
                    1,
                    event.json()));
          }
          hand(takers, event.timeMillis(), ids, event.json(), kind, matched);
        });
    step(newest - latenessMillis, false, matched);
  }

  private void hand(
      List<Subscription> takers,
      long time,
      List<String> ids,
      JsonObject event,
      SourceKind kind,
      Consumer<RuleMatch> matched) {
    for (Subscription taker : takers) {
      Node node = taker.node();
      for (Hit hit : hits(taker, time, ids, event, kind)) {
        node.correlator.take(hit, found -> found(node, found, matched));
      }
    }
  }

  private List<Hit> hits(
      Subscription taker, long time, List<String> ids, JsonObject event, SourceKind kind) {
    Correlation correlation = taker.node().rule.correlation();
    FieldReader reader = new FieldReader(fields, kind, correlation.aliases(), taker.name(), event);
    List<String> key = reader.all(correlation.groupBy());
    List<String> peers = reader.all(correlation.peers().by());
    // Events that lack a field belong to no group: strangers are not put together.
    if (key == null || peers == null) {
      return List.of();
    }
    List<Hit> hits = new ArrayList<>();
    for (FieldReader.Value value : reader.values(correlation.fields())) {
      hits.add(new Hit(taker.place(), time, key, peers, value.texts(), value.number(), ids, event));
    }
    return hits;
  }

  private void found(Node node, Found found, Consumer<RuleMatch> matched) {
    Correlated rule = node.rule;
    Map<String, String> group = new LinkedHashMap<>();
    List<String> groupBy = rule.correlation().groupBy();
    JsonObject event = found.event();
    for (int i = 0; i < groupBy.size(); i++) {
      group.put(groupBy.get(i), found.key().get(i));
      if (rule.correlation().aliases().containsKey(groupBy.get(i))) {
        event = event.with(groupBy.get(i), found.key().get(i));
      }
    }
    if (node.takers.isEmpty() || node.takers.stream().anyMatch(one -> one.node().rule.generate())) {
      matched.accept(
          new RuleMatch(
              rule.head(), found.timeMillis(), group, found.ids(), found.count(), found.event()));
    }
    hand(node.takers, found.timeMillis(), found.ids(), event, kinds.apply(found.event()), matched);
  }

  /**
   * Nothing of this time or before will come: windows that are over by then are judged. A process
   * that follows live events calls this also when none come.
   */
  public void advance(long timeMillis, Consumer<RuleMatch> matched) {
    newest = Math.max(newest, timeMillis);
    step(newest, true, matched);
  }

  /** No event will come any more. */
  public void end(Consumer<RuleMatch> matched) {
    step(Long.MAX_VALUE / 2, true, matched);
  }

  private void step(long time, boolean always, Consumer<RuleMatch> matched) {
    for (Node node : nodes) {
      long until = time - node.delay;
      if (always || until - node.stepMillis >= node.advanced) {
        node.advanced = until;
        node.correlator.advance(until, found -> found(node, found, matched));
      }
    }
  }

  /**
   * Until it is told otherwise, events may come so much later than the newest one: after a start,
   * when sources deliver what waited.
   */
  public void allowLateness(Duration lateness) {
    latenessMillis = lateness.toMillis();
  }

  /**
   * What its correlations know of earlier events. Contains values of events.
   *
   * @throws IOException never, as it writes to memory
   */
  public byte[] state() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(newest);
    out.writeInt(nodes.size());
    for (Node node : nodes) {
      ByteArrayOutputStream own = new ByteArrayOutputStream();
      node.correlator.save(new DataOutputStream(own));
      out.writeUTF(node.identity);
      out.writeLong(node.advanced);
      out.writeInt(own.size());
      own.writeTo(out);
    }
    return bytes.toByteArray();
  }

  /**
   * Has an engine that took nothing yet know what another one knew. A rule that is not the same any
   * more begins anew.
   *
   * @throws IOException when it is not a state: this engine is of no use then
   */
  public void restore(byte[] state) throws IOException {
    Map<String, Node> byIdentity = new LinkedHashMap<>();
    nodes.forEach(node -> byIdentity.put(node.identity, node));
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
    newest = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      Node node = byIdentity.remove(in.readUTF());
      long advanced = in.readLong();
      int length = in.readInt();
      if (node == null) {
        in.skipNBytes(length);
        continue;
      }
      node.advanced = advanced;
      int rest = in.available() - length;
      node.correlator.load(in);
      if (in.available() != rest) {
        throw new IOException("the state of a rule has another length than it says");
      }
    }
  }

  /** Of each correlation, what makes it another one when it changes, those too that it takes. */
  private Map<String, String> identities() {
    Map<String, String> identities = new LinkedHashMap<>();
    for (Detection one : rules.detections()) {
      identify(identities, one.head(), one.source() + " " + one.criterion());
    }
    for (Correlated one : rules.correlations()) {
      Correlation what = one.correlation();
      List<Object> parts = new ArrayList<>();
      for (String rule : what.rules()) {
        parts.add(identities.getOrDefault(rule, rule));
      }
      // Maps are in an order of each process's own.
      Map<String, Object> aliases = new TreeMap<>();
      what.aliases().forEach((alias, fields) -> aliases.put(alias, new TreeMap<>(fields)));
      parts.addAll(
          List.of(
              what.type(),
              what.groupBy(),
              what.timespan(),
              what.bounds(),
              what.fields(),
              aliases,
              what.learn(),
              what.returning(),
              what.peers(),
              what.order()));
      identify(identities, one.head(), parts.toString());
    }
    return identities;
  }

  private static void identify(Map<String, String> identities, RuleHead head, String what) {
    String identity =
        Hash.sha256((head.key() + " " + what).getBytes(StandardCharsets.UTF_8)).toString();
    identities.put(head.key(), identity);
    names(head).forEach(name -> identities.put(name, identity));
  }

  /** How many events came later than they may. */
  public long late() {
    return late;
  }

  /** About how much memory the correlations take. */
  public long stateBytes() {
    return nodes.stream().mapToLong(node -> node.correlator.bytes()).sum();
  }

  /** How many groups the correlations forgot for want of memory. */
  public long forgotten() {
    return nodes.stream().mapToLong(node -> node.correlator.forgotten()).sum();
  }

  /** How often a rule about one event was looked at in full. */
  public long looked() {
    return index.looked();
  }
}
