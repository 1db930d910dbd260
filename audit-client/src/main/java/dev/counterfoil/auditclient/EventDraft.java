package dev.counterfoil.auditclient;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts an event of our own parts together (spec/audit-events.md): who, acting for whom, through
 * which client, from where, on what, with which token, outcome, reason. All but its number, which
 * the {@link Spool} gives. For one use by one thread.
 */
public final class EventDraft {
  /** Longest text of a member. */
  static final int TEXT_MAX = 1000;

  /** Longest description of what was asked or set. */
  private static final int DETAILS_MAX = 8000;

  private static final String VERSION = "1.8.0";
  private static final long DETECTION_FINDING = 2004;
  private static final long AUTHENTICATION = 3002;
  private static final long ENTITY_MANAGEMENT = 3004;
  private static final long APPLICATION_LIFECYCLE = 6002;
  private static final long API_ACTIVITY = 6003;

  /** IPv4 or IPv6, with a zone where it has one. */
  private static final Pattern IP =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+(%.+)?");

  private final Operation operation;
  private final JsonObject.Builder more = JsonObject.builder();
  private String part = "";
  private String tenant = "";
  private @Nullable String user;
  private @Nullable String client;
  private @Nullable String session;
  private @Nullable JsonObject endpoint;
  private @Nullable String refusal;
  private int severity;
  private @Nullable String refusalDetail;
  private @Nullable String message;

  private EventDraft(Operation operation) {
    this.operation = operation;
  }

  /** An event of an operation, which succeeded unless more is said. */
  public static EventDraft of(Operation operation) {
    return new EventDraft(operation);
  }

  private static String cut(String text) {
    return cut(text, TEXT_MAX);
  }

  private static String cut(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
    return text.substring(0, end);
  }

  /** Which process says it, such as {@code authority}. */
  public EventDraft part(String name) {
    part = name;
    return this;
  }

  /** Whose event it is. */
  public EventDraft tenant(String name) {
    tenant = name;
    return this;
  }

  /** The person: a Unix user by the kernel's word, or a token's subject. */
  public EventDraft user(String name) {
    user = cut(name);
    return this;
  }

  /** Through which client. */
  public EventDraft client(String id) {
    client = cut(id);
    return this;
  }

  /** In which session of the user. */
  public EventDraft session(String id) {
    session = id;
    return this;
  }

  /** From which network address, or from which place on this machine. */
  public EventDraft address(String ip) {
    endpoint = endpoint(cut(ip));
    return this;
  }

  /** OCSF's endpoint: {@code ip} holds addresses alone. */
  public static JsonObject endpoint(String address) {
    return JsonObject.builder().put(IP.matcher(address).matches() ? "ip" : "name", address).build();
  }

  /** From this machine, on a socket of ours, such as {@code admin-socket}. */
  public EventDraft socket(String name) {
    endpoint = JsonObject.builder().put("name", name).build();
    return this;
  }

  /** On what: a client, a log, a root; of a sign-in its session. */
  public EventDraft entity(String type, String uid) {
    JsonObject one = JsonObject.builder().put("type", type).put("uid", cut(uid)).build();
    if (operation.classUid() == ENTITY_MANAGEMENT) {
      more.put("entity", one);
    } else if (operation.classUid() == AUTHENTICATION) {
      more.put("session", JsonObject.builder().put("uid", cut(uid)).build());
    } else {
      more.put("resources", List.of(one));
    }
    return this;
  }

  /** On which key, by its thumbprint. */
  public EventDraft key(String kid) {
    more.put("signing_key", JsonObject.builder().put("uid", cut(kid)).build());
    return this;
  }

  /** With which token. */
  public EventDraft token(JsonObject recordedToken) {
    more.put("recorded_token", recordedToken);
    return this;
  }

  /** How many of the same it stands for. */
  public EventDraft count(long number) {
    more.put("count", number);
    return this;
  }

  /** The items that were meant, all of them. */
  public EventDraft items(List<String> uids) {
    more.put("item_uids", uids);
    return this;
  }

  /** It was refused. */
  public EventDraft refused(String code, String detail) {
    refusal = cut(code);
    refusalDetail = cut(detail);
    return this;
  }

  /** What was asked or set, for people. */
  public EventDraft message(String text) {
    message = cut(text, DETAILS_MAX);
    return this;
  }

  /** How much it matters, as OCSF numbers it: 1 informational to 5 critical. */
  public EventDraft severity(int id) {
    severity = id;
    return this;
  }

  /** A member that OCSF has no place for. */
  public EventDraft unmapped(JsonObject details) {
    more.put("unmapped", details);
    return this;
  }

