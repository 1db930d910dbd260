package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Watches what signer and registrar found when they read their logs again, by what the authority
 * passes on of it in {@code <issuer>/health/ready}: a bit that their disk flipped is a finding,
 * whether it could be mended or not. It is one for each log and day on which something new is said
 * of it, and for a few logs of one process: a signer in somebody else's hands says what he likes,
 * of logs that he names as he likes.
 *
 * <p>The authority's word is taken for it. One that lies can hide damage or invent it; what the
 * custodian holds says what stood there. Belongs to one thread.
 */
public final class LogDamageWatch {
  /** Most logs of one process on one day; all others are one finding together. */
  static final int LOGS_MAX = 16;

  private static final int TEXT_CHARACTERS_MAX = 500;
  private static final int PROCESS_CHARACTERS_MAX = 40;

  private static final System.Logger LOG = System.getLogger(LogDamageWatch.class.getName());

  /** Most texts of one domain that are known at one time. */
  private static final int KNOWN_MAX = 200;

  private final InstantSource clock;
  private final FindingSink findings;
  private final Map<String, Set<Found>> known = new HashMap<>();

  /** Logs that are findings of the day. */
  private final Map<Of, Set<String>> raised = new HashMap<>();

  private LocalDate day = LocalDate.EPOCH;

  /** Whose logs are found so. */
  private record Of(String domain, Kind kind, String process) {}

  private record Found(Of of, String log, String text) {}

  /**
   * Makes one.
   *
   * @param findings takes each once, and knows those that were raised before the start
   */
  public LogDamageWatch(InstantSource clock, FindingSink findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /** Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing. */
  public void look(String domain, JsonObject health) {
    Set<Found> now = new LinkedHashSet<>();
    try {
      addAll(domain, Kind.LOG_DAMAGED, health.objects("damage"), now);
      addAll(domain, Kind.LOG_REPAIRED, health.objects("repaired"), now);
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
      return;
    }
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    if (!today.equals(day)) {
      raised.clear();
      day = today;
    }
    Set<Found> before = known.getOrDefault(domain, Set.of());
    now.stream().filter(found -> !before.contains(found)).forEach(this::raise);
    known.put(domain, now);
  }

  private static void addAll(String domain, Kind kind, List<JsonObject> said, Set<Found> to)
      throws FormatException {
    for (JsonObject one : said) {
      String log = one.string("log");
      if (!TokenId.isLogName(log)) {
        throw new FormatException("log is none");
      }
      if (to.size() < KNOWN_MAX) {
        to.add(
            new Found(
                new Of(domain, kind, cut(one.string("process"), PROCESS_CHARACTERS_MAX)),
                log,
                cut(one.string("text"), TEXT_CHARACTERS_MAX)));
      }
    }
  }

  private static String cut(String text, int most) {
    return text.substring(0, Math.min(text.length(), most));
  }

  private void raise(Found found) {
    Of of = found.of();
    Set<String> logs = raised.computeIfAbsent(of, _ -> new HashSet<>());
    boolean isOneOfMany = logs.size() >= LOGS_MAX && !logs.contains(found.log());
    if (!logs.add(isOneOfMany ? "" : found.log())) {
      return;
    }
    String which = isOneOfMany ? "more logs" : "log " + found.log();
    String place = of.process() + ", " + which + ": " + found.text();
    boolean isMended = of.kind() == Kind.LOG_REPAIRED;
    findings.raise(
        new Finding(
            of.kind(),
            isMended ? Severity.LOW : Severity.HIGH,
            of.domain(),
            Subject.of(of.domain(), of.process() + " " + which + " " + day),
            clock.instant(),
            1,
            isMended
                ? "A log differed from its journal when it was read again, and was"
                    + " rewritten. Check the disk: "
                    + place
                : "A log is damaged where its process cannot repair it: " + place,
            JsonObject.builder()
                .put("process", of.process())
                .put("log", found.log())
                .put("found", found.text())
                .build()));
  }
}
