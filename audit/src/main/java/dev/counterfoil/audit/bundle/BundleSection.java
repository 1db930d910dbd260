package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.audit.EventGlance;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some lines of a bundle and the proof that they share: judged by themselves, on any thread, while
 * others are read.
 *
 * @param lines in the order of their positions, all of them below the checkpoint
 * @param proofNumber number of the line that has the proof
 * @param proof that line
 */
record BundleSection(List<BundleLine> lines, long proofNumber, JsonObject proof) {
  /** Most lines of a section. */
  static final int LINES_MAX = 256;

  /** What is to be true of each. */
  record Claim(Checkpoint checkpoint, Fence fence, boolean givesEvents) {}

  /**
   * What a section came to.
   *
   * @param events how many are proved
   * @param firstMillis time of the earliest
   * @param lastMillis time of the latest
   * @param imported how many of them an operator brought in
   * @param given the events, where they are asked for
   * @param ofAuditor events that the auditor itself reported
   * @param fault why nothing of it is proved; null when all is
   */
  record Judged(
      int events,
      long firstMillis,
      long lastMillis,
      int imported,
      List<StoredEvent> given,
      List<StoredEvent> ofAuditor,
      @Nullable FormatException fault) {}

  Judged judge(Claim claim) {
    try {
      return new Judge(claim).judge();
    } catch (FormatException e) {
      return new Judged(0, 0, 0, 0, List.of(), List.of(), e);
    }
  }

  /** Says which line is not as it should be. */
  static FormatException at(long number, Exception why) {
    String what =
        why instanceof FormatException
            ? String.valueOf(why.getMessage())
            : "a member is out of its bounds";
    return new FormatException("line " + number + ": " + what, why);
  }

  private final class Judge {
    private final Claim claim;
    private final TreeHasher hasher = new TreeHasher();
    private final SharedProof tree = new SharedProof();
    private final List<StoredEvent> given = new ArrayList<>();
    private final List<StoredEvent> ofAuditor = new ArrayList<>();
    private int events;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = -1;
    private int imported;

    Judge(Claim claim) {
      this.claim = claim;
    }

    Judged judge() throws FormatException {
      List<Leaf> leaves = new ArrayList<>(lines.size());
      for (BundleLine line : lines) {
        Hash digest = line.digest();
        leaves.add(digest == null ? event(line) : new Leaf(digest));
      }
      try {
        proof.allowOnly("proof");
        List<Hash> hashes = BundleCounts.hashes(proof, "proof");
        if (!isProved(leaves, hashes.iterator())) {
          throw new FormatException(
              "of the events at positions %d to %d one is not what the log holds there: it or their proof was changed, or one between is missing"
                  .formatted(lines.getFirst().position(), lines.getLast().position()));
        }
      } catch (FormatException e) {
        throw at(proofNumber, e);
      }
      return new Judged(events, firstMillis, lastMillis, imported, given, ofAuditor, null);
    }

    private boolean isProved(List<Leaf> leaves, Iterator<Hash> hashes) {
      try {
        for (int i = 0; i < leaves.size(); i++) {
          tree.skip(lines.get(i).position(), hashes).leaf(leaves.get(i).hash(hasher));
        }
        return tree.makes(claim.checkpoint().size(), claim.checkpoint().root(), hashes);
      } catch (FormatException e) {
        // There are too few hashes.
        return false;
      }
    }

    private Leaf event(BundleLine line) throws FormatException {
      try {
        byte[] bytes = line.bytes();
        int to = bytes.length - 1;
        EventGlance seen = EventGlance.of(bytes, line.eventFrom(), to);
        if (!seen.tenant().equals(claim.fence().tenant())
            || !Source.domainOf(seen.reporter()).equals(claim.fence().domain())) {
          throw new FormatException("the event is of another tenant or domain");
        }
        boolean isOfAuditor = Source.isAuditor(seen.reporter());
        if (isOfAuditor || claim.givesEvents()) {
          StoredEvent whole =
              new StoredEvent(line.position(), line.salt(), AuditEvent.parse(line.event()));
          if (isOfAuditor) {
            ofAuditor.add(whole);
          }
          if (claim.givesEvents()) {
            given.add(whole);
          }
        }
        events++;
        imported += AuditEvent.isImport(seen.reporter()) ? 1 : 0;
        firstMillis = Math.min(firstMillis, seen.timeMillis());
        lastMillis = Math.max(lastMillis, seen.timeMillis());
        return AuditLeaf.of(line.salt(), bytes, line.eventFrom(), to);
      } catch (FormatException | IllegalArgumentException e) {
        throw at(line.number(), e);
      }
    }
  }
}
