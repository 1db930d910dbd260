package dev.counterfoil.audit;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.HashSource;
import dev.counterfoil.format.InclusionProof;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.LogReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Writes a bundle (spec/audit-bundle.md): events, each with its proof under one checkpoint. */
final class Export {
  private static final int SCHEMA_BYTES_MAX = 256 << 10;

  private final EventStore store;
  private final LogReader reader;
  private final NoteKey key;

  Export(EventStore store, LogReader reader, NoteKey key) {
    this.store = store;
    this.reader = reader;
    this.key = key;
  }

  /**
   * Writes all that a query selects below a checkpoint.
   *
   * @param under the checkpoint; the store has all below it
   */
  void write(Fence fence, EventQuery query, LogReader.Published under, OutputStream out)
      throws IOException {
    Checkpoint checkpoint = under.checkpoint();
    line(
        out,
        JsonObject.builder()
            .put("bundle", AuditBundle.VERSION)
            .put("origin", key.name())
            .put("key", key.toString())
            .put("policy", "log " + key + "\nquorum none\n")
            .put("checkpoint", new String(under.note().bytes(), StandardCharsets.UTF_8))
            .put("domain", fence.domain())
            .put("tenant", fence.tenant())
            .put("query", query.toJson())
            .put("schema", schema())
            .build());
    HashSource hashes = reader.hashes(checkpoint.size());
    long after = query.after();
    long events = 0;
    while (true) {
      long before = Math.min(query.before(), checkpoint.size());
      List<StoredEvent> page = store.search(fence, query.page(after, before, EventQuery.LIMIT_MAX));
      for (StoredEvent one : page) {
        line(out, proved(one, hashes, checkpoint.size()));
        after = one.position();
        events++;
      }
      if (page.size() < EventQuery.LIMIT_MAX) {
        break;
      }
    }
    line(out, JsonObject.builder().put("end", true).put("events", events).build());
    out.flush();
  }

  private static JsonObject proved(StoredEvent one, HashSource hashes, long size)
      throws IOException {
    try {
      return JsonObject.builder()
          .put("position", one.position())
          .put("salt", HexFormat.of().formatHex(one.salt()))
          .put("event", new String(one.event().canonicalBytes(), StandardCharsets.UTF_8))
          .put(
              "path",
              InclusionProof.make(hashes, one.position(), size).path().stream()
                  .map(Hash::base64)
                  .toList())
          .build();
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the proof of event " + one.position() + " cannot be made", e);
    }
  }

  private static JsonObject schema() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Export.class.getResourceAsStream("/audit-event.schema.json"))) {
      return StrictJson.object(in.readNBytes(SCHEMA_BYTES_MAX), SCHEMA_BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException("the schema of audit events cannot be read", e);
    }
  }

  private static void line(OutputStream out, JsonObject line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
