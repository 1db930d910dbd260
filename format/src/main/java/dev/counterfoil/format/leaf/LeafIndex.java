package dev.counterfoil.format.leaf;

/**
 * Where each resident leaf stands, by the value that is kept of it: for logs whose tokens do not
 * name their position. A hint, which {@link ResidentLeaves} holds against what stands there. One
 * thread adds; any number look, and take no lock.
 *
 * <p>An open table of the low 31 bits of positions. What was given back stays in it until the table
 * is made anew, and names a position that holds something else or is resident no more.
 */
final class LeafIndex {
  /**
   * The value at a position, as far as it is resident; the writer asks it for what is staged too.
   */
  @FunctionalInterface
  interface Values {
    long at(long position);
  }

  private static final int SLOTS_MIN = 1 << 10;
  private static final int TAKEN = 1 << 31;

  /** Replaced as a whole when it is three quarters full. */
  private volatile int[] table = new int[SLOTS_MIN];

  /** The writer's. */
  private int used;

  /**
   * Adds a position.
   *
   * @param first the first one that is resident
   * @param values of the positions from there to this one
   */
  void add(long position, long value, long first, Values values) {
    int[] slots = table;
    if (used >= slots.length / 4 * 3) {
      long live = position - first;
      int wanted = SLOTS_MIN;
      while (wanted < 2 * live && wanted < 1 << 30) {
        wanted <<= 1;
      }
      slots = new int[wanted];
      for (long at = first; at < position; at++) {
        put(slots, at, values.at(at));
      }
      used = (int) live;
      table = slots;
    }
    put(slots, position, value);
    used++;
  }

  private static void put(int[] slots, long position, long value) {
    int slot = slot(value, slots.length);
    while (slots[slot] != 0) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = (int) position | TAKEN;
  }

  /**
   * A position between two that has a value; -1 where there is none.
   *
   * @param first the first position that may be looked at
   * @param size the one after the last
   */
  long find(long value, long first, long size, Values values) {
    int[] slots = table;
    int slot = slot(value, slots.length);
    for (int looked = 0; looked < slots.length && slots[slot] != 0; looked++) {
      long position = first + ((slots[slot] - (int) first) & ~TAKEN);
      if (position < size && values.at(position) == value) {
        return position;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return -1;
  }

  /** Values are hashes under a secret key: nobody chooses where they fall. */
  private static int slot(long value, int slots) {
    return (int) (value ^ value >>> 32) & slots - 1;
  }

  /** Bytes of the table. */
  long bytes() {
    return (long) table.length * Integer.BYTES;
  }
}
