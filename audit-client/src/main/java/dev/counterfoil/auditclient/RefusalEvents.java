package dev.counterfoil.auditclient;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Events of what was refused. To be refused costs an attacker nothing, so that a flood of refusals
 * must fill neither disk nor log, on which everything else depends: {@link #SINGLE_MAX} at once and
 * one a second have an event each; those past them are counted together, by operation, tenant and
 * reason, every {@link #TOGETHER_EVERY} seconds, with how many came from each of the first {@link
 * #NAMES_MAX} clients and addresses and how many from all others. Where room is short there are no
 * single ones, and every {@link #SHORT_EVERY} seconds only the {@link #SHORT_NAMES_MAX} that were
 * refused most are named. None is left out of the counts, and each is in one of them: what cannot
 * be kept at one moment is counted with what comes later.
 */
public final class RefusalEvents implements AutoCloseable {
  /** Most events of their own at once. */
  public static final int SINGLE_MAX = 100;

  /** Most names that an event of many has, and their length together. */
  public static final int NAMES_MAX = 200;

  static final int NAMES_LENGTH_MAX = 8000;

  /** Most names while room is short. */
  static final int SHORT_NAMES_MAX = 10;

  /** Seconds between two events of many, while a flood lasts. */
  static final int TOGETHER_EVERY = 10;

  /** The same while room is short. */
  static final int SHORT_EVERY = 60;

  private static final System.Logger LOG = System.getLogger(RefusalEvents.class.getName());

  /** Most kinds that are counted apart; whatever else comes is one kind more. */
  static final int KINDS_MAX = 64;

  private static final String OTHERS = "several";

  private final Sink sink;
  private final String part;
  private final String ownTenant;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final Map<Kind, Many> many = new LinkedHashMap<>();
  private int singlesLeft = SINGLE_MAX;
  private int sinceTogether = SHORT_EVERY;

  /** Takes an event. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Keeps an event.
     *
     * @param domain whose it is; empty where that is not known
     * @return false when it cannot be kept now
     */
    boolean keep(String domain, EventDraft draft);

    /** Whether room is short, so that what is worth more must find some. */
    default boolean isShort() {
      return false;
    }
  }

  /**
   * One refusal.
   *
   * @param domain trust domain that it is of; empty where that is not known
   * @param tenant whom it concerns
   * @param operation that it is
   * @param code stable reason
   * @param who client and address, for an event of many
   */
  public record Refusal(
      String domain, String tenant, Operation operation, String code, String who) {
    private Kind kind() {
      return new Kind(domain, tenant, operation, code);
    }
  }

  private record Kind(String domain, String tenant, Operation operation, String code) {}

  private static final class Many {
    final Map<String, Long> byName = new LinkedHashMap<>();
    long count;

    int length;

    void add(long more, Map<String, Long> whom) {
      count += more;
      whom.forEach(
          (name, times) -> {
            boolean isKnown = byName.containsKey(name);
            if (isKnown
                || (byName.size() < NAMES_MAX && length + name.length() <= NAMES_LENGTH_MAX)) {
              byName.merge(name, times, Long::sum);
              length += isKnown ? 0 : name.length();
            }
          });
    }

    /** Who was refused most, and how often. */
    Map<String, Long> most(int max) {
      Map<String, Long> most = new LinkedHashMap<>();
      byName.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .limit(max)
          .forEach(one -> most.put(one.getKey(), one.getValue()));
      return most;
    }
  }

  /**
   * Of one of our parts.
   *
   * @param part which process says it
   * @param ownTenant whose the events are that stand for several tenants
   */
  public RefusalEvents(Sink sink, String part, String ownTenant) {
    this(sink, part, ownTenant, true);
  }

  /** One whose seconds somebody else counts, by {@link #second}. */
  RefusalEvents(Sink sink, String part, String ownTenant, boolean counting) {
    this.sink = sink;
    this.part = part;
    this.ownTenant = ownTenant;
    this.thread = new Thread(this::run, "audit-refusals");
    if (counting) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Adds one.
   *
   * @param draft its event
   */
  public void add(EventDraft draft, Refusal refusal) {
    boolean isKept = false;
    try {
      isKept = !sink.isShort() && takeSingle() && sink.keep(refusal.domain(), draft);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a refusal has no event of its own", e);
    }
    if (!isKept) {
      count(refusal.kind(), 1, Map.of(refusal.who(), 1L));
    }
  }

  private synchronized boolean takeSingle() {
    if (singlesLeft == 0) {
      return false;
    }
    singlesLeft--;
    return true;
  }

  private synchronized void count(Kind kind, long more, Map<String, Long> whom) {
    Kind counted =
        many.containsKey(kind) || many.size() < KINDS_MAX
            ? kind
            : new Kind("", ownTenant, kind.operation(), OTHERS);
    many.computeIfAbsent(counted, kindOfMany -> new Many()).add(more, whom);
  }

  private void run() {
    try {
      while (!closing.await(1, TimeUnit.SECONDS)) {
        second();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is due each second; nothing of it ends the thread. */
  void second() {
    try {
      boolean isShort = sink.isShort();
      synchronized (this) {
        singlesLeft = Math.min(SINGLE_MAX, singlesLeft + 1);
        sinceTogether = Math.min(SHORT_EVERY, sinceTogether + 1);
        if (many.isEmpty() || sinceTogether < (isShort ? SHORT_EVERY : TOGETHER_EVERY)) {
          return;
        }
        sinceTogether = 0;
      }
      flush(isShort ? SHORT_NAMES_MAX : NAMES_MAX);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "refusals that were counted could not be kept", e);
    }
  }

  private void flush(int namesMax) {
    List<Map.Entry<Kind, Many>> counted;
    synchronized (this) {
      counted = new ArrayList<>(many.entrySet());
      many.clear();
    }
    for (Map.Entry<Kind, Many> one : counted) {
      keep(one.getKey(), one.getValue(), namesMax);
    }
  }

  private void keep(Kind kind, Many those, int namesMax) {
    boolean isKept = false;
    Map<String, Long> whom = those.byName;
    try {
      isKept = sink.keep(kind.domain(), together(kind, those, namesMax));
    } catch (RuntimeException e) {
      // It may be for a name that it cannot be kept: the number is then kept without.
      whom = Map.of();
      LOG.log(System.Logger.Level.ERROR, "refusals that were counted are kept later", e);
    } finally {
      if (!isKept) {
        count(kind, those.count, whom);
      }
    }
  }

  /**
   * Their event: {@code item_uids} are who was refused most, {@code unmapped.counts} how often each
   * of them was, in the same order, and {@code unmapped.others} how often all the rest.
   */
  private EventDraft together(Kind kind, Many those, int namesMax) {
    Map<String, Long> most = those.most(namesMax);
    List<Long> counts = List.copyOf(most.values());
    long others = those.count - counts.stream().mapToLong(Long::longValue).sum();
    return EventDraft.of(kind.operation())
        .part(part)
        .tenant(kind.tenant())
        .refused(kind.code(), "counted together, since there were many")
        .count(those.count)
        .items(List.copyOf(most.keySet()))
        .unmapped(JsonObject.builder().put("counts", counts).put("others", others).build());
  }

  /** Keeps what was counted, as far as it can be kept. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    flush(sink.isShort() ? SHORT_NAMES_MAX : NAMES_MAX);
  }
}
