package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.FormatException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records in a file that somebody exported, one by one and each with its line: JSON, a record a
 * line; a JSON array of records; or CSV (RFC 4180) with the records in one column. A bad record is
 * a fault of its own; where it cannot be told any more where the next one begins, the file ends
 * with a {@link FormatException}.
 *
 * <p>CSV is read here and not by a library: what a record costs is bounded before it is held, each
 * has the line on which it begins, and its bytes stay as they are in the file, since their digest
 * is recorded.
 */
public final class FileRecords implements Closeable {
  /** Longest record that is read, in bytes. */
  static final int RECORD_BYTES_MAX = 1 << 20;

  /** Most columns of CSV. */
  static final int COLUMNS_MAX = 256;

  private static final int BLOCK_BYTES = 1 << 16;
  private static final int END = -1;
  private static final int NOT_READ = -2;
  private static final int[] BYTE_ORDER_MARK = {0xef, 0xbb, 0xbf};

  /** What PowerShell writes above the names of the columns. */
  private static final String TYPE_LINE = "#TYPE";

  private enum Form {
    LINES,
    ARRAY,
    CSV
  }

  /**
   * A record.
   *
   * @param line on which it begins, from 1
   * @param bytes of it; nothing where it has a fault
   * @param fault why it is none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(long line, byte[] bytes, @Nullable String fault) {}

  private final InputStream in;
  private final Form form;
  private final String column;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private boolean isTooLong;
  private int peeked = NOT_READ;
  private long read;
  private long line = 1;
  private boolean begun;
  private boolean ended;
  private int columns;
  private int wanted = -1;

  private FileRecords(InputStream in, @Nullable String column) throws IOException, FormatException {
    this.in = new BufferedInputStream(in, BLOCK_BYTES);
    this.column = column == null ? "" : column;
    skipByteOrderMark();
    this.form = column == null ? Form.LINES : form();
  }

  /** Records of JSON, one a line. */
  public static FileRecords lines(InputStream in) throws IOException, FormatException {
    return new FileRecords(in, null);
  }

  /**
   * Records in the form that the first character tells.
   *
   * @param column that has them, where it is CSV
   */
  public static FileRecords any(InputStream in, String column) throws IOException, FormatException {
    return new FileRecords(in, column);
  }

  private Form form() throws IOException, FormatException {
    skipSpace();
    return switch (peek()) {
      case '{', END -> Form.LINES;
      case '[' -> Form.ARRAY;
      default -> Form.CSV;
    };
  }

  /** How much of the file was read, in bytes. */
  long bytesRead() {
    return read;
  }

  /**
   * The next record; null at the end.
   *
   * @throws FormatException naming the line, where nothing more of the file can be read
   */
  @Nullable Found next() throws IOException, FormatException {
    return switch (form) {
      case LINES -> nextLine();
      case ARRAY -> nextElement();
      case CSV -> nextRow();
    };
  }

  private @Nullable Found nextLine() throws IOException {
    while (peek() != END) {
      long at = line;
      begin();
      boolean isBlank = true;
      for (int next = take(); next != END && next != '\n'; next = take()) {
        isBlank &= isSpace(next);
        hold(next);
      }
      if (!isBlank) {
        return found(at);
      }
    }
    return null;
  }

  private @Nullable Found nextElement() throws IOException, FormatException {
    if (ended) {
      return null;
    }
    skipSpace();
    if (!begun) {
      take();
      begun = true;
      skipSpace();
      if (peek() == ']') {
        return endOfArray();
      }
    } else if (peek() == ']') {
      return endOfArray();
    } else if (peek() == ',') {
      take();
      skipSpace();
    } else {
      throw broken("a record is followed by neither a comma nor the end of the array");
    }
    if (peek() != '{') {
      throw broken("the array contains something that is not an object");
    }
    return element();
  }

  private @Nullable Found endOfArray() throws IOException, FormatException {
    take();
    skipSpace();
    if (peek() != END) {
      throw broken("there is something after the end of the array");
    }
    ended = true;
    return null;
  }

