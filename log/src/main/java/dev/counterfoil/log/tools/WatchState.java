package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What a {@link LogWatch} knows of a log, to be kept where the log's operator does not reach: the
 * largest checkpoint that it saw, as it was signed.
 *
 * @param note the signed checkpoint
 * @param checkpoint what it says
 * @param grownAt when it was first seen
 */
public record WatchState(SignedNote note, Checkpoint checkpoint, Instant grownAt) {
  /** Longest state accepted, in bytes. */
  public static final int BYTES_MAX = 2 * SignedNote.BYTES_MAX;

  /** Reads what {@link #bytes} made, and checks that the log's key signed the checkpoint. */
  public static WatchState parse(byte[] bytes, NoteKey logKey) throws FormatException {
    JsonObject state = StrictJson.object(bytes, BYTES_MAX);
    state.allowOnly("note", "grown_at");
    byte[] note = state.string("note").getBytes(StandardCharsets.UTF_8);
    return new WatchState(
        SignedNote.parse(note),
        Checkpoint.verify(note, logKey),
        Instant.ofEpochMilli(state.number("grown_at")));
  }

  /** The state as JSON. */
  public byte[] bytes() {
    return JsonObject.builder()
        .put("note", new String(note.bytes(), StandardCharsets.UTF_8))
        .put("grown_at", grownAt.toEpochMilli())
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }
}
