package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An event as a row of the store: what it is found by in columns, and the rest of it as JSON, where
 * everything that a column has is left out. So nothing is kept twice, the rests of one source's
 * events are nearly all the same, and the event comes out again to the byte.
 *
 * <p>An event has no fractions and no nulls: in a rest, {@code N.5} stands for the text of column
 * N, and {@code null} for what its place says, such as the time.
 *
 * @param domain trust domain of the source
 * @param event the event, when it was received
 * @param texts what stands in the columns of {@link #TEXTS}
 * @param items the items of an event with several, as a JSON array
 * @param rest the event without all that
 */
record EventRow(
    String domain,
    AuditEvent event,
    List<@Nullable String> texts,
    @Nullable String items,
    String rest) {
  /** Columns of texts, in the order of their numbers; {@code item} is that of an event with one. */
  static final List<String> TEXTS =
      List.of(
          "tenant", "source", "entity", "actor", "client", "token", "key", "address", "session",
          "item");

  private static final String ITEMS = "item_uids";
  private static final int REST_BYTES_MAX = 2 * AuditEvent.BYTES_MAX;

  /** Takes an event apart. */
  static EventRow of(AuditEvent event) {
    AuditEvent.Keys keys = event.keys();
    String source = event.reporter().orElseThrow();
    List<@Nullable String> texts = new ArrayList<>(TEXTS.size());
    texts.add(event.tenant());
    texts.add(source);
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
    List<?> all = event.json().get(ITEMS) instanceof List<?> list ? list : List.of();
    boolean several = all.size() > 1 && all.stream().allMatch(String.class::isInstance);
    texts.add(all.size() == 1 && all.getFirst() instanceof String one ? one : null);
    StringBuilder items = new StringBuilder();
    if (several) {
      array(items, all);
    }
    StringBuilder rest = new StringBuilder(512);
    new Writer(rest, texts, several).event(event.json());
    return new EventRow(
        Source.domainOf(source), event, texts, several ? items.toString() : null, rest.toString());
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

  /** Writes the rest of an event. */
  private record Writer(StringBuilder out, List<@Nullable String> texts, boolean itemsApart) {
    void event(JsonObject event) {
      char before = '{';
      for (String name : event.names()) {
        name(before, name);
        before = ',';
        switch (name) {
          case "activity_id", "category_uid", "class_uid", "time", "type_uid" -> out.append("null");
          case "metadata" -> metadata((JsonObject) held(event, name));
          case ITEMS -> {
            if (itemsApart) {
              out.append("null");
            } else {
              value(held(event, name));
            }
          }
          default -> value(held(event, name));
        }
      }
      out.append('}');
    }

    private void metadata(JsonObject metadata) {
      char before = '{';
      for (String name : metadata.names()) {
        name(before, name);
        before = ',';
        if (name.equals("sequence") || name.equals("logged_time")) {
          out.append("null");
        } else {
          value(held(metadata, name));
        }
      }
      out.append('}');
    }

    private static Object held(JsonObject object, String name) {
      Object value = object.get(name);
      if (value == null) {
        throw new IllegalStateException("a member without a value");
      }
      return value;
    }

    private void name(char before, String name) {
      out.append(before);
      JsonObject.quote(out, name);
      out.append(':');
    }

    private void value(Object value) {
      switch (value) {
        case String text -> text(text);
        case JsonObject object -> {
          out.append('{');
          int from = out.length();
          for (String name : object.names()) {
            if (out.length() > from) {
              out.append(',');
            }
            JsonObject.quote(out, name);
            out.append(':');
            value(held(object, name));
          }
          out.append('}');
        }
        case List<?> list -> {
          out.append('[');
          int from = out.length();
          for (Object element : list) {
            if (out.length() > from) {
              out.append(',');
            }
            value(element);
          }
          out.append(']');
        }
        default -> out.append(value);
      }
    }

    private void text(String text) {
      for (int i = 0; i < texts.size(); i++) {
        if (text.equals(texts.get(i))) {
          out.append(i).append(".5");
          return;
        }
      }
      JsonObject.quote(out, text);
    }
  }

  /**
   * Puts an event together again.
   *
   * @param numbers class, activity, time, sequence, time of intake
   * @param items as in the row
   * @throws FormatException when a column was changed so that it is none
   */
  static AuditEvent event(
      Numbers numbers, List<@Nullable String> texts, @Nullable String items, String rest)
      throws FormatException {
    JsonObject outline = StrictJson.object(rest.getBytes(StandardCharsets.UTF_8), REST_BYTES_MAX);
    JsonObject.Builder event = JsonObject.builder();
    for (String name : outline.names()) {
      Object value = outline.get(name);
      switch (name) {
        case "activity_id" -> event.put(name, numbers.activityId());
        case "category_uid" -> event.put(name, numbers.classUid() % 100_000 / 1000);
        case "class_uid" -> event.put(name, numbers.classUid());
        case "type_uid" -> event.put(name, numbers.classUid() * 100 + numbers.activityId());
        case "time" -> event.put(name, numbers.timeMillis());
        case "metadata" -> event.put(name, metadata(outline.object(name), numbers, texts));
        case ITEMS -> {
          if (value == JsonObject.Null.NULL && items != null) {
            event.put(name, several(items));
          } else {
            put(event, name, value, texts);
          }
        }
        default -> put(event, name, value, texts);
      }
    }
    return AuditEvent.of(event.build());
  }

  private static List<String> several(String items) throws FormatException {
    String whole = "{\"items\":" + items + "}";
    return StrictJson.object(whole.getBytes(StandardCharsets.UTF_8), REST_BYTES_MAX)
        .strings("items");
  }

  private static JsonObject metadata(
      JsonObject outline, Numbers numbers, List<@Nullable String> texts) throws FormatException {
    JsonObject.Builder metadata = JsonObject.builder();
    for (String name : outline.names()) {
      switch (name) {
        case "sequence" -> metadata.put(name, numbers.sequence());
        case "logged_time" -> metadata.put(name, numbers.loggedMillis());
        default -> put(metadata, name, outline.get(name), texts);
      }
    }
    return metadata.build();
  }

  private static void put(
      JsonObject.Builder into, String name, @Nullable Object value, List<@Nullable String> texts)
      throws FormatException {
    switch (whole(value, texts)) {
      case String text -> into.put(name, text);
      case Long number -> into.put(name, number);
      case Boolean truth -> into.put(name, truth);
      case JsonObject object -> into.put(name, object);
      case List<?> list -> into.put(name, list);
      default -> throw changed();
    }
  }

  private static Object whole(@Nullable Object value, List<@Nullable String> texts)
      throws FormatException {
    return switch (value) {
      case Double marker -> text(marker, texts);
      case JsonObject object -> {
        JsonObject.Builder filled = JsonObject.builder();
        for (String name : object.names()) {
          put(filled, name, object.get(name), texts);
        }
        yield filled.build();
      }
      case List<?> list -> {
        List<Object> filled = new ArrayList<>(list.size());
        for (Object element : list) {
          filled.add(whole(element, texts));
        }
        yield filled;
      }
      case null -> throw changed();
      default -> value;
    };
  }

  private static String text(double marker, List<@Nullable String> texts) throws FormatException {
    int column = (int) Math.floor(marker);
    String text = column >= 0 && column < texts.size() ? texts.get(column) : null;
    if (text == null || marker != column + 0.5) {
      throw changed();
    }
    return text;
  }

  private static FormatException changed() {
    return new FormatException("a row of the audit store is not as it was written");
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
  record Numbers(
      long classUid, long activityId, long timeMillis, long sequence, long loggedMillis) {}
}
