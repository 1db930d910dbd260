package dev.counterfoil.audit.intake;

import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.event.DeletionCover;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** The auditor's own events, as values: what its sources fail to do, and who looked. */
public final class OwnEvents {
  static final long HEARTBEAT = 1;
  static final long GAP = 2;
  static final long SILENCE = 4;
  static final long START = 6;
  static final long RESUME = 7;
  public static final long API_ACTIVITY = 6003;
  private static final long READ = 2;
  public static final long DELETE = 4;

  /** The operation of an event that says that a hold begins. */
  public static final String HOLD_ADD = "audit.hold.add";

  private static final long INFORMATIONAL = 1;
  private static final long LOW = 2;
  private static final long MEDIUM = 3;

  /** How long the texts and lists are of an event that had to be cut. */
  private static final int CUT_MAX = 200;

  private OwnEvents() {}

  private static JsonObject.Builder base(
      long classUid, long activity, long severity, long atMillis) {
    return JsonObject.builder()
        .put("class_uid", classUid)
        .put("category_uid", classUid % 100_000 / 1000)
        .put("activity_id", activity)
        .put("type_uid", classUid * 100 + activity)
        .put("severity_id", severity)
        .put("status_id", 1)
        .put("time", atMillis);
  }

  private static JsonObject metadata(String tenant, long sequence) {
    return EventDraft.metadata(null, tenant).with("sequence", sequence);
  }

  /** An event without its number. */
  @FunctionalInterface
  public interface Draft {
    AuditEvent numbered(long sequence) throws FormatException;
  }

  /** An operation on the audit log, as an event without its number. */
  private record Done(
      String tenant,
      String code,
      long activity,
      long severity,
      JsonObject actor,
      String operation,
      JsonObject endpoint,
      String message,
      long atMillis) {
    /** With members of its own. */
    Draft with(Consumer<JsonObject.Builder> more) {
      return sequence -> {
        JsonObject.Builder event =
            base(API_ACTIVITY, activity, severity, atMillis)
                .put("metadata", metadata(tenant, sequence).with("event_code", code))
                .put("actor", actor)
                .put("api", JsonObject.builder().put("operation", operation).build())
                .put("src_endpoint", endpoint)
                .put("message", message);
        more.accept(event);
        return AuditEvent.of(event.build());
      };
    }

    /** By somebody who reads or administers the log. */
    static Done by(
        Reader reader,
        String tenant,
        String code,
        long activity,
        long severity,
        String operation,
        String message,
        long atMillis) {
      return new Done(
          tenant,
          code,
          activity,
          severity,
          reader.actor(),
          operation,
          reader.endpoint(),
          message,
          atMillis);
    }

    /** By the auditor itself. */
    static Done byItself(
        String tenant,
        Operation code,
        long severity,
        String operation,
        String why,
        String message,
        long atMillis) {
      return new Done(
          tenant,
          code.code(),
          code.activityId(),
          severity,
          JsonObject.builder().put("app_uid", "counterfoil").build(),
          operation,
          JsonObject.builder().put("name", why).build(),
          message,
          atMillis);
    }
  }

  static Draft gap(String tenant, Sequences.Gap gap, long atMillis) {
    return sequence ->
        AuditEvent.of(
            base(AuditEvent.SOURCE_ACTIVITY, GAP, LOW, atMillis)
                .put("message", "numbers of a source's events are missing")
                .put("metadata", metadata(tenant, sequence))
                .put(
                    "event_source",
                    JsonObject.builder()
                        .put("uid", gap.stream().source())
                        .put("name", gap.stream().log())
                        .put("first_sequence", gap.first())
                        .put("last_sequence", gap.last())
                        .build())
                .build());
  }

  /** An event that is whole but for its number. */
  public static Draft of(JsonObject event) {
    return sequence ->
        fitting(event.with("metadata", event.object("metadata").with("sequence", sequence)));
  }

  /** The same, in one of our own logs. */
  public static Draft of(JsonObject event, String log) {
    return sequence ->
        fitting(
            event.with(
                "metadata",
                event.object("metadata").with("log_name", log).with("sequence", sequence)));
  }

  /**
   * An event with its texts cut, and a message that says so, where it is none otherwise: strangers
   * choose texts in it, and none of them may keep it out of the log.
   */
  private static AuditEvent fitting(JsonObject event) throws FormatException {
    try {
      return AuditEvent.of(event);
    } catch (FormatException e) {
      JsonObject cut = (JsonObject) cut(event);
      String message = cut.optionalString("message").orElse("");
      return AuditEvent.of(cut.with("message", "(cut: " + e.getMessage() + ") " + message));
    }
  }

  private static Object cut(Object value) {
    return switch (value) {
      case String text when text.length() > CUT_MAX ->
          text.substring(
              0, Character.isHighSurrogate(text.charAt(CUT_MAX - 1)) ? CUT_MAX - 1 : CUT_MAX);
      case List<?> list -> list.stream().limit(CUT_MAX).map(OwnEvents::cut).toList();
      case JsonObject object -> {
        JsonObject shorter = object;
        for (String name : object.names()) {
          shorter = shorter.with(name, cut(Objects.requireNonNull(object.get(name))));
        }
        yield shorter;
      }
      default -> value;
    };
  }

