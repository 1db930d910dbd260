package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.keylog.KeyCeiling;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Keeps what rules know from one start to the next: a state each minute and at the end, and what
 * the audit log has since then. On the thread of the rules.
 */
public final class RuleStateKeeper {
  private static final System.Logger LOG = System.getLogger(RuleStateKeeper.class.getName());

  /** How often the state is kept: so much of the past is gone through after a crash. */
  private static final long SAVE_MILLIS = 60_000;

  /** So long after a start sources deliver what waited, and nothing is missed yet. */
  private static final long SETTLE_MILLIS = 60_000;

  /** So many events are gone through where there is no state. */
  static final long LEARNED_EVENTS = 500_000;

  private final RuleWatch watch;
  private final RuleStateFile file;
  private final LongSupplier size;
  private final Past past;
  private long savedMillis;
  private boolean isTold;

  /** Events below came by before the last step. */
  private long covered;

  /** And before this one. */
  private long seen;

  /** The audit log, of which rules look again at what came after their state was kept. */
  @FunctionalInterface
  public interface Past {
    /** Gives all events from a position on. */
    void each(long from, Consumer<AuditEvent> each) throws IOException;
  }

  RuleStateKeeper(RuleWatch watch, RuleStateFile file, LongSupplier size, Past past) {
    this.watch = watch;
    this.file = file;
    this.size = size;
    this.past = past;
  }

  /** Before each step. What is recorded by now comes to the rules before the next one at last. */
  void look() {
    covered = seen;
    seen = size.getAsLong();
  }

  /** Takes up the last state, and what came since. */
  void resume(long now) {
    savedMillis = now;
    Optional<RuleStateFile.State> state = restored();
    watch.settle(
        now + SETTLE_MILLIS,
        Duration.ofMillis(state.map(one -> Math.max(0, now - one.savedMillis())).orElse(0L)));
    long end = size.getAsLong();
    Set<String> ofDomains = ofDomains(state);
    Map<String, String> tenants = new HashMap<>();
    try {
      // Without a state nobody knows which matches were findings: rules learn, and say nothing.
      watch.replay(
          state.isPresent(),
          take ->
              past.each(
                  state
                      .map(RuleStateFile.State::position)
                      .orElse(Math.max(0, end - LEARNED_EVENTS)),
                  event -> replay(event, ofDomains, tenants, take)));
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "detection rules cannot go on from the audit log: what it took since their state was kept"
              + " goes past them. Run counterfoil rules run over this time",
          e);
    }
    covered = end;
    seen = end;
  }

  private Optional<RuleStateFile.State> restored() {
    try {
      Optional<RuleStateFile.State> state = file.read();
      if (state.isPresent()) {
        watch.restore(state.get());
      }
      return state;
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what detection rules knew of earlier events cannot be read ("
              + e.getMessage()
              + "): they learn from the last "
              + LEARNED_EVENTS
              + " events of the audit log");
      return Optional.empty();
    }
  }

  private static Set<String> ofDomains(Optional<RuleStateFile.State> state) {
    return state.stream()
        .flatMap(one -> one.streams().entrySet().stream())
        .filter(one -> one.getValue().isDomains())
        .map(one -> one.getKey().source())
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static void replay(
      AuditEvent event,
      Set<String> ofDomains,
      Map<String, String> tenants,
      BiConsumer<Source, byte[]> take) {
    String name = event.reporter().orElse("");
    // The audit log takes no event from a tenant's source that is not of that tenant.
    if (event.tenant().equals(KeyCeiling.OWN_TENANT)
        || !event.tenant().equals(tenants.computeIfAbsent(name, _ -> event.tenant()))) {
      ofDomains.add(name);
    }
    String domain = Source.domainOf(name);
    boolean isAuditor = Source.isAuditor(name);
    // Another source speaks for one tenant, as far as is known.
    Optional<String> tenant =
        isAuditor || ofDomains.contains(name) ? Optional.empty() : Optional.of(event.tenant());
    Source source =
        new Source(domain, name.substring(Math.min(name.length(), domain.length() + 1)), tenant);
    // As they came: no rule looks at findings of this process, nor at what was brought in.
    if (isAuditor ? event.classUid() != RuleWatch.FINDING : !source.isReserved()) {
      take.accept(source, event.canonicalBytes());
    }
  }

  void saveIfDue(long now) {
    if (Math.abs(now - savedMillis) >= SAVE_MILLIS) {
      save(now);
    }
  }

  /** Keeps what is known now. */
  void save(long now) {
    savedMillis = now;
    try {
      file.write(watch.state(covered, now));
      isTold = false;
    } catch (IOException e) {
      if (!isTold) {
        LOG.log(
            System.Logger.Level.WARNING,
            "what detection rules know of earlier events cannot be kept: a start goes on from the"
                + " last time that it could",
            e);
      }
      isTold = true;
    }
  }
}
