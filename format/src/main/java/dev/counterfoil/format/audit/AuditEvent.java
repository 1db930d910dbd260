package dev.counterfoil.format.audit;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An audit event: an object of OCSF 1 with what this project adds (spec/audit-events.md).
 * Immutable, and checked: what is common to all classes is as OCSF asks, there are no fractions and
 * no nulls, and every number is one that RFC 8785 writes as it stands.
 *
 * <p>A source reports an event; the auditor adds who reported it and when it took it in, and so
 * both stand under the leaf.
 */
public final class AuditEvent {
  /** Longest event, in bytes of its canonical form, with what the auditor adds. */
  public static final int BYTES_MAX = 32 << 10;

  /** Longest event as a source may send it: there is room for what the auditor adds. */
  public static final int REPORTED_BYTES_MAX = BYTES_MAX - 1024;

  /**
   * Most members that the objects of an event as reported have together. Taken apart, a member
   * takes some twenty times the memory of the bytes that it can be written in, and whoever takes
   * events in has room for many of them at one time.
   */
  public static final int REPORTED_MEMBERS_MAX = 512;

  /** Most elements that its arrays have together. */
  public static final int REPORTED_ELEMENTS_MAX = 2048;

  /** Longest text by which events are found, in characters. */
  public static final int KEY_LENGTH_MAX = 1024;

  /** Longest name of a tenant, a source's log or a reporter, in characters. */
  public static final int NAME_LENGTH_MAX = 255;

  /** Largest whole number that RFC 8785 3.2.2.3 writes without loss. */
  public static final long NUMBER_MAX = (1L << 53) - 1;

  /** Number of our extension: the one that OCSF keeps for extensions under development. */
  public static final int EXTENSION_UID = 999;

  /** Token Activity: issue, refuse, revoke, introspect, sight. */
  public static final long TOKEN_ACTIVITY = 99_903_001;

  /** Key Activity: the life of a signing key. */
  public static final long KEY_ACTIVITY = 99_903_002;

  /** Source Activity: what a source of events does or fails to do. */
  public static final long SOURCE_ACTIVITY = 99_906_001;

  /**
   * How a reporter's name goes on behind the domain where an operator brought the event in from
   * elsewhere: its time is then the word of the file that it came in. No client has such a name.
   */
  public static final String IMPORT = "@import/";

  private static final int BYTES_USUAL = 1024;
  private static final String LOGGED_TIME = "logged_time";
  private static final String REPORTER = "reporter";
  private static final List<String> ADDED = List.of(LOGGED_TIME, REPORTER);
  private static final Pattern OCSF_VERSION = Pattern.compile("1\\.\\d{1,3}\\.\\d{1,3}");

  private final JsonObject json;
  private final Parts parts;
  private final byte[] canonical;

  /**
   * Where in the canonical form the two members go that the auditor adds; other members follow
   * both.
   */
  private final int loggedTimeAt;

  private final int reporterAt;
  private final String tenant;
  private final long sequence;
  private final long timeMillis;
  private final long classUid;
  private final long activityId;
  private final Optional<String> reporter;
  private final long loggedMillis;
  private final Keys keys;

  /**
   * What an event is found by besides tenant and time.
   *
   * @param entity what was acted on: a mailbox, a client, a key
   * @param actor who acted
   * @param client through which client
   * @param token with which token: its {@code jti}
   * @param key which signing key: its {@code kid}
   * @param address from where
   * @param session in which session
   */
  public record Keys(
      Optional<String> entity,
      Optional<String> actor,
      Optional<String> client,
      Optional<String> token,
      Optional<String> key,
      Optional<String> address,
      Optional<String> session) {}

