package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.findings.FindingChanges.Change;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.settings.NotificationChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sends what one channel is to tell, in order, and again until it is taken. What was taken just
 * before the process died is sent once more, under the same identifier. What a receiver that works
 * refuses again and again is sent without the texts that strangers chose; only where that is
 * refused too is it passed over, as a finding. Belongs to one thread, but for its status.
 */
final class ChannelSender {
  static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  static final Duration RETRY_MAX = Duration.ofMinutes(1);

  /** So often is one refused before it is sent without its texts. */
  static final int REFUSALS = 5;

  private static final Duration IMPATIENCE = Duration.ofMinutes(10);
  private static final int PAGE = 200;
  private static final System.Logger LOG = System.getLogger(ChannelSender.class.getName());

  private final NotificationChannel settings;
  private final Channel channel;
  private final ChannelCursors cursors;
  private final FindingChanges changes;
  private final FindingStore findings;
  private final String domain;
  private final InstantSource clock;
  private Duration retry = RETRY_FIRST;
  private Instant lastSuccess;
  private long refusedChange = -1;
  private int refusals;
  private Instant patientFrom = Instant.EPOCH;
  private volatile Optional<String> lastError = Optional.empty();

  /**
   * Of a channel.
   *
   * @param domain the trust domain whose finding it is when the channel fails
   */
  ChannelSender(
      NotificationChannel settings,
      Channel channel,
      ChannelCursors cursors,
      FindingChanges changes,
      FindingStore findings,
      String domain,
      InstantSource clock) {
    this.settings = settings;
    this.channel = channel;
    this.cursors = cursors;
    this.changes = changes;
    this.findings = findings;
    this.domain = domain;
    this.clock = clock;
    // The first turn looks whether it is there.
    this.lastSuccess = Instant.EPOCH;
  }

  /**
   * Whether a channel is to tell something. That another one fails is told by each; a probe comes
   * each minute, and is told where its kind is listed.
   */
  static boolean wants(NotificationChannel settings, Kind kind, Severity severity) {
    if (kind == Kind.WATCH_PROBE) {
      return settings.kinds().contains(kind);
    }
    return kind == Kind.NOTIFICATIONS_FAILING
        || (severity.compareTo(settings.severity()) >= 0
            && (settings.kinds().isEmpty() || settings.kinds().contains(kind)));
  }

  /** Runs until it is interrupted. */
  void run() throws InterruptedException {
    while (true) {
      long seen = findings.changes();
      Turn turn = step();
      if (turn.endsEarly()) {
        findings.await(seen, turn.pause());
      } else {
        Thread.sleep(turn.pause());
      }
    }
  }

  /**
   * How a turn ended.
   *
   * @param pause before the next
   * @param endsEarly whether what comes meanwhile ends the pause
   */
  record Turn(Duration pause, boolean endsEarly) {}

  /** One turn. */
  Turn step() throws InterruptedException {
    Instant now = clock.instant();
    List<Change> page = changes.after(cursors.told(settings.name()), PAGE);
    List<Notification> batch = new ArrayList<>();
    List<Change> sent = new ArrayList<>();
    long begunMillis = findings.begun().millis();
    long upTo = 0;
    for (Change change : page) {
      if (batch.size() == channel.batchMax()) {
        break;
      }
      if (wants(settings, change.kind(), change.severity())) {
        batch.add(Notification.of(change, begunMillis));
        sent.add(change);
      }
      upTo = change.id();
    }
    try {
      if (!batch.isEmpty()) {
        long last = upTo;
        channel.send(batch, () -> waiting(last));
        succeeded(now);
      } else if (page.isEmpty() && isHeartbeatDue(now)) {
        probe(now);
        succeeded(now);
      }
    } catch (NotificationRefusedException e) {
      return new Turn(refused(sent.get(e.taken()), batch.get(e.taken()), e, now), false);
    } catch (IOException e) {
      return new Turn(failed(e, now), false);
    }
    if (!page.isEmpty()) {
      cursors.advance(settings.name(), upTo);
      return new Turn(batch.isEmpty() ? Duration.ZERO : channel.pause(), false);
    }
    return new Turn(Duration.between(now, lastSuccess.plus(settings.heartbeat())), true);
  }

  private void probe(Instant now) throws IOException, InterruptedException {
    channel.probe(Notification.plain(Notification.HEARTBEAT, settings.name(), now, "alive"));
  }

  /** Those before it were taken. This one is tried again, then without its texts, then left. */
  private Duration refused(
      Change change, Notification one, NotificationRefusedException why, Instant now)
      throws InterruptedException {
    cursors.advance(settings.name(), change.id() - 1);
    if (why.taken() > 0) {
      succeeded(now);
    }
    refusals = refusedChange == change.id() ? refusals + 1 : 1;
    refusedChange = change.id();
    // Where texts were refused for good a while ago, a flood of such has no patience.
    if (refusals < REFUSALS && !now.isBefore(patientFrom)) {
      return failed(why, now);
    }
    boolean isTold = true;
    try {
      channel.send(List.of(one.withoutTexts()));
    } catch (NotificationRefusedException e) {
      isTold = false;
    } catch (IOException e) {
      return failed(e, now);
    }
    if (!isTold) {
      try {
        // A receiver that refuses this as well refuses everything: it is the channel that fails.
        probe(now);
      } catch (IOException e) {
        return failed(e, now);
      }
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "notification channel {0}: {1} to {2}, again and again. {3}",
        settings.name(),
        why.getMessage(),
        one.id(),
        isTold ? "It took it without its texts" : "It is not told there");
    succeeded(now);
    patientFrom = now.plus(IMPATIENCE);
    cursors.advance(settings.name(), change.id());
    // One of these that is refused is no finding, or there would be no end of them.
    if (!isTold && change.kind() != Kind.NOTIFICATIONS_FAILING) {
      raiseRefused(one, why, now);
    }
    return Duration.ZERO;
  }

