package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Lines of the event file of Dovecot 2.4 as audit events: logins, messages that were read, and
 * whichever commands its filter lets through. Each line stands for itself: the token comes with it,
 * as {@code tok_header} and {@code tok_claims}, which docs/integrate/audit-events.md has Dovecot
 * write, and {@code tok_digest}, the SHA-256 of its signing input, where something writes that.
 */
public final class DovecotEvents {
  /** Longest line that is read, in bytes. */
  static final int LINE_BYTES_MAX = 256 << 10;

  /**
   * Longest text by which an event is found, and longest command: whoever reads mail writes them.
   */
  private static final int TEXT_MAX = 1000;

  private static final int COMMAND_MAX = 4000;

  private static final int CLAIMS_BYTES_MAX = 16 << 10;
  private static final long AUTHENTICATION = 3002;
  private static final long DATASTORE = 6005;
  private static final int SUCCESS = 1;
  private static final int FAILURE = 2;

  private final String tenant;
  private final String logName;

  /**
   * For one source.
   *
   * @param tenant whose mail it is
   * @param logName what the source calls this one of its logs
   */
  public DovecotEvents(String tenant, String logName) {
    this.tenant = tenant;
    this.logName = logName;
  }

  /**
   * The event that a line tells of; empty for one that tells of nothing that is shipped.
   *
   * @param sequence the number that it gets
   * @throws FormatException when the line is none of Dovecot's
   */
  Optional<JsonObject> event(byte[] line, long sequence) throws FormatException {
    JsonObject event = StrictJson.object(line, LINE_BYTES_MAX);
    JsonObject fields = cut(event.optionalObject("fields").orElse(JsonObject.builder().build()));
    return switch (event.optionalString("event").orElse("")) {
      case "auth_client_request_finished" -> Optional.of(fitting(login(event, fields, sequence)));
      case "mail_opened" -> Optional.of(fitting(read(event, fields, sequence)));
      case "imap_command_finished" -> Optional.of(fitting(command(event, fields, sequence)));
      default -> Optional.empty();
    };
  }

  /** Nobody keeps an event out of the audit log by the length of what he asks for. */
  private static JsonObject cut(JsonObject fields) {
    JsonObject shorter = fields;
    for (String name : fields.names()) {
      int most = name.equals("cmd_args") ? COMMAND_MAX : TEXT_MAX;
      if (!name.startsWith("tok_")
          && fields.get(name) instanceof String text
          && text.length() > most) {
        shorter = shorter.with(name, cut(text, most));
      }
    }
    return shorter;
  }

