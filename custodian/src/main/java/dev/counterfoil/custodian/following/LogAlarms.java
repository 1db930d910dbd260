package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The alarms about one log. Each is raised once in a run: a log that stays wrong is looked at
 * several times a second. For one thread at a time.
 */
public final class LogAlarms {
  private final String domain;
  private final String log;
  private final Alarm.Sink sink;
  private final InstantSource clock;
  private final Set<String> raised = new HashSet<>();

  /**
   * Nothing was raised yet.
   *
   * @param log its short name; of an audit log its origin
   */
  public LogAlarms(String domain, String log, Alarm.Sink sink, InstantSource clock) {
    this.domain = domain;
    this.log = log;
    this.sink = sink;
    this.clock = clock;
  }

  /**
   * The log signs that it is smaller than it was. One finding however it grows from there: what it
   * had stays what it is measured by.
   */
  public void rolledBack(Checkpoint before, Checkpoint current) {
    raise(
        Alarm.Kind.LOG_ROLLBACK,
        log + "/" + before.size(),
        OptionalLong.empty(),
        "Log %s had %d entries and now signs that it has %d: records were lost or taken back."
            .formatted(log, before.size(), current.size()),
        both(before, current));
  }

  /** The log signed two histories. */
  public void forked(Checkpoint before, Checkpoint current) {
    raise(
        Alarm.Kind.LOG_FORK,
        log + "/" + current.size(),
        OptionalLong.empty(),
        "Log %s signed two histories. Do not trust it until somebody has examined it."
            .formatted(log),
        both(before, current));
  }

  /** What the log's checkpoint covers cannot be had. */
  void missing(long position, String summary) {
    raise(
        Alarm.Kind.COUNTERFOIL_MISSING,
        log + "." + position,
        OptionalLong.of(position),
        summary,
        JsonObject.builder().build());
  }

  /** What is held of it cannot be gone on with. */
  public void stopped(String origin, Throwable cause) {
    raise(
        Alarm.Kind.COUNTERFOIL_DAMAGED,
        origin,
        OptionalLong.empty(),
        ("Custody of %s stopped; that of other logs continues: %s. Check the disk and"
                + " start again.")
            .formatted(origin, cause),
        JsonObject.builder().build());
  }

  private static JsonObject both(Checkpoint before, Checkpoint current) {
    return JsonObject.builder()
        .put("before_size", before.size())
        .put("before_root", before.root().base64())
        .put("now_size", current.size())
        .put("now_root", current.root().base64())
        .build();
  }

  private void raise(
      Alarm.Kind kind, String subject, OptionalLong position, String summary, JsonObject detail) {
    if (raised.add(kind + " " + subject)) {
      sink.raise(new Alarm(kind, domain, subject, log, position, clock.instant(), summary, detail));
    }
  }
}