  private Found element() throws IOException, FormatException {
    long at = line;
    begin();
    int depth = 0;
    boolean inText = false;
    do {
      int next = take();
      if (next == END) {
        throw broken("the file ends inside of a record");
      }
      hold(next);
      if (inText) {
        if (next == '\\') {
          hold(take());
        } else if (next == '"') {
          inText = false;
        }
      } else {
        switch (next) {
          case '"' -> inText = true;
          case '{', '[' -> depth++;
          case '}', ']' -> depth--;
          default -> {
            // A number, a name, or space.
          }
        }
      }
    } while (depth > 0);
    return found(at);
  }

  private @Nullable Found nextRow() throws IOException, FormatException {
    if (!begun) {
      names();
      begun = true;
    }
    while (peek() == '\n' || peek() == '\r') {
      take();
    }
    if (peek() == END) {
      return null;
    }
    long at = line;
    int count = 0;
    byte[] bytes = new byte[0];
    boolean wasTooLong = false;
    boolean more = true;
    while (more) {
      begin();
      more = field();
      if (count == wanted) {
        bytes = held.toByteArray();
        wasTooLong = isTooLong;
      }
      count++;
    }
    if (count != columns) {
      return new Found(
          at, new byte[0], "a row has " + count + " fields, and there are " + columns + " columns");
    }
    return wasTooLong ? tooLong(at) : new Found(at, bytes, null);
  }

  private void names() throws IOException, FormatException {
    List<String> names = new ArrayList<>();
    boolean more = true;
    while (more) {
      begin();
      more = field();
      String name = held.toString(StandardCharsets.UTF_8);
      if (names.isEmpty() && name.startsWith(TYPE_LINE) && !more) {
        more = true;
        continue;
      }
      names.add(name);
      if (names.size() > COLUMNS_MAX) {
        throw broken("there are more than " + COLUMNS_MAX + " columns");
      }
    }
    columns = names.size();
    wanted = names.indexOf(column);
    if (wanted < 0 || names.lastIndexOf(column) != wanted) {
      throw new FormatException(
          "line 1: this is neither JSON nor CSV with one column called " + column);
    }
  }

  /** Reads a field; whether another one follows in the row. */
  private boolean field() throws IOException, FormatException {
    if (peek() == '"') {
      take();
      while (true) {
        int next = take();
        if (next == END) {
          throw broken("the file ends inside quotes");
        }
        if (next == '"') {
          if (peek() != '"') {
            break;
          }
          take();
        }
        hold(next);
      }
    } else {
      while (peek() != ',' && peek() != '\n' && peek() != '\r' && peek() != END) {
        int next = take();
        if (next == '"') {
          throw broken("there is a quote inside a field without quotes");
        }
        hold(next);
      }
    }
    int end = take();
    if (end == '\r' && peek() == '\n') {
      end = take();
    }
    if (end != ',' && end != '\n' && end != END) {
      throw broken("there is something after the end of a field");
    }
    return end == ',';
  }

  private FormatException broken(String why) {
    return new FormatException("line " + line + ": " + why);
  }

  private Found found(long at) {
    return isTooLong ? tooLong(at) : new Found(at, held.toByteArray(), null);
  }

  private static Found tooLong(long at) {
    return new Found(at, new byte[0], "a record is longer than " + RECORD_BYTES_MAX + " bytes");
  }

  private void begin() {
    held.reset();
    isTooLong = false;
  }

  private void hold(int next) {
    if (held.size() == RECORD_BYTES_MAX) {
      isTooLong = true;
    } else if (next != END) {
      held.write(next);
    }
  }

  private void skipByteOrderMark() throws IOException, FormatException {
    if (peek() == 0xff || peek() == 0xfe) {
      throw new FormatException("line 1: this is UTF-16. Save the file as UTF-8");
    }
    if (peek() == BYTE_ORDER_MARK[0]) {
      for (int one : BYTE_ORDER_MARK) {
        if (take() != one) {
          throw new FormatException("line 1: this is not UTF-8");
        }
      }
    }
  }

  private void skipSpace() throws IOException {
    while (isSpace(peek())) {
      take();
    }
  }

  private static boolean isSpace(int one) {
    return one == ' ' || one == '\t' || one == '\n' || one == '\r';
  }

  private int peek() throws IOException {
    if (peeked == NOT_READ) {
      peeked = in.read();
    }
    return peeked;
  }

  private int take() throws IOException {
    int next = peek();
    peeked = next == END ? END : NOT_READ;
    if (next != END) {
      read++;
    }
    if (next == '\n') {
      line++;
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
