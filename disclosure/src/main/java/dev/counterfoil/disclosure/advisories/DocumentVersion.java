package dev.counterfoil.disclosure.advisories;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A document's version: an integer, or a semantic version (CSAF 2.0, 3.1.11).
 *
 * @param numbers one number, or three
 * @param preRelease what stands behind a hyphen; empty for none
 */
record DocumentVersion(List<Long> numbers, String preRelease)
    implements Comparable<DocumentVersion> {
  /** A version that the schema has let through. */
  static DocumentVersion of(String text) {
    String withoutBuild = text.split("\\+", 2)[0];
    String[] parts = withoutBuild.split("-", 2);
    return new DocumentVersion(
        Arrays.stream(parts[0].split("\\.", -1)).map(DocumentVersion::number).toList(),
        parts.length == 1 ? "" : parts[1]);
  }

  /** One that is longer than a long is the greatest. */
  private static long number(String digits) {
    return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
  }

  boolean isInteger() {
    return numbers.size() == 1;
  }

  long major() {
    return numbers.getFirst();
  }

  boolean isBeforeRelease() {
    return major() == 0 || !preRelease.isEmpty();
  }

  /** The text of the next one that tells readers to look again. */
  String nextMajor() {
    return isInteger() ? Long.toString(major() + 1) : (major() + 1) + ".0.0";
  }

  /** The same without what stands behind a hyphen. */
  DocumentVersion release() {
    return new DocumentVersion(numbers, "");
  }

  @Override
  public int compareTo(DocumentVersion other) {
    for (int i = 0; i < Math.min(numbers.size(), other.numbers.size()); i++) {
      int compared = numbers.get(i).compareTo(other.numbers.get(i));
      if (compared != 0) {
        return compared;
      }
    }
    // A pre-release comes before its release (semver.org, 11.3).
    return Comparator.comparing((DocumentVersion v) -> v.preRelease.isEmpty())
        .thenComparing(DocumentVersion::preRelease)
        .compare(this, other);
  }
}
