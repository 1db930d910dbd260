package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TlogProof;
import java.nio.charset.StandardCharsets;

/**
 * The proof that a document stands in the disclosure log: the log's entry, and its place
 * (c2sp.org/tlog-proof).
 *
 * @param entry the entry, canonical JSON
 * @param proof the proof's text
 */
public record LogReceipt(String entry, String proof) {
  /** Longest entry, in bytes. */
  static final int ENTRY_BYTES_MAX = 4096;

  /**
   * Verifies that the log has a document.
   *
   * @param document SHA-256 of what was published
   * @return the checkpoint that covers it
   */
  public Checkpoint verify(Hash document, NoteKey log) throws DisclosureException {
    try {
      byte[] bytes = entry.getBytes(StandardCharsets.UTF_8);
      JsonObject json = StrictJson.object(bytes, ENTRY_BYTES_MAX);
      if (!json.string("document").equals(document.hex())) {
        throw new DisclosureException("the receipt is of another document");
      }
      return TlogProof.parse(proof.getBytes(StandardCharsets.UTF_8)).verify(bytes, log);
    } catch (FormatException e) {
      throw new DisclosureException("the receipt cannot be verified: " + e.getMessage(), e);
    }
  }

  JsonObject toJson() {
    return JsonObject.builder().put("entry", entry).put("proof", proof).build();
  }

  static LogReceipt parse(JsonObject json) throws FormatException {
    json.allowOnly("entry", "proof");
    return new LogReceipt(json.string("entry"), json.string("proof"));
  }
}
