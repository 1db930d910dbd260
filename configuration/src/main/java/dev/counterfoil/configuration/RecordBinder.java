package dev.counterfoil.configuration;

import dev.counterfoil.configuration.ScalarType.WrongValue;
import dev.counterfoil.configuration.YamlNode.Entry;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of nodes. */
final class RecordBinder {
  private final Place place;

  RecordBinder(Place place) {
    this.place = place;
  }

  /**
   * Makes a record of a block of keys.
   *
   * @param path dotted name of the block, ending in a dot unless empty
   */
  <T> T record(Class<T> type, String path, Mapping mapping) throws ConfigurationException {
    refuseUnknown(type, RecordKey.of(type), path, mapping);
    return filled(type, path, mapping);
  }

  /** Makes a record of the type whose keys are nearest to those of a file, or says why not. */
  <T> T nearest(List<? extends Class<? extends T>> types, Mapping mapping)
      throws ConfigurationException {
    @Nullable ConfigurationException why = null;
    for (Class<? extends T> type :
        types.stream().sorted(Comparator.comparingInt(type -> distance(type, mapping))).toList()) {
      try {
        return record(type, "", mapping);
      } catch (ConfigurationException e) {
        why = why == null ? e : why;
      }
    }
    throw Objects.requireNonNull(why);
  }

  /** How far the keys of a file are from those of a type: a mistyped one is near. */
  private static int distance(Class<?> type, Mapping mapping) {
    List<String> known =
        Stream.concat(
                RecordKey.of(type).stream().map(RecordKey::name),
                Arrays.stream(type.getAnnotationsByType(FormerKey.class)).map(FormerKey::name))
            .toList();
    return mapping.entries().keySet().stream()
        .mapToInt(
            key ->
                NearestName.of(key, known)
                    .map(near -> NearestName.edits(key, near))
                    .orElse(key.length()))
        .sum();
  }

  private <T> T filled(Class<T> type, String path, Mapping mapping) throws ConfigurationException {
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (RecordKey.isInline(component)) {
        values.add(filled(component.getType(), path, mapping));
        continue;
      }
      RecordKey key = RecordKey.of(component);
      Entry entry = mapping.entries().get(key.name());
      values.add(
          entry == null
              ? absent(key, path, mapping.line())
              : value(key, key.type(), path + key.name(), entry.value(), entry.line()));
    }
    return construct(type, values, mapping.line());
  }

  private void refuseUnknown(Class<?> type, List<RecordKey> keys, String path, Mapping mapping)
      throws ConfigurationException {
    List<String> known = keys.stream().map(RecordKey::name).toList();
    for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
      for (FormerKey former : type.getAnnotationsByType(FormerKey.class)) {
        if (former.name().equals(entry.getKey())) {
          throw place.wrong(
              entry.getValue().line(),
              "key '" + path + former.name() + "' is not taken any more: " + former.instead());
        }
      }
      if (!known.contains(entry.getKey())) {
        throw place.unknownKey(entry.getValue().line(), path, entry.getKey(), known);
      }
    }
  }

  private Object absent(RecordKey key, String path, int line) throws ConfigurationException {
    String name = path + key.name();
    if (key.standard().isPresent()) {
      return value(key, key.type(), name, new Scalar(line, key.standard().get()), line);
    }
    Class<?> raw = RecordKey.rawClass(key.type());
    if (raw == Optional.class) {
      return Optional.empty();
    }
    if (raw == List.class) {
      return List.of();
    }
    if (raw == Map.class) {
      return Map.of();
    }
    if (raw.isRecord() && ScalarType.of(raw).isEmpty()) {
      return record(raw, name + ".", new Mapping(line, Map.of()));
    }
    String wanted = ScalarType.of(raw).map(ScalarType::wanted).orElse("a block of keys");
    throw place.wrong(line, "key '" + name + "' is missing: want " + wanted);
  }

  private Object value(RecordKey key, Type type, String name, YamlNode node, int line)
      throws ConfigurationException {
    Class<?> raw = RecordKey.rawClass(type);
    Optional<ScalarType> scalar = ScalarType.of(raw);
    if (scalar.isPresent()) {
      return scalar(key, scalar.get(), name, node, line);
    }
    if (raw == Optional.class) {
      return Optional.of(value(key, RecordKey.held(type), name, node, line));
    }
    if (raw == List.class) {
      return list(key, RecordKey.held(type), name, node, line);
    }
    if (!(node instanceof Mapping mapping)) {
      throw wanted(name, "a block of keys", node, line);
    }
    if (raw == Map.class) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
        String inner = name + "." + entry.getKey();
        Entry of = entry.getValue();
        values.put(entry.getKey(), value(key, RecordKey.held(type), inner, of.value(), of.line()));
      }
      return Map.copyOf(values);
    }
    return record(raw, name + ".", mapping);
  }

  private List<Object> list(RecordKey key, Type element, String name, YamlNode node, int line)
      throws ConfigurationException {
    if (!(node instanceof Sequence sequence)) {
      throw wanted(name, "a list", node, line);
    }
    List<Object> values = new ArrayList<>();
    for (YamlNode item : sequence.elements()) {
      values.add(value(key, element, name + "[" + values.size() + "]", item, item.line()));
    }
    return List.copyOf(values);
  }

  private Object scalar(RecordKey key, ScalarType type, String name, YamlNode node, int line)
      throws ConfigurationException {
    if (!(node instanceof Scalar scalar)) {
      throw wanted(name, type.wanted(), node, line);
    }
    try {
      Object value = type.parser().parse(scalar.text(), place.folder());
      if (key.bounds().isPresent()) {
        check(key.bounds().get(), type, value);
      }
      return value;
    } catch (WrongValue e) {
      String why = String.valueOf(e.getMessage());
      throw place.wrong(
          node.line(),
          "key '"
              + name
              + "': '"
              + abbreviated(scalar.text())
              + "' is not allowed, want "
              + type.wanted()
              + (why.isEmpty() ? "" : " (" + why + ")"),
          e);
    }
  }

  private static String abbreviated(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  private void check(Bounds bounds, ScalarType type, Object value) throws WrongValue {
    Comparable<Object> least = comparable(type.parser().parse(bounds.min(), place.folder()));
    Comparable<Object> greatest = comparable(type.parser().parse(bounds.max(), place.folder()));
    if (least.compareTo(value) > 0 || greatest.compareTo(value) < 0) {
      throw new WrongValue("from " + bounds.min() + " to " + bounds.max());
    }
  }

  // Bounds stand only on numbers, durations and sizes, each of which compares with its own class.
  @SuppressWarnings("unchecked")
  private static Comparable<Object> comparable(Object value) {
    return (Comparable<Object>) value;
  }

  private ConfigurationException wanted(String name, String wanted, YamlNode node, int line) {
    return place.wrong(
        line, "key '" + name + "': want " + wanted + ", and there is " + node.kind());
  }

  private <T> T construct(Class<T> type, List<Object> values, int line)
      throws ConfigurationException {
    Class<?>[] parameters =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
      return constructor.newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException rule) {
        throw place.wrong(line, String.valueOf(rule.getMessage()), rule);
      }
      throw new IllegalStateException("configuration record " + type + " failed", e);
    } catch (ReflectiveOperationException e) {
      String components =
          Arrays.stream(parameters).map(Class::getSimpleName).collect(Collectors.joining(", "));
      throw new IllegalStateException("cannot make " + type + "(" + components + ")", e);
    }
  }
}