  /** An event, whose canonical form has about so many bytes. */
  private AuditEvent(JsonObject json, int bytes) throws FormatException {
    this.json = json;
    Parts counted = new Parts();
    counted.check(json);
    parts = counted;
    classUid = inRange(json, "class_uid", Integer.MAX_VALUE);
    activityId = inRange(json, "activity_id", 99);
    if (json.number("category_uid") != classUid % 100_000 / 1000) {
      throw new FormatException("member category_uid is not the category of class_uid");
    }
    if (json.number("type_uid") != classUid * 100 + activityId) {
      throw new FormatException("member type_uid is not class_uid * 100 + activity_id");
    }
    long severity = inRange(json, "severity_id", 99);
    if (severity > 6 && severity != 99) {
      throw new FormatException("member severity_id is none of 0 to 6 and 99");
    }
    timeMillis = inRange(json, "time", NUMBER_MAX);
    JsonObject metadata = json.object("metadata");
    if (!OCSF_VERSION.matcher(metadata.string("version")).matches()) {
      throw new FormatException("member metadata.version is not a released version 1 of OCSF");
    }
    JsonObject product = metadata.object("product");
    if (product.optionalString("name").isEmpty() && product.optionalString("uid").isEmpty()) {
      throw new FormatException("member metadata.product has neither name nor uid");
    }
    tenant = requireName(metadata.string("tenant_uid"), "metadata.tenant_uid");
    sequence = inRange(metadata, "sequence", NUMBER_MAX);
    if (metadata.has("log_name")) {
      requireName(metadata.string("log_name"), "metadata.log_name");
    }
    loggedMillis = metadata.has(LOGGED_TIME) ? inRange(metadata, LOGGED_TIME, NUMBER_MAX) : -1;
    Optional<JsonObject> by = metadata.optionalObject(REPORTER);
    reporter =
        by.isPresent()
            ? Optional.of(requireName(by.get().string("uid"), "metadata.reporter.uid"))
            : Optional.empty();
    if (reporter.isPresent() != loggedMillis >= 0) {
      throw new FormatException("members metadata.logged_time and reporter go together");
    }
    json.optionalString("message");
    keys = findKeys(json);
    checkExtension(json);
    StringBuilder out = new StringBuilder(bytes);
    int[] added = writeCanonical(out, json);
    String whole = out.toString();
    canonical = whole.getBytes(StandardCharsets.UTF_8);
    if (canonical.length > BYTES_MAX) {
      throw new FormatException("an event is longer than " + BYTES_MAX + " bytes");
    }
    loggedTimeAt = bytesBefore(whole, added[0]);
    reporterAt = bytesBefore(whole, added[1]);
  }

  /** How many bytes of the canonical form stand before a character of it. */
  private int bytesBefore(String whole, int at) {
    // A character takes a byte or more.
    return canonical.length == whole.length()
        ? at
        : whole.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
  }

  /** The same, with what the auditor adds. */
  private AuditEvent(AuditEvent reported, JsonObject json, byte[] canonical, String by, long at) {
    this.json = json;
    this.parts = reported.parts;
    this.canonical = canonical;
    this.loggedTimeAt = 0;
    this.reporterAt = 0;
    this.tenant = reported.tenant;
    this.sequence = reported.sequence;
    this.timeMillis = reported.timeMillis;
    this.classUid = reported.classUid;
    this.activityId = reported.activityId;
    this.keys = reported.keys;
    this.reporter = Optional.of(by);
    this.loggedMillis = at;
  }

  /** Writes an event; where in it the members go that the auditor adds. */
  private static int[] writeCanonical(StringBuilder out, JsonObject event) throws FormatException {
    int[] added = {0, 0};
    char before = '{';
    for (String name : event.sortedNames()) {
      out.append(before);
      before = ',';
      if (name.equals("metadata")) {
        event.writeName(out, name);
        writeMetadata(out, event.object(name), added);
      } else {
        event.writeCanonical(out, name);
      }
    }
    out.append('}');
    return added;
  }

  /** {@code version} is always there, and comes after both. */
  private static void writeMetadata(StringBuilder out, JsonObject metadata, int[] added) {
    out.append('{');
    String before = "";
    for (String name : metadata.sortedNames()) {
      out.append(before);
      before = ",";
      if (added[0] == 0 && name.compareTo(LOGGED_TIME) > 0) {
        added[0] = out.length();
      }
      if (added[1] == 0 && name.compareTo(REPORTER) > 0) {
        added[1] = out.length();
      }
      metadata.writeCanonical(out, name);
    }
    out.append('}');
  }

  /**
   * Reads an event as a source reports it.
   *
   * @throws FormatException naming the member and the rule, and no value; also when it says by
   *     itself who reported it or when it was taken in
   */
  public static AuditEvent parseReported(byte[] utf8) throws FormatException {
    AuditEvent event = new AuditEvent(StrictJson.object(utf8, REPORTED_BYTES_MAX), utf8.length);
    if (event.reporter.isPresent()) {
      throw new FormatException(
          "members metadata.logged_time and reporter are the auditor's to write");
    }
    event.checkParts();
    return event;
  }

