package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Optional;

/**
 * A number of a claim with its bounds, such as 22 to 25 tenants: what is compared when two
 * documents speak of the same.
 *
 * @param name what is counted, in lower case, such as {@code tenants}
 * @param min at least so many
 * @param max at most so many; empty where no upper bound is known
 */
public record Measure(String name, long min, Optional<Long> max) {
  private static final int NAME_MAX = 40;

  public Measure {
    if (!name.matches("[a-z][a-z0-9-]*") || name.length() > NAME_MAX) {
      throw new IllegalArgumentException(
          "a measure is named by lower-case letters, such as tenants");
    }
    if (min < 0 || max.filter(most -> most < min).isPresent()) {
      throw new IllegalArgumentException("measure " + name + " has its bounds in the wrong order");
    }
  }

  /** Reads {@code tenants=22}, {@code tenants=22..25} or {@code tenants=22..}. */
  public static Measure of(String text) {
    String[] parts = text.split("=", 2);
    try {
      String[] bounds = parts[1].split("\\.\\.", -1);
      long min = Long.parseLong(bounds[0]);
      return switch (bounds.length) {
        case 1 -> new Measure(parts[0], min, Optional.of(min));
        case 2 ->
            new Measure(
                parts[0],
                min,
                bounds[1].isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(bounds[1])));
        default -> throw new NumberFormatException(text);
      };
    } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "write a measure as tenants=22, tenants=22..25 or tenants=22..", e);
    }
  }

  /** Whether some number can be both. */
  public boolean agrees(Measure other) {
    return max.filter(most -> most < other.min).isEmpty()
        && other.max.filter(most -> most < min).isEmpty();
  }

  /** Whether a number lies within the bounds. */
  public boolean contains(long number) {
    return number >= min && max.filter(most -> number > most).isEmpty();
  }

  /** For people: {@code 22 tenants}, {@code 22 to 25 tenants}, {@code at least 22 tenants}. */
  public String words() {
    String count =
        max.isEmpty()
            ? "at least " + min
            : max.get() == min ? Long.toString(min) : min + " to " + max.get();
    return count + " " + name.replace('-', ' ');
  }

  /** As it stands in claims (spec/notice.md). */
  public JsonObject toJson() {
    JsonObject json = JsonObject.builder().put("name", name).put("min", min).build();
    return max.isEmpty() ? json : json.with("max", max.get());
  }

  static Measure parse(JsonObject json) throws FormatException {
    json.allowOnly("name", "min", "max");
    return new Measure(json.string("name"), json.number("min"), json.optionalNumber("max"));
  }
}
