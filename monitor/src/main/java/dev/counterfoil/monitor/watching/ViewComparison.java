package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.word.Acknowledgement.NamedView;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import dev.counterfoil.monitor.watching.AcknowledgementStore.Kept;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Holds what verifiers say that they saw of a log against what the monitor has of it, and, at sizes
 * that the monitor has not reached, against each other. Belongs to one thread.
 */
public final class ViewComparison {
  /** Most views that wait for the monitor to reach their size; the oldest give way. */
  static final int AHEAD_MAX = 4096;

  /**
   * How long the monitor may take to reach what a verifier has of the key log, which it asks for
   * each second.
   */
  static final Duration REACHED_WITHIN = Duration.ofMinutes(1);

  /** What the monitor has of a domain's logs. */
  @FunctionalInterface
  public interface Roots {
    /** The root of a log at a size; empty where it is not known here. */
    Optional<Hash> at(String domain, String log, long size) throws IOException;
  }

  private record Place(String domain, String log, long size) {}

  private record Seen(Hash root, String by, Instant at, boolean isTold) {
    Seen(Hash root, String by, Instant at) {
      this(root, by, at, false);
    }

    Seen told() {
      return new Seen(root, by, at, true);
    }
  }

  private final Roots roots;
  private final ToLongFunction<String> keyLogSizes;
  private final FindingSink findings;
  private final InstantSource clock;
  private long comparedUpTo;

  private final Map<Place, Seen> ahead =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Seen> eldest) {
          return size() > AHEAD_MAX;
        }
      };

  /**
   * Of what the monitor has.
   *
   * @param keyLogSizes how many entries it has of a domain's key log
   */
  public ViewComparison(
      Roots roots, ToLongFunction<String> keyLogSizes, FindingSink findings, InstantSource clock) {
    this.roots = roots;
    this.keyLogSizes = keyLogSizes;
    this.findings = findings;
    this.clock = clock;
  }

  /** Compares what was said since the last time, and what the monitor has reached since. */
  public void compare(List<Kept> words) throws IOException {
    reached();
    long newest = comparedUpTo;
    for (Kept kept : words) {
      if (kept.revision() <= comparedUpTo) {
        continue;
      }
      newest = Math.max(newest, kept.revision());
      List<NamedView> views = new ArrayList<>(kept.said().logs());
      views.add(new NamedView(KeyLog.NAME, kept.said().keyLog()));
      for (NamedView view : views) {
        compare(kept, view);
      }
    }
    comparedUpTo = newest;
  }

  private void reached() throws IOException {
    Instant late = clock.instant().minus(REACHED_WITHIN);
    List<Place> over = new ArrayList<>();
    for (Map.Entry<Place, Seen> waiting : ahead.entrySet()) {
      Place place = waiting.getKey();
      Optional<Hash> ours = roots.at(place.domain(), place.log(), place.size());
      if (ours.isPresent()) {
        over.add(place);
        judge(place, waiting.getValue(), monitors(ours.get(), waiting.getValue().at()));
      } else if (isLarger(place)
          && !waiting.getValue().isTold()
          && waiting.getValue().at().isBefore(late)) {
        tellLarger(place, waiting.getValue());
        waiting.setValue(waiting.getValue().told());
      }
    }
    over.forEach(ahead::remove);
  }

  /** Also a size that was left long ago, or never had, has no root that is known. */
  private boolean isLarger(Place place) {
    return place.log().equals(KeyLog.NAME)
        && place.size() > keyLogSizes.applyAsLong(place.domain());
  }

  private void compare(Kept kept, NamedView view) throws IOException {
    Place place = new Place(kept.said().domain(), view.log(), view.view().size());
    Seen theirs =
        new Seen(
            view.view().root(),
            kept.client() + " instance " + kept.said().instance(),
            kept.heardAt());
    Optional<Hash> ours = roots.at(place.domain(), place.log(), place.size());
    if (ours.isPresent()) {
      judge(place, theirs, monitors(ours.get(), kept.heardAt()));
    } else {
      Seen first = ahead.putIfAbsent(place, theirs);
      if (first != null) {
        judge(place, theirs, first);
      }
    }
  }

  private static Seen monitors(Hash root, Instant at) {
    return new Seen(root, "the monitor", at);
  }

  private void tellLarger(Place place, Seen theirs) {
    findings.raise(
        new Finding(
            Kind.LOG_ROLLBACK,
            // One client's word alone: he may say what he did not see.
            Severity.HIGH,
            place.domain(),
            Subject.of(place.domain(), place.log() + "/" + theirs.by()),
            theirs.at(),
            1,
            theirs.by()
                + " has "
                + place.size()
                + " entries of the key log, but the monitor was not shown so many within "
                + REACHED_WITHIN.toSeconds()
                + " seconds. Either the registrar's disk was put back, or the monitor is"
                + " kept from the rest, or the process reports what it did not see.",
            JsonObject.builder()
                .put("log", place.log())
                .put("size", place.size())
                .put("root", theirs.root().base64Url())
                .put("seen_by", theirs.by())
                .build()));
  }

  private void judge(Place place, Seen theirs, Seen other) {
    if (theirs.root().equals(other.root())) {
      return;
    }
    findings.raise(
        new Finding(
            Kind.SPLIT_VIEW,
            Severity.CRITICAL,
            place.domain(),
            Subject.of(place.domain(), place.log() + "/" + place.size() + "/" + theirs.by()),
            theirs.at(),
            1,
            "Log "
                + place.log()
                + " has one root at size "
                + place.size()
                + " for "
                + theirs.by()
                + " and another for "
                + other.by()
                + ". Either somebody shows two histories, or one of them reports what it"
                + " did not see.",
            JsonObject.builder()
                .put("log", place.log())
                .put("size", place.size())
                .put("root", theirs.root().base64Url())
                .put("seen_by", theirs.by())
                .put("other_root", other.root().base64Url())
                .put("other_seen_by", other.by())
                .build()));
  }
}
