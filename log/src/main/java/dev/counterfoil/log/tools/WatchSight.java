package dev.counterfoil.log.tools;

import dev.counterfoil.format.note.Checkpoint;
import java.util.List;
import java.util.Optional;

/** What {@link LogWatch} saw at one look. */
public sealed interface WatchSight {
  /**
   * The log extends what was seen before.
   *
   * @param checkpoint the log's
   * @param cosigned its cosigned one, where there is one
   * @param grew whether it is larger than before
   */
  record Fine(Checkpoint checkpoint, Optional<Checkpoint> cosigned, boolean grew)
      implements WatchSight {}

  /** The log could not be read, which says nothing about it yet. */
  record Unreadable(String message) implements WatchSight {}

  /**
   * Something that an honest and healthy log does not do.
   *
   * @param message for a person
   * @param notes the checkpoints that show it, as they were signed and served; two of them, that
   *     the log's key signed and that do not go together, prove it to anybody
   */
  record Alarm(Kind kind, String message, List<byte[]> notes) implements WatchSight {
    public Alarm {
      notes = List.copyOf(notes);
    }
  }

  /** What is cried at. */
  enum Kind {
    /** Two checkpoints of the log that are not of one history. */
    FORK("fork"),
    /** The log is smaller than it was. */
    ROLLBACK("rollback"),
    /** A checkpoint is malformed, of another log, or not signed by the log's key. */
    BAD_SIGNATURE("bad-signature"),
    /** A cosigned checkpoint lacks the policy's quorum. */
    NO_QUORUM("no-quorum"),
    /** The tiles do not lead to the checkpoint. */
    TILES_DIFFER("tiles-differ"),
    /** The log did not grow, or could not be read, for too long. */
    STALL("stall");

    private final String code;

    Kind(String code) {
      this.code = code;
    }

    /** Stable code. */
    public String code() {
      return code;
    }
  }
}
