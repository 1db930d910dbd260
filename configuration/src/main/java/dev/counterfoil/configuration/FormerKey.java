package dev.counterfoil.configuration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key that a configuration record had in an earlier version. A file that still has it is refused,
 * as one with any key that is not known, and its operator is told what to write instead.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Repeatable(FormerKey.All.class)
public @interface FormerKey {
  /** In kebab case, as it stood in the file. */
  String name();

  /** What to write now, as a sentence without its end. */
  String instead();

  /** Holds several. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface All {
    /** All of a record. */
    FormerKey[] value();
  }
}
