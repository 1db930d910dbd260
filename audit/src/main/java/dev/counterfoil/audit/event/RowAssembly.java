package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.EventKey;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.audit.names.KeyedName;
import dev.counterfoil.audit.names.NameHash;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts events together from their rows as bytes in the canonical form, without a tree between.
 * Members are put in order where they lie, and values copied, which are in the canonical form
 * already. Belongs to one thread at a time.
 *
 * <p>It checks little of what it copies. For an export it opens what is sealed unchecked, since
 * what it makes counts there where it is what the log holds to the byte, and nowhere else; for
 * others what is sealed has to be whole, and what comes out an event
 * (docs/decisions/rows-are-put-together-as-bytes.md).
 */
public final class RowAssembly {
  /** Of a usual event, about. */
  private static final int ROW_BYTES = 1024;

  private static final byte[] NONE = {};
  private static final byte[] METADATA = JsonBytes.ascii("metadata");
  private static final byte[] LOG_NAME = JsonBytes.ascii("log_name");
  private static final byte[] LOGGED_TIME = JsonBytes.ascii("logged_time");
  private static final byte[] SEQUENCE = JsonBytes.ascii("sequence");
  private static final byte[] ACTIVITY = JsonBytes.ascii("activity_id");
  private static final byte[] CATEGORY = JsonBytes.ascii("category_uid");
  private static final byte[] CLASS = JsonBytes.ascii("class_uid");
  private static final byte[] TYPE = JsonBytes.ascii("type_uid");
  private static final byte[] TIME = JsonBytes.ascii("time");
  private static final byte[] ITEMS = JsonBytes.ascii(EventRow.ITEMS);

  private final Names names;
  private final Fence fence;

  /** To open unchecked; null where what is sealed has to be whole. */
  private final NameHash.@Nullable Tools tools;

  private final NameHash.@Nullable Tools addressTools;
  private final NameHash.@Nullable Tools sessionTools;
  private final byte[] @Nullable [] texts = new byte[EventRow.TEXTS.size()][];
  private final RowMembers members = new RowMembers();

  // Of the row that is put together.
  private JsonBytes out = new JsonBytes(0);
  private int limit;
  private byte[] rest = NONE;
  private byte[] logName = NONE;
  private @Nullable StoreRow row;

  /** Where values stand that are somewhere else than in the rest. */
  private enum Place {
    EVENT,
    METADATA,
    ELSEWHERE
  }

  /**
   * For rows of a tenant, each of which is held against the log.
   *
   * @param fence whose rows they are
   */
  public RowAssembly(Names names, Fence fence) {
    this(names, fence, new NameHash.Tools(), new NameHash.Tools(), new NameHash.Tools());
  }

  private RowAssembly(
      Names names,
      Fence fence,
      NameHash.@Nullable Tools tools,
      NameHash.@Nullable Tools addressTools,
      NameHash.@Nullable Tools sessionTools) {
    this.names = names;
    this.fence = fence;
    this.tools = tools;
    this.addressTools = addressTools;
    this.sessionTools = sessionTools;
  }

  /**
   * A row's event.
   *
   * @throws FormatException when the row was changed so that it is none
   */
  static AuditEvent event(StoreRow row, Names names, Fence fence) throws FormatException {
    RowAssembly assembly = new RowAssembly(names, fence, null, null, null);
    assembly.out = new JsonBytes(ROW_BYTES);
    assembly.limit = AuditEvent.BYTES_MAX;
    assembly.assemble(row);
    AuditEvent event = AuditEvent.parse(Arrays.copyOf(assembly.out.bytes(), assembly.out.length()));
    if (event.reporter().isEmpty()) {
      throw RowMembers.changed();
    }
    return event;
  }

