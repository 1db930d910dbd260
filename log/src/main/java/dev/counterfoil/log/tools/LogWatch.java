package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Follows a log from outside: each look proves that the log's checkpoint, and its cosigned one,
 * extend the largest that was seen before. What it knows outlives it as {@link WatchState}. Reads
 * some tiles of hashes and no entries; that those make the tiles is {@link LogChecker}'s work.
 */
public final class LogWatch {
  private final LogSource source;
  private final NoteKey logKey;
  private final LogChecker.CosignedRule cosignedRule;
  private final Duration stallAfter;
  private final InstantSource clock;
  private final LogProver prover;
  private Optional<WatchState> known;
  private Instant readAt;

  /** An alarm, on its way out of a look. */
  private static final class AlarmException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient WatchSight.Alarm alarm;

    AlarmException(WatchSight.Kind kind, String message, byte[]... notes) {
      super(message);
      this.alarm = new WatchSight.Alarm(kind, message, List.of(notes));
    }
  }

  /**
   * Watches one log.
   *
   * @param cosignedRule what a cosigned checkpoint must be
   * @param known what was seen before; empty at the first time, when the log is taken as it is
   * @param stallAfter how long the log may stay as it is, or unreadable; zero for any time
   */
  public LogWatch(
      LogSource source,
      NoteKey logKey,
      LogChecker.CosignedRule cosignedRule,
      Optional<WatchState> known,
      Duration stallAfter,
      InstantSource clock) {
    this.source = source;
    this.logKey = logKey;
    this.cosignedRule = cosignedRule;
    this.known = known;
    this.stallAfter = stallAfter;
    this.clock = clock;
    this.prover = new LogProver(source);
    this.readAt = clock.instant();
  }

  /** What is known by now; empty before the first look that was fine. */
  public Optional<WatchState> state() {
    return known;
  }

  /** Looks at the log once. After an alarm the state is what it was before. */
  public WatchSight look() {
    try {
      WatchSight sight = lookAtAll();
      readAt = clock.instant();
      return sight;
    } catch (AlarmException e) {
      return e.alarm;
    } catch (IOException e) {
      Duration since = Duration.between(readAt, clock.instant());
      if (isTooLong(since)) {
        return new WatchSight.Alarm(
            WatchSight.Kind.STALL,
            "the log could not be read for %s: %s".formatted(since, e.getMessage()),
            known.map(state -> List.of(state.note().bytes())).orElse(List.of()));
      }
      return new WatchSight.Unreadable(String.valueOf(e.getMessage()));
    }
  }

  private WatchSight lookAtAll() throws IOException, AlarmException {
    // Read before the log's own, which by then covers at least as much.
    Optional<byte[]> cosignedNote = source.cosignedCheckpoint();
    byte[] note = source.checkpoint();
    Checkpoint present = verify(note);
    Instant now = clock.instant();
    Optional<Checkpoint> cosigned = Optional.empty();
    if (cosignedNote.isPresent()) {
      cosigned = Optional.of(verifyCosigned(cosignedNote.get()));
    }
    // What two signatures alone show comes before what tiles show.
    if (known.isPresent()) {
      compare(known.get().checkpoint(), known.get().note().bytes(), present, note, "went back");
    }
    if (cosigned.isPresent()) {
      compare(
          cosigned.get(), cosignedNote.get(), present, note, "is behind its cosigned checkpoint");
    }
    checkTiles(present, note);
    if (known.isPresent()) {
      extend(known.get().checkpoint(), known.get().note().bytes(), present, note);
    }
    if (cosigned.isPresent()) {
      extend(cosigned.get(), cosignedNote.get(), present, note);
    }
    boolean grew = known.isEmpty() || known.get().checkpoint().size() < present.size();
    if (grew) {
      known = Optional.of(new WatchState(parse(note), present, now));
    } else {
      checkStall(present, note, now);
    }
    return new WatchSight.Fine(present, cosigned, grew);
  }

  private void checkStall(Checkpoint present, byte[] note, Instant now) throws AlarmException {
    Duration since = Duration.between(known.orElseThrow().grownAt(), now);
    if (isTooLong(since)) {
      throw new AlarmException(
          WatchSight.Kind.STALL,
          "%s has had size %d for %s".formatted(present.origin(), present.size(), since),
          note);
    }
  }

  private boolean isTooLong(Duration since) {
    return !stallAfter.isZero() && since.compareTo(stallAfter) > 0;
  }

  private Checkpoint verify(byte[] note) throws AlarmException {
    try {
      return Checkpoint.verify(note, logKey);
    } catch (FormatException e) {
      throw new AlarmException(
          WatchSight.Kind.BAD_SIGNATURE,
          "a checkpoint of %s is no good: %s".formatted(logKey.name(), e.getMessage()),
          note);
    }
  }

  private Checkpoint verifyCosigned(byte[] note) throws AlarmException {
    Checkpoint checkpoint = verify(note);
    Optional<String> lack = cosignedRule.lacks(parse(note));
    if (lack.isPresent()) {
      throw new AlarmException(
          WatchSight.Kind.NO_QUORUM,
          "the cosigned checkpoint of size %d: %s".formatted(checkpoint.size(), lack.get()),
          note);
    }
    return checkpoint;
  }

  private static SignedNote parse(byte[] note) {
    try {
      return SignedNote.parse(note);
    } catch (FormatException e) {
      throw new IllegalStateException("a note that was verified can be parsed", e);
    }
  }

  /** That the tiles are those of the checkpoint, so that a proof from them says something. */
  private void checkTiles(Checkpoint present, byte[] note) throws IOException, AlarmException {
    Hash root = rootAt(present.size(), present.size());
    if (!root.equals(present.root())) {
      throw new AlarmException(
          WatchSight.Kind.TILES_DIFFER,
          "the tiles make the root %s at size %d and the checkpoint says %s"
              .formatted(root.base64(), present.size(), present.root().base64()),
          note);
    }
  }

  private Hash rootAt(long size, long published) throws IOException {
    try {
      return MerkleFrontier.resume(size, prover.hashes(published)).root();
    } catch (HashSource.UnavailableException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void compare(
      Checkpoint old, byte[] oldNote, Checkpoint present, byte[] note, String whenSmaller)
      throws AlarmException {
    switch (Extension.judge(old, present)) {
      case SAME, EXTENDS, UNPROVEN, MISFIT -> {}
      case OLDER ->
          throw new AlarmException(
              WatchSight.Kind.ROLLBACK,
              "%s %s: from size %d to %d"
                  .formatted(present.origin(), whenSmaller, old.size(), present.size()),
              oldNote,
              note);
      case FORKED -> {
        Hash there =
            old.size() == present.size()
                ? present.root()
                : Checkpoint.empty(present.origin()).root();
        throw fork(old, oldNote, present, note, there);
      }
    }
  }

  private void extend(Checkpoint old, byte[] oldNote, Checkpoint present, byte[] note)
      throws IOException, AlarmException {
    ConsistencyProof proof = prover.consistency(old.size(), present.size(), present.size());
    Extension judged = Extension.judge(old, present, new Extension.Evidence.Proof(proof.path()));
    if (judged == Extension.SAME || judged == Extension.EXTENDS) {
      return;
    }
    Hash derived = rootAt(old.size(), present.size());
    // That the tiles make the present root was seen before.
    judged = Extension.judge(old, present, new Extension.Evidence.Roots(derived, present.root()));
    if (judged == Extension.FORKED) {
      throw fork(old, oldNote, present, note, derived);
    }
    // The right roots, and hashes between them that are not: damage, or a lie told badly.
    throw new AlarmException(
        WatchSight.Kind.TILES_DIFFER,
        "the tiles of %s do not prove that size %d extends size %d"
            .formatted(present.origin(), present.size(), old.size()),
        oldNote,
        note);
  }

  private static AlarmException fork(
      Checkpoint old, byte[] oldNote, Checkpoint present, byte[] note, Hash root) {
    return new AlarmException(
        WatchSight.Kind.FORK,
        "%s of size %d does not extend itself of size %d: the root there was %s and is %s"
            .formatted(
                present.origin(), present.size(), old.size(), old.root().base64(), root.base64()),
        oldNote,
        note);
  }
}