  private static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
    return text.substring(0, end) + "…";
  }

  private static JsonObject fitting(JsonObject event) throws FormatException {
    if (event.canonicalBytes().length <= AuditEvent.REPORTED_BYTES_MAX) {
      return event;
    }
    JsonObject shorter = event.with("message", "…");
    if (shorter.canonicalBytes().length > AuditEvent.REPORTED_BYTES_MAX) {
      throw new FormatException("it is longer than an event may be");
    }
    return shorter;
  }

  /** The shipper begins with new numbers. */
  JsonObject start(String source, long atMillis, long sequence) {
    return JsonObject.builder()
        .put("class_uid", 99906001)
        .put("category_uid", 6)
        .put("activity_id", 6)
        .put("type_uid", 9990600106L)
        .put("severity_id", 1)
        .put("time", atMillis)
        .put("message", "the shipper of Dovecot's events starts")
        .put("metadata", metadata(sequence))
        .put("event_source", JsonObject.builder().put("uid", source).put("name", logName).build())
        .build();
  }

  /** The shipper is there. */
  JsonObject heartbeat(String source, long atMillis, long everySeconds, long sequence) {
    return JsonObject.builder()
        .put("class_uid", AuditEvent.SOURCE_ACTIVITY)
        .put("category_uid", 6)
        .put("activity_id", 1)
        .put("type_uid", AuditEvent.SOURCE_ACTIVITY * 100 + 1)
        .put("severity_id", 1)
        .put("time", atMillis)
        .put("message", "the shipper of Dovecot's events is there")
        .put("metadata", metadata(sequence))
        .put(
            "event_source",
            JsonObject.builder()
                .put("uid", source)
                .put("name", logName)
                .put("heartbeat_seconds", everySeconds)
                .build())
        .build();
  }

  private JsonObject.Builder base(JsonObject event, long classUid, long activity, long sequence)
      throws FormatException {
    return JsonObject.builder()
        .put("class_uid", classUid)
        .put("category_uid", classUid / 1000)
        .put("activity_id", activity)
        .put("type_uid", classUid * 100 + activity)
        .put("severity_id", 1)
        .put("time", millis(event))
        .put("metadata", metadata(sequence));
  }

  private JsonObject metadata(long sequence) {
    return JsonObject.builder()
        .put("version", "1.8.0")
        .put(
            "product",
            JsonObject.builder().put("name", "Dovecot").put("vendor_name", "Dovecot").build())
        .put("profiles", List.of("counterfoil"))
        .put("tenant_uid", tenant)
        .put("log_name", logName)
        .put("sequence", sequence)
        .build();
  }

  private static long millis(JsonObject event) throws FormatException {
    try {
      return Instant.parse(event.string("end_time")).toEpochMilli();
    } catch (DateTimeException e) {
      throw new FormatException("member end_time is no time", e);
    }
  }

  private JsonObject login(JsonObject event, JsonObject fields, long sequence)
      throws FormatException {
    Optional<String> error = fields.optionalString("error");
    JsonObject.Builder login =
        base(event, AUTHENTICATION, 1, sequence)
            .put("status_id", error.isPresent() ? FAILURE : SUCCESS)
            .put("message", error.orElse(null))
            .put("auth_protocol", fields.optionalString("mechanism").orElse(null))
            .put("service", JsonObject.builder().put("name", "imap").build())
            .put("user", named("uid", fields.optionalString("user").orElse("unknown")));
    around(login, fields);
    return login.build();
  }

  private JsonObject read(JsonObject event, JsonObject fields, long sequence)
      throws FormatException {
    String user = fields.string("user");
    String folder = fields.optionalString("mailbox").orElse("INBOX");
    JsonObject.Builder read =
        base(event, DATASTORE, 1, sequence)
            .put("status_id", SUCCESS)
            .put("message", "message read")
            .put("count", 1)
            .put("databucket", bucket(user, folder))
            .put("item_uids", List.of(folder + ";UID=" + fields.number("uid")));
    around(read, fields);
    return read.build();
  }

  private JsonObject command(JsonObject event, JsonObject fields, long sequence)
      throws FormatException {
    String user = fields.string("user");
    String state = fields.optionalString("tagged_reply_state").orElse("OK");
    JsonObject.Builder command =
        base(event, DATASTORE, 4, sequence)
            .put("status_id", state.equals("OK") ? SUCCESS : FAILURE)
            .put(
                "message",
                fields.optionalString("cmd_name").orElse("command")
                    + " "
                    + fields.optionalString("cmd_args").orElse(""))
            .put("databucket", bucket(user, fields.optionalString("mailbox").orElse("")));
    around(command, fields);
    return command.build();
  }

  private static JsonObject named(String member, String value) {
    return JsonObject.builder().put(member, value).build();
  }

  /** One who read another's mail with a password of staff, a master user in Dovecot's words. */
  private static JsonObject administrator(String name) {
    return JsonObject.builder().put("uid", name).put("type_id", 2).put("type", "Admin").build();
  }

  private static JsonObject bucket(String user, String folder) {
    return JsonObject.builder()
        .put("name", user)
        .put("type_id", 99)
        .put("type", "mailbox")
        .put("desc", folder.isEmpty() ? null : folder)
        .build();
  }

  /** From where, in which session, who, with which token. */
  private static void around(JsonObject.Builder into, JsonObject fields) throws FormatException {
    Optional<String> address = fields.optionalString("remote_ip");
    if (address.isPresent()) {
      JsonObject.Builder endpoint = JsonObject.builder().put("ip", address.get());
      fields.optionalNumber("remote_port").ifPresent(port -> endpoint.put("port", port));
      into.put("src_endpoint", endpoint.build());
    }
    fields.optionalString("session").ifPresent(id -> into.put("session", named("uid", id)));
    JsonObject claims = part(fields, "tok_claims");
    JsonObject header = part(fields, "tok_header");
    Optional<String> client = text(claims, "client_id");
    if (client.isEmpty()) {
      client = text(claims, "azp");
    }
    JsonObject.Builder actor = JsonObject.builder();
    Optional<String> staff = fields.optionalString("master_user").filter(name -> !name.isEmpty());
    if (staff.isPresent()) {
      actor.put("user", administrator(staff.get()));
    } else {
      fields.optionalString("user").ifPresent(user -> actor.put("user", named("uid", user)));
    }
    into.put("actor", actor.put("app_uid", client.orElse(null)).build());
    JsonObject token =
        JsonObject.builder()
            .put("uid", text(claims, "jti").orElse(null))
            .put("issuer", text(claims, "iss").orElse(null))
            .put("key_uid", text(header, "kid").orElse(null))
            .put("client_uid", client.orElse(null))
            .put("subject_uid", text(claims, "sub").orElse(null))
            .put("tenant_uid", text(claims, "tenant").orElse(null))
            .put("digest", digest(fields).orElse(null))
            .build();
    if (!token.names().isEmpty()) {
      into.put("recorded_token", token);
    }
  }

  /** SHA-256 of the signing input; that of the whole token is another, and has no member. */
  private static Optional<String> digest(JsonObject fields) throws FormatException {
    return fields.optionalString("tok_digest").filter(hex -> hex.matches("[0-9a-f]{64}"));
  }

  private static Optional<String> text(JsonObject from, String name) {
    return from.get(name) instanceof String text && !text.isEmpty()
        ? Optional.of(cut(text, TEXT_MAX))
        : Optional.empty();
  }

  /** A part of the token as Dovecot decoded it; what is no JSON tells nothing. */
  private static JsonObject part(JsonObject fields, String name) throws FormatException {
    Optional<String> text = fields.optionalString(name);
    if (text.isPresent() && !text.get().isEmpty()) {
      try {
        return StrictJson.object(text.get().getBytes(StandardCharsets.UTF_8), CLAIMS_BYTES_MAX);
      } catch (FormatException e) {
        return JsonObject.builder().build();
      }
    }
    return JsonObject.builder().build();
  }
}