  /**
   * Writes a row's event, where it is the one with a digest in the log.
   *
   * @return the salt of its leaf; null, and nothing is written, where it is not that one
   */
  public byte @Nullable [] write(StoreRow row, Hash digest, JsonBytes out) {
    int begun = out.length();
    this.out = out;
    limit = begun + AuditEvent.BYTES_MAX;
    try {
      EventKey key = assemble(row);
      byte[] source = texts[EventRow.SOURCE];
      NameHash.Tools own = tools;
      if (source != null && own != null) {
        byte[] salt = key.salt(own, source, logName, row.numbers().sequence());
        if (AuditLeaf.of(salt, out.bytes(), begun, out.length()).digest().equals(digest)) {
          return salt;
        }
      }
    } catch (FormatException e) {
      // It is not that one.
    }
    out.cut(begun);
    return null;
  }

  /** Keeps nobody's key, and no text, until it is used again. */
  public void rest() {
    for (NameHash.Tools some : Arrays.asList(tools, addressTools, sessionTools)) {
      if (some != null) {
        some.loseKeys();
      }
    }
    Arrays.fill(texts, null);
    members.of(NONE, NONE);
    out = new JsonBytes(0);
    rest = NONE;
    logName = NONE;
    row = null;
  }

  private EventKey assemble(StoreRow row) throws FormatException {
    this.row = row;
    rest = row.rest();
    logName = NONE;
    Optional<KeyedName> actor = person(row.columns()[EventRow.ACTOR]);
    // Most are at work in what is their own.
    Optional<KeyedName> entity =
        Arrays.equals(row.columns()[EventRow.ACTOR], row.columns()[EventRow.ENTITY])
            ? actor
            : person(row.columns()[EventRow.ENTITY]);
    EventKey key = EventPeople.key(names, fence, actor, entity);
    texts(row.columns(), actor, entity);
    byte[] sealed = row.words();
    members.of(rest, sealed == null ? NONE : key.openTexts(tools, sealed));
    object(0, rest.length, Place.EVENT, 0);
    return key;
  }

  private Optional<KeyedName> person(byte @Nullable [] column) throws FormatException {
    if (column == null || column.length == 0 || column[0] != '~') {
      return Optional.empty();
    }
    Optional<KeyedName> known =
        names.byPseudonym(
            fence, new String(column, 1, column.length - 1, StandardCharsets.ISO_8859_1));
    if (known.isEmpty()) {
      throw RowMembers.changed();
    }
    return known;
  }

  /** The texts of columns as they are in the event. */
  private void texts(
      byte[] @Nullable [] columns, Optional<KeyedName> actor, Optional<KeyedName> entity)
      throws FormatException {
    System.arraycopy(columns, 0, texts, 0, texts.length);
    texts[EventRow.ACTOR] = name(columns[EventRow.ACTOR], actor);
    texts[EventRow.ENTITY] = name(columns[EventRow.ENTITY], entity);
    Names.Tenant tenant = names.tenant(fence);
    texts[EventRow.ADDRESS] = opened(addressTools, tenant.addresses(), columns[EventRow.ADDRESS]);
    texts[EventRow.SESSION] = opened(sessionTools, tenant.sessions(), columns[EventRow.SESSION]);
  }

  private static byte @Nullable [] name(byte @Nullable [] column, Optional<KeyedName> person)
      throws FormatException {
    if (person.isPresent()) {
      return person.get().name().getBytes(StandardCharsets.UTF_8);
    }
    if (column == null) {
      return null;
    }
    if (column.length == 0 || column[0] != '=') {
      throw RowMembers.changed();
    }
    return Arrays.copyOfRange(column, 1, column.length);
  }

  private static byte @Nullable [] opened(
      NameHash.@Nullable Tools tools, NameHash key, byte @Nullable [] column)
      throws FormatException {
    return column == null ? null : key.open(tools, EventPeople.sealed(column));
  }

  /** Writes an object of the rest in the order of its members' names. */
  private void object(int from, int to, Place place, int depth) throws FormatException {
    if (depth == StrictJson.DEPTH_MAX) {
      throw RowMembers.changed();
    }
    int first = members.begin(from, to);
    int end = members.end();
    char before = '{';
    for (int member = first; member < end; member = members.next(member)) {
      byte[] in = members.in(member);
      out.put(before);
      before = ',';
      // With the quotes around it.
      out.put(in, members.nameFrom(member) - 1, members.nameTo(member) + 1);
      out.put(':');
      int begun = out.length();
      if (members.isWord(member)) {
        out.put(in, members.valueFrom(member), members.valueTo(member));
      } else {
        value(member, place, depth);
      }
      if (place == Place.METADATA && members.isNamed(LOG_NAME, member)) {
        logName = log(begun, out.length());
      }
      checkLength();
    }
    if (first == end) {
      out.put('{');
    }
    out.put('}');
    members.end(first);
  }