  private void checkParts() throws FormatException {
    if (parts.members > REPORTED_MEMBERS_MAX) {
      throw new FormatException("an event has more than " + REPORTED_MEMBERS_MAX + " members");
    }
    if (parts.elements > REPORTED_ELEMENTS_MAX) {
      throw new FormatException(
          "the arrays of an event have more than " + REPORTED_ELEMENTS_MAX + " elements");
    }
  }

  /** What an event is put together from: counted, while each value is looked at. */
  private static final class Parts {
    private int members;
    private int elements;

    void check(Object value) throws FormatException {
      if (value instanceof JsonObject object) {
        Collection<Object> values = object.values();
        members += values.size();
        for (Object held : values) {
          check(held);
        }
      } else if (value instanceof List<?> list) {
        elements += list.size();
        for (Object element : list) {
          check(element);
        }
      } else if (value instanceof Double) {
        throw new FormatException("an event has no fractions");
      } else if (value == JsonObject.Null.NULL) {
        throw new FormatException("an event has no nulls: leave the member out");
      } else if (value instanceof Long number && (number > NUMBER_MAX || number < -NUMBER_MAX)) {
        throw new FormatException("an event has no number beyond 2^53 - 1");
      }
    }
  }

  /** Reads an event as the audit log holds it: in its canonical form, with who reported it. */
  public static AuditEvent parse(byte[] utf8) throws FormatException {
    AuditEvent event = new AuditEvent(StrictJson.object(utf8, BYTES_MAX), utf8.length);
    if (event.reporter.isEmpty()) {
      throw new FormatException("member metadata.reporter is missing");
    }
    if (!Arrays.equals(event.canonical, utf8)) {
      throw new FormatException("an event is not in its canonical form");
    }
    return event;
  }

  /** Checks an event that was put together here. */
  public static AuditEvent of(JsonObject json) throws FormatException {
    return new AuditEvent(json, BYTES_USUAL);
  }

