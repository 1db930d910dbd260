package dev.counterfoil.configuration;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a process is set to, for the event that says that it started: keys as in the file, and no
 * secret, since a configuration names the files of secrets and holds none.
 */
public final class SettingsText {
  /** Longest text. */
  public static final int LENGTH_MAX = 8_000;

  private SettingsText() {}

  /** A line for each key that has a value: {@code key: value}, nested keys with dots. */
  public static String of(Record configuration) {
    String text = String.join("\n", lines(configuration));
    return text.length() <= LENGTH_MAX ? text : text.substring(0, LENGTH_MAX - 4) + "\n...";
  }

  /** The same lines, however long. */
  public static List<String> lines(Record configuration) {
    List<String> lines = new ArrayList<>();
    add("", configuration, lines);
    return lines;
  }

  private static void add(String name, Object value, List<String> lines) {
    switch (value) {
      case Optional<?> one -> one.ifPresent(held -> add(name, held, lines));
      case Collection<?> many -> addEach(name, many, lines);
      case Map<?, ?> map ->
          new TreeMap<Object, Object>(map)
              .forEach((key, held) -> add(name + "." + key, held, lines));
      case Record group when isConfiguration(group) -> addKeys(name, group, lines);
      default -> lines.add(name + ": " + value);
    }
  }

  private static void addEach(String name, Collection<?> many, List<String> lines) {
    if (many.stream().anyMatch(one -> one instanceof Record group && isConfiguration(group))) {
      int number = 0;
      for (Object one : many) {
        add(name + "[" + number++ + "]", one, lines);
      }
    } else if (!many.isEmpty()) {
      lines.add(name + ": " + many);
    }
  }

  private static boolean isConfiguration(Record record) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    return components.length > 0
        && (RecordKey.isInline(components[0]) || components[0].isAnnotationPresent(Meaning.class));
  }

  private static void addKeys(String name, Record record, List<String> lines) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        Object value = component.getAccessor().invoke(record);
        if (value instanceof Record group && RecordKey.isInline(component)) {
          addKeys(name, group, lines);
        } else if (value != null) {
          String key = RecordKey.kebab(component.getName());
          add(name.isEmpty() ? key : name + "." + key, value, lines);
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a setting cannot be read", e);
      }
    }
  }
}
