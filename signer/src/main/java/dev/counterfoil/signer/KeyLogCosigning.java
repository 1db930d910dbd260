package dev.counterfoil.signer;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.log.Cosigner;
import dev.counterfoil.log.Cosigning;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.LogDamagedException;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.List;

/**
 * Takes what the witnesses cosigned of the key log. Belongs to the registrar's one thread.
 *
 * <p>A key log cannot be replaced as a token log can: every policy pins it. So when it turns out
 * that it was larger once, or that its key has signed another history, the registrar writes the
 * evidence down and ends; it starts again when somebody has put the right journal back and taken
 * the evidence away.
 */
final class KeyLogCosigning {
  /** The evidence, while nobody has looked. */
  static final String EVIDENCE_FILE = "key-log-conflict";

  private static final System.Logger LOG = System.getLogger(KeyLogCosigning.class.getName());

  private final Cosigning cosigning;
  private final Disk disk;
  private final InstantSource clock;
  private final Fate fate;

  KeyLogCosigning(Cosigning cosigning, Disk disk, InstantSource clock, Fate fate) {
    this.cosigning = cosigning;
    this.disk = disk;
    this.clock = clock;
    this.fate = fate;
  }

  /**
   * Refuses to start over evidence, and over a cosigned checkpoint that the journal contradicts.
   */
  void check() throws IOException {
    try {
      disk.read(EVIDENCE_FILE, SignedNote.BYTES_MAX);
    } catch (NoSuchFileException e) {
      if (cosigning.takePublished(clock.instant()).filter(KeyLogCosigning::isConflict).isEmpty()) {
        return;
      }
    }
    throw new IOException(
        "the key log was larger once, or has another history: put back the registrar's journal as it was last, then delete "
            + EVIDENCE_FILE
            + " in "
            + disk);
  }

  private static boolean isConflict(Cosigning.Verdict verdict) {
    return switch (verdict) {
      case Cosigning.Verdict.Counted counted -> false;
      case Cosigning.Verdict.Refused refused -> false;
      case Cosigning.Verdict.Rewound rewound -> true;
      case Cosigning.Verdict.Contradicted contradicted -> contradicted.proven();
    };
  }

  /** How much of the key log the quorum has cosigned; negative before the first time. */
  long cosignedSize() {
    return cosigning.cosignedSize();
  }

  /** Takes {@code {"log", "note"}}. */
  Answer take(JsonObject arguments, String logName) {
    SignedNote note;
    try {
      arguments.allowOnly("log", "note");
      if (!arguments.string("log").equals(logName)) {
        return new Answer.Refused(Code.UNKNOWN, "there is no such log");
      }
      note = SignedNote.parse(arguments.string("note").getBytes(StandardCharsets.UTF_8));
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
    Cosigning.Verdict verdict;
    try {
      verdict = cosigning.take(note, clock.instant());
    } catch (LogDamagedException e) {
      LOG.log(System.Logger.Level.ERROR, "the key log: {0}", e.getMessage());
      return new Answer.Refused(Code.CONFLICT, "the key log is damaged: its operator has to look");
    } catch (IOException e) {
      // A full disk: the registrar has to live, for it revokes from its reserve.
      LOG.log(System.Logger.Level.ERROR, "cosignatures of the key log cannot be taken", e);
      return new Answer.Refused(Code.BUSY, "the key log's files cannot be read or written");
    }
    if (isConflict(verdict)) {
      conflict(note, verdict);
    }
    return switch (verdict) {
      case Cosigning.Verdict.Counted counted ->
          new Answer.Done(
              JsonObject.builder()
                  .put("counted", List.copyOf(counted.counted().keySet()))
                  .put("size", counted.size())
                  .put("cosigned_size", cosigning.cosignedSize())
                  .put("held_size", cosigning.heldSize())
                  .build());
      case Cosigning.Verdict.Refused refused -> new Answer.Refused(Code.MALFORMED, refused.why());
      case Cosigning.Verdict.Rewound rewound ->
          new Answer.Refused(Code.CONFLICT, "the key log is smaller than it was");
      case Cosigning.Verdict.Contradicted contradicted ->
          new Answer.Refused(
              Code.CONFLICT,
              "the key log has another root at size " + contradicted.theirs().size());
    };
  }

  private void conflict(SignedNote note, Cosigning.Verdict verdict) {
    try {
      disk.replace(EVIDENCE_FILE, note.bytes());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the other history''s note cannot be kept", e);
    }
    LOG.log(
        System.Logger.Level.ERROR,
        "the key log is not the one that was cosigned, so this process stops before it signs two histories; what was cosigned stands in {0}: {1}",
        EVIDENCE_FILE,
        verdict);
    fate.end(ExitCode.CONTRADICTED);
  }

  /** For people and for the authority, in the words of a signer's status. */
  JsonObject status(List<Cosigner> cosigners) {
    JsonObject.Builder status =
        JsonObject.builder()
            .put("quorum", cosigning.quorum())
            .put("cosigned_size", cosigning.cosignedSize())
            .put("waiting_for", List.of())
            .put("cosigners", cosigners.stream().map(Cosigner::name).toList());
    if (cosigning.quorum() == 0) {
      status.put(
          "split_view_warning",
          "no witness counts: showing verifiers two key logs is not prevented");
    }
    return status.build();
  }
}
