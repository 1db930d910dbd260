package dev.counterfoil.format.bytes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object, immutable. Its values are {@link String}, {@link Long}, {@link Double}, {@link
 * Boolean}, {@link List}, {@code JsonObject} and {@link Null}. The getters name the member in their
 * error and never its value.
 */
public final class JsonObject {
  /** The JSON value {@code null}. */
  public enum Null {
    NULL
  }

  /** Never changed, and never given away. */
  private final Map<String, Object> members;

  /**
   * Whether no name and no text in it has a character that is escaped, those of objects in it
   * aside: then none is looked for.
   */
  private final boolean isBare;

  private JsonObject(Map<String, Object> members, boolean isBare) {
    this.members = members;
    this.isBare = isBare;
  }

  /** Takes members over from who made them and keeps none of them. */
  static JsonObject adopt(Map<String, Object> members) {
    return new JsonObject(members, false);
  }

  /** The same of members that were read where nothing was escaped. */
  static JsonObject adoptBare(Map<String, Object> members) {
    return new JsonObject(members, true);
  }

  /** Starts an object that is written in the order in which members are put. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects members; a value that is null leaves its member out. */
  public static final class Builder {
    private LinkedHashMap<String, Object> members = new LinkedHashMap<>();

    /** Whether an object has them, so that another one takes a copy. */
    private boolean given;

    private Builder() {}

    public Builder put(String name, @Nullable String value) {
      return add(name, value);
    }

    public Builder put(String name, long value) {
      return add(name, value);
    }

    public Builder put(String name, boolean value) {
      return add(name, value);
    }

    public Builder put(String name, @Nullable JsonObject value) {
      return add(name, value);
    }

    /** Puts an array of strings or of objects. */
    public Builder put(String name, List<?> values) {
      return add(name, List.copyOf(values));
    }

    private Builder add(String name, @Nullable Object value) {
      if (given) {
        members = new LinkedHashMap<>(members);
        given = false;
      }
      if (value != null && members.put(name, value) != null) {
        throw new IllegalArgumentException("member " + name + " is put twice");
      }
      return this;
    }

    public JsonObject build() {
      given = true;
      return adopt(members);
    }
  }

  /** The same with one member put or replaced; one of the classes named above. */
  public JsonObject with(String name, Object value) {
    LinkedHashMap<String, Object> changed = new LinkedHashMap<>(members);
    changed.put(name, value);
    return adopt(changed);
  }

  /** The same with two members put or replaced. */
  public JsonObject with(String name, Object value, String other, Object otherValue) {
    LinkedHashMap<String, Object> changed = new LinkedHashMap<>(members);
    changed.put(name, value);
    changed.put(other, otherValue);
    return adopt(changed);
  }

  /** The same without some members. */
  public JsonObject without(String... names) {
    LinkedHashMap<String, Object> changed = new LinkedHashMap<>(members);
    List.of(names).forEach(changed::remove);
    return adopt(changed);
  }

  /** The members' names in their order. */
  public Set<String> names() {
    return Collections.unmodifiableSet(members.keySet());
  }

  /** The members' values in their order. */
  public Collection<Object> values() {
    return Collections.unmodifiableCollection(members.values());
  }

  /** Whether there is a member of this name. */
  public boolean has(String name) {
    return members.containsKey(name);
  }

  /** The raw value, one of the classes named above, or null where the member is missing. */
  public @Nullable Object get(String name) {
    return members.get(name);
  }

  /** A string that must be there. */
  public String string(String name) throws FormatException {
    return require(name, String.class, "a string");
  }

  /** A string that may be missing, but may be nothing else. */
  public Optional<String> optionalString(String name) throws FormatException {
    return optional(name, String.class, "a string");
  }

  /** An integer that must be there. */
  public long number(String name) throws FormatException {
    return require(name, Long.class, "an integer");
  }

  /** An integer that may be missing, but may be nothing else. */
  public Optional<Long> optionalNumber(String name) throws FormatException {
    return optional(name, Long.class, "an integer");
  }

  /** A truth value that must be there. */
  public boolean truth(String name) throws FormatException {
    return require(name, Boolean.class, "true or false");
  }

  /** An object that must be there. */
  public JsonObject object(String name) throws FormatException {
    return require(name, JsonObject.class, "an object");
  }

  /** An object that may be missing, but may be nothing else. */
  public Optional<JsonObject> optionalObject(String name) throws FormatException {
    return optional(name, JsonObject.class, "an object");
  }

  /** An array of strings that must be there. */
  public List<String> strings(String name) throws FormatException {
    return elements(name, String.class, "strings");
  }

  /** An array of objects that must be there. */
  public List<JsonObject> objects(String name) throws FormatException {
    return elements(name, JsonObject.class, "objects");
  }

