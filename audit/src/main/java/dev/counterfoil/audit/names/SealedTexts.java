package dev.counterfoil.audit.names;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Short texts that were sealed last under keys of tenants, beside what they were sealed to: an
 * address and a session come again soon, and to seal one costs as much as to read a tenth of an
 * event. When somebody is forgotten all of it is. Safe for concurrent use.
 */
final class SealedTexts {
  private static final int PLACES = 32_768;

  /** Longer ones are sealed each time, so that all of them take some 25 megabytes at the most. */
  private static final int LENGTH_MAX = 128;

  private final AtomicReferenceArray<@Nullable Sealed> last = new AtomicReferenceArray<>(PLACES);
  private final AtomicInteger clearings = new AtomicInteger();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sealed(NameHash key, String text, byte[] sealed) {}

  /** Seals a text. */
  @FunctionalInterface
  interface Sealing {
    byte[] seal(NameHash key, String text);
  }

  /**
   * What a text is sealed to, not to be changed.
   *
   * @param sealing gives the same each time, and is always the same for one key
   */
  byte[] seal(NameHash key, String text, Sealing sealing) {
    if (text.length() > LENGTH_MAX) {
      return sealing.seal(key, text);
    }
    // A key is one object for as long as it is used.
    int place = Math.floorMod(31 * key.hashCode() + text.hashCode(), PLACES);
    Sealed known = last.get(place);
    if (known == null || known.key != key || !known.text.equals(text)) {
      int before = clearings.get();
      known = new Sealed(key, text, sealing.seal(key, text));
      last.set(place, known);
      if (clearings.get() != before) {
        // All was forgotten meanwhile, perhaps before this was put here.
        last.compareAndSet(place, known, null);
      }
    }
    return known.sealed;
  }

  /** Forgets all. */
  void clear() {
    clearings.incrementAndGet();
    for (int place = 0; place < PLACES; place++) {
      last.set(place, null);
    }
  }
}
