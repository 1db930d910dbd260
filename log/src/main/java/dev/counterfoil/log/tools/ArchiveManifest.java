package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What an archive says of itself (spec/archive.md). Nothing is believed for standing here: it says
 * what must be found.
 *
 * @param key the log's key as whoever made the archive knew it
 * @param checkpoint the state that the archive is of
 * @param madeAt when
 * @param chunks the files of records, in order; none in an archive of the public side alone
 */
public record ArchiveManifest(
    NoteKey key, Checkpoint checkpoint, Instant madeAt, List<Chunk> chunks) {
  /** Longest manifest accepted, in bytes: enough for chunks of some billion records. */
  static final int BYTES_MAX = 8 << 20;

  /** The year 9999. */
  private static final long MADE_AT_MAX = 253_402_300_799L;

  private static final String FORMAT = "counterfoil-log-archive/1";

  /**
   * A file of consecutive records.
   *
   * @param first index of the first
   * @param count how many
   * @param sha256 of the file's bytes
   */
  public record Chunk(long first, int count, Hash sha256) {
    /** Its name in the archive. */
    String name() {
      return String.format(Locale.ROOT, "records/%020d", first);
    }
  }

  public ArchiveManifest {
    chunks = List.copyOf(chunks);
  }

  /** The first record that the archive has; 0 where it has none. */
  public long recordsFrom() {
    return chunks.isEmpty() ? 0 : chunks.getFirst().first();
  }

  /** How many records the archive has. */
  public long records() {
    return chunks.stream().mapToLong(Chunk::count).sum();
  }

  public static ArchiveManifest parse(byte[] bytes) throws FormatException {
    JsonObject manifest = StrictJson.object(bytes, BYTES_MAX);
    manifest.allowOnly("format", "key", "origin", "size", "root", "made_at", "records");
    if (!manifest.string("format").equals(FORMAT)) {
      throw new FormatException("not an archive of format " + FORMAT);
    }
    Checkpoint checkpoint;
    try {
      checkpoint =
          new Checkpoint(
              manifest.string("origin"),
              manifest.number("size"),
              Hash.parseBase64(manifest.string("root")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("the manifest's checkpoint is malformed", e);
    }
    List<Chunk> chunks = new ArrayList<>();
    long next = -1;
    for (JsonObject chunk : manifest.objects("records")) {
      chunk.allowOnly("first", "count", "sha256");
      long first = chunk.number("first");
      long count = chunk.number("count");
      if (next < 0) {
        next = first;
      }
      if (first != next
          || first < 0
          || count < 1
          || count > LogArchive.CHUNK_RECORDS
          || first > checkpoint.size()) {
        throw new FormatException("the manifest's records do not follow each other");
      }
      chunks.add(new Chunk(next, (int) count, Hash.parseBase64(chunk.string("sha256"))));
      next += count;
    }
    if (!chunks.isEmpty() && next != checkpoint.size()) {
      throw new FormatException("the manifest's records do not end where its checkpoint does");
    }
    long madeAt = manifest.number("made_at");
    if (madeAt < 0 || madeAt > MADE_AT_MAX) {
      throw new FormatException("the manifest was made at no time");
    }
    return new ArchiveManifest(
        NoteKey.parse(manifest.string("key")), checkpoint, Instant.ofEpochSecond(madeAt), chunks);
  }

  public byte[] bytes() {
    List<JsonObject> records =
        chunks.stream()
            .map(
                chunk ->
                    JsonObject.builder()
                        .put("first", chunk.first())
                        .put("count", chunk.count())
                        .put("sha256", chunk.sha256().base64())
                        .build())
            .toList();
    return JsonObject.builder()
        .put("format", FORMAT)
        .put("key", key.toString())
        .put("origin", checkpoint.origin())
        .put("size", checkpoint.size())
        .put("root", checkpoint.root().base64())
        .put("made_at", madeAt.getEpochSecond())
        .put("records", records)
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }
}
