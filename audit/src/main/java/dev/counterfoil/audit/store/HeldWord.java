package dev.counterfoil.audit.store;

import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import java.util.List;

/**
 * What a custodian on another host says of an audit log, as it goes into a bundle
 * (spec/audit-bundle.md). It was held against the log when it came. Of each list the first is taken
 * that fits the bundle.
 *
 * @param custodian his key
 * @param held checkpoints of the log that he cosigned, the newest first: he holds every event below
 * @param counted how many events each tenant has by what he holds, the newest first
 */
public record HeldWord(CosignerKey custodian, List<SignedNote> held, List<Counted> counted) {
  /** Most of one bundle. */
  public static final int WORDS_MAX = 8;

  public HeldWord {
    held = List.copyOf(held);
    counted = List.copyOf(counted);
  }

  /**
   * Counts that a custodian stated, below a checkpoint of the log.
   *
   * @param counts all of them in their places
   * @param note his statement over them
   */
  public record Counted(StatedCounts counts, SignedNote note) {}

  /** Gives the custodians' words for a bundle. */
  @FunctionalInterface
  public interface Source {
    /**
     * What each of them says.
     *
     * @param size of the log under which the bundle is: those who may say more soon can be waited
     *     for
     */
    List<HeldWord> upTo(long size);
  }
}
