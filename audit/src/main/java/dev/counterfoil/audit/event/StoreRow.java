package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.EventRow;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;

/**
 * A row as it lies in the store, in memory or in a file: how it is laid in and how it is read. Its
 * event is put together by whoever wants it, on any thread. Texts are read as bytes in UTF-8: the
 * database's driver makes a text of its own from others with three calls for each. They are read as
 * one, as each value that it gives costs more than its bytes.
 *
 * @param names whose keys open it
 * @param position in the audit log
 * @param words sealed
 * @param numbers of the event
 * @param columns of texts
 */
@SuppressWarnings("ArrayRecordComponent")
public // never compared
record StoreRow(
    Names names,
    long position,
    byte @Nullable [] words,
    EventRow.Numbers numbers,
    byte[] @Nullable [] columns,
    byte @Nullable [] items,
    byte[] rest) {
  /** Columns of the table, as its statement names them. */
  public static final String COLUMNS =
      "domain VARCHAR, time BIGINT, position BIGINT, class_uid BIGINT, activity_id BIGINT,"
          + " sequence BIGINT, delay BIGINT, words BLOB, items VARCHAR, rest VARCHAR, forgotten VARCHAR, "
          + String.join(" VARCHAR, ", EventRow.TEXTS)
          + " VARCHAR";

  /** Texts, which are read as one. */
  private static final List<String> IN_ONE =
      Stream.concat(Stream.of("rest", "items"), EventRow.TEXTS.stream())
          .map(name -> name + "::VARCHAR")
          .toList();

  /** What {@link #at} reads, first of all columns: the length of each text, and all in one. */
  public static final String SELECTED =
      "position, time, class_uid, activity_id, sequence, delay, words, "
          + IN_ONE.stream()
              .map("coalesce(strlen(%s), -1)"::formatted)
              .collect(Collectors.joining(", "))
          + ", encode(concat("
          + String.join(", ", IN_ONE)
          + "))";

  private static final int LENGTHS_FROM = 8;
  private static final int ALL_TEXTS = LENGTHS_FROM + IN_ONE.size();

  /** The row of an event that was received. */
  public static StoreRow of(long position, AuditEvent event, EventPeople people) {
    EventRow row = EventRow.of(event);
    String words = row.words();
    return new StoreRow(
        people.names(),
        position,
        words == null ? null : people.seal(words),
        new EventRow.Numbers(
            event.classUid(),
            event.activityId(),
            event.timeMillis(),
            event.sequence(),
            event.loggedMillis()),
        people.columns(row.texts()),
        utf8(row.items()),
        row.rest().getBytes(StandardCharsets.UTF_8));
  }

  /** The same at another position. */
  public StoreRow at(long other) {
    return new StoreRow(names, other, words, numbers, columns, items, rest);
  }

  /** Whose it is. */
  Fence fence() {
    return new Fence(domain(), Objects.requireNonNull(text(columns[EventRow.TENANT])));
  }

  private String domain() {
    return Source.domainOf(Objects.requireNonNull(text(columns[EventRow.SOURCE])));
  }

  /** The same in UTF-8: what is before the first slash. */
  private byte[] domainBytes() {
    byte[] source = Objects.requireNonNull(columns[EventRow.SOURCE]);
    int end = 0;
    while (end < source.length && source[end] != '/') {
      end++;
    }
    return Arrays.copyOf(source, end);
  }

  /** Lays it into the row that was begun. */
  public void append(DuckDBAppender appender) throws SQLException {
    appender.append(domainBytes());
    appender.append(numbers.timeMillis());
    appender.append(position);
    appender.append(numbers.classUid());
    appender.append(numbers.activityId());
    appender.append(numbers.sequence());
    appender.append(numbers.loggedMillis() - numbers.timeMillis());
    append(appender, words);
    append(appender, items);
    append(appender, rest);
    appender.appendNull();
    for (byte[] column : columns) {
      append(appender, column);
    }
  }

  /** Of what is forgotten a row is left that says whose it was, and who is forgotten. */
  public static void append(DuckDBAppender appender, EventOutline one, Names names)
      throws SQLException {
    appender.append(one.fence().domain());
    appender.appendNull();
    appender.append(one.position());
    for (int i = 0; i < 7; i++) {
      appender.appendNull();
    }
    append(appender, utf8(one.forgotten(names).orElse(null)));
    appender.append(one.tenant());
    for (int i = 1; i < EventRow.TEXTS.size(); i++) {
      appender.appendNull();
    }
  }

  /** Bytes, and texts as they are in UTF-8. */
  private static void append(DuckDBAppender appender, byte @Nullable [] bytes) throws SQLException {
    if (bytes == null) {
      appender.appendNull();
    } else {
      appender.append(bytes);
    }
  }

  private static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /** The row that a result of {@link #SELECTED} is at. */
  public static StoreRow at(ResultSet row, Names names) throws SQLException {
    long timeMillis = row.getLong(2);
    byte[] all = row.getBytes(ALL_TEXTS);
    byte[] @Nullable [] texts = new byte[IN_ONE.size()][];
    int from = 0;
    for (int i = 0; i < texts.length; i++) {
      int length = row.getInt(LENGTHS_FROM + i);
      if (length >= 0) {
        texts[i] = Arrays.copyOfRange(all, from, from + length);
        from += length;
      }
    }
    return new StoreRow(
        names,
        row.getLong(1),
        row.getBytes(7),
        new EventRow.Numbers(
            row.getLong(3),
            row.getLong(4),
            timeMillis,
            row.getLong(5),
            timeMillis + row.getLong(6)),
        Arrays.copyOfRange(texts, 2, texts.length),
        texts[1],
        Objects.requireNonNull(texts[0]));
  }

  /** Whether nothing is left of a row but whose it was, and where it stood. */
  public static boolean isEmptied(ResultSet row) throws SQLException {
    return row.getInt(LENGTHS_FROM) < 0;
  }

  /**
   * The event.
   *
   * @throws FormatException when the row was changed so that it is none
   */
  public StoredEvent event() throws FormatException {
    EventPeople people = EventPeople.inRow(names, columnTexts());
    AuditEvent event = RowAssembly.event(this, names, fence());
    return new StoredEvent(position, people.salt(event), event, Optional.of(people));
  }

  /** The texts by which it is found. */
  public List<@Nullable String> texts() throws FormatException {
    List<@Nullable String> texts = columnTexts();
    return EventPeople.inRow(names, texts).texts(texts);
  }

  private List<@Nullable String> columnTexts() {
    List<@Nullable String> texts = new ArrayList<>(columns.length);
    for (byte[] column : columns) {
      texts.add(text(column));
    }
    return texts;
  }

  private static @Nullable String text(byte @Nullable [] utf8) {
    return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
  }

  /**
   * The pseudonym of one of its people who is forgotten.
   *
   * @param fence whose it is
   */
  public Optional<String> forgotten(Fence fence) {
    return forgotten(fence, columns[EventRow.ACTOR])
        .or(() -> forgotten(fence, columns[EventRow.ENTITY]));
  }

  private Optional<String> forgotten(Fence fence, byte @Nullable [] column) {
    if (!names.hasForgotten() || column == null || column.length == 0 || column[0] != '~') {
      return Optional.empty();
    }
    String pseudonym = new String(column, 1, column.length - 1, StandardCharsets.UTF_8);
    return names.isForgotten(fence, pseudonym) ? Optional.of(pseudonym) : Optional.empty();
  }
}
