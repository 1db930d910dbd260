package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.JsonBytes;
import dev.counterfoil.audit.event.RowAssembly;
import dev.counterfoil.audit.forget.DeletedPositions;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.audit.store.Totals;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;

/**
 * Writes a bundle (spec/audit-bundle.md): events with their proofs under one checkpoint, and how
 * many the tenant has. What the store gives is held against the log while it is written: a bundle
 * that would not check breaks off, and says which event is not as it was. Sections of it are made
 * beside each other, and few are held at a time.
 */
public final class Export {
  private static final int SCHEMA_BYTES_MAX = 256 << 10;

  /** Sections that are made, or wait for it, while the next is read. */
  private static final int MADE_AT_ONCE = 8;

  private final EventStore store;
  private final LogReader reader;
  private final NoteKey key;

  /**
   * What is exported.
   *
   * @param under the checkpoint; the store has all below it
   * @param total how many events each tenant has below it
   * @param since only what came after that size, and how many each tenant had below it; empty for
   *     everything
   * @param words what custodians say of the log
   */
  public record Extent(
      LogReader.Published under,
      Totals.Stated total,
      Optional<Totals.Stated> since,
      List<HeldWord> words) {
    /** The size from which on it goes. */
    long from() {
      return since.map(Totals.Stated::size).orElse(0L);
    }
  }

  public Export(EventStore store, LogReader reader, NoteKey key) {
    this.store = store;
    this.reader = reader;
    this.key = key;
  }

  /** Writes all that a query selects, and flushes nothing. */
  public void write(Fence fence, EventQuery query, Extent extent, OutputStream out)
      throws IOException {
    new Run(fence, query, extent, out).write();
  }

  /** One bundle on its way. */
  private final class Run {
    private final Fence fence;
    private final EventQuery query;
    private final Extent extent;
    private final OutputStream out;
    private final Checkpoint checkpoint;
    private final HashSource hashes;
    private final long before;
    private final JsonObject asked;
    private final boolean whole;
    private final Deque<FutureTask<JsonBytes>> making = new ArrayDeque<>();
    private final Queue<RowAssembly> idle = new ConcurrentLinkedQueue<>();
    private ExportSection open = new ExportSection();
    private long last = -1;
    private long number;
    private long events;
    private long deleted;

    Run(Fence fence, EventQuery query, Extent extent, OutputStream out) {
      this.fence = fence;
      this.query = query;
      this.extent = extent;
      this.out = out;
      this.checkpoint = extent.under().checkpoint();
      this.hashes = reader.hashes(checkpoint.size());
      this.before = Math.min(query.before(), checkpoint.size());
      this.asked = asked(query);
      this.whole = asked.names().isEmpty();
      this.number = extent.since().map(stated -> stated.count(fence)).orElse(0L);
    }

    void write() throws IOException {
      line(header());
      long after = Math.max(query.after(), extent.from() - 1);
      DeletedPositions gone = new DeletedPositions(store, fence, after, before);
      store.walk(
          fence,
          query.page(after, before, EventQuery.LIMIT_MAX),
          row -> {
            deletedBelow(gone, row.position());
            follows(row.position());
            open.add(row, next());
            events++;
            section(BundleSection.LINES_MAX);
          });
      deletedBelow(gone, before);
      section(1);
      write(0);
      if (whole && number != extent.total().count(fence)) {
        throw new AuditDamagedException(
            "the store has %d events of a tenant below %d, and the journal had %d: some were removed from the store; see counterfoil audit check"
                .formatted(number, checkpoint.size(), extent.total().count(fence)));
      }
      JsonObject.Builder end = JsonObject.builder().put("end", true).put("events", events);
      if (deleted > 0) {
        end.put("deleted", deleted);
      }
      line(end.build());
    }

    private JsonObject header() throws IOException {
      JsonObject.Builder header =
          JsonObject.builder()
              .put("bundle", AuditBundle.VERSION)
              .put("origin", key.name())
              .put("key", key.toString())
              .put("policy", "log " + key + "\nquorum none\n")
              .put("checkpoint", new String(extent.under().note().bytes(), StandardCharsets.UTF_8))
              .put("domain", fence.domain())
              .put("tenant", fence.tenant())
              .put("query", asked)
              .put("counts", extent.total().own(fence).build());
      if (extent.since().isPresent()) {
        header.put("since", earlier(extent.since().get()));
      }
      List<JsonObject> held = held();
      if (!held.isEmpty()) {
        header.put("held", held);
      }
      return header.put("schema", schema()).build();
    }

    /** What custodians say. */
    private List<JsonObject> held() throws IOException {
      long published =
          reader.published().map(known -> known.checkpoint().size()).orElse(checkpoint.size());
      List<JsonObject> held = new ArrayList<>();
      for (HeldWord word : extent.words()) {
        for (SignedNote note : word.held()) {
          long size = size(note);
          if (held.size() < HeldWord.WORDS_MAX && size >= 1 && size <= published) {
            held.add(held(word, note, size));
            break;
          }
        }
      }
      return held;
    }

