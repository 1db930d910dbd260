package dev.counterfoil.audit.names;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An event as a row of the store: what it is found by in columns, what may name somebody in texts
 * that are sealed, and the rest of it as JSON, where everything that these have is left out. So
 * nothing is kept twice, the rests of one source's events are nearly all the same, and the event
 * comes out again to the byte.
 *
 * <p>An event has no fractions and no nulls: in a rest, {@code N.5} stands for the text of column
 * N, {@code null} for what its place says, such as the time, and a member without a name for those
 * members that stand in line N of the texts.
 *
 * @param domain trust domain of the source
 * @param event the event, when it was received
 * @param texts what stands in the columns of {@link #TEXTS}
 * @param items the items of an event with several, as a JSON array
 * @param words members that are free text, an object a line; null where there are none
 * @param rest the event without all that
 */
public record EventRow(
    String domain,
    AuditEvent event,
    List<@Nullable String> texts,
    @Nullable String items,
    @Nullable String words,
    String rest) {
  /** Columns of texts, in the order of their numbers; {@code item} is that of an event with one. */
  public static final List<String> TEXTS =
      List.of(
          "tenant", "source", "entity", "actor", "client", "token", "key", "address", "session",
          "item");

  /** Where tenant and source stand among them. */
  public static final int TENANT = 0;

  public static final int SOURCE = 1;

  /** Where who acted, and what was acted on, stand among them. */
  public static final int ENTITY = 2;

  public static final int ACTOR = 3;

  /** Where an address and a session stand among them. */
  public static final int ADDRESS = 7;

  public static final int SESSION = 8;

  /** The member with the items of an event. */
  public static final String ITEMS = "item_uids";

  /** Takes an event apart. */
  public static EventRow of(AuditEvent event) {
    String source = event.reporter().orElseThrow();
    List<@Nullable String> texts = texts(event);
    List<?> all = items(event);
    boolean several = all.size() > 1 && all.stream().allMatch(String.class::isInstance);
    StringBuilder items = new StringBuilder();
    if (several) {
      array(items, all);
    }
    Writer writer = new Writer(texts, several);
    writer.event(event.json());
    return new EventRow(
        Source.domainOf(source),
        event,
        texts,
        several ? items.toString() : null,
        writer.words.isEmpty() ? null : String.join("\n", writer.words),
        writer.out.toString());
  }

  /** What an event has for the columns of texts. */
  public static List<@Nullable String> texts(AuditEvent event) {
    AuditEvent.Keys keys = event.keys();
    List<@Nullable String> texts = new ArrayList<>(TEXTS.size());
    texts.add(event.tenant());
    texts.add(event.reporter().orElseThrow());
    for (Optional<String> key :
        List.of(
            keys.entity(),
            keys.actor(),
            keys.client(),
            keys.token(),
            keys.key(),
            keys.address(),
            keys.session())) {
      texts.add(key.orElse(null));
    }
    List<?> all = items(event);
    texts.add(all.size() == 1 && all.getFirst() instanceof String one ? one : null);
    return texts;
  }

  private static List<?> items(AuditEvent event) {
    return event.json().get(ITEMS) instanceof List<?> list ? list : List.of();
  }

  private static void array(StringBuilder out, List<?> texts) {
    char before = '[';
    for (Object text : texts) {
      out.append(before);
      before = ',';
      JsonObject.quote(out, (String) text);
    }
    out.append(']');
  }

  /** Writes the rest of an event, and its words. */
  private static final class Writer {
    private final StringBuilder out = new StringBuilder(1024);
    private final List<String> words = new ArrayList<>();
    private final List<@Nullable String> texts;
    private final boolean itemsApart;

    Writer(List<@Nullable String> texts, boolean itemsApart) {
      this.texts = texts;
      this.itemsApart = itemsApart;
    }

    void event(JsonObject event) {
      members(event, PlainMembers.EVENT);
    }

    private void members(JsonObject object, PlainMembers.Node known) {
      char before = '{';
      JsonObject.Builder free = null;
      for (String name : object.names()) {
        Object value = held(object, name);
        PlainMembers.Node node = known.member(name);
        boolean stands =
            node != null
                && (node.isNumber()
                    || (itemsApart && known == PlainMembers.EVENT && name.equals(ITEMS)));
        // Most values are texts: for them it is looked once which column has the same.
        int column = value instanceof String text ? column(text) : -1;
        if (node == null || !(stands || mayStand(value, column, node))) {
          free = free == null ? JsonObject.builder() : free;
          add(free, name, value);
          continue;
        }
        out.append(before);
        before = ',';
        out.append(node.written());
        if (stands) {
          out.append("null");
        } else if (value instanceof JsonObject inner) {
          members(inner, node);
        } else {
          value(value, column);
        }
      }
      if (free != null) {
        out.append(before).append("\"\":").append(words.size());
        before = ',';
        words.add(free.build().canonical());
      }
      out.append(before == '{' ? "{}" : "}");
    }

    /** Whether a value may be in the rest: as it is, or as the mark of a column. */
    private boolean mayStand(Object value, int column, PlainMembers.Node node) {
      return switch (value) {
        case JsonObject _ -> node.isObject();
        case List<?> list -> node.isPlain() && mayStand(list, node);
        case String text -> column >= 0 || (node.isPlain() && !namesSomebody(text));
        default -> node.isPlain();
      };
    }

    private boolean mayStand(List<?> list, PlainMembers.Node node) {
      for (Object one : list) {
        int column = one instanceof String text ? column(text) : -1;
        if (one instanceof JsonObject || one instanceof List<?> || !mayStand(one, column, node)) {
          return false;
        }
      }
      return true;
    }

    /** Also as a part of it. */
    private boolean namesSomebody(String text) {
      String actor = texts.get(ACTOR);
      String entity = texts.get(ENTITY);
      return (actor != null && !actor.isEmpty() && text.contains(actor))
          || (entity != null && !entity.isEmpty() && text.contains(entity));
    }

    private static Object held(JsonObject object, String name) {
      Object value = object.get(name);
      if (value == null) {
        throw new IllegalStateException("a member without a value");
      }
      return value;
    }

    private void value(Object value, int column) {
      switch (value) {
        case String text -> {
          if (column >= 0) {
            out.append(column).append(".5");
          } else {
            JsonObject.quote(out, text);
          }
        }
        case List<?> list -> {
          out.append('[');
          int from = out.length();
          for (Object element : list) {
            if (out.length() > from) {
              out.append(',');
            }
            value(element, element instanceof String text ? column(text) : -1);
          }
          out.append(']');
        }
        case Long number -> out.append(number.longValue());
        default -> out.append(value);
      }
    }

    private int column(String text) {
      for (int i = 0; i < texts.size(); i++) {
        if (text.equals(texts.get(i))) {
          return i;
        }
      }
      return -1;
    }
  }

  private static void add(JsonObject.Builder into, String name, Object value) {
    switch (value) {
      case String text -> into.put(name, text);
      case Long number -> into.put(name, number);
      case Boolean truth -> into.put(name, truth);
      case JsonObject object -> into.put(name, object);
      case List<?> list -> into.put(name, list);
      default -> throw new IllegalArgumentException("not a value of an event");
    }
  }

  /**
   * The numbers of an event that stand in columns.
   *
   * @param classUid OCSF's class
   * @param activityId OCSF's activity
   * @param timeMillis when it happened
   * @param sequence its number at its source
   * @param loggedMillis when it was taken in
   */
  public record Numbers(
      long classUid, long activityId, long timeMillis, long sequence, long loggedMillis) {}
}