  private void checkLength() throws FormatException {
    if (out.length() > limit) {
      throw RowMembers.changed();
    }
  }

  /** A log's name that was written; what is no text is none. */
  private byte[] log(int from, int to) throws FormatException {
    byte[] written = out.bytes();
    if (written[from] != '"') {
      return NONE;
    }
    for (int i = from; i < to; i++) {
      if (written[i] == '\\') {
        return RowMembers.text(written, from + 1, to - 1).getBytes(StandardCharsets.UTF_8);
      }
    }
    return Arrays.copyOfRange(written, from + 1, to - 1);
  }

  private void value(int member, Place place, int depth) throws FormatException {
    int from = members.valueFrom(member);
    int to = members.valueTo(member);
    switch (rest[from]) {
      case '{' -> {
        boolean isMetadata = place == Place.EVENT && members.isNamed(METADATA, member);
        object(from, to, isMetadata ? Place.METADATA : Place.ELSEWHERE, depth + 1);
      }
      case 'n' -> standing(member, place);
      default -> element(from, to, depth);
    }
  }

  /** A value that has no name. */
  private void element(int from, int to, int depth) throws FormatException {
    switch (rest[from]) {
      case '{' -> object(from, to, Place.ELSEWHERE, depth + 1);
      case '[' -> array(from, to, depth + 1);
      case '"', 't', 'f' -> out.put(rest, from, to);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
        if (to - from == 3 && rest[from + 1] == '.' && rest[from + 2] == '5') {
          out.quote(column(rest[from] - '0'));
        } else {
          out.put(rest, from, to);
        }
      }
      default -> throw RowMembers.changed();
    }
  }

  private byte[] column(int number) throws FormatException {
    byte[] text = number < 0 ? null : texts[number];
    if (text == null) {
      throw RowMembers.changed();
    }
    return text;
  }

  private void array(int from, int to, int depth) throws FormatException {
    if (depth == StrictJson.DEPTH_MAX) {
      throw RowMembers.changed();
    }
    out.put('[');
    for (int next = from + 1; next < to - 1; ) {
      int valueTo = RowMembers.afterValue(rest, next, to);
      element(next, valueTo, depth);
      checkLength();
      next = valueTo;
      if (next < to - 1) {
        if (rest[next] != ',') {
          throw RowMembers.changed();
        }
        out.put(',');
        next++;
      }
    }
    out.put(']');
  }

  /** What stands in a column of its own. */
  private void standing(int member, Place place) throws FormatException {
    StoreRow of = row;
    if (of == null) {
      throw RowMembers.changed();
    }
    EventRow.Numbers numbers = of.numbers();
    if (place == Place.METADATA) {
      if (members.isNamed(LOGGED_TIME, member)) {
        out.number(numbers.loggedMillis());
      } else if (members.isNamed(SEQUENCE, member)) {
        out.number(numbers.sequence());
      } else {
        throw RowMembers.changed();
      }
    } else if (place != Place.EVENT) {
      throw RowMembers.changed();
    } else if (members.isNamed(ACTIVITY, member)) {
      out.number(numbers.activityId());
    } else if (members.isNamed(CATEGORY, member)) {
      out.number(numbers.classUid() % 100_000 / 1000);
    } else if (members.isNamed(CLASS, member)) {
      out.number(numbers.classUid());
    } else if (members.isNamed(TYPE, member)) {
      out.number(numbers.classUid() * 100 + numbers.activityId());
    } else if (members.isNamed(TIME, member)) {
      out.number(numbers.timeMillis());
    } else if (members.isNamed(ITEMS, member) && of.items() != null) {
      out.put(of.items());
    } else {
      throw RowMembers.changed();
    }
  }
}
