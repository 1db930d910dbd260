package dev.counterfoil.witness;

import dev.counterfoil.format.note.SignedNote.NoteSignature;
import java.util.List;
import java.util.stream.Collectors;

/** What the witness says to {@code add-checkpoint} (c2sp.org/tlog-witness). */
sealed interface WitnessAnswer {
  /** The checkpoint is cosigned, and remembered. */
  record Cosigned(List<NoteSignature> lines) implements WitnessAnswer {
    public Cosigned {
      lines = List.copyOf(lines);
    }

    String body() {
      return lines.stream().map(NoteSignature::toString).collect(Collectors.joining());
    }
  }

  /** The request is not in its format, or its old size is above the checkpoint's. */
  record Malformed(String detail) implements WitnessAnswer {}

  /** No log of this origin is listed. */
  record UnknownLog() implements WitnessAnswer {}

  /** No listed key of the log signed it, or a line of one is bad. */
  record NotSigned() implements WitnessAnswer {}

  /** The old size is not the one that the witness holds. */
  record OtherSize(long held) implements WitnessAnswer {}

  /**
   * The checkpoint does not extend the held one, as far as the proof shows.
   *
   * @param fork whether both have one size and different roots: the log showed two histories
   */
  record Inconsistent(boolean fork) implements WitnessAnswer {}

  /** The clock stands before the last cosignature's time. */
  record ClockBehind() implements WitnessAnswer {}
}