  private void raiseRefused(Notification one, NotificationRefusedException why, Instant now) {
    findings.raiseOnce(
        new Finding(
            Kind.NOTIFICATIONS_FAILING,
            Severity.HIGH,
            domain,
            Subject.of(domain, settings.name() + "/" + one.id()),
            now,
            1,
            "Notification channel "
                + settings.name()
                + " does not tell "
                + one.id()
                + " ("
                + one.headline()
                + "): "
                + why.getMessage()
                + " each time, with its texts and without. It tells what comes after. See the"
                + " finding itself with: counterfoil findings",
            JsonObject.builder()
                .put("channel", settings.name())
                .put("notification", one.id())
                .put("finding", one.data().get("id") instanceof Long id ? id.toString() : null)
                .build()));
  }

  /** What is to be told after a change, the gravest first, then the most. */
  private List<Channel.Waiting> waiting(long after) {
    Map<String, Channel.Waiting> lines = new LinkedHashMap<>();
    for (FindingChanges.Sort sort : changes.sorts(after)) {
      if (wants(settings, sort.kind(), sort.severity())) {
        String headline = Notification.headline(sort);
        lines.merge(
            headline,
            new Channel.Waiting(
                headline,
                Notification.gravityOf(
                    sort.what() == FindingChanges.What.RESOLVED, sort.severity()),
                sort.count()),
            (one, other) ->
                new Channel.Waiting(headline, one.gravity(), one.count() + other.count()));
      }
    }
    return lines.values().stream()
        .sorted(
            Comparator.comparingInt(Channel.Waiting::gravity)
                .thenComparingLong(Channel.Waiting::count)
                .reversed())
        .toList();
  }

  private boolean isHeartbeatDue(Instant now) {
    return !now.isBefore(lastSuccess.plus(settings.heartbeat())) || lastError.isPresent();
  }

  private void succeeded(Instant now) {
    lastSuccess = now;
    lastError = Optional.empty();
    retry = RETRY_FIRST;
    if (cursors.failingSince(settings.name()).isPresent()) {
      cursors.failing(settings.name(), Optional.empty());
      findings.over(Kind.NOTIFICATIONS_FAILING, domain, settings.name(), now);
    }
  }

  private Duration failed(IOException e, Instant now) {
    String why = String.valueOf(e.getMessage());
    if (lastError.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "notification channel {0}: {1}. The monitor tries again",
          settings.name(),
          why);
    }
    lastError = Optional.of(why);
    Optional<Instant> known = cursors.failingSince(settings.name());
    Instant since = known.orElse(now);
    if (known.isEmpty()) {
      cursors.failing(settings.name(), Optional.of(now));
    }
    if (!now.isBefore(since.plus(settings.failingAfter()))) {
      raise(since, why, now);
    }
    Duration pause = retry;
    retry = retry.multipliedBy(2).compareTo(RETRY_MAX) < 0 ? retry.multipliedBy(2) : RETRY_MAX;
    return pause;
  }

  private void raise(Instant since, String why, Instant now) {
    findings.raiseOnce(
        new Finding(
            Kind.NOTIFICATIONS_FAILING,
            Severity.HIGH,
            domain,
            Subject.of(domain, settings.name() + " " + since.toEpochMilli()),
            now,
            1,
            "Notification channel "
                + settings.name()
                + " has taken nothing for "
                + Duration.between(since, now).toSeconds()
                + " seconds: "
                + why
                + ". Its recipients hear of no finding. What is to be told waits, and the monitor"
                + " tries again.",
            JsonObject.builder()
                .put("channel", settings.name())
                .put("since", since.getEpochSecond())
                .put("waiting", waiting())
                .build()));
  }

  private long waiting() {
    return changes.count(cursors.told(settings.name()));
  }

  /** Tells now that this is a test; the error, where it was not taken. */
  Optional<String> test() throws InterruptedException {
    try {
      channel.send(
          List.of(
              Notification.plain(
                  Notification.TEST,
                  settings.name(),
                  clock.instant(),
                  "A test of notification channel " + settings.name() + ". Nothing happened.")));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  String name() {
    return settings.name();
  }

  /** How it is, for the operator. */
  JsonObject status() {
    JsonObject.Builder status =
        JsonObject.builder()
            .put("channel", settings.name())
            .put("target", channel.target())
            .put("severity", settings.severity().text())
            .put("waiting", waiting());
    cursors
        .failingSince(settings.name())
        .ifPresent(since -> status.put("failing_since_ms", since.toEpochMilli()));
    lastError.ifPresent(error -> status.put("why", error));
    return status.build();
  }

  void close() {
    channel.close();
  }
}