  /** A member of the event's own. */
  public EventDraft with(String member, JsonObject value) {
    more.put(member, value);
    return this;
  }

  /**
   * The event without its number.
   *
   * @param atMillis when it happens, milliseconds since 1970
   */
  public JsonObject at(long atMillis) {
    JsonObject own = more.build();
    JsonObject.Builder event =
        JsonObject.builder()
            .put("class_uid", operation.classUid())
            .put("category_uid", operation.classUid() % 100_000 / 1000)
            .put("activity_id", operation.activityId())
            .put("type_uid", operation.classUid() * 100 + operation.activityId())
            .put("severity_id", severity > 0 ? severity : refusal == null ? 1 : 2)
            .put("status_id", refusal == null ? 1 : 2)
            .put("status_code", refusal)
            .put("status_detail", refusalDetail)
            .put("time", atMillis)
            .put("message", message)
            .put("metadata", metadata(operation.code(), part, tenant, profiles()));
    // A finding is nobody's act, and a program's start comes from no endpoint.
    if (operation.classUid() != DETECTION_FINDING) {
      event.put("actor", actor());
      if (operation.classUid() != APPLICATION_LIFECYCLE) {
        event.put("src_endpoint", endpoint);
      }
    }
    if (operation.classUid() == AUTHENTICATION) {
      // Whose sign-in it is, and at what: the actor is the same person.
      event
          .put("user", JsonObject.builder().put("uid", user == null ? "unknown" : user).build())
          .put("service", JsonObject.builder().put("name", "counterfoil").build());
    }
    if (operation.classUid() == API_ACTIVITY) {
      event.put("api", JsonObject.builder().put("operation", operation.code()).build());
    }
    for (String name : own.names()) {
      Object value = own.get(name);
      if (value instanceof JsonObject object) {
        event.put(name, object);
      } else if (value instanceof Long number) {
        event.put(name, number);
      } else if (value instanceof List<?> list) {
        event.put(name, list);
      }
    }
    return event.build();
  }

  private JsonObject actor() {
    JsonObject.Builder actor = JsonObject.builder();
    if (user != null) {
      actor.put("user", JsonObject.builder().put("uid", user).build());
    }
    if (user == null && client == null) {
      actor.put("app_name", "unauthenticated");
    }
    if (session != null) {
      actor.put("session", JsonObject.builder().put("uid", session).build());
    }
    return actor.put("app_uid", client).build();
  }

  /** OCSF has an actor of a program's start where the event is also one of its host. */
  private List<String> profiles() {
    return operation.classUid() == APPLICATION_LIFECYCLE
        ? List.of("counterfoil", "host")
        : List.of("counterfoil");
  }

  /**
   * Metadata of an event of ours that no process of its own reports.
   *
   * @param code of its operation; null where it has none
   */
  public static JsonObject metadata(@Nullable String code, String tenant) {
    return metadata(code, "", tenant, List.of("counterfoil"));
  }

  private static JsonObject metadata(
      @Nullable String code, String part, String tenant, List<String> profiles) {
    return JsonObject.builder()
        .put("version", VERSION)
        .put(
            "product",
            JsonObject.builder()
                .put("name", "Counterfoil")
                .put("vendor_name", "Counterfoil")
                .put(
                    "feature",
                    part.isEmpty() ? null : JsonObject.builder().put("name", part).build())
                .build())
        .put("profiles", profiles)
        .put("event_code", code)
        .put("tenant_uid", tenant)
        .build();
  }

  /**
   * Source Activity of the source itself.
   *
   * @param activity 1 heartbeat, 6 start
   * @param everySeconds how often a heartbeat comes when there is nothing else
   * @param lost events that could not be kept since the stream began
   */
  static JsonObject sourceActivity(
      long activity, String source, String tenant, long everySeconds, long lost, long atMillis) {
    return JsonObject.builder()
        .put("class_uid", AuditEvent.SOURCE_ACTIVITY)
        .put("category_uid", AuditEvent.SOURCE_ACTIVITY % 100_000 / 1000)
        .put("activity_id", activity)
        .put("type_uid", AuditEvent.SOURCE_ACTIVITY * 100 + activity)
        .put("severity_id", lost > 0 ? 3 : 1)
        .put("time", atMillis)
        .put("metadata", metadata(activity == 1 ? "source.heartbeat" : "source.start", tenant))
        .put(
            "event_source",
            JsonObject.builder()
                .put("uid", source)
                .put("heartbeat_seconds", everySeconds)
                .put("lost", lost)
                .build())
        .build();
  }
}
