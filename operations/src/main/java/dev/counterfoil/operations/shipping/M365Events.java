package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records of Microsoft 365's unified audit log as audit events (docs/operate/audit-import.md has
 * the table): mail that was read, sign-ins, and every other operation as what it is. Members are
 * those of the Office 365 Management Activity API's common schema, and of what it adds for Exchange
 * mailboxes and Azure Active Directory. Of a record that names many items several events are made.
 *
 * <p>Where the record itself has room it stands in the event as it came ({@code raw_data}), and
 * always its digest.
 */
public final class M365Events implements FileShipping.Mapping {
  /** The column, or member, that has the record in what Purview and PowerShell export. */
  public static final String COLUMN = "AuditData";

  private static final int TEXT_MAX = 1000;

  /** Bytes and number of the items of one event: what is more is in the next. */
  private static final int ITEM_BYTES_MAX = 12_000;

  private static final int ITEMS_MAX = 1000;

  /** Records that are remembered, to leave out those that stand in a file again. */
  private static final int SEEN_MAX = 500_000;

  private static final long AUTHENTICATION = 3002;
  private static final long API = 6003;
  private static final long DATASTORE = 6005;
  private static final int OTHER = 99;
  private static final String NOT_STATED = "not stated";

  /** {@code 203.0.113.7:51248}, or {@code [2001:db8::7]:51248}. */
  private static final Pattern WITH_PORT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([0-9.]+))(?::(\\d{1,5}))?");

  /** What OCSF calls an address; anything else is a name. */
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+");

  private static final Set<String> GOOD = Set.of("succeeded", "success", "true");
  private static final Set<String> BAD = Set.of("failed", "failure", "false");

  private final String tenant;
  private final int seenMax;
  private final Set<Hash> seen = new HashSet<>();
  private boolean isPartial;

  /** For one file. */
  public M365Events(String tenant) {
    this(tenant, SEEN_MAX);
  }

  /**
   * The same with another memory.
   *
   * @param seenMax how many records are remembered
   */
  M365Events(String tenant, int seenMax) {
    this.tenant = tenant;
    this.seenMax = seenMax;
  }

  @Override
  public Optional<String> remark() {
    return isPartial
        ? Optional.of(
            ("Only the first %d different records were remembered, so one that comes later and"
                    + " again may be recorded twice")
                .formatted(seenMax))
        : Optional.empty();
  }

  @Override
  public List<JsonObject> events(byte[] bytes, FileShipping.Place place) throws FormatException {
    JsonObject outer = StrictJson.object(bytes, FileRecords.RECORD_BYTES_MAX);
    String raw = new String(bytes, StandardCharsets.UTF_8).strip();
    JsonObject record = outer;
    if (outer.get(COLUMN) instanceof String inner) {
      raw = inner.strip();
      record =
          StrictJson.object(raw.getBytes(StandardCharsets.UTF_8), FileRecords.RECORD_BYTES_MAX);
    }
    Hash digest = Hash.sha256(raw.getBytes(StandardCharsets.UTF_8));
    if (seen.contains(digest)) {
      return List.of();
    }
    List<JsonObject> events = new ExportedRecord(record, raw, digest, place).events();
    if (seen.size() < seenMax) {
      seen.add(digest);
    } else {
      isPartial = true;
    }
    return events;
  }

  private static String cut(String text) {
    if (text.length() <= TEXT_MAX) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(TEXT_MAX - 2)) ? TEXT_MAX - 2 : TEXT_MAX - 1;
    return text.substring(0, end) + "…";
  }

  /** The first of these members that is a text, or a number; empty where none is. */
  private static Optional<String> text(JsonObject from, String... names) {
    for (String name : names) {
      Object value = from.get(name);
      if (value instanceof String text && !text.isBlank()) {
        return Optional.of(cut(text.strip()));
      }
      if (value instanceof Long number) {
        return Optional.of(number.toString());
      }
    }
    return Optional.empty();
  }

  private static JsonObject object(JsonObject from, String name) {
    return from.get(name) instanceof JsonObject object ? object : JsonObject.builder().build();
  }

  private static List<JsonObject> objects(JsonObject from, String name) {
    List<JsonObject> objects = new ArrayList<>();
    if (from.get(name) instanceof List<?> list) {
      for (Object one : list) {
        if (one instanceof JsonObject object) {
          objects.add(object);
        }
      }
    }
    return objects;
  }

  /** What a list of names and values has under a name. */
  private static Optional<String> property(JsonObject from, String list, String name) {
    return objects(from, list).stream()
        .filter(one -> name.equalsIgnoreCase(String.valueOf(one.get("Name"))))
        .findFirst()
        .flatMap(one -> text(one, "Value"));
  }

  private static JsonObject named(String member, String value) {
    return JsonObject.builder().put(member, value).build();
  }

  /** One record. */
  private final class ExportedRecord {
    private final JsonObject record;
    private final String raw;
    private final Hash digest;
    private final FileShipping.Place place;
    private final String operation;

    ExportedRecord(JsonObject record, String raw, Hash digest, FileShipping.Place place)
        throws FormatException {
      this.record = record;
      this.raw = raw;
      this.digest = digest;
      this.place = place;
      this.operation =
          text(record, "Operation")
              .orElseThrow(() -> new FormatException("member Operation is missing"));
    }

    List<JsonObject> events() throws FormatException {
      List<JsonObject> events =
          switch (operation) {
            case "MailItemsAccessed" -> accesses();
            case "UserLoggedIn" -> List.of(signIn(true));
            case "UserLoginFailed" -> List.of(signIn(false));
            default -> List.of(call());
          };
      List<JsonObject> fitting = new ArrayList<>(events);
      JsonObject first = withRaw(fitting.getFirst());
      fitting.set(0, first);
      for (JsonObject one : fitting) {
        if (one.canonicalBytes().length > AuditEvent.REPORTED_BYTES_MAX) {
          throw new FormatException("its event is longer than an event may be");
        }
      }
      return fitting;
    }

    /** The record as it came, where there is room for it. */
    private JsonObject withRaw(JsonObject event) {
      JsonObject whole = event.with("raw_data", raw);
      return whole.canonicalBytes().length <= AuditEvent.REPORTED_BYTES_MAX ? whole : event;
    }

    private JsonObject.Builder base(long classUid, long activity, long number)
        throws FormatException {
      String time =
          text(record, "CreationTime")
              .orElseThrow(() -> new FormatException("member CreationTime is missing"));
      return JsonObject.builder()
          .put("class_uid", classUid)
          .put("category_uid", classUid / 1000)
          .put("activity_id", activity)
          .put("type_uid", classUid * 100 + activity)
          .put("severity_id", 1)
          .put("time", millis(time))
          .put("metadata", metadata(time, number))
          .put(
              "raw_data_hash",
              JsonObject.builder()
                  .put("algorithm_id", 3)
                  .put("algorithm", "SHA-256")
                  .put("value", digest.hex())
                  .build());
    }

    private JsonObject metadata(String time, long number) {
      return JsonObject.builder()
          .put("version", "1.8.0")
          .put(
              "product",
              JsonObject.builder()
                  .put("name", "Microsoft 365")
                  .put("vendor_name", "Microsoft")
                  .put(
                      "feature", text(record, "Workload").map(it -> named("name", it)).orElse(null))
                  .build())
          .put("profiles", List.of("counterfoil"))
          .put("tenant_uid", tenant)
          .put("log_name", place.logName())
          .put("sequence", number)
          .put("uid", text(record, "Id").orElse(null))
          .put("event_code", operation)
          .put("original_time", time)
          .build();
    }

    /** Times are UTC, and as a rule do not say so. */
    private static long millis(String time) throws FormatException {
      try {
        Instant instant =
            time.endsWith("Z")
                ? Instant.parse(time)
                : LocalDateTime.parse(time).toInstant(ZoneOffset.UTC);
        return instant.toEpochMilli();
      } catch (DateTimeException | ArithmeticException e) {
        throw new FormatException("member CreationTime is no time", e);
      }
    }

    private List<JsonObject> accesses() throws FormatException {
      List<JsonObject> events = new ArrayList<>();
      List<List<String>> parts = parts(items());
      String access = property(record, "OperationProperties", "MailAccessType").orElse(NOT_STATED);
      for (List<String> items : parts) {
        JsonObject.Builder event =
            base(DATASTORE, 1, place.next() + events.size())
                .put("status_id", status())
                .put("databucket", mailbox())
                .put(
                    "message",
                    access.equals("Sync")
                        ? "mail synchronised: a whole folder may have been read, and no item is named"
                        : items.size() + " messages read (" + access + ")");
        if (!items.isEmpty()) {
          event.put("item_uids", items).put("count", items.size());
        }
        events.add(around(event).build());
      }
      return events;
    }

    private List<String> items() {
      List<String> items = new ArrayList<>();
      for (JsonObject folder : objects(record, "Folders")) {
        for (JsonObject item : objects(folder, "FolderItems")) {
          text(item, "InternetMessageId", "ImmutableId", "Id").ifPresent(items::add);
        }
      }
      return items;
    }

    private static List<List<String>> parts(List<String> items) {
      List<List<String>> parts = new ArrayList<>();
      List<String> part = new ArrayList<>();
      int bytes = 0;
      for (String item : items) {
        // What a text of JSON may take at most for each character.
        int length = 6 * item.length();
        if (!part.isEmpty() && (bytes + length > ITEM_BYTES_MAX || part.size() == ITEMS_MAX)) {
          parts.add(part);
          part = new ArrayList<>();
          bytes = 0;
        }
        part.add(item);
        bytes += length;
      }
      parts.add(part);
      return parts;
    }

    private Optional<String> owner() {
      return text(record, "MailboxOwnerUPN");
    }

    private JsonObject mailbox() {
      List<String> folders = new ArrayList<>();
      objects(record, "Folders").forEach(one -> text(one, "Path").ifPresent(folders::add));
      text(object(object(record, "Item"), "ParentFolder"), "Path").ifPresent(folders::add);
      return JsonObject.builder()
          .put("name", owner().or(() -> text(record, "MailboxGuid", "UserId")).orElse(NOT_STATED))
          .put("type_id", OTHER)
          .put("type", "mailbox")
          .put("desc", folders.isEmpty() ? null : cut(String.join(", ", folders)))
          .build();
    }

    private JsonObject signIn(boolean isGood) throws FormatException {
      JsonObject.Builder event =
          base(AUTHENTICATION, 1, place.next())
              .put("status_id", isGood ? 1 : 2)
              .put("message", operation)
              .put("status_detail", text(record, "LogonError", "ErrorNumber").orElse(null))
              .put("service", named("name", text(record, "Workload").orElse(NOT_STATED)))
              .put("user", named("uid", user()));
      return around(event).build();
    }

    private JsonObject call() throws FormatException {
      int activity = activity();
      JsonObject.Builder event =
          base(API, activity, place.next())
              .put("activity_name", activity == OTHER ? operation : null)
              .put("status_id", status())
              .put("message", operation)
              .put(
                  "api",
                  JsonObject.builder()
                      .put("operation", operation)
                      .put(
                          "service",
                          text(record, "Workload").map(it -> named("name", it)).orElse(null))
                      .build());
      if (owner().isPresent()) {
        event.put(
            "resources",
            List.of(
                JsonObject.builder().put("name", owner().get()).put("type", "mailbox").build()));
      } else {
        text(record, "ObjectId", "ObjectID")
            .ifPresent(it -> event.put("resources", List.of(named("uid", it))));
      }
      return around(event).build();
    }

    /** As OCSF numbers them: by the verb with which the operation's name begins. */
    private int activity() {
      String name = operation.toLowerCase(Locale.ROOT);
      if (startsWith(name, "new", "add", "create", "upload")) {
        return 1;
      }
      if (startsWith(name, "get", "search", "fileaccessed", "fileviewed", "filedownloaded")) {
        return 2;
      }
      if (startsWith(name, "set", "update", "filemodified", "change", "enable", "disable")) {
        return 3;
      }
      return startsWith(name, "remove", "delete", "harddelete", "softdelete", "filedeleted")
          ? 4
          : OTHER;
    }

    private static boolean startsWith(String name, String... verbs) {
      return List.of(verbs).stream().anyMatch(name::startsWith);
    }

    private int status() {
      String status = text(record, "ResultStatus").orElse("").toLowerCase(Locale.ROOT);
      if (GOOD.contains(status)) {
        return 1;
      }
      return BAD.contains(status) ? 2 : status.isEmpty() ? 0 : OTHER;
    }

    private String user() {
      return text(record, "UserId", "UserKey").orElse(NOT_STATED);
    }

    /** From where, in which session, who, through which client. */
    private JsonObject.Builder around(JsonObject.Builder into) {
      JsonObject context = object(record, "AppAccessContext");
      Optional<String> session =
          text(context, "AADSessionId")
              .or(() -> text(record, "SessionId"))
              .or(() -> property(record, "DeviceProperties", "SessionId"));
      // Another issuer's identifier: no token of ours, so it is no recorded_token.
      Optional<String> token = text(context, "UniqueTokenId");
      JsonObject.Builder actor =
          JsonObject.builder()
              .put("user", named("uid", user()))
              .put(
                  "app_uid",
                  text(record, "ClientAppId")
                      .or(() -> text(context, "ClientAppId"))
                      .or(() -> text(record, "AppId", "ApplicationId"))
                      .orElse(null));
      if (session.isPresent() || token.isPresent()) {
        actor.put(
            "session",
            JsonObject.builder()
                .put("uid", session.orElse(null))
                .put("credential_uid", token.orElse(null))
                .build());
      }
      return into.put("actor", actor.build()).put("src_endpoint", endpoint());
    }

    private static JsonObject endpoint(String address) {
      return named(ADDRESS.matcher(address).matches() ? "ip" : "name", address);
    }

    private JsonObject endpoint() {
      String address =
          text(record, "ClientIPAddress", "ClientIP", "ActorIpAddress").orElse(NOT_STATED);
      Matcher parts = WITH_PORT.matcher(address);
      if (!parts.matches()) {
        return endpoint(address);
      }
      JsonObject endpoint = endpoint(parts.group(1) != null ? parts.group(1) : parts.group(2));
      return parts.group(3) == null || Long.parseLong(parts.group(3)) > 65_535
          ? endpoint
          : endpoint.with("port", Long.parseLong(parts.group(3)));
    }
  }
}
