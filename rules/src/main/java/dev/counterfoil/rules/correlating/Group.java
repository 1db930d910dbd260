package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** What is known of the events of one group. */
abstract class Group {
  /** So many events are named. */
  static final int IDS_MAX = 20;

  /** What a group takes beside its key and contents, in bytes: objects, references, tables. */
  private static final int BYTES = 512;

  /** What an object of a table takes beside its characters. */
  private static final int OBJECT_BYTES = 64;

  private final List<String> key;
  private final ArrayDeque<String> ids = new ArrayDeque<>();

  /** Until when the group is quiet, because it was found. */
  private long quietUntil = Long.MIN_VALUE;

  private int idBytes;
  private int countedBytes;

  Group(List<String> key) {
    this.key = key;
  }

  final List<String> key() {
    return key;
  }

  final void name(Hit hit) {
    name(hit.ids());
  }

  private void name(List<String> more) {
    for (String id : more) {
      if (ids.size() == IDS_MAX) {
        idBytes -= OBJECT_BYTES + 2 * ids.removeFirst().length();
      }
      ids.addLast(id);
      idBytes += OBJECT_BYTES + 2 * id.length();
    }
  }

  final boolean isQuiet(long timeMillis) {
    return timeMillis < quietUntil;
  }

  final void beQuiet(long until) {
    quietUntil = until;
  }

  final Found found(long timeMillis, long count, JsonObject event) {
    return new Found(timeMillis, key, new ArrayList<>(ids), count, event);
  }

  final void save(DataOutput out) throws IOException {
    out.writeLong(quietUntil);
    StateFormat.texts(out, ids);
    saveOwn(out);
  }

  final void load(DataInput in) throws IOException {
    quietUntil = in.readLong();
    name(StateFormat.texts(in));
    loadOwn(in);
  }

  /** Writes its contents. */
  abstract void saveOwn(DataOutput out) throws IOException;

  /** Reads its contents. */
  abstract void loadOwn(DataInput in) throws IOException;

  /** How many bytes more, or fewer, it takes than when this was asked last. */
  final int grown() {
    int size = BYTES + idBytes + bytes(key) + ownBytes();
    int grown = size - countedBytes;
    countedBytes = size;
    return grown;
  }

  /** What it took when that was asked last. */
  final int countedBytes() {
    return countedBytes;
  }

  /** What its contents take. */
  abstract int ownBytes();

  static int bytes(List<String> texts) {
    int size = OBJECT_BYTES;
    for (String text : texts) {
      size += OBJECT_BYTES + 2 * text.length();
    }
    return size;
  }

  /** About what an event takes as an object. */
  static int bytes(Object value) {
    return switch (value) {
      case JsonObject object -> {
        int size = OBJECT_BYTES;
        for (Object member : object.values()) {
          size += OBJECT_BYTES + bytes(member);
        }
        yield size;
      }
      case List<?> list -> {
        int size = OBJECT_BYTES;
        for (Object element : list) {
          size += 8 + bytes(element);
        }
        yield size;
      }
      case String text -> OBJECT_BYTES + 2 * text.length();
      default -> 24;
    };
  }
}