    private JsonObject held(HeldWord word, SignedNote note, long size) throws IOException {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("custodian", word.custodian().toString())
              .put("note", new String(note.bytes(), StandardCharsets.UTF_8))
              .put("log", goesOn(size));
      // A selection does not say how many there are.
      Optional<Totals.Stated> counted =
          word.counted().stream()
              .map(Totals.Stated::of)
              .filter(
                  stated ->
                      whole
                          && stated.size() >= extent.from()
                          && stated.size() <= checkpoint.size()
                          // Of none there is no proof.
                          && stated.count(fence) > 0)
              .findFirst();
      if (counted.isPresent()) {
        one.put("counts", earlier(counted.get()));
      }
      return one.build();
    }

    private static long size(SignedNote note) throws IOException {
      try {
        return Checkpoint.parse(note.text()).size();
      } catch (FormatException e) {
        throw new IOException("a custodian's word is no checkpoint", e);
      }
    }

    private JsonObject earlier(Totals.Stated stated) throws IOException {
      return stated.own(fence).put("log", goesOn(stated.size())).build();
    }

    /** Proves that of this state of the log and the one at a size the later goes on. */
    private List<String> goesOn(long size) throws IOException {
      long earlier = Math.min(size, checkpoint.size());
      long later = Math.max(size, checkpoint.size());
      try {
        return SharedProof.goingOn(reader.hashes(later), earlier, later).stream()
            .map(Hash::base64)
            .toList();
      } catch (HashSource.UnavailableException e) {
        throw new IOException("the proof from " + earlier + " on cannot be made", e);
      }
    }

    /** Of what was deleted its leaf alone is there; in a selection nobody knows whether it fits. */
    private void deletedBelow(DeletedPositions gone, long position) throws IOException {
      if (!whole) {
        return;
      }
      for (long at = gone.nextBelow(position); at >= 0; at = gone.nextBelow(position)) {
        follows(at);
        open.addDeleted(at, next());
        deleted++;
        section(BundleSection.LINES_MAX);
      }
    }

    private void follows(long position) throws AuditDamagedException {
      if (position <= last) {
        throw new AuditDamagedException(
            "event %d stands twice in the store: it was changed; see counterfoil audit check"
                .formatted(position));
      }
      last = position;
    }

    /** In a whole bundle events are numbered. */
    private long next() {
      return whole ? number++ : -1;
    }

    /** Has what is there made when it is so many lines. */
    private void section(int lines) throws IOException {
      if (open.size() < lines) {
        return;
      }
      ExportSection full = open;
      open = new ExportSection();
      FutureTask<JsonBytes> task = new FutureTask<>(() -> lines(full));
      making.add(task);
      ForkJoinPool.commonPool().execute(task);
      writeMade();
      if (making.size() > MADE_AT_ONCE) {
        // Whoever is ahead of the others makes one himself; it is made once.
        task.run();
      }
      write(MADE_AT_ONCE);
    }

    /** Those that are ready go out first: only what is not says that the others are behind. */
    private void writeMade() throws IOException {
      while (!making.isEmpty() && making.peek().isDone()) {
        write(making.size() - 1);
      }
    }

    /** On any thread. */
    private JsonBytes lines(ExportSection section) throws IOException {
      RowAssembly one = idle.poll();
      RowAssembly assembly = one != null ? one : store.assembly(fence);
      JsonBytes lines = section.lines(assembly, reader, hashes, checkpoint.size());
      assembly.rest();
      idle.add(assembly);
      return lines;
    }

    /** Writes the oldest sections until so many are left. */
    private void write(int left) throws IOException {
      while (making.size() > left) {
        try {
          JsonBytes lines = making.remove().get();
          out.write(lines.bytes(), 0, lines.length());
        } catch (ExecutionException e) {
          if (e.getCause() instanceof IOException broken) {
            throw broken;
          }
          throw new IllegalStateException("a section cannot be made", e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("an export was interrupted", e);
        }
      }
    }

    private void line(JsonObject line) throws IOException {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What was asked for, with everything that may leave events out. */
  public static JsonObject asked(EventQuery query) {
    JsonObject asked = query.toJson();
    if (query.after() >= 0) {
      asked = asked.with("after", query.after());
    }
    return query.before() < AuditEvent.NUMBER_MAX ? asked.with("before", query.before()) : asked;
  }

  private static JsonObject schema() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Export.class.getResourceAsStream("/audit-event.schema.json"))) {
      return StrictJson.object(in.readNBytes(SCHEMA_BYTES_MAX), SCHEMA_BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException("the schema of audit events cannot be read", e);
    }
  }
}
