package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.audit.event.JsonBytes;
import dev.counterfoil.audit.event.RowAssembly;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a bundle with the proof that they share, put together on any thread while others are
 * read. Each event is held against its leaf.
 */
final class ExportSection {
  /** Where leaves lie as close as that, all between them are read at once. */
  private static final int SPREAD_MAX = 16;

  /** Of a line, about. */
  private static final int LINE_BYTES = 1400;

  private static final byte[] POSITION = JsonBytes.ascii("{\"position\":");
  private static final byte[] NUMBER = JsonBytes.ascii(",\"n\":");
  private static final byte[] SALT = JsonBytes.ascii(",\"salt\":\"");
  private static final byte[] EVENT = JsonBytes.ascii("\",\"event\":");

  private final List<Item> items = new ArrayList<>(BundleSection.LINES_MAX);

  /** A line to be: a row, or where a deleted one was. {@code n} is -1 in a selection. */
  private record Item(long position, long n, @Nullable StoreRow row) {}

  /** Takes an event. */
  void add(StoreRow row, long n) {
    items.add(new Item(row.position(), n, row));
  }

  /** Takes the position of an event that was deleted. */
  void addDeleted(long position, long n) {
    items.add(new Item(position, n, null));
  }

  int size() {
    return items.size();
  }

  /**
   * The lines.
   *
   * @param assembly nobody else uses it meanwhile
   * @param hashes of the tree
   * @param size of the tree
   * @throws AuditDamagedException naming the event that is not what the log holds
   */
  JsonBytes lines(RowAssembly assembly, LogReader reader, HashSource hashes, long size)
      throws IOException {
    byte[] digests = digests(reader);
    JsonBytes out = new JsonBytes(items.size() * LINE_BYTES);
    for (int i = 0; i < items.size(); i++) {
      Hash digest = Hash.read(digests, i * Hash.BYTES);
      Item item = items.get(i);
      if (item.row == null) {
        write(out, shown(item).put("digest", digest.base64()).build());
      } else {
        event(assembly, item, item.row, digest, out);
      }
      out.put('\n');
    }
    write(out, proof(hashes, size));
    return out.put('\n');
  }

  private static void event(
      RowAssembly assembly, Item item, StoreRow row, Hash digest, JsonBytes out)
      throws AuditDamagedException {
    out.put(POSITION).number(item.position);
    if (item.n >= 0) {
      out.put(NUMBER).number(item.n);
    }
    int saltAt = out.put(SALT).length();
    out.put(new byte[2 * AuditLeaf.SALT_BYTES]).put(EVENT);
    byte[] salt = assembly.write(row, digest, out);
    if (salt == null) {
      throw new AuditDamagedException(
          "event %d in the store is not what the log holds: it was changed; see counterfoil audit check"
              .formatted(item.position));
    }
    out.hex(saltAt, salt);
    out.put('}');
  }

  private static JsonObject.Builder shown(Item item) {
    JsonObject.Builder head = JsonObject.builder().put("position", item.position);
    return item.n < 0 ? head : head.put("n", item.n);
  }

  private static void write(JsonBytes out, JsonObject line) {
    out.put(line.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** What the log holds at each position. */
  private byte[] digests(LogReader reader) throws IOException {
    byte[] digests = new byte[items.size() * Hash.BYTES];
    long first = items.getFirst().position;
    long span = items.getLast().position - first + 1;
    byte[] all =
        span <= (long) items.size() * SPREAD_MAX ? reader.digests(first, (int) span) : new byte[0];
    for (int i = 0; i < items.size(); i++) {
      long position = items.get(i).position;
      byte[] from = all.length > 0 ? all : reader.digests(position, 1);
      int at = all.length > 0 ? (int) (position - first) * Hash.BYTES : 0;
      System.arraycopy(from, at, digests, i * Hash.BYTES, Hash.BYTES);
    }
    return digests;
  }

  private JsonObject proof(HashSource hashes, long size) throws IOException {
    try {
      return JsonObject.builder()
          .put(
              "proof",
              SharedProof.make(hashes, size, items.stream().mapToLong(Item::position).toArray())
                  .stream()
                  .map(Hash::base64)
                  .toList())
          .build();
    } catch (HashSource.UnavailableException e) {
      throw new IOException(
          "the proof of events from %d on cannot be made".formatted(items.getFirst().position), e);
    }
  }
}
