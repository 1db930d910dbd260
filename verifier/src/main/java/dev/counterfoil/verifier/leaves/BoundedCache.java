package dev.counterfoil.verifier.leaves;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map that forgets what was not used for the longest time. Safe for concurrent use: a large one
 * is made of parts with a lock and a share of the room each, so that threads seldom meet.
 */
public final class BoundedCache<K, V> {
  /** Parts of a large cache; a power of two. */
  private static final int PARTS = 16;

  /** From so many entries on a cache is large. */
  private static final int LARGE = 4096;

  private final List<Part<K, V>> parts = new ArrayList<>();

  private static final class Part<K, V> {
    private final LinkedHashMap<K, V> entries;

    Part(int entriesMax) {
      this.entries =
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
              return size() > entriesMax;
            }
          };
    }

    synchronized @Nullable V get(K key) {
      return entries.get(key);
    }

    synchronized void put(K key, V value) {
      entries.put(key, value);
    }

    synchronized void clear() {
      entries.clear();
    }
  }

  public BoundedCache(int entriesMax) {
    int count = entriesMax < LARGE ? 1 : PARTS;
    for (int i = 0; i < count; i++) {
      parts.add(new Part<>(entriesMax / count));
    }
  }

  /** By the hash's upper bits, since a part's own map goes by the lower ones. */
  private Part<K, V> part(K key) {
    int hash = key.hashCode() * 0x9e3779b9;
    return parts.get(hash >>> 28 & (parts.size() - 1));
  }

  public @Nullable V get(K key) {
    return part(key).get(key);
  }

  public void put(K key, V value) {
    part(key).put(key, value);
  }

  public void clear() {
    parts.forEach(Part::clear);
  }
}