  /**
   * The event as it goes into the log.
   *
   * @param by who reported it, as was found by his credentials
   * @param atMillis when it was taken in, milliseconds since 1970
   * @throws IllegalStateException when it has been received already
   */
  public AuditEvent received(String by, long atMillis) {
    if (reporter.isPresent()) {
      throw new IllegalStateException("the event was received already");
    }
    try {
      requireName(by, "metadata.reporter.uid");
      if (atMillis < 0 || atMillis > NUMBER_MAX) {
        throw new FormatException("member metadata.logged_time is out of range");
      }
      JsonObject who = JsonObject.builder().put("uid", by).build();
      JsonObject metadata = json.object("metadata").with(LOGGED_TIME, atMillis, REPORTER, who);
      byte[] when = utf8("\"logged_time\":" + atMillis + ",");
      byte[] whom = utf8("\"reporter\":" + who.canonical() + ",");
      int length = canonical.length + when.length + whom.length;
      if (length > BYTES_MAX) {
        throw new FormatException("an event is longer than " + BYTES_MAX + " bytes");
      }
      ByteBuffer out = ByteBuffer.allocate(length);
      out.put(canonical, 0, loggedTimeAt).put(when);
      out.put(canonical, loggedTimeAt, reporterAt - loggedTimeAt).put(whom);
      byte[] bytes = out.put(canonical, reporterAt, canonical.length - reporterAt).array();
      return new AuditEvent(this, json.with("metadata", metadata), bytes, by, atMillis);
    } catch (FormatException e) {
      throw new IllegalArgumentException("a reporter's name or the time is out of range", e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The canonical bytes of what the source reported, without what the auditor added. */
  public byte[] reportedBytes() {
    try {
      JsonObject metadata = json.object("metadata").without(ADDED.toArray(String[]::new));
      return json.with("metadata", metadata).canonicalBytes();
    } catch (FormatException e) {
      throw new IllegalStateException("an event has metadata", e);
    }
  }

  private static long inRange(JsonObject json, String member, long max) throws FormatException {
    long number = json.number(member);
    if (number < 0 || number > max) {
      throw new FormatException("member " + member + " is out of range");
    }
    return number;
  }

  /**
   * A name of a tenant, a source's log or a reporter.
   *
   * @throws FormatException when it is empty, too long, or has a control character
   */
  public static String requireName(String text, String member) throws FormatException {
    if (text.isEmpty() || text.length() > NAME_LENGTH_MAX) {
      throw new FormatException("member " + member + " is empty or too long");
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 || text.charAt(i) == 0x7f) {
        throw new FormatException("member " + member + " has a control character");
      }
    }
    return text;
  }

  /** What our classes must have beyond OCSF's common part. */
  private void checkExtension(JsonObject event) throws FormatException {
    if (classUid == KEY_ACTIVITY) {
      event.object("signing_key").string("uid");
    } else if (classUid == SOURCE_ACTIVITY) {
      event.object("event_source").string("uid");
    } else if (classUid == TOKEN_ACTIVITY) {
      event.object("actor");
      if (activityId != 2) {
        event.object("recorded_token").string("uid");
      }
    } else if (classUid / 100_000 == EXTENSION_UID) {
      throw new FormatException("member class_uid is no class of the extension");
    }
  }

  private static Keys findKeys(JsonObject event) throws FormatException {
    Optional<JsonObject> token = event.optionalObject("recorded_token");
    Optional<JsonObject> actor = event.optionalObject("actor");
    Optional<JsonObject> user =
        actor.isPresent() && actor.get().has("user")
            ? actor.get().optionalObject("user")
            : event.optionalObject("user");
    Optional<String> client = member(token, "client_uid");
    Optional<String> session = member(event.optionalObject("session"), "uid");
    if (session.isEmpty() && actor.isPresent()) {
      session = member(actor.get().optionalObject("session"), "uid");
    }
    Optional<String> key = member(event.optionalObject("signing_key"), "uid");
    return new Keys(
        entity(event),
        named(user),
        client.isPresent() ? client : member(actor, "app_uid"),
        member(token, "uid"),
        key.isPresent() ? key : member(token, "key_uid"),
        member(event.optionalObject("src_endpoint"), "ip"),
        session);
  }

  /** The first of the members that OCSF has for what was acted on. */
  private static Optional<String> entity(JsonObject event) throws FormatException {
    for (String member : List.of("databucket", "entity", "signing_key", "event_source")) {
      Optional<String> found = named(event.optionalObject(member));
      if (found.isPresent()) {
        return found;
      }
    }
    if (event.has("resources")) {
      List<JsonObject> resources = event.objects("resources");
      if (!resources.isEmpty()) {
        return named(Optional.of(resources.get(0)));
      }
    }
    return named(event.optionalObject("user"));
  }

  private static Optional<String> named(Optional<JsonObject> object) throws FormatException {
    Optional<String> uid = member(object, "uid");
    return uid.isPresent() ? uid : member(object, "name");
  }

  private static Optional<String> member(Optional<JsonObject> object, String member)
      throws FormatException {
    if (object.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> text = object.get().optionalString(member);
    if (text.isPresent() && text.get().length() > KEY_LENGTH_MAX) {
      throw new FormatException("member " + member + " is longer than " + KEY_LENGTH_MAX);
    }
    return text;
  }

  /** The tenant whose event it is ({@code metadata.tenant_uid}). */
  public String tenant() {
    return tenant;
  }

  /** Number of the event at its source ({@code metadata.sequence}). */
  public long sequence() {
    return sequence;
  }

  /** When it happened, as the source says, milliseconds since 1970. */
  public long timeMillis() {
    return timeMillis;
  }

  /** Who reported it; empty before it was received. */
  public Optional<String> reporter() {
    return reporter;
  }

  /** Whether an operator brought it in: what happened long before it was recorded here. */
  public boolean isImported() {
    return reporter.isPresent() && isImport(reporter.get());
  }

  /** Whether a reporter's name is that of an import. */
  public static boolean isImport(String by) {
    return by.startsWith(IMPORT, by.indexOf('/') + 1);
  }

  /** When it was taken in, milliseconds since 1970; -1 before. */
  public long loggedMillis() {
    return loggedMillis;
  }

  /** OCSF's class. */
  public long classUid() {
    return classUid;
  }

  /** OCSF's activity within the class. */
  public long activityId() {
    return activityId;
  }

  /** What it is found by. */
  public Keys keys() {
    return keys;
  }

  /** All of it. */
  public JsonObject json() {
    return json;
  }

  /** The canonical form (RFC 8785), not to be changed. */
  public byte[] canonicalBytes() {
    return canonical;
  }

  /** Class, source's number and length: the content stays out of messages. */
  @Override
  public String toString() {
    return "audit event %d of class %d (%d bytes)".formatted(sequence, classUid, canonical.length);
  }
}
