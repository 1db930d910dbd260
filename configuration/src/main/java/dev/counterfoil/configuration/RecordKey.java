package dev.counterfoil.configuration;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One component of a configuration record as a key of the file.
 *
 * @param name in kebab case
 * @param type of the component, with its arguments
 * @param meaning for the documentation
 * @param standard the default's text
 * @param bounds least and greatest value
 */
record RecordKey(
    String name, Type type, String meaning, Optional<String> standard, Optional<Bounds> bounds) {

  /** The keys of a record, in their order. */
  static List<RecordKey> of(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(type + " is no record");
    }
    return Arrays.stream(components)
        .flatMap(
            component ->
                isInline(component) ? of(component.getType()).stream() : Stream.of(of(component)))
        .toList();
  }

  static boolean isInline(RecordComponent component) {
    return component.isAnnotationPresent(Inline.class);
  }

  static RecordKey of(RecordComponent component) {
    Meaning meaning = component.getAnnotation(Meaning.class);
    if (meaning == null) {
      throw new IllegalArgumentException(component + " has no @Meaning");
    }
    return new RecordKey(
        kebab(component.getName()),
        component.getGenericType(),
        meaning.value(),
        Optional.ofNullable(component.getAnnotation(Default.class)).map(Default::value),
        Optional.ofNullable(component.getAnnotation(Bounds.class)));
  }

  static String kebab(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  /** The class of a type, without its arguments. */
  static Class<?> rawClass(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : (Class<?>) type;
  }

  /** The last argument of a type: what a list, an optional or a map holds. */
  static Type held(Type type) {
    Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
    return arguments[arguments.length - 1];
  }
}
