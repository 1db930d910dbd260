package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.EventKey;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.audit.names.NameHash;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.Person;
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
 * Puts events together from their rows as bytes, for an export: what {@link StoreRow#event} and the
 * canonical form give, without a tree between. Members are put in order where they lie, and values
 * copied, which are in the canonical form already. Belongs to one thread at a time.
 *
 * <p>It checks nothing of what it copies, and opens what is sealed unchecked: what it makes counts
 * where it is what the log holds to the byte, and nowhere else. Of anything unusual it makes
 * nothing, and {@link StoreRow#event} has the word
 * (docs/decisions/rows-are-put-together-as-bytes.md).
 */
public final class RowAssembly {
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
  private final NameHash.Tools tools = new NameHash.Tools();
  private final NameHash.Tools addressTools = new NameHash.Tools();
  private final NameHash.Tools sessionTools = new NameHash.Tools();
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
   * For rows of a tenant.
   *
   * @param fence whose rows they are
   */
  public RowAssembly(Names names, Fence fence) {
    this.names = names;
    this.fence = fence;
  }

  /**
   * Writes a row's event, where it is the one with a digest in the log.
   *
   * @return the salt of its leaf; null, and nothing is written, where it is not that one, or is
   *     left to {@link StoreRow#event}
   */
  public byte @Nullable [] write(StoreRow row, Hash digest, JsonBytes out) {
    int begun = out.length();
    this.out = out;
    limit = begun + AuditEvent.BYTES_MAX;
    try {
      byte[] salt = event(row);
      if (AuditLeaf.of(salt, out.bytes(), begun, out.length()).digest().equals(digest)) {
        return salt;
      }
    } catch (UnusualRowException | FormatException e) {
      // Whoever reads the row otherwise says what it is.
    }
    out.cut(begun);
    return null;
  }

  /** Keeps nobody's key, and no text, until it is used again. */
  public void rest() {
    tools.loseKeys();
    addressTools.loseKeys();
    sessionTools.loseKeys();
    Arrays.fill(texts, null);
    members.of(NONE, NONE);
    out = new JsonBytes(0);
    rest = NONE;
    logName = NONE;
    row = null;
  }

  private byte[] event(StoreRow row) throws UnusualRowException, FormatException {
    this.row = row;
    rest = row.rest();
    logName = NONE;
    Optional<Person> actor = person(row.columns()[EventRow.ACTOR]);
    // Most are at work in what is their own.
    Optional<Person> entity =
        Arrays.equals(row.columns()[EventRow.ACTOR], row.columns()[EventRow.ENTITY])
            ? actor
            : person(row.columns()[EventRow.ENTITY]);
    EventKey key = EventPeople.key(names, fence, actor, entity);
    texts(row.columns(), actor, entity);
    byte[] sealed = row.words();
    members.of(rest, sealed == null ? NONE : key.openTextsUnchecked(tools, sealed));
    object(0, rest.length, Place.EVENT, 0);
    byte[] source = texts[EventRow.SOURCE];
    if (source == null) {
      throw new UnusualRowException();
    }
    return key.salt(tools, source, logName, row.numbers().sequence());
  }

  private Optional<Person> person(byte @Nullable [] column) throws UnusualRowException {
    if (column == null || column.length == 0 || column[0] != '~') {
      return Optional.empty();
    }
    Optional<Person> known =
        names.byPseudonym(
            fence, new String(column, 1, column.length - 1, StandardCharsets.ISO_8859_1));
    if (known.isEmpty()) {
      throw new UnusualRowException();
    }
    return known;
  }

  /** The texts of columns as they are in the event. */
  private void texts(byte[] @Nullable [] columns, Optional<Person> actor, Optional<Person> entity)
      throws UnusualRowException, FormatException {
    System.arraycopy(columns, 0, texts, 0, texts.length);
    texts[EventRow.ACTOR] = name(columns[EventRow.ACTOR], actor);
    texts[EventRow.ENTITY] = name(columns[EventRow.ENTITY], entity);
    Names.Tenant tenant = names.tenant(fence);
    texts[EventRow.ADDRESS] = opened(addressTools, tenant.addresses(), columns[EventRow.ADDRESS]);
    texts[EventRow.SESSION] = opened(sessionTools, tenant.sessions(), columns[EventRow.SESSION]);
  }

  private static byte @Nullable [] name(byte @Nullable [] column, Optional<Person> person)
      throws UnusualRowException {
    if (person.isPresent()) {
      return person.get().name().getBytes(StandardCharsets.UTF_8);
    }
    if (column == null) {
      return null;
    }
    if (column.length == 0 || column[0] != '=') {
      throw new UnusualRowException();
    }
    return Arrays.copyOfRange(column, 1, column.length);
  }

  private static byte @Nullable [] opened(
      NameHash.Tools tools, NameHash key, byte @Nullable [] column)
      throws UnusualRowException, FormatException {
    if (column == null) {
      return null;
    }
    return key.openUnchecked(tools, EventPeople.sealed(column));
  }

  /** Writes an object of the rest in the order of its members' names. */
  private void object(int from, int to, Place place, int depth) throws UnusualRowException {
    if (depth == StrictJson.DEPTH_MAX) {
      throw new UnusualRowException();
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

  private void checkLength() throws UnusualRowException {
    if (out.length() > limit) {
      throw new UnusualRowException();
    }
  }

  /** A log's name that was written; what is no text is none. */
  private byte[] log(int from, int to) throws UnusualRowException {
    byte[] written = out.bytes();
    if (written[from] != '"') {
      return NONE;
    }
    for (int i = from; i < to; i++) {
      if (written[i] == '\\') {
        throw new UnusualRowException();
      }
    }
    return Arrays.copyOfRange(written, from + 1, to - 1);
  }

  private void value(int member, Place place, int depth) throws UnusualRowException {
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
  private void element(int from, int to, int depth) throws UnusualRowException {
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
      default -> throw new UnusualRowException();
    }
  }

  private byte[] column(int number) throws UnusualRowException {
    byte[] text = number < 0 ? null : texts[number];
    if (text == null) {
      throw new UnusualRowException();
    }
    return text;
  }

  private void array(int from, int to, int depth) throws UnusualRowException {
    if (depth == StrictJson.DEPTH_MAX) {
      throw new UnusualRowException();
    }
    out.put('[');
    for (int next = from + 1; next < to - 1; ) {
      int valueTo = RowMembers.afterValue(rest, next, to);
      element(next, valueTo, depth);
      checkLength();
      next = valueTo;
      if (next < to - 1) {
        if (rest[next] != ',') {
          throw new UnusualRowException();
        }
        out.put(',');
        next++;
      }
    }
    out.put(']');
  }

  /** What stands in a column of its own. */
  private void standing(int member, Place place) throws UnusualRowException {
    StoreRow of = row;
    if (of == null) {
      throw new UnusualRowException();
    }
    EventRow.Numbers numbers = of.numbers();
    if (place == Place.METADATA) {
      if (members.isNamed(LOGGED_TIME, member)) {
        out.number(numbers.loggedMillis());
      } else if (members.isNamed(SEQUENCE, member)) {
        out.number(numbers.sequence());
      } else {
        throw new UnusualRowException();
      }
    } else if (place != Place.EVENT) {
      throw new UnusualRowException();
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
      throw new UnusualRowException();
    }
  }
}
