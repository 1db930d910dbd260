package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;

/**
 * A row as it lies in the store, in memory or in a file: how it is laid in and how it is read. Its
 * event is put together by whoever wants it, on any thread.
 *
 * @param names whose keys open it
 * @param position in the audit log
 * @param words sealed
 * @param numbers of the event
 * @param columns of texts
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoreRow(
    Names names,
    long position,
    byte @Nullable [] words,
    EventRow.Numbers numbers,
    List<@Nullable String> columns,
    @Nullable String items,
    String rest) {
  /** Columns of the table, as its statement names them. */
  static final String COLUMNS =
      "domain VARCHAR, time BIGINT, position BIGINT, class_uid BIGINT, activity_id BIGINT,"
          + " sequence BIGINT, delay BIGINT, words BLOB, items VARCHAR, rest VARCHAR, forgotten VARCHAR, "
          + String.join(" VARCHAR, ", EventRow.TEXTS)
          + " VARCHAR";

  /** What {@link #at} reads, first of all columns. */
  static final String SELECTED =
      "position, time, class_uid, activity_id, sequence, delay, words, items, rest, "
          + String.join(", ", EventRow.TEXTS);

  private static final int TEXTS_FROM = 10;

  /** The row of an event that was received. */
  static StoreRow of(long position, AuditEvent event, EventPeople people) {
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
        row.items(),
        row.rest());
  }

  /** The same at another position. */
  StoreRow at(long other) {
    return new StoreRow(names, other, words, numbers, columns, items, rest);
  }

  /** Whose it is. */
  Fence fence() {
    return new Fence(
        Source.domainOf(Objects.requireNonNull(columns.get(EventRow.SOURCE))),
        Objects.requireNonNull(columns.get(EventRow.TENANT)));
  }

  /** Lays it into the row that was begun. */
  void append(DuckDBAppender appender) throws SQLException {
    appender.append(fence().domain());
    appender.append(numbers.timeMillis());
    appender.append(position);
    appender.append(numbers.classUid());
    appender.append(numbers.activityId());
    appender.append(numbers.sequence());
    appender.append(numbers.loggedMillis() - numbers.timeMillis());
    if (words == null) {
      appender.appendNull();
    } else {
      appender.append(words);
    }
    append(appender, items);
    appender.append(rest);
    appender.appendNull();
    for (String text : columns) {
      append(appender, text);
    }
  }

  /** Of what is forgotten a row is left that says whose it was, and who is forgotten. */
  static void append(DuckDBAppender appender, EventOutline one, Names names) throws SQLException {
    appender.append(one.fence().domain());
    appender.appendNull();
    appender.append(one.position());
    for (int i = 0; i < 7; i++) {
      appender.appendNull();
    }
    append(appender, one.forgotten(names).orElse(null));
    appender.append(one.tenant());
    for (int i = 1; i < EventRow.TEXTS.size(); i++) {
      appender.appendNull();
    }
  }

  private static void append(DuckDBAppender appender, @Nullable String text) throws SQLException {
    if (text == null) {
      appender.appendNull();
    } else {
      appender.append(text);
    }
  }

  /** The row that a result of {@link #SELECTED} is at. */
  static StoreRow at(ResultSet row, Names names) throws SQLException {
    long timeMillis = row.getLong(2);
    List<@Nullable String> columns = new ArrayList<>(EventRow.TEXTS.size());
    for (int i = 0; i < EventRow.TEXTS.size(); i++) {
      columns.add(row.getString(TEXTS_FROM + i));
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
        columns,
        row.getString(8),
        row.getString(9));
  }

  /** Whether nothing is left of a row but whose it was, and where it stood. */
  static boolean isEmptied(ResultSet row) throws SQLException {
    return row.getString(9) == null;
  }

  /**
   * The event.
   *
   * @throws FormatException when the row was changed so that it is none
   */
  StoredEvent event() throws FormatException {
    EventPeople people = EventPeople.inRow(names, columns);
    AuditEvent event =
        EventRow.event(
            numbers, people.texts(columns), items, words == null ? null : people.open(words), rest);
    return new StoredEvent(position, people.salt(event), event, Optional.of(people));
  }

  /** The texts by which it is found. */
  List<@Nullable String> texts() throws FormatException {
    return EventPeople.inRow(names, columns).texts(columns);
  }

  /** Whether it is of somebody who is forgotten. */
  boolean isForgotten() {
    return isForgotten(columns.get(EventRow.ACTOR)) || isForgotten(columns.get(EventRow.ENTITY));
  }

  private boolean isForgotten(@Nullable String column) {
    return column != null && column.startsWith("~") && names.isForgotten(column.substring(1));
  }
}
