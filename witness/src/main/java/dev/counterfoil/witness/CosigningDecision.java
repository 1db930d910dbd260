package dev.counterfoil.witness;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.LogKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code add-checkpoint} (c2sp.org/tlog-witness): the checks in the order in which the
 * specification names them, and the decision.
 *
 * <p>Everything from the held size on happens inside one transaction: the comparison, the time of
 * the cosignature, the cosignature, and the record of it. So a later cosignature of a log never has
 * a smaller size or an earlier time, whatever requests come at once. A crash before the commit
 * leaves the held checkpoint as it was, and the cosignature was shown to nobody; a crash after it
 * leaves a record without an answer, which the log learns from the next conflict.
 */
final class CosigningDecision {
  private static final System.Logger LOG = System.getLogger(CosigningDecision.class.getName());

  private final AcceptedLogs logs;
  private final CheckpointStore store;
  private final List<? extends CosignatureSigner> signers;
  private final InstantSource clock;

  CosigningDecision(
      AcceptedLogs logs,
      CheckpointStore store,
      List<? extends CosignatureSigner> signers,
      InstantSource clock) {
    this.logs = logs;
    this.store = store;
    this.signers = List.copyOf(signers);
    this.clock = clock;
  }

  /** Answers a request's body. */
  WitnessAnswer answer(byte[] body) {
    AddCheckpoint request;
    try {
      request = AddCheckpoint.parse(body);
    } catch (FormatException e) {
      return new WitnessAnswer.Malformed(String.valueOf(e.getMessage()));
    }
    Checkpoint checkpoint = request.checkpoint();
    try {
      for (CosignatureSigner signer : signers) {
        signer.key().message(request.note().text(), 1);
      }
    } catch (FormatException e) {
      return new WitnessAnswer.Malformed(String.valueOf(e.getMessage()));
    }
    List<LogKey> keys = logs.keys(checkpoint.origin());
    if (keys.isEmpty()) {
      return new WitnessAnswer.UnknownLog();
    }
    List<NoteSignature> logLines = new ArrayList<>();
    for (LogKey key : keys) {
      List<NoteSignature> lines =
          request.note().signatures().stream()
              .filter(line -> line.name().equals(key.name()) && line.keyId() == key.id())
              .toList();
      if (!lines.isEmpty() && !key.signed(request.note())) {
        return new WitnessAnswer.NotSigned();
      }
      logLines.addAll(lines);
    }
    if (logLines.isEmpty()) {
      return new WitnessAnswer.NotSigned();
    }
    if (request.oldSize() > checkpoint.size()) {
      return new WitnessAnswer.Malformed("the old size is above the checkpoint's");
    }
    SignedNote ofTheLog = new SignedNote(request.note().text(), logLines);
    return store.decide(decision -> decide(decision, request, ofTheLog));
  }

  private WitnessAnswer decide(
      CheckpointStore.Decision decision, AddCheckpoint request, SignedNote ofTheLog) {
    Checkpoint checkpoint = request.checkpoint();
    Optional<HeldCheckpoint> held = decision.held(checkpoint.origin());
    Checkpoint seen =
        held.map(HeldCheckpoint::checkpoint).orElseGet(() -> Checkpoint.empty(checkpoint.origin()));
    if (request.oldSize() != seen.size()) {
      return new WitnessAnswer.OtherSize(seen.size());
    }
    switch (Extension.judge(seen, checkpoint, new Extension.Evidence.Proof(request.proof()))) {
      case SAME, EXTENDS -> {}
      case FORKED -> {
        if (held.isEmpty()) {
          return new WitnessAnswer.Inconsistent(false);
        }
        decision.keepFork(held.get(), new String(ofTheLog.bytes(), StandardCharsets.UTF_8));
        LOG.log(
            System.Logger.Level.ERROR,
            "log {0} signed two roots for size {1}: {2} is held, {3} was offered",
            checkpoint.origin(),
            seen.size(),
            seen.root(),
            checkpoint.root());
        return new WitnessAnswer.Inconsistent(true);
      }
      case OLDER, UNPROVEN, MISFIT -> {
        return new WitnessAnswer.Inconsistent(false);
      }
    }
    long now = clock.instant().getEpochSecond();
    if (held.isPresent() && now < held.get().timestamp()) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the clock shows {0}, before the last cosignature of {1}. Set it",
          now,
          checkpoint.origin());
      return new WitnessAnswer.ClockBehind();
    }
    Optional<List<NoteSignature>> again =
        held.filter(last -> last.size() == checkpoint.size() && last.timestamp() == now)
            .flatMap(last -> ownLines(last, request.note().text()));
    if (again.isPresent()) {
      return new WitnessAnswer.Cosigned(again.get());
    }
    List<NoteSignature> lines = cosign(request.note().text(), now);
    decision.hold(
        new HeldCheckpoint(
            checkpoint.origin(),
            checkpoint.size(),
            checkpoint.root(),
            now,
            new String(ofTheLog.with(lines).bytes(), StandardCharsets.UTF_8)));
    return new WitnessAnswer.Cosigned(lines);
  }

  /**
   * The cosignatures that were given for this very text within this second, so that a checkpoint
   * sent over and over costs no write.
   */
  private Optional<List<NoteSignature>> ownLines(HeldCheckpoint held, String text) {
    SignedNote note;
    try {
      note = SignedNote.parse(held.note().getBytes(StandardCharsets.UTF_8));
    } catch (FormatException e) {
      throw new IllegalStateException("the database holds a note that is none", e);
    }
    if (!note.text().equals(text)) {
      return Optional.empty();
    }
    List<NoteSignature> lines = new ArrayList<>();
    for (CosignatureSigner signer : signers) {
      Optional<Cosignature> own = Cosignature.find(note, signer.key());
      if (own.isEmpty()) {
        return Optional.empty();
      }
      lines.add(own.get().line());
    }
    return Optional.of(lines);
  }

  private List<NoteSignature> cosign(String text, long now) {
    List<NoteSignature> lines = new ArrayList<>();
    for (CosignatureSigner signer : signers) {
      try {
        lines.add(Cosignature.make(text, now, signer).line());
      } catch (GeneralSecurityException | FormatException e) {
        throw new IllegalStateException("the witness's key does not sign", e);
      }
    }
    return lines;
  }
}
