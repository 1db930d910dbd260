package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.KeyedHash;
import dev.counterfoil.format.bytes.LeafKey;
import dev.counterfoil.format.bytes.SipHash;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** All of the newest leaves of a log, eight bytes each: the position is where they stand. */
public final class ResidentLeaves extends KeptLeaves {
  /** 32,768 leaves, 256 KiB: small enough to be no humongous object of a usual heap. */
  private static final int PAGE_BITS = 15;

  private static final int PAGE_LEAVES = 1 << PAGE_BITS;
  private static final int PAGE_MASK = PAGE_LEAVES - 1;

  /** What is kept; pages are shared between windows. */
  private static final class Window {
    private final long first;
    private final long firstPage;
    private final long[][] pages;

    Window(long first, long firstPage, long[][] pages) {
      this.first = first;
      this.firstPage = firstPage;
      this.pages = pages;
    }
  }

  private final KeyedHash keyed;
  private final @Nullable LeafIndex index;
  private volatile Window window;

  /** Position after the last leaf that counts: written after its page, read before the window. */
  private volatile long size;

  /** Position after the last staged leaf; the writer's. */
  private long staged;

  /**
   * Begins at a position.
   *
   * @param random makes the key, which never leaves this object
   */
  public ResidentLeaves(long first, SecureRandom random) {
    this(first, random, false);
  }

  /**
   * Begins at a position of a log whose tokens do not say where they stand.
   *
   * @param random makes the key, which never leaves this object
   * @param isIndexed whether leaves are {@link #find found} without their position, for eight to
   *     sixteen bytes more each
   */
  public ResidentLeaves(long first, SecureRandom random, boolean isIndexed) {
    this.index = isIndexed ? new LeafIndex() : null;
    // An index shows by its time where values fall, so they have to be such as tell nothing.
    this.keyed =
        isIndexed ? new SipHash(random.nextLong(), random.nextLong()) : new LeafKey(random);
    this.window = new Window(first, first >> PAGE_BITS, new long[0][]);
    this.size = first;
    this.staged = first;
  }

  @Override
  public Look look(long position, Hash leaf) {
    if (position >= size) {
      return Look.OUTSIDE;
    }
    Window now = window;
    if (position < now.first) {
      return Look.OUTSIDE;
    }
    return value(now, position) == leaf.shortened(keyed) ? Look.HELD : Look.OTHER;
  }

  @Override
  public long find(Hash leaf) {
    LeafIndex indexed = index;
    if (indexed == null) {
      return -1;
    }
    long end = size;
    Window now = window;
    return indexed.find(leaf.shortened(keyed), now.first, end, position -> value(now, position));
  }

  private static long value(Window in, long position) {
    long[] page = in.pages[(int) ((position >> PAGE_BITS) - in.firstPage)];
    return page[(int) position & PAGE_MASK];
  }

  @Override
  public long first() {
    return window.first;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long count() {
    long end = size;
    return Math.max(0, end - window.first);
  }

  @Override
  public long firstOfNewest(long most) {
    return size - most;
  }

  @Override
  public long pageBytes() {
    LeafIndex indexed = index;
    return (long) window.pages.length * PAGE_LEAVES * Long.BYTES
        + (indexed == null ? 0 : indexed.bytes());
  }

  @Override
  void stage(Hash leaf) {
    Window now = window;
    long page = staged >> PAGE_BITS;
    if (page - now.firstPage >= now.pages.length) {
      long[][] more = new long[now.pages.length + 1][];
      System.arraycopy(now.pages, 0, more, 0, now.pages.length);
      more[now.pages.length] = new long[PAGE_LEAVES];
      now = new Window(now.first, now.firstPage, more);
      window = now;
    }
    long value = leaf.shortened(keyed);
    now.pages[(int) (page - now.firstPage)][(int) staged & PAGE_MASK] = value;
    LeafIndex indexed = index;
    if (indexed != null) {
      Window within = now;
      indexed.add(staged, value, within.first, position -> value(within, position));
    }
    staged++;
  }

  /** Where every position counts, none can be left out. */
  @Override
  void pass(long positions) {
    throw new IllegalStateException("only a part of the leaves leaves some out");
  }

  @Override
  void publish() {
    size = staged;
  }

  @Override
  void discard() {
    staged = size;
    Window now = window;
    int wanted = (int) (((size + PAGE_MASK) >> PAGE_BITS) - now.firstPage);
    if (wanted >= 0 && wanted < now.pages.length) {
      long[][] fewer = new long[wanted][];
      System.arraycopy(now.pages, 0, fewer, 0, wanted);
      window = new Window(now.first, now.firstPage, fewer);
    }
  }

  @Override
  public void forget(long before) {
    Window now = window;
    long first = Math.min(before, size);
    if (first <= now.first) {
      return;
    }
    int gone = (int) Math.min((first >> PAGE_BITS) - now.firstPage, now.pages.length);
    long[][] rest = new long[now.pages.length - gone][];
    System.arraycopy(now.pages, gone, rest, 0, rest.length);
    window = new Window(first, now.firstPage + gone, rest);
  }
}
