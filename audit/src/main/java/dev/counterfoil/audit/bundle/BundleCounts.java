package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SharedProof;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * What a bundle's header says of how many events its tenant has, checked against the log's key.
 *
 * @param total below the bundle's checkpoint
 * @param since the size from which on the bundle goes; 0 for everything
 * @param before how many the tenant had below that
 * @param isStated whether the key states that total: of a tenant without events it may state none,
 *     and then nothing shows that it has none
 */
record BundleCounts(long total, long since, long before, boolean isStated) {
  private static final String LOG_KEY = "the log's key";

  /** Reads and checks what the header says. */
  static BundleCounts verified(
      JsonObject header, Fence fence, Checkpoint checkpoint, NoteKey trusted)
      throws FormatException {
    JsonObject counts = header.object("counts");
    counts.allowOnly("statement", "count", "salt", "index", "proof");
    CustodyStatement stated = statement(counts, trusted);
    if (!stated.checkpoint().equals(checkpoint)) {
      throw new FormatException("the counts are of another state of the log than the checkpoint");
    }
    long total = count(counts, fence, stated, LOG_KEY);
    Optional<JsonObject> since = header.optionalObject("since");
    boolean isStated = isProved(counts);
    if (since.isEmpty()) {
      return new BundleCounts(total, 0, 0, isStated);
    }
    since.get().allowOnly("statement", "count", "salt", "index", "proof", "log");
    CustodyStatement before = statement(since.get(), trusted);
    requireGoesOn(before.checkpoint(), checkpoint, since.get());
    return new BundleCounts(
        total, before.checkpoint().size(), count(since.get(), fence, before, LOG_KEY), isStated);
  }

  /** Checks that the log goes on from an earlier state, with the hashes in {@code log}. */
  static void requireGoesOn(Checkpoint earlier, Checkpoint now, JsonObject proof)
      throws FormatException {
    if (!SharedProof.goesOn(earlier, now, hashes(proof, "log"))) {
      throw new FormatException("the log does not go on from the earlier state");
    }
  }

  private static CustodyStatement statement(JsonObject counts, NoteKey trusted)
      throws FormatException {
    return CustodyStatement.verify(
        counts.string("statement").getBytes(StandardCharsets.UTF_8), trusted);
  }

  /** Only of none may the proof be missing, and then nothing shows that there is none. */
  static boolean isProved(JsonObject counts) throws FormatException {
    return counts.number("count") != 0 || counts.has("proof");
  }

  /**
   * A count. One of 0 without a proof counts as 0, and for no more: whatever is there is then one
   * too many, and that nothing is there is no sign that the tenant has none.
   */
  static long count(JsonObject counts, Fence fence, CustodyStatement statement, String by)
      throws FormatException {
    long count = counts.number("count");
    if (!isProved(counts)) {
      return 0;
    }
    boolean stated;
    try {
      Iterator<Hash> hashes = hashes(counts, "proof").iterator();
      long index = counts.number("index");
      TenantCount own =
          new TenantCount(fence.name(), count, Hash.parseBase64(counts.string("salt")));
      stated =
          index >= 0
              && index < statement.leaves()
              && new SharedProof()
                  .skip(index, hashes)
                  .leaf(own.leaf())
                  .makes(statement.leaves(), statement.counts(), hashes);
    } catch (IllegalArgumentException e) {
      throw new FormatException("a count is out of its bounds", e);
    }
    if (!stated) {
      throw new FormatException(
          "the count " + count + " is not the one that " + by + " states of the tenant");
    }
    return count;
  }

  /** Hashes of a proof. */
  static List<Hash> hashes(JsonObject json, String member) throws FormatException {
    List<String> texts = json.strings(member);
    List<Hash> hashes = new ArrayList<>(texts.size());
    for (String text : texts) {
      hashes.add(Hash.parseBase64(text));
    }
    return hashes;
  }
}
