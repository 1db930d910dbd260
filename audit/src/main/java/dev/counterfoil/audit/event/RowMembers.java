package dev.counterfoil.audit.event;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where in a row's rest, and in its words, the members of objects lie, in the order of RFC 8785: by
 * their offsets, as a stack of those objects that are being written. A member is the number that
 * {@link #begin} and {@link #next} give. Belongs to one thread at a time.
 */
final class RowMembers {
  /** Of each member: where its name begins and ends, its value, and whether it is in the words. */
  private static final int NAME_FROM = 0;

  private static final int NAME_TO = 1;
  private static final int VALUE_FROM = 2;
  private static final int VALUE_TO = 3;
  private static final int IS_WORD = 4;
  private static final int MEMBER = 5;

  private static final byte[] NONE = {};

  /** Of a row, with how often it says that some are in the words: twice what an event may have. */
  private static final int FOUND_MAX = 2 * AuditEvent.REPORTED_MEMBERS_MAX;

  private byte[] rest = NONE;
  private byte[] words = NONE;
  private int[] members = new int[64 * MEMBER];
  private int used;
  private int found;

  /** Begins with a row. */
  void of(byte[] rest, byte[] words) {
    this.rest = rest;
    this.words = words;
    used = 0;
    found = 0;
  }

  /** Finds the members of an object of the rest; the first of them, of which there may be none. */
  int begin(int from, int to) throws FormatException {
    int first = used;
    find(rest, from, to, 0);
    sort(first);
    return first;
  }

  /** Behind the last member of the object that was begun last. */
  int end() {
    return used;
  }

  int next(int member) {
    return member + MEMBER;
  }

  /** Ends with the object that was begun last, and of which this is the first member. */
  void end(int first) {
    used = first;
  }

  boolean isWord(int member) {
    return members[member + IS_WORD] != 0;
  }

  /** Where its name and value are. */
  byte[] in(int member) {
    return isWord(member) ? words : rest;
  }

  int nameFrom(int member) {
    return members[member + NAME_FROM];
  }

  int nameTo(int member) {
    return members[member + NAME_TO];
  }

  int valueFrom(int member) {
    return members[member + VALUE_FROM];
  }

  int valueTo(int member) {
    return members[member + VALUE_TO];
  }

  boolean isNamed(byte[] name, int member) {
    return Arrays.equals(
        name, 0, name.length, in(member), members[member + NAME_FROM], members[member + NAME_TO]);
  }

  /** Notes the members of an object; where the rest says that some are free text, those as well. */
  private void find(byte[] in, int from, int to, int isWord) throws FormatException {
    int next = from;
    if (to - from < 2 || in[next++] != '{' || in[to - 1] != '}') {
      throw changed();
    }
    while (next < to - 1) {
      int nameFrom = next + 1;
      int nameTo = afterText(in, next, to) - 1;
      next = nameTo + 1;
      if (next >= to || in[next] != ':') {
        throw changed();
      }
      int valueFrom = next + 1;
      int valueTo = afterValue(in, valueFrom, to);
      if (valueTo <= valueFrom) {
        throw changed();
      }
      if (++found > FOUND_MAX) {
        throw changed();
      }
      if (nameFrom == nameTo && isWord == 0) {
        findWords(valueFrom, valueTo);
      } else {
        add(nameFrom, nameTo, valueFrom, valueTo, isWord);
      }
      next = valueTo;
      if (next < to - 1 && in[next++] != ',') {
        throw changed();
      }
    }
    if (next != to - 1) {
      throw changed();
    }
  }

  /** The members in a line of the words. */
  private void findWords(int from, int to) throws FormatException {
    if (to - from > 3) {
      throw changed();
    }
    int line = 0;
    for (int i = from; i < to; i++) {
      int digit = rest[i] - '0';
      if (digit < 0 || digit > 9) {
        throw changed();
      }
      line = 10 * line + digit;
    }
    int lineFrom = 0;
    for (int i = 0; i < line; i++) {
      lineFrom = endOfLine(lineFrom) + 1;
    }
    find(words, lineFrom, endOfLine(lineFrom), 1);
  }

  private int endOfLine(int from) throws FormatException {
    if (from > words.length) {
      throw changed();
    }
    int end = from;
    while (end < words.length && words[end] != '\n') {
      end++;
    }
    return end;
  }

  private void add(int nameFrom, int nameTo, int valueFrom, int valueTo, int isWord) {
    if (used + MEMBER > members.length) {
      members = Arrays.copyOf(members, 2 * members.length);
    }
    members[used + NAME_FROM] = nameFrom;
    members[used + NAME_TO] = nameTo;
    members[used + VALUE_FROM] = valueFrom;
    members[used + VALUE_TO] = valueTo;
    members[used + IS_WORD] = isWord;
    used += MEMBER;
  }

  /** By insertion: they are few, and often nearly in order. */
  private void sort(int first) throws FormatException {
    for (int next = first + MEMBER; next < used; next += MEMBER) {
      int into = next;
      while (into > first && isBefore(next, into - MEMBER)) {
        into -= MEMBER;
      }
      if (into < next) {
        move(next, into);
      }
    }
  }

  private void move(int from, int to) {
    int a = members[from];
    int b = members[from + 1];
    int c = members[from + 2];
    int d = members[from + 3];
    int e = members[from + 4];
    System.arraycopy(members, to, members, to + MEMBER, from - to);
    members[to] = a;
    members[to + 1] = b;
    members[to + 2] = c;
    members[to + 3] = d;
    members[to + 4] = e;
  }

  /**
   * The order of RFC 8785 3.2.3, which is that of bytes where names differ in US-ASCII and nothing
   * before is escaped; others are compared as texts.
   */
  private boolean isBefore(int one, int other) throws FormatException {
    byte[] a = in(one);
    byte[] b = in(other);
    int i = members[one + NAME_FROM];
    int j = members[other + NAME_FROM];
    int aTo = members[one + NAME_TO];
    int bTo = members[other + NAME_TO];
    while (i < aTo && j < bTo && a[i] == b[j] && a[i] != '\\') {
      i++;
      j++;
    }
    if (i == aTo && j == bTo) {
      // One name twice.
      throw changed();
    }
    if (i == aTo || j == bTo) {
      return i == aTo;
    }
    if (a[i] < 0 || b[j] < 0 || a[i] == '\\' || b[j] == '\\') {
      int order =
          text(a, members[one + NAME_FROM], aTo)
              .compareTo(text(b, members[other + NAME_FROM], bTo));
      if (order == 0) {
        throw changed();
      }
      return order < 0;
    }
    return a[i] < b[j];
  }

  /** A text of JSON that stands between two places, without its quotes. */
  static String text(byte[] in, int from, int to) throws FormatException {
    String object =
        "{\"text\":\"" + new String(in, from, to - from, StandardCharsets.UTF_8) + "\"}";
    return StrictJson.object(object.getBytes(StandardCharsets.UTF_8), 2 * AuditEvent.BYTES_MAX)
        .string("text");
  }

  static FormatException changed() {
    return new FormatException("a row of the audit store is not as it was written");
  }

  /** Behind a value. */
  static int afterValue(byte[] in, int from, int to) throws FormatException {
    if (from >= to) {
      throw changed();
    }
    byte first = in[from];
    if (first == '"') {
      return afterText(in, from, to);
    }
    int open = 0;
    for (int i = from; i < to; i++) {
      switch (in[i]) {
        case '"' -> i = afterText(in, i, to) - 1;
        case '{', '[' -> open++;
        case '}', ']' -> {
          if (open == 0) {
            return i;
          }
          open--;
          if (open == 0) {
            return i + 1;
          }
        }
        case ',' -> {
          if (open == 0) {
            return i;
          }
        }
        default -> {
          // Within a value.
        }
      }
    }
    throw changed();
  }

  /** Behind the quote that ends a text. */
  static int afterText(byte[] in, int from, int to) throws FormatException {
    if (from >= to || in[from] != '"') {
      throw changed();
    }
    for (int i = from + 1; i < to; i++) {
      if (in[i] == '"') {
        return i + 1;
      }
      if (in[i] == '\\') {
        i++;
      }
    }
    throw changed();
  }
}
