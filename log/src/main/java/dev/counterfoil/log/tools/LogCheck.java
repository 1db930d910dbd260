package dev.counterfoil.log.tools;

import dev.counterfoil.format.note.Checkpoint;

/** What {@link LogChecker} found. */
public sealed interface LogCheck {
  /**
   * Everything under the checkpoint leads to it.
   *
   * @param checkpoint the log's, whose signature was checked
   * @param recordsChecked counterfoils that were held against their leaves: the journal's, which
   *     may begin later than the log; 0 without it
   * @param tilesChecked tiles of hashes that are what the entries make
   * @param checkpointsExtended other checkpoints that the log extends: given ones, the cosigned one
   */
  record Sound(
      Checkpoint checkpoint, long recordsChecked, long tilesChecked, int checkpointsExtended)
      implements LogCheck {}

  /**
   * Something does not fit, and this is the first place.
   *
   * @param kind what does not fit
   * @param position the first entry that it touches; 0 where it touches the whole log
   * @param where the file or the tile, and the place in it
   * @param expected what should stand there
   * @param found what stands there
   */
  record Different(Kind kind, long position, String where, String expected, String found)
      implements LogCheck {
    /** All of it, for a person. */
    public String description() {
      return "%s: expected %s, found %s".formatted(where, expected, found);
    }
  }

  /** What can be wrong with a log. */
  enum Kind {
    /** The checkpoint is malformed, of another log, or not signed by the log's key. */
    CHECKPOINT_INVALID("checkpoint-invalid"),
    /** The cosigned checkpoint is malformed, not the log's, or lacks the policy's quorum. */
    COSIGNED_INVALID("cosigned-invalid"),
    /** A tile or bundle under the checkpoint is not there. */
    TILE_MISSING("tile-missing"),
    /** An entry bundle is not what tlog-tiles or spec/leaf.md says. */
    ENTRY_MALFORMED("entry-malformed"),
    /** A tile's hash is not what the entries make. */
    HASH_DIFFERS("hash-differs"),
    /** The entries do not lead to the checkpoint's root. */
    ROOT_DIFFERS("root-differs"),
    /** The log does not extend another checkpoint of itself. */
    NOT_CONSISTENT("not-consistent"),
    /** The journal lacks a record under the checkpoint. */
    RECORD_MISSING("record-missing"),
    /** A record of the journal is not as it was written. */
    RECORD_DAMAGED("record-damaged"),
    /** A record's counterfoil is not the one of the leaf at its position. */
    RECORD_DIFFERS("record-differs");

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
