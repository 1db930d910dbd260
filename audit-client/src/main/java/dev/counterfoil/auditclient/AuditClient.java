package dev.counterfoil.auditclient;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How a service reports to the audit log: {@link #record} keeps an event on disk and returns when
 * it is durable there; it is delivered in the background. So record first, and do what the event
 * tells of when this returned.
 *
 * <pre>{@code
 * try (AuditClient audit = AuditClient.start(settings, tokens::accessToken, clock, random)) {
 *   audit.record(event); // OCSF as JSON, all but metadata.sequence
 *   read(mailbox);
 * }
 * }</pre>
 *
 * <p>Each client says from time to time that it is there, so that silence is seen.
 */
public final class AuditClient implements AutoCloseable {
  /** How often a client says that it is there. */
  public static final Duration HEARTBEAT_EVERY = Duration.ofSeconds(60);

  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(5);
  private static final long HEARTBEAT = 1;
  private static final long START = 6;

  private final Settings settings;
  private final InstantSource clock;
  private final Spool spool;
  private final Optional<Delivery> delivery;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread heart;

  /**
   * What a client is told.
   *
   * @param spool where and how much it keeps
   * @param source its name at the audit log: trust domain, slash, client
   * @param tenant whose events its heartbeats are
   * @param heartbeatEvery how often it says that it is there
   */
  public record Settings(
      Spool.Settings spool, String source, String tenant, Duration heartbeatEvery) {
    /** With the usual heartbeat. */
    public Settings(Spool.Settings spool, String source, String tenant) {
      this(spool, source, tenant, HEARTBEAT_EVERY);
    }

    public Settings {
      if (heartbeatEvery.toSeconds() < 1) {
        throw new IllegalArgumentException("a heartbeat is at most one a second");
      }
    }
  }

  private AuditClient(
      Settings settings, InstantSource clock, Spool spool, Optional<Delivery> delivery) {
    this.settings = settings;
    this.clock = clock;
    this.spool = spool;
    this.delivery = delivery;
    say(spool.size() == 0 ? START : HEARTBEAT);
    heart = new Thread(this::beat, "audit-heartbeat");
    heart.setDaemon(true);
    heart.start();
  }

  /**
   * Starts a client of an audit log.
   *
   * @param monitor the monitor's URL
   * @param tokens gives the access token of scope {@code counterfoil:audit-report}
   */
  public static AuditClient start(
      Settings settings,
      URI monitor,
      Delivery.AccessToken tokens,
      InstantSource clock,
      RandomGenerator random)
      throws IOException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIME_MAX).build();
    Spool spool = Spool.open(settings.spool(), random);
    return new AuditClient(
        settings,
        clock,
        spool,
        Optional.of(Delivery.start(spool, monitor, tokens, http, "audit-delivery")));
  }

  /**
   * Starts one whose events somebody else fetches, or nobody: then its spool forgets the oldest
   * ones if it is told to, and its heartbeats say how many.
   */
  public static AuditClient undelivered(
      Settings settings, InstantSource clock, RandomGenerator random) throws IOException {
    return new AuditClient(settings, clock, Spool.open(settings.spool(), random), Optional.empty());
  }

  /**
   * Keeps an event. When this returns, it is durable here, and will be delivered.
   *
   * @param event an event of OCSF as {@code spec/audit-events.md} says, all but its number
   * @throws SpoolUnavailableException when it cannot be kept: do not do what it tells of
   */
  public void record(JsonObject event) throws SpoolUnavailableException {
    spool.record(event);
  }

  /** An event of one of our own parts, now. */
  public void record(EventDraft draft) throws SpoolUnavailableException {
    spool.record(draft.at(clock.millis()));
  }

  /**
   * The same of what a client asks for: it never fills the room that an operator's acts need, and
   * waits briefly where more is asked for than the audit log takes.
   */
  public void recordRequest(EventDraft draft) throws SpoolUnavailableException {
    spool.recordPatiently(draft.at(clock.millis()), Share.REQUESTS);
  }

  /**
   * Keeps an event of what contains a theft, such as a revocation: it takes the spool's reserve,
   * and is never held up by it. An event that cannot be kept even so is counted as lost.
   */
  public void recordContainment(EventDraft draft) {
    try {
      spool.recordContainment(draft.at(clock.millis()));
    } catch (SpoolUnavailableException e) {
      spool.countLost(e);
    }
  }

  /** Keeps an event of what happened already: nobody waits for it, and one lost is counted. */
  public void recordLater(EventDraft draft) {
    spool.recordLater(draft.at(clock.millis()));
  }

  /**
   * Keeps refusals in the spool: one by one within their own share of it, and their numbers beyond
   * that within the share of requests. So a flood leaves an operator room to act.
   */
  public RefusalEvents.Sink keepingRefusals() {
    return new RefusalEvents.Sink() {
      @Override
      public boolean keep(String domain, EventDraft draft) {
        return spool.offer(draft.at(clock.millis()), isShort() ? Share.REQUESTS : Share.REFUSALS);
      }

      @Override
      public boolean isShort() {
        return !spool.hasRoom(Share.REFUSALS);
      }
    };
  }

  /** What waits on the disk. */
  public Spool spool() {
    return spool;
  }

  /** What delivers it; empty where somebody else does. */
  public Optional<Delivery> delivery() {
    return delivery;
  }

  private void say(long activity) {
    spool.recordLater(
        EventDraft.sourceActivity(
            activity,
            settings.source(),
            settings.tenant(),
            settings.heartbeatEvery().toSeconds(),
            spool.lost(),
            clock.millis()));
  }

  private void beat() {
    try {
      while (!closing.await(settings.heartbeatEvery().toMillis(), TimeUnit.MILLISECONDS)) {
        say(HEARTBEAT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Delivers what waits as far as the audit log takes it, and stops. */
  @Override
  public void close() throws IOException {
    closing.countDown();
    delivery.ifPresent(Delivery::close);
    spool.close();
  }
}
