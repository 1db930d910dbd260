package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Does the log of a source meet the minimum that finds a thief? Fed with all events of the source
 * in a time, in the order of arrival, and with what the auditor said of it meanwhile; then it has a
 * verdict for each requirement.
 */
public final class Conformance {
  /** Longest time from an event until it is in the audit log, for 95 of 100. */
  public static final Duration LAG_MAX = Duration.ofMinutes(1);

  private static final List<Long> ACCESS = List.of(6001L, 6003L, 6005L);
  private static final int LAGS_MAX = 1_000_000;

  /** What is required. */
  public enum Requirement {
    /** There are events of the source at all. */
    REPORTS("events", "the source reports"),
    /** Reading, and not only signing in, is an event. */
    ACCESS_EVENTS("access", "what is read or changed is an event"),
    /** Each says who acted. */
    ACTOR("actor", "each event says who acted"),
    /** Each access says through which client. */
    CLIENT("client", "each access says through which client"),
    /** Each says from where. */
    ADDRESS("address", "each event says from where"),
    /** Each access says on what. */
    ENTITY("entity", "each access says on what"),
    /** Each access of data names the items. */
    ITEMS("items", "each reading of data names the items"),
    /** Each access has the identifier of the token. */
    TOKEN("token", "each access has the identifier of the token it was made with"),
    /** No numbers are missing. */
    GAPS("gaps", "no events are missing between its numbers"),
    /** It was never silent longer than its heartbeat allows. */
    SILENCE("silence", "it was not silent for longer than it may be"),
    /** What it sent was taken. */
    TAKEN("taken", "nothing that it sent was refused"),
    /** Events are in the log soon. */
    LAG("lag", "95 of 100 events are in the audit log within a minute");

    private final String code;
    private final String says;

    Requirement(String code, String says) {
      this.code = code;
      this.says = says;
    }

    /** Its stable name. */
    public String code() {
      return code;
    }

    /** It, in words. */
    public String says() {
      return says;
    }
  }

  /** What became of a requirement. */
  public enum Verdict {
    MET,
    NOT_MET,
    /** There was nothing to judge by. */
    NOTHING_TO_JUDGE
  }

  /**
   * A requirement's verdict.
   *
   * @param checked events that were looked at
   * @param against events that speak against it
   * @param example position of the first of those
   * @param detail more, for people; may be empty
   */
  public record Finding(
      Requirement requirement,
      Verdict verdict,
      long checked,
      long against,
      Optional<Long> example,
      String detail) {}

  private static final class Count {
    private long checked;
    private long against;
    private Optional<Long> example = Optional.empty();

    void add(boolean good, long position) {
      checked++;
      if (!good) {
        against++;
        if (example.isEmpty()) {
          example = Optional.of(position);
        }
      }
    }
  }

  private final String source;
  private final Map<Requirement, Count> counts = new EnumMap<>(Requirement.class);
  private final long[] lags = new long[LAGS_MAX];
  private int lagCount;

  /**
   * For one source.
   *
   * @param source its name: trust domain, slash, client
   */
  public Conformance(String source) {
    this.source = source;
    for (Requirement requirement : Requirement.values()) {
      counts.put(requirement, new Count());
    }
  }

  private void judge(Requirement requirement, boolean good, long position) {
    Count count = counts.get(requirement);
    if (count != null) {
      count.add(good, position);
    }
  }

  /** Takes an event: the source's own, or one about it; others are passed over. */
  public void add(long position, AuditEvent event) {
    boolean own = event.reporter().filter(source::equals).isPresent();
    if (event.classUid() == AuditEvent.SOURCE_ACTIVITY) {
      if (event.reporter().filter(Source::isAuditor).isPresent()
          && event.keys().entity().filter(source::equals).isPresent()) {
        about(position, event);
      }
      if (own) {
        judge(Requirement.REPORTS, true, position);
        judge(Requirement.GAPS, true, position);
      }
      return;
    }
    if (!own) {
      return;
    }
    AuditEvent.Keys keys = event.keys();
    judge(Requirement.REPORTS, true, position);
    judge(Requirement.GAPS, true, position);
    judge(Requirement.SILENCE, true, position);
    judge(Requirement.TAKEN, true, position);
    boolean access = ACCESS.contains(event.classUid());
    boolean signIn = event.classUid() == 3002;
    if (access) {
      judge(Requirement.ACCESS_EVENTS, true, position);
      judge(Requirement.CLIENT, keys.client().isPresent(), position);
      judge(Requirement.ENTITY, keys.entity().isPresent(), position);
      judge(Requirement.TOKEN, keys.token().isPresent(), position);
    }
    if (access || signIn) {
      judge(Requirement.ACTOR, keys.actor().isPresent() || keys.client().isPresent(), position);
      judge(Requirement.ADDRESS, keys.address().isPresent(), position);
    }
    if (event.classUid() == 6005 && event.activityId() == 1) {
      judge(Requirement.ITEMS, hasItems(event.json()), position);
    }
    long lag = event.loggedMillis() - event.timeMillis();
    judge(Requirement.LAG, lag <= LAG_MAX.toMillis(), position);
    if (lagCount < LAGS_MAX) {
      lags[lagCount++] = lag;
    }
  }

  private static boolean hasItems(JsonObject event) {
    return event.get("item_uids") instanceof List<?> items && !items.isEmpty();
  }

  /** What the auditor said: activities of Source Activity (spec/audit-events.md). */
  private void about(long position, AuditEvent event) {
    switch ((int) event.activityId()) {
      case 2 -> judge(Requirement.GAPS, false, position);
      case 4 -> judge(Requirement.SILENCE, false, position);
      case 5 -> judge(Requirement.TAKEN, false, position);
      default -> {}
    }
  }

  /** The verdicts, in the order of the requirements. */
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    for (Map.Entry<Requirement, Count> one : counts.entrySet()) {
      findings.add(finding(one.getKey(), one.getValue()));
    }
    return findings;
  }

  private Finding finding(Requirement requirement, Count count) {
    Verdict verdict =
        count.checked == 0
            ? Verdict.NOTHING_TO_JUDGE
            : count.against == 0 ? Verdict.MET : Verdict.NOT_MET;
    String detail = "";
    switch (requirement) {
      case REPORTS, ACCESS_EVENTS -> {
        if (count.checked == 0) {
          verdict = Verdict.NOT_MET;
          detail = "there is none in this time";
        }
      }
      case LAG -> {
        if (lagCount > 0) {
          long p95 = p95();
          verdict = p95 <= LAG_MAX.toMillis() ? Verdict.MET : Verdict.NOT_MET;
          detail = "95 of 100 within " + p95 + " ms";
        }
      }
      default -> {}
    }
    return new Finding(requirement, verdict, count.checked, count.against, count.example, detail);
  }

  private long p95() {
    long[] sorted = Arrays.copyOf(lags, lagCount);
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(lagCount * 0.95) - 1];
  }

  /** Whether nothing speaks against it. */
  public boolean isMet() {
    return findings().stream().noneMatch(finding -> finding.verdict() == Verdict.NOT_MET);
  }
}
