package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Events of mail access as the audit log has received them, over a quarter of a year. */
final class ReceivedMail {
  /** How many of them are asked for later. */
  static final int SAMPLES = 200;

  /** So many come at once. */
  static final int AT_ONCE = 5000;

  static final long SPAN_MS = Duration.ofDays(90).toMillis();

  private ReceivedMail() {}

  /** What is asked for later: a few of the events, spread over all. */
  record Asked(String tenant, String entity, String token, long timeMillis) {
    private static final long WEEK_MS = Duration.ofDays(7).toMillis();

    static Asked of(AuditEvent event) {
      return new Asked(
          event.tenant(),
          event.keys().entity().orElseThrow(),
          event.keys().token().orElseThrow(),
          event.timeMillis());
    }

    /** Where the week begins in whose middle it was. */
    long weekFrom() {
      return timeMillis - WEEK_MS / 2;
    }

    long weekTo() {
      return timeMillis + WEEK_MS / 2;
    }
  }

  /** So many events over a time, as their sources report them. */
  static MailAccess access(int count, long spanMillis) {
    return new MailAccess(
        3, System.currentTimeMillis() - SPAN_MS, (double) spanMillis / Math.max(1, count));
  }

  /** Makes identifiers of tokens that none of the events has. */
  static MailAccess others() {
    return new MailAccess(11, 0, 1);
  }

  static AuditEvent received(MailAccess access) {
    try {
      AuditEvent event = AuditEvent.of(access.next());
      return event.received("bench/mail", event.timeMillis() + event.sequence() % 900);
    } catch (FormatException e) {
      throw new IllegalStateException("the generator makes what is no event", e);
    }
  }

  /**
   * Makes events on a thread of its own, so that making them does not count twice.
   *
   * @param asked gets those that are asked for later, spread over all
   */
  static BlockingQueue<List<AuditEvent>> made(int count, long spanMillis, List<Asked> asked) {
    BlockingQueue<List<AuditEvent>> queue = new ArrayBlockingQueue<>(8);
    MailAccess access = access(count, spanMillis);
    SplittableRandom random = new SplittableRandom(5);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                for (int done = 0; done < count; done += AT_ONCE) {
                  List<AuditEvent> batch = new ArrayList<>(AT_ONCE);
                  for (int i = 0; i < AT_ONCE; i++) {
                    batch.add(received(access));
                  }
                  if (asked.size() <= (long) done * SAMPLES / count) {
                    asked.add(Asked.of(batch.get(random.nextInt(batch.size()))));
                  }
                  queue.put(batch);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return queue;
  }
}
