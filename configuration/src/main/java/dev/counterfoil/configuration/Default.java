package dev.counterfoil.configuration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a key is when the file does not name it, spelled as in the file. A key without a default
 * must be there, unless it is an {@link java.util.Optional}, a {@link java.util.List}, a {@link
 * java.util.Map}, or a record all of whose keys have defaults.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
  /** The value as it would stand in the file. */
  String value();
}
