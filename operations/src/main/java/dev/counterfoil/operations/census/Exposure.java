package dev.counterfoil.operations.census;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.judging.KnownServices;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which services would let a thief of a key in: for each audience that the key may sign for and
 * that tokens were issued for, whether it refuses a token that was never issued, only has it
 * noticed, or would never know. From what verifiers acknowledge, and from the counterfoils and
 * sightings, which need no help from a service to show that nobody sees its tokens.
 */
public final class Exposure {
  /** What a service does with a token that was never issued. */
  public enum Verdict {
    /** A verifier that looks into the log speaks for it. */
    REFUSES,
    /** It takes the token, and the monitor hears of it: within two seconds. */
    NOTICES,
    /** One of its verifiers was told to let it in, and reports it. */
    WOULD_NEVER_REFUSE,
    /** Nobody speaks for it now and nobody reports. */
    WOULD_NEVER_KNOW;

    /** The name in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * A process that verifies, by its last word.
   *
   * @param said the word
   * @param silent whether it was not heard for {@link Census#SILENT_AFTER}
   * @param monitor whether it is the monitor itself, which verifies its callers' tokens and has
   *     nobody to report them to
   */
  public record Spoken(Acknowledgement said, boolean silent, boolean monitor) {}

  /**
   * An audience.
   *
   * @param modes how those who speak for it make sure that a token was issued
   * @param lag how old the oldest head is among theirs: of the key log, and of the logs whose
   *     leaves they receive; null where nobody speaks
   * @param issued tokens of the key that were issued for it
   * @param sighted those of them that somebody reported, as far back as the monitor keeps sightings
   * @param silent processes that spoke for it once, and not for a while
   * @param monitor whether it is the monitor itself
   * @param isComplete whether the monitor knows of all that was issued: else more may have been
   */
  public record Service(
      String audience,
      Verdict verdict,
      List<String> modes,
      @Nullable Duration lag,
      long issued,
      long sighted,
      int silent,
      boolean monitor,
      boolean isComplete) {
    public Service {
      modes = List.copyOf(modes);
    }

    /** Whether tokens were issued and nobody ever saw one: they go where nobody looks. */
    public boolean isBlindSpot() {
      return issued > 0 && sighted == 0 && !monitor;
    }

    /** As JSON. */
    public JsonObject toJson() {
      JsonObject.Builder json =
          JsonObject.builder()
              .put("audience", audience)
              .put("verdict", verdict.text())
              .put("modes", modes)
              .put("issued", issued)
              .put("sighted", sighted)
              .put("silent", silent);
      if (isBlindSpot() || isComplete || sighted > 0 || monitor) {
        // That none of those that are held was issued says nothing of the others.
        json.put("blind_spot", isBlindSpot());
      }
      if (lag != null) {
        json.put("lag_ms", lag.toMillis());
      }
      return json.build();
    }
  }

  /**
   * What there is to show.
   *
   * @param services the worst first
   * @param isCut whether there are more audiences or services than the monitor counts: of those
   *     that it does not, issued or sighted is too low
   * @param recorded of an attached issuer's key: how many digests each of its record logs has, of
   *     all keys that share it. For which audience they are only the issuer knows, so no service
   *     has a number of issued tokens. Empty for keys of our own
   * @param summary what the monitor said of the key: also what is missing, where not all of it is
   *     known
   */
  public record Shown(
      List<Service> services, boolean isCut, Map<String, Long> recorded, JsonObject summary) {
    public Shown {
      services = List.copyOf(services);
      recorded = Map.copyOf(recorded);
    }

    /** Whether the monitor knows of all that was issued and sighted; if not, both are too low. */
    public boolean isComplete() {
      return Exposure.isComplete(summary);
    }
  }

  private static boolean isComplete(JsonObject summary) {
    return Boolean.TRUE.equals(summary.get("complete"));
  }

  /**
   * How long ago a service that sends no acknowledgements may have reported: the monitor does not
   * note its time more often.
   */
  private static final Duration REPORTED_WITHIN =
      KnownServices.WRITTEN_EVERY.plus(Census.SILENT_AFTER);

  /** How the monitor calls itself; a domain's name stands before it. */
  private static final String MONITOR = "/counterfoil-monitor";

  private Exposure() {}

