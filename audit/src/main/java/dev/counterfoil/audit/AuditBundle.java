package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.AuditLeaf;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.InclusionProof;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TreeHasher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * Checks a bundle (spec/audit-bundle.md) against the key of an audit log that the caller trusts:
 * the bundle's own word on its key counts for nothing. Needs no network.
 */
public final class AuditBundle {
  static final String VERSION = "counterfoil-audit/1";
  private static final int HEADER_BYTES_MAX = 1 << 20;

  /** An event doubles at most by its escapes; beside it stand a salt and 64 hashes. */
  private static final int LINE_BYTES_MAX = 2 * AuditEvent.BYTES_MAX + (8 << 10);

  private AuditBundle() {}

  /**
   * What a good bundle proves.
   *
   * @param origin of the audit log
   * @param size of the checkpoint
   * @param root of the checkpoint
   * @param domain whose sources reported
   * @param tenant whose events
   * @param query what was asked for, as the bundle says
   * @param events how many, each proved
   * @param firstMillis time of the earliest
   * @param lastMillis time of the latest
   * @param deleted how many stood in the log and were deleted since, by policy, as an event in the
   *     bundle says: of these the leaf alone is proved
   * @param total how many events the tenant has below the checkpoint, as the log's key states
   * @param since the size from which on the bundle goes; 0 for everything
   * @param complete whether these are all of the tenant's events from there on: as many as were
   *     stated
   */
  public record Proved(
      String origin,
      long size,
      Hash root,
      String domain,
      String tenant,
      JsonObject query,
      long events,
      long firstMillis,
      long lastMillis,
      long deleted,
      long total,
      long since,
      boolean complete) {}

  /**
   * Checks a bundle.
   *
   * @param trusted the audit log's key, from elsewhere than the bundle
   * @param visitor is given each event once it is proved
   * @throws FormatException naming the line and what is wrong: nothing of the bundle is to be
   *     believed
   */
  public static Proved check(InputStream in, NoteKey trusted, Consumer<StoredEvent> visitor)
      throws FormatException, IOException {
    return new Check(in, trusted, visitor).run();
  }

  private static final class Check {
    private final InputStream in;
    private final NoteKey trusted;
    private final Consumer<StoredEvent> visitor;
    private final TreeHasher hasher = new TreeHasher();
    private final DeletionCover cover = new DeletionCover();
    private final byte[] block = new byte[1 << 16];
    private int at;
    private int filled;
    private long number;
    private long last = -1;
    private long events;
    private long deleted;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = -1;

    Check(InputStream in, NoteKey trusted, Consumer<StoredEvent> visitor) {
      this.in = in;
      this.trusted = trusted;
      this.visitor = visitor;
    }

    Proved run() throws FormatException, IOException {
      try {
        JsonObject header = line(HEADER_BYTES_MAX);
        header.allowOnly(
            "bundle",
            "origin",
            "key",
            "policy",
            "checkpoint",
            "domain",
            "tenant",
            "query",
            "counts",
            "since",
            "schema");
        if (!header.string("bundle").equals(VERSION)) {
          throw new FormatException("not a bundle of " + VERSION);
        }
        Checkpoint checkpoint = checkpoint(header);
        Fence fence = new Fence(header.string("domain"), header.string("tenant"));
        JsonObject query = header.object("query");
        BundleCounts counts = BundleCounts.verified(header, fence, checkpoint, trusted);
        boolean whole = query.names().isEmpty();
        last = counts.since() - 1;
        for (JsonObject line = line(LINE_BYTES_MAX); ; line = line(LINE_BYTES_MAX)) {
          if (line.has("end")) {
            end(line, whole, counts);
            return new Proved(
                checkpoint.origin(),
                checkpoint.size(),
                checkpoint.root(),
                fence.domain(),
                fence.tenant(),
                query,
                events,
                events == 0 ? -1 : firstMillis,
                lastMillis,
                deleted,
                counts.total(),
                counts.since(),
                whole);
          }
          long before = last;
          long position = position(line, checkpoint);
          if (whole) {
            follows(line, counts.before() + events + deleted, before, position);
          }
          if (line.has("digest") && whole) {
            deleted(line, checkpoint, position);
          } else {
            event(line, checkpoint, position, fence, whole);
          }
        }
      } catch (FormatException e) {
        throw new FormatException("line " + number + ": " + e.getMessage(), e);
      } catch (IllegalArgumentException e) {
        throw new FormatException("line " + number + ": a member is out of its bounds", e);
      }
    }

