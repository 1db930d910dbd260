package dev.counterfoil.verifier;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.leaves.LeafSocket;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a domain's logs: one for each log that records tokens of a key that is taken, from
 * when the key is stated until its last token has ended.
 */
final class LogStreams implements LeafSocket.Leaves, AutoCloseable {
  /** Most logs that are followed: those of the keys that became active last. */
  static final int LOGS_MAX = 16;

  /** Most logs of a record door that are followed: the latest, and the one before it. */
  private static final int DOOR_LOGS_MAX = 2;

  /**
   * What all of them share.
   *
   * @param neighbour prefix below which a neighbour on this host gives out leaves; null for none
   * @param isShared whether leaves are kept in full for neighbours
   * @param audience whose leaves alone are received; null for all
   * @param random makes the keys under which leaves are kept
   */
  record Settings(
      StreamLimits limits,
      @Nullable URI neighbour,
      boolean isShared,
      @Nullable String audience,
      SecureRandom random) {}

  private static final class Followed {
    private final LogStream stream;
    private volatile Duration lifeMax = Duration.ZERO;

    Followed(Function<Followed, LogStream> start) {
      stream = start.apply(this);
    }
  }

  private final Settings settings;
  private final Function<KeySet.StatedLog, LogView> views;
  private final InstantSource clock;
  private final Map<String, Followed> followed = new ConcurrentHashMap<>();
  private boolean closed;

  LogStreams(Settings settings, Function<KeySet.StatedLog, LogView> views, InstantSource clock) {
    this.settings = settings;
    this.views = views;
    this.clock = clock;
  }

  /** The key log was looked at: begins what is new and ends what is over. */
  synchronized void follow(KeySet set) {
    if (closed) {
      return;
    }
    Map<String, Duration> wanted = wanted(set, clock.instant(), settings.audience() != null);
    followed.entrySet().removeIf(entry -> ended(entry, wanted));
    wanted.forEach(
        (name, life) ->
            set.log(name)
                .ifPresent(
                    log ->
                        followed.computeIfAbsent(name, n -> new Followed(f -> started(log, f)))
                                .lifeMax =
                            life));
  }

  private LogStream started(KeySet.StatedLog log, Followed following) {
    return views.apply(log).follow(settings, () -> following.lifeMax, clock);
  }

  private static boolean ended(Map.Entry<String, Followed> entry, Map<String, Duration> wanted) {
    if (wanted.containsKey(entry.getKey())) {
      return false;
    }
    entry.getValue().stream.close();
    return true;
  }

  /**
   * Logs of keys that are taken, the newest first, each with the longest life of a token.
   *
   * @param isPart whether one audience's leaves are wanted: of a record log nobody knows them
   */
  private static Map<String, Duration> wanted(KeySet set, Instant now, boolean isPart) {
    Map<String, Duration> wanted = new LinkedHashMap<>();
    set.keys().stream()
        .filter(key -> now.isBefore(key.verifyUntil()))
        .sorted(Comparator.comparing(KeyStatement::activeFrom).reversed())
        .forEach(
            key -> {
              for (String log : logs(key.record(), set, isPart)) {
                if (wanted.size() < LOGS_MAX || wanted.containsKey(log)) {
                  wanted.merge(log, key.lifeMax(), (a, b) -> a.compareTo(b) > 0 ? a : b);
                }
              }
            });
    return wanted;
  }

  /** The logs that record the tokens of a key: of several, those that go on, and the latest. */
  private static List<String> logs(RecordForm form, KeySet set, boolean isPart) {
    if (form instanceof RecordForm.Position position) {
      return List.of(position.log());
    }
    return form instanceof RecordForm.Digest digest && !isPart
        ? set.logs(digest).stream().map(KeySet.StatedLog::name).limit(DOOR_LOGS_MAX).toList()
        : List.of();
  }

  /** How they stand. */
  List<StreamState> states() {
    return followed.values().stream()
        .map(one -> one.stream.state())
        .sorted(Comparator.comparing(StreamState::log))
        .toList();
  }

  /** Waits for a leaf for a neighbour, if the log is followed. */
  @Override
  public void await(String log, long position, Duration wait) throws InterruptedException {
    Followed one = followed.get(log);
    if (one != null) {
      one.stream.awaitShared(position, wait);
    }
  }

  /** Leaves for a neighbour; empty when they are not held in full. */
  @Override
  public Optional<byte[]> from(String log, long from) {
    Followed one = followed.get(log);
    return one == null ? Optional.empty() : one.stream.shared(from);
  }

  @Override
  public synchronized void close() {
    closed = true;
    followed.values().forEach(one -> one.stream.close());
  }
}