  private <T> List<T> elements(String name, Class<T> type, String what) throws FormatException {
    List<T> elements = new ArrayList<>();
    for (Object element : require(name, List.class, "an array")) {
      if (!type.isInstance(element)) {
        throw new FormatException("member " + name + " is not an array of " + what);
      }
      elements.add(type.cast(element));
    }
    return Collections.unmodifiableList(elements);
  }

  private <T> T require(String name, Class<T> type, String what) throws FormatException {
    Object value = members.get(name);
    if (value == null) {
      throw new FormatException("member " + name + " is missing");
    }
    return cast(name, value, type, what);
  }

  private <T> Optional<T> optional(String name, Class<T> type, String what) throws FormatException {
    Object value = members.get(name);
    return value == null ? Optional.empty() : Optional.of(cast(name, value, type, what));
  }

  private static <T> T cast(String name, Object value, Class<T> type, String what)
      throws FormatException {
    if (!type.isInstance(value)) {
      throw new FormatException("member " + name + " is not " + what);
    }
    return type.cast(value);
  }

  /**
   * Refuses members other than those named: for formats in which an unknown member could be a
   * restriction.
   */
  public void allowOnly(String... names) throws FormatException {
    for (String member : members.keySet()) {
      if (!List.of(names).contains(member)) {
        throw new FormatException("unknown member in a format that has none");
      }
    }
  }

  /**
   * The text in RFC 8785's canonical form: members sorted, no white space. Doubles are refused: our
   * formats have none.
   */
  public String canonical() {
    StringBuilder out = new StringBuilder(256);
    write(out, this, true, isBare);
    return out.toString();
  }

  /** The canonical text as UTF-8. */
  public byte[] canonicalBytes() {
    return canonical().getBytes(StandardCharsets.UTF_8);
  }

  /** The text without white space, members in their order. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(256);
    write(out, this, false, isBare);
    return out.toString();
  }

  /** The members' names in the order of RFC 8785 3.2.3: that of their UTF-16 code units. */
  public String[] sortedNames() {
    String[] names = members.keySet().toArray(String[]::new);
    for (int i = 1; i < names.length; i++) {
      if (names[i - 1].compareTo(names[i]) > 0) {
        Arrays.sort(names);
        return names;
      }
    }
    return names;
  }

  /** Appends a member that is there: its name, and its value in the canonical form. */
  public void writeCanonical(StringBuilder out, String name) {
    writeName(out, name);
    write(out, Objects.requireNonNull(members.get(name)), true, isBare);
  }

  /** Appends the name of a member that is there, and a colon. */
  public void writeName(StringBuilder out, String name) {
    quote(out, name, isBare);
    out.append(':');
  }

  /**
   * Appends a value.
   *
   * @param bare whether the texts in it have nothing to escape; an object knows by itself
   */
  private static void write(StringBuilder out, Object value, boolean canonical, boolean bare) {
    if (value instanceof JsonObject object && canonical) {
      out.append('{');
      String separator = "";
      for (String name : object.sortedNames()) {
        out.append(separator);
        object.writeCanonical(out, name);
        separator = ",";
      }
      out.append('}');
    } else if (value instanceof JsonObject object) {
      out.append('{');
      String separator = "";
      for (Map.Entry<String, Object> member : object.members.entrySet()) {
        out.append(separator);
        object.writeName(out, member.getKey());
        write(out, member.getValue(), false, object.isBare);
        separator = ",";
      }
      out.append('}');
    } else if (value instanceof List<?> list) {
      out.append('[');
      String separator = "";
      for (Object element : list) {
        out.append(separator);
        write(out, element, canonical, bare);
        separator = ",";
      }
      out.append(']');
    } else if (value instanceof String text) {
      quote(out, text, bare);
    } else if (value == Null.NULL) {
      out.append("null");
    } else if (value instanceof Double && canonical) {
      throw new IllegalStateException("a canonical object of ours has integers only");
    } else {
      out.append(value);
    }
  }

  private static void quote(StringBuilder out, String text, boolean bare) {
    if (bare) {
      out.append('"').append(text).append('"');
    } else {
      quote(out, text);
    }
  }

  /** Appends a JSON string with the escapes of RFC 8785 3.2.2.2, and no others. */
  public static void quote(StringBuilder out, String text) {
    out.append('"');
    // Runs without a character to escape are copied whole: a token is one run.
    int copied = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\') {
        out.append(text, copied, i);
        escape(out, c);
        copied = i + 1;
      }
    }
    if (copied == 0) {
      out.append(text);
    } else {
      out.append(text, copied, text.length());
    }
    out.append('"');
  }

  private static void escape(StringBuilder out, char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\b' -> out.append("\\b");
      case '\t' -> out.append("\\t");
      case '\n' -> out.append("\\n");
      case '\f' -> out.append("\\f");
      case '\r' -> out.append("\\r");
      default ->
          out.append("\\u00")
              .append(Character.forDigit(c >> 4, 16))
              .append(Character.forDigit(c & 15, 16));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonObject that && members.equals(that.members);
  }

  @Override
  public int hashCode() {
    return members.hashCode();
  }
}