  /** A source that said that it would speak fell silent, or speaks again. */
  public static Draft silence(Sequences.Heard heard, long atMillis) {
    return sequence ->
        AuditEvent.of(
            base(
                    AuditEvent.SOURCE_ACTIVITY,
                    heard.silent() ? SILENCE : RESUME,
                    heard.silent() ? MEDIUM : INFORMATIONAL,
                    atMillis)
                .put(
                    "message",
                    heard.silent()
                        ? "a source says nothing any more, not even that it is there"
                        : "a source that was silent speaks again")
                .put("metadata", metadata(heard.tenant(), sequence))
                .put(
                    "event_source",
                    JsonObject.builder()
                        .put("uid", heard.stream().source())
                        .put("name", heard.stream().log())
                        .put("heartbeat_seconds", heard.everySeconds())
                        .put("last_time", heard.lastMillis())
                        .build())
                .build());
  }

  /**
   * Somebody looked.
   *
   * @param operation {@code audit.search} or {@code audit.export}
   * @param query what was asked, as text
   */
  public static Draft looked(
      String tenant, Reader reader, String operation, String query, long atMillis) {
    return Done.by(reader, tenant, operation, READ, INFORMATIONAL, operation, query, atMillis)
        .with(_ -> {});
  }

  /**
   * What is deleted of a tenant: payloads, of which the leaves stay.
   *
   * @param first the first position
   * @param last the last position; what lies between and is not the tenant's is not meant
   * @param count how many
   */
  public record Deletion(long first, long last, long count) {
    public Deletion and(Deletion more) {
      return new Deletion(
          Math.min(first, more.first), Math.max(last, more.last), count + more.count);
    }
  }

  /**
   * Events of a tenant will be deleted by policy.
   *
   * @param rule the setting by which
   */
  public static Draft deleted(String tenant, Deletion deletion, String rule, long atMillis) {
    String message =
        deletion.count() + " events are older than " + rule + " and are deleted; their leaves stay";
    return gone(tenant, deletion, LOW, "retention", message, atMillis);
  }

  /** Events of a tenant came back from a custodian without the keys of the people in them. */
  static Draft lost(String tenant, Deletion events, long atMillis) {
    String message =
        events.count()
            + " events were restored without the keys of the people in them, which"
            + " were lost: nobody can read them, and their leaves stay";
    return gone(tenant, events, MEDIUM, "restore", message, atMillis);
  }

  private static Draft gone(
      String tenant, Deletion events, long severity, String by, String message, long atMillis) {
    return Done.byItself(
            tenant,
            Operation.AUDIT_DELETE,
            severity,
            DeletionCover.OPERATION,
            by,
            message,
            atMillis)
        .with(event -> event.put("count", events.count()).put(DeletionCover.RANGE, range(events)));
  }

  private static JsonObject range(Deletion events) {
    return JsonObject.builder().put("first", events.first()).put("last", events.last()).build();
  }

  /**
   * Somebody is forgotten: a deletion of his events, which says no name. Where he has none, it
   * names no positions.
   *
   * @param pseudonym his
   * @param ground as the tenant's
   */
  public static Draft forgotten(
      String tenant,
      Reader reader,
      String pseudonym,
      Deletion deletion,
      String ground,
      long atMillis) {
    return Done.by(
            reader,
            tenant,
            Operation.AUDIT_FORGET.code(),
            DELETE,
            MEDIUM,
            DeletionCover.OPERATION,
            ground,
            atMillis)
        .with(
            event ->
                event
                    .put("count", deletion.count())
                    .put("forgotten", JsonObject.builder().put("pseudonym", pseudonym).build())
                    .put(DeletionCover.RANGE, deletion.count() > 0 ? range(deletion) : null));
  }

  /**
   * An operator brings events in.
   *
   * @param source as which they are recorded
   * @param message what is brought in, or was recorded
   */
  public static Draft imported(
      String tenant, Reader reader, String source, String message, long atMillis) {
    return Done.by(
            reader,
            tenant,
            Operation.AUDIT_IMPORT.code(),
            Operation.AUDIT_IMPORT.activityId(),
            LOW,
            Operation.AUDIT_IMPORT.code(),
            message,
            atMillis)
        .with(
            event ->
                event.put(
                    "resources",
                    List.of(
                        JsonObject.builder().put("uid", source).put("type", "import").build())));
  }

  /** The log was given back by a custodian. */
  static Draft restored(Restoration restored, long atMillis) {
    return Done.byItself(
            KeyCeiling.OWN_TENANT,
            Operation.AUDIT_RESTORE,
            MEDIUM,
            Operation.AUDIT_RESTORE.code(),
            "restore",
            "the first "
                + restored.size()
                + " events were given back by custodian "
                + restored.custodian(),
            atMillis)
        .with(event -> event.put("count", restored.size()));
  }

  /**
   * Somebody put a tenant's events on hold, or ended that.
   *
   * @param add whether it begins
   */
  public static Draft hold(
      String tenant, Reader reader, boolean add, String reason, long atMillis) {
    return Done.by(
            reader,
            tenant,
            Operation.AUDIT_HOLD.code(),
            Operation.AUDIT_HOLD.activityId(),
            LOW,
            add ? HOLD_ADD : "audit.hold.remove",
            reason,
            atMillis)
        .with(_ -> {});
  }
}
