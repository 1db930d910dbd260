package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says what a verifier holds: at once when the key log has changed for it, and else twice a minute,
 * also while the issuer cannot be reached.
 */
final class Acknowledgements {
  /** Longest time between two, while the key log is looked at more often. */
  static final Duration EVERY = Duration.ofSeconds(25);

  private final String domain;
  private final Acknowledgement.Mode mode;
  private final InstantSource clock;
  private final SightingSink sink;
  private final Collection<LogView> views;
  private final Supplier<Optional<Duration>> streamLag;
  private final Set<String> services = ConcurrentHashMap.newKeySet();

  /** What was said last; belongs to whoever holds this object's monitor. */
  private @Nullable Held said;

  private Instant saidAt = Instant.MIN;

  /**
   * What is held of the key log.
   *
   * @param set what it says
   * @param root of its tree at the set's version
   * @param counted size of what counts
   */
  record Held(KeySet set, Hash root, long counted) {
    boolean isAs(@Nullable Held other) {
      return other != null
          && set.version() == other.set.version()
          && counted == other.counted
          && root.equals(other.root);
    }
  }

  Acknowledgements(
      String domain,
      Acknowledgement.Mode mode,
      InstantSource clock,
      SightingSink sink,
      Collection<LogView> views,
      Supplier<Optional<Duration>> streamLag) {
    this.domain = domain;
    this.mode = mode;
    this.clock = clock;
    this.sink = sink;
    this.views = views;
    this.streamLag = streamLag;
  }

  /** A token is checked for a service. */
  void verifiesFor(String audience) {
    if (!services.contains(audience)
        && services.size() < Acknowledgement.SERVICES_MAX
        && !audience.isEmpty()
        && audience.length() <= Acknowledgement.TEXT_MAX
        && audience.chars().noneMatch(Character::isISOControl)) {
      services.add(audience);
    }
  }

  /** The key log was looked at. */
  void looked(Held now) {
    Instant instant = clock.instant();
    synchronized (this) {
      boolean due = !instant.isBefore(saidAt.plus(EVERY)) || instant.isBefore(saidAt);
      if (now.isAs(said) && !due) {
        return;
      }
      said = now;
      saidAt = instant;
    }
    sink.acknowledge(of(now, instant));
  }

  /** A log turned out to have signed two histories: said at once. */
  void forked() {
    Held last;
    synchronized (this) {
      last = said;
    }
    if (last != null) {
      sink.acknowledge(of(last, clock.instant()));
    }
  }

  private Acknowledgement of(Held held, Instant now) {
    KeySet set = held.set();
    Duration lag = Duration.between(set.asOf(), now);
    return new Acknowledgement(
        sink.instance(),
        domain,
        now,
        services.stream().sorted().limit(Acknowledgement.SERVICES_MAX).toList(),
        new Acknowledgement.View(set.version(), held.root()),
        held.counted(),
        lag.isNegative() ? Duration.ZERO : lag,
        set.keys().stream()
            .filter(key -> now.isBefore(key.verifyUntil()))
            .sorted(Comparator.comparing(KeyStatement::activeFrom).reversed())
            .limit(Acknowledgement.KEYS_MAX)
            .map(KeyStatement::kid)
            .toList(),
        mode,
        heads(),
        streamLag.get(),
        Optional.empty(),
        false);
  }

  private List<Acknowledgement.NamedView> heads() {
    return first(views.stream().map(LogView::heads).toList());
  }

  /**
   * As many as may be said: the two of logs that signed two histories, and then those of the newest
   * logs, whose names have the highest numbers.
   *
   * @param ofLogs what each log showed
   */
  static List<Acknowledgement.NamedView> first(List<List<Acknowledgement.NamedView>> ofLogs) {
    return ofLogs.stream()
        .filter(heads -> !heads.isEmpty())
        .sorted(
            Comparator.comparingInt((List<Acknowledgement.NamedView> heads) -> heads.size())
                .thenComparingInt(heads -> heads.get(0).log().length())
                .thenComparing(heads -> heads.get(0).log())
                .reversed())
        .flatMap(List::stream)
        .limit(Acknowledgement.LOGS_MAX)
        .toList();
  }
}