    private Checkpoint checkpoint(JsonObject header) throws FormatException {
      SignedNote note =
          SignedNote.parse(header.string("checkpoint").getBytes(StandardCharsets.UTF_8));
      if (!note.isSignedBy(trusted)) {
        throw new FormatException("the checkpoint is not signed by the key of " + trusted.name());
      }
      Checkpoint checkpoint = Checkpoint.parse(note.text());
      if (!checkpoint.origin().equals(trusted.name())) {
        throw new FormatException("the checkpoint is of another log than its key");
      }
      return checkpoint;
    }

    private long position(JsonObject line, Checkpoint checkpoint) throws FormatException {
      long position = line.number("position");
      if (position <= last || position >= checkpoint.size()) {
        throw new FormatException("the position does not follow, or is beyond the checkpoint");
      }
      last = position;
      return position;
    }

    /** In a whole bundle each event says the how many-th of its tenant it is. */
    private static void follows(JsonObject line, long expected, long before, long position)
        throws FormatException {
      long n = line.number("n");
      if (n != expected) {
        throw new FormatException(
            "event number %d of the tenant is missing: its position is between %d and %d"
                .formatted(expected, before, position));
      }
    }

    private void event(
        JsonObject line, Checkpoint checkpoint, long position, Fence fence, boolean whole)
        throws FormatException {
      if (whole) {
        line.allowOnly("position", "n", "salt", "event", "path");
      } else {
        line.allowOnly("position", "salt", "event", "path");
      }
      byte[] salt = salt(line.string("salt"));
      AuditEvent event = AuditEvent.parse(line.string("event").getBytes(StandardCharsets.UTF_8));
      StoredEvent stored = new StoredEvent(position, salt, event);
      if (!stored.fence().equals(fence)) {
        throw new FormatException("the event is of another tenant or domain");
      }
      proves(AuditLeaf.of(salt, event.canonicalBytes()), line, checkpoint, position);
      cover.says(stored);
      events++;
      firstMillis = Math.min(firstMillis, event.timeMillis());
      lastMillis = Math.max(lastMillis, event.timeMillis());
      visitor.accept(stored);
    }

    private void deleted(JsonObject line, Checkpoint checkpoint, long position)
        throws FormatException {
      line.allowOnly("position", "n", "digest", "path");
      proves(new Leaf(Hash.parseBase64(line.string("digest"))), line, checkpoint, position);
      cover.isGone(position);
      deleted++;
    }

    private void proves(Leaf leaf, JsonObject line, Checkpoint checkpoint, long position)
        throws FormatException {
      List<Hash> path = BundleCounts.path(line, "path");
      if (!new InclusionProof(position, checkpoint.size(), path)
          .proves(leaf.hash(hasher), checkpoint.root())) {
        throw new FormatException(
            "event %d is not what the log holds there: it or its proof was changed"
                .formatted(position));
      }
    }

    private static byte[] salt(String hex) throws FormatException {
      try {
        byte[] salt = HexFormat.of().parseHex(hex);
        if (salt.length == AuditLeaf.SALT_BYTES) {
          return salt;
        }
      } catch (IllegalArgumentException e) {
        throw new FormatException("the salt is not hexadecimal", e);
      }
      throw new FormatException("a salt has 16 bytes");
    }

    private void end(JsonObject line, boolean whole, BundleCounts counts)
        throws FormatException, IOException {
      line.allowOnly("end", "events", "deleted");
      if (!line.truth("end")
          || line.number("events") != events
          || line.optionalNumber("deleted").orElse(0L) != deleted) {
        throw new FormatException("the bundle says that it has another number of events");
      }
      if (next() >= 0) {
        throw new FormatException("the bundle goes on after its end");
      }
      long have = counts.before() + events + deleted;
      if (whole && have < counts.total()) {
        throw new FormatException(
            "event number %d of the tenant is missing, and all behind it: the log's key states %d, and those here end at position %d"
                .formatted(have, counts.total(), last));
      }
      if (whole && have > counts.total()) {
        throw new FormatException(
            "the bundle has more events than the %d that the log's key states"
                .formatted(counts.total()));
      }
      cover.requireAll();
    }

    private JsonObject line(int bytesMax) throws FormatException, IOException {
      number++;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int read = next();
      for (; read >= 0 && read != '\n'; read = next()) {
        if (bytes.size() == bytesMax) {
          throw new FormatException("the line is longer than " + bytesMax + " bytes");
        }
        bytes.write(read);
      }
      if (read < 0) {
        throw new FormatException("the bundle breaks off: events may be missing at its end");
      }
      return StrictJson.object(bytes.toByteArray(), bytesMax);
    }

    private int next() throws IOException {
      if (at == filled) {
        filled = in.read(block);
        at = 0;
        if (filled <= 0) {
          filled = 0;
          return -1;
        }
      }
      return block[at++] & 0xff;
    }
  }
}