  /** Asks the monitor. */
  public static Shown of(MonitorAdmin monitor, String domain, KeyStatement key) throws IOException {
    Map<String, Long> issued = new TreeMap<>();
    Map<String, Long> sighted = new TreeMap<>();
    Map<String, Long> recorded = new TreeMap<>();
    List<Spoken> processes = new ArrayList<>();
    AtomicBoolean isCut = new AtomicBoolean();
    AtomicReference<JsonObject> summary = new AtomicReference<>(JsonObject.builder().build());
    TreeSet<String> known = new TreeSet<>();
    TreeSet<String> reporting = new TreeSet<>();
    try {
      monitor.counts(
          key.kid(),
          line -> {
            issued.putAll(counts(line, "signed_by_audience"));
            sighted.putAll(counts(line, "sighted_by_service"));
            recorded.putAll(counts(line, "recorded_by_log"));
            isCut.set(isTrue(line, "more_audiences") || isTrue(line, "more_services"));
            summary.set(line);
          });
      List<JsonObject> lines = new ArrayList<>();
      monitor.acknowledgements(domain, 0, lines::add);
      Instant now = Instant.EPOCH;
      for (JsonObject line : lines) {
        if (line.string("type").equals("summary")) {
          now = Instant.ofEpochMilli(line.number("now_ms"));
        }
      }
      for (JsonObject line : lines) {
        if (line.string("type").equals("audience")) {
          known.add(line.string("name"));
        } else if (line.string("type").equals("service")) {
          Instant last = Instant.ofEpochMilli(line.number("last_ms"));
          if (!now.isAfter(last.plus(REPORTED_WITHIN))) {
            reporting.add(line.string("name"));
          }
        } else if (line.string("type").equals("instance")) {
          Instant heardAt = Instant.ofEpochMilli(line.number("heard_at_ms"));
          processes.add(
              new Spoken(
                  Acknowledgement.parse(line.object("said")),
                  now.isAfter(heardAt.plus(Census.SILENT_AFTER)),
                  line.string("client").endsWith(MONITOR)));
        }
      }
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    }
    if (key.record() instanceof RecordForm.Digest) {
      // No counterfoil names an audience: its statement does, and who speaks for one.
      known.addAll(key.audiences().names());
      processes.forEach(process -> known.addAll(process.said().services()));
    }
    known.removeIf(audience -> !key.audiences().allows(audience));
    return new Shown(
        judge(issued, sighted, known, reporting, processes, isComplete(summary.get())),
        isCut.get(),
        recorded,
        summary.get());
  }

  private static boolean isTrue(JsonObject line, String name) throws IOException {
    try {
      return line.truth(name);
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    }
  }

  private static Map<String, Long> counts(JsonObject line, String name) throws IOException {
    try {
      JsonObject members = line.object(name);
      Map<String, Long> counts = new TreeMap<>();
      for (String member : members.names()) {
        counts.put(member, members.number(member));
      }
      return counts;
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * Judges each audience.
   *
   * @param issued tokens of the key by audience
   * @param sighted those that were reported, by the service that reported them
   * @param known further audiences that the key may sign for
   * @param reporting services that reported tokens of late
   * @param isComplete whether all that were issued are counted
   */
  static List<Service> judge(
      Map<String, Long> issued,
      Map<String, Long> sighted,
      Collection<String> known,
      Collection<String> reporting,
      Collection<Spoken> processes,
      boolean isComplete) {
    TreeSet<String> audiences = new TreeSet<>(known);
    audiences.addAll(issued.keySet());
    return audiences.stream()
        .map(
            audience ->
                judge(
                    audience,
                    issued.getOrDefault(audience, 0L),
                    sighted.getOrDefault(audience, 0L),
                    reporting.contains(audience),
                    processes.stream().filter(p -> p.said().services().contains(audience)).toList(),
                    isComplete))
        .sorted(
            Comparator.comparing(Service::verdict)
                .reversed()
                .thenComparing(service -> !service.isBlindSpot())
                .thenComparing(Service::audience))
        .toList();
  }

  private static Duration lag(Acknowledgement said) {
    return said.streamLag().filter(stream -> stream.compareTo(said.lag()) > 0).orElse(said.lag());
  }

  private static Service judge(
      String audience,
      long issued,
      long sighted,
      boolean reports,
      List<Spoken> processes,
      boolean isComplete) {
    List<Spoken> staying = processes.stream().filter(p -> !p.said().leaving()).toList();
    List<Acknowledgement> heard =
        staying.stream().filter(p -> !p.silent()).map(Spoken::said).toList();
    boolean allLook = heard.stream().noneMatch(said -> said.mode() == Acknowledgement.Mode.REPORT);
    Verdict verdict;
    if (heard.isEmpty()) {
      // Somebody reports its tokens, and does not say how it looks at them. Where a process spoke
      // once and is gone, what was sighted was its report: nobody is left.
      verdict =
          sighted > 0 && reports && processes.isEmpty()
              ? Verdict.NOTICES
              : Verdict.WOULD_NEVER_KNOW;
    } else {
      verdict = allLook ? Verdict.REFUSES : Verdict.WOULD_NEVER_REFUSE;
    }
    return new Service(
        audience,
        verdict,
        heard.stream()
            .map(said -> said.mode().name().toLowerCase(Locale.ROOT))
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .toList(),
        heard.stream().map(Exposure::lag).max(Comparator.naturalOrder()).orElse(null),
        issued,
        sighted,
        staying.size() - heard.size(),
        staying.stream().anyMatch(p -> !p.silent() && p.monitor()),
        isComplete);
  }
}
