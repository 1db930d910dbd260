package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What is searched for, inside of a fence. Pages are cut by position, so that events that arrive
 * meanwhile change none: {@code before} for the next older page, {@code after} for the next newer.
 *
 * @param equal texts that must be equal, by {@link #TEXTS}
 * @param text what the event's text must contain, upper or lower case
 * @param fromMillis earliest time
 * @param toMillis first time that is too late
 * @param classUid OCSF's class
 * @param after only positions above; -1 for all
 * @param before only positions below
 * @param newestFirst the order of positions
 * @param limit most events of a page
 */
public record EventQuery(
    Map<String, String> equal,
    Optional<String> text,
    long fromMillis,
    long toMillis,
    Optional<Long> classUid,
    long after,
    long before,
    boolean newestFirst,
    int limit) {
  /** What can be asked to be equal: names of parameters and of columns. */
  public static final Set<String> TEXTS =
      Set.of("token", "client", "entity", "actor", "key", "address", "session", "source", "item");

  /** Of which there are few events each, so that they are looked for everywhere at once. */
  private static final Set<String> RARE = Set.of("token", "item", "session", "entity");

  /** Every parameter. */
  public static final Set<String> PARAMETERS =
      Set.of(
          "token", "client", "entity", "actor", "key", "address", "session", "source", "item",
          "text", "from", "to", "class", "after", "before", "order", "limit");

  /** Most events of a page. */
  public static final int LIMIT_MAX = 1000;

  private static final int LIMIT = 100;

  public EventQuery {
    equal = Map.copyOf(equal);
    if (!TEXTS.containsAll(equal.keySet()) || limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("not a query");
    }
  }

  /**
   * Reads a query.
   *
   * @param parameters gives a parameter's value
   * @throws FormatException naming the parameter and what it may be
   */
  public static EventQuery parse(Function<String, Optional<String>> parameters)
      throws FormatException {
    Map<String, String> equal = new LinkedHashMap<>();
    for (String name : TEXTS) {
      Optional<String> value = parameters.apply(name);
      if (value.isPresent()) {
        equal.put(name, bounded(name, value.get()));
      }
    }
    Optional<String> text = parameters.apply("text");
    if (text.isPresent()) {
      bounded("text", text.get());
    }
    Optional<String> classUid = parameters.apply("class");
    String order = parameters.apply("order").orElse("newest");
    if (!order.equals("newest") && !order.equals("oldest")) {
      throw new FormatException("order is newest or oldest");
    }
    long limit = number(parameters, "limit", LIMIT, LIMIT_MAX);
    if (limit < 1) {
      throw new FormatException("limit is 1 to " + LIMIT_MAX);
    }
    return new EventQuery(
        equal,
        text,
        number(parameters, "from", 0, AuditEvent.NUMBER_MAX),
        number(parameters, "to", AuditEvent.NUMBER_MAX, AuditEvent.NUMBER_MAX),
        classUid.isPresent()
            ? Optional.of(number(parameters, "class", 0, Integer.MAX_VALUE))
            : Optional.empty(),
        number(parameters, "after", -1, AuditEvent.NUMBER_MAX),
        number(parameters, "before", AuditEvent.NUMBER_MAX, AuditEvent.NUMBER_MAX),
        order.equals("newest"),
        (int) limit);
  }

  private static String bounded(String name, String value) throws FormatException {
    if (value.isEmpty() || value.length() > AuditEvent.KEY_LENGTH_MAX) {
      throw new FormatException(name + " has 1 to " + AuditEvent.KEY_LENGTH_MAX + " characters");
    }
    return value;
  }

  private static long number(
      Function<String, Optional<String>> parameters, String name, long without, long max)
      throws FormatException {
    Optional<String> value = parameters.apply(name);
    if (value.isEmpty()) {
      return without;
    }
    try {
      return Decimal.parse(value.get(), max);
    } catch (FormatException e) {
      throw new FormatException(name + " is a decimal number of at most " + max, e);
    }
  }

  /** The same, oldest first, for positions in between. */
  public EventQuery page(long after, long before, int limit) {
    return new EventQuery(equal, text, fromMillis, toMillis, classUid, after, before, false, limit);
  }

  /** The same, for positions in between. */
  EventQuery between(long after, long before) {
    return new EventQuery(
        equal, text, fromMillis, toMillis, classUid, after, before, newestFirst, limit);
  }

  /** Whether an event has the words; of all else the store sees to it. */
  boolean hasWords(AuditEvent event) {
    if (text.isEmpty()) {
      return true;
    }
    String all = new String(event.canonicalBytes(), StandardCharsets.UTF_8);
    return all.toLowerCase(Locale.ROOT).contains(asInJson(text.get()).toLowerCase(Locale.ROOT));
  }

  /** What was asked, for the event that says so, and for an export. */
  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder();
    TEXTS.stream().sorted().forEach(name -> json.put(name, equal.get(name)));
    json.put("text", text.orElse(null));
    if (fromMillis > 0) {
      json.put("from", fromMillis);
    }
    if (toMillis < AuditEvent.NUMBER_MAX) {
      json.put("to", toMillis);
    }
    classUid.ifPresent(uid -> json.put("class", uid));
    return json.build();
  }

  /** Whether few events can be it. */
  boolean isForSomethingRare() {
    return equal.keySet().stream().anyMatch(RARE::contains);
  }

  /**
   * Conditions and what is bound to them, for one of the store's parts: an event is selected by
   * exactly one of them.
   */
  public List<Conditions> conditions(Fence fence, Names names) {
    String item = equal.get("item");
    if (item == null) {
      return List.of(common(fence, names));
    }
    Conditions alone = common(fence, names);
    alone.add("item = ?", item);
    Conditions among = common(fence, names);
    StringBuilder quoted = new StringBuilder();
    JsonObject.quote(quoted, item);
    among.add("contains(items, ?)", quoted.toString());
    return List.of(alone, among);
  }

  private Conditions common(Fence fence, Names names) {
    Conditions conditions = new Conditions(new StringBuilder(), new ArrayList<>());
    conditions.add("domain = ?", fence.domain());
    conditions.add("tenant = ?", fence.tenant());
    for (Map.Entry<String, String> one : equal.entrySet()) {
      // The names are columns' names, from a set of ours.
      if (!one.getKey().equals("item")) {
        List<String> columns = EventPeople.searched(names, fence, one.getKey(), one.getValue());
        conditions.add(
            one.getKey()
                + (columns.size() == 1
                    ? " = ?"
                    : " IN (" + String.join(", ", Collections.nCopies(columns.size(), "?")) + ")"),
            columns.toArray());
      }
    }
    if (fromMillis > 0) {
      conditions.add("time >= ?", fromMillis);
    }
    if (toMillis < AuditEvent.NUMBER_MAX) {
      conditions.add("time < ?", toMillis);
    }
    classUid.ifPresent(uid -> conditions.add("class_uid = ?", uid));
    if (after >= 0) {
      conditions.add("position > ?", after);
    }
    if (before < AuditEvent.NUMBER_MAX) {
      conditions.add("position < ?", before);
    }
    return conditions;
  }

  /**
   * Conditions.
   *
   * @param sql joined by AND, with a question mark for each value
   * @param values in their order
   */
  public record Conditions(StringBuilder sql, List<Object> values) {
    void add(String condition, Object... bound) {
      sql.append(sql.isEmpty() ? "" : " AND ").append(condition);
      values.addAll(List.of(bound));
    }

    String where() {
      return " WHERE " + sql;
    }
  }

  /** A text as it stands in an event's JSON, without its quotes. */
  private static String asInJson(String words) {
    StringBuilder quoted = new StringBuilder();
    JsonObject.quote(quoted, words);
    return quoted.substring(1, quoted.length() - 1);
  }
}
