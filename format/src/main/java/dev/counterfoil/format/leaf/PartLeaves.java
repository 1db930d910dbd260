package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.LeafKey;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The newest leaves of one audience's tokens, twelve bytes each: where they stand, and what stands
 * there. Positions rise, so that they are found by where they should be, and by halving.
 */
public final class PartLeaves extends KeptLeaves {
  /** 8,192 leaves, 96 KiB. */
  private static final int PAGE_LEAVES = 1 << 13;

  /** Leaves on either side of where one is guessed to stand: a few lines of memory. */
  private static final int NEAR = 16;

  private static final int LEAF_BYTES = Integer.BYTES + Long.BYTES;

  /**
   * What is kept; pages are shared between windows. Leaves are numbered from the begin on.
   *
   * @see #first
   */
  private static final class Window {
    /** Positions below were given back, or were never received. */
    private final long first;

    /** Of each page the position of its first leaf, and that leaf's number. */
    private final long[] positions;

    private final long[] numbers;
    private final Page[] pages;

    Window(long first, long[] positions, long[] numbers, Page[] pages) {
      this.first = first;
      this.positions = positions;
      this.numbers = numbers;
      this.pages = pages;
    }

    /** The same with a page more. */
    Window with(long position, long number) {
      int last = pages.length;
      long[] morePositions = Arrays.copyOf(positions, last + 1);
      long[] moreNumbers = Arrays.copyOf(numbers, last + 1);
      Page[] more = Arrays.copyOf(pages, last + 1);
      morePositions[last] = position;
      moreNumbers[last] = number;
      more[last] = new Page();
      return new Window(first, morePositions, moreNumbers, more);
    }

    /** The same with some of its pages. */
    Window of(long newFirst, int from, int to) {
      return new Window(
          newFirst,
          Arrays.copyOfRange(positions, from, to),
          Arrays.copyOfRange(numbers, from, to),
          Arrays.copyOfRange(pages, from, to));
    }

    /** The page in which a position would stand; -1 before the first. */
    int page(long position) {
      int count = positions.length;
      if (count == 0 || position < positions[0]) {
        return -1;
      }
      int at = 0;
      while (count > 1) {
        int half = count >>> 1;
        at += half & (int) ((positions[at + half] - 1 - position) >> 63);
        count -= half;
      }
      return at;
    }
  }

  /** Leaves: how far each stands from the page's first, and its value. */
  private static final class Page {
    private final int[] offsets = new int[PAGE_LEAVES];
    private final long[] values = new long[PAGE_LEAVES];

    /**
     * The last of some leaves, of one at least, that stands no further than an offset. It is looked
     * for where it would stand if they stood evenly, then as far from there as the one found there
     * is off; most stand near that. The others are found by halving all: halving alone would wait
     * for memory at each step, in every look.
     */
    int upTo(int offset, int leaves) {
      int last = offsets[leaves - 1];
      if (offset >= last) {
        return leaves - 1;
      }
      long spread = leaves - 1L;
      int guess = (int) (offset * spread / last);
      guess += (int) ((offset - offsets[guess]) * spread / last);
      int from = Math.max(0, guess - NEAR);
      int to = Math.min(leaves, guess + NEAR);
      return from < to && offsets[from] <= offset && offset < offsets[to - 1]
          ? upTo(offset, from, to)
          : upTo(offset, 0, leaves);
    }

    /** No branch depends on what is read, as a processor would guess every second one wrong. */
    private int upTo(int offset, int from, int to) {
      int at = from;
      int count = to - from;
      while (count > 1) {
        int half = count >>> 1;
        at += half & ((offsets[at + half] - 1 - offset) >> 31);
        count -= half;
      }
      return at;
    }
  }

  /** What counts: below a position, and below a leaf's number. */
  private record Published(long size, long leaves) {}

  private final LeafKey keyed;
  private volatile Window window;

  /** Written after the pages, read before the window. */
  private volatile Published published;

  /** Position and number of the next leaf; the writer's. */
  private long staged;

  private long stagedLeaves;

  /**
   * Begins at a position.
   *
   * @param random makes the key, which never leaves this object
   */
  public PartLeaves(long first, SecureRandom random) {
    this.keyed = new LeafKey(random);
    this.window = new Window(first, new long[0], new long[0], new Page[0]);
    this.published = new Published(first, 0);
    this.staged = first;
  }

  @Override
  public Look look(long position, Hash leaf) {
    Published counting = published;
    Window now = window;
    int index = position < counting.size ? now.page(position) : -1;
    if (index < 0) {
      return Look.OUTSIDE;
    }
    long offset = position - now.positions[index];
    long count = Math.min(PAGE_LEAVES, counting.leaves - now.numbers[index]);
    if (index + 1 < now.pages.length) {
      count = Math.min(count, now.numbers[index + 1] - now.numbers[index]);
    }
    if (count <= 0 || offset > Integer.MAX_VALUE) {
      return Look.OUTSIDE;
    }
    Page page = now.pages[index];
    int at = page.upTo((int) offset, (int) count);
    if (page.offsets[at] != offset) {
      return Look.OUTSIDE;
    }
    return page.values[at] == leaf.shortened(keyed) ? Look.HELD : Look.OTHER;
  }

  /** Nothing is indexed: whose tokens name no position, none knows for which audience they are. */
  @Override
  public long find(Hash leaf) {
    return -1;
  }

  @Override
  public long first() {
    return window.first;
  }

  @Override
  public long size() {
    return published.size;
  }

  @Override
  public long count() {
    long leaves = published.leaves;
    Window now = window;
    return now.pages.length == 0 ? 0 : Math.max(0, leaves - now.numbers[0]);
  }

  @Override
  public long pageBytes() {
    return (long) window.pages.length * PAGE_LEAVES * LEAF_BYTES;
  }

  @Override
  public long firstOfNewest(long most) {
    Window now = window;
    long number = published.leaves - most;
    if (now.pages.length == 0 || number <= now.numbers[0]) {
      return now.first;
    }
    int found = Arrays.binarySearch(now.numbers, number);
    int index = found >= 0 ? found : -found - 2;
    return now.positions[index] + now.pages[index].offsets[(int) (number - now.numbers[index])];
  }

  @Override
  void stage(Hash leaf) {
    Window now = window;
    int last = now.pages.length - 1;
    if (last < 0
        || stagedLeaves - now.numbers[last] == PAGE_LEAVES
        || staged - now.positions[last] > Integer.MAX_VALUE) {
      now = now.with(staged, stagedLeaves);
      window = now;
      last++;
    }
    int at = (int) (stagedLeaves - now.numbers[last]);
    now.pages[last].offsets[at] = (int) (staged - now.positions[last]);
    now.pages[last].values[at] = leaf.shortened(keyed);
    staged++;
    stagedLeaves++;
  }

  @Override
  void pass(long positions) {
    staged += positions;
  }

  @Override
  void publish() {
    published = new Published(staged, stagedLeaves);
  }

  @Override
  void discard() {
    staged = published.size;
    stagedLeaves = published.leaves;
    Window now = window;
    int kept = now.pages.length;
    while (kept > 0 && now.numbers[kept - 1] >= stagedLeaves) {
      kept--;
    }
    window = now.of(now.first, 0, kept);
  }

  @Override
  public void forget(long before) {
    Window now = window;
    long first = Math.min(before, published.size);
    if (first <= now.first) {
      return;
    }
    // The last page is filled further, or is empty once nobody issues for the audience.
    int gone = 0;
    while (gone + 1 < now.pages.length && now.positions[gone + 1] <= first) {
      gone++;
    }
    window = now.of(first, gone, now.pages.length);
  }
}
