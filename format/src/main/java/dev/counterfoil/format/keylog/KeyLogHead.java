package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import java.time.Instant;
import java.util.Optional;

/**
 * A head of the key log: a checkpoint that the log's key signed, and a timestamped cosignature
 * (c2sp.org/tlog-cosignature) by the same key, which says when. The registrar signs one at least
 * every five seconds, so that nobody can hold back what it revoked by replaying an older head for
 * longer than a verifier allows.
 *
 * @param checkpoint size and root
 * @param at when it was the newest
 * @param revocations the open revocation log, where the head names one
 * @param note as it was signed
 */
public record KeyLogHead(
    Checkpoint checkpoint, Instant at, Optional<RevocationTip> revocations, SignedNote note) {
  /** The key of the timestamped line: the log's key as a cosigner's. */
  public static CosignerKey cosignerKey(NoteKey logKey) {
    return new CosignerKey(
        logKey.name(), CosignerKey.Algorithm.ED25519, logKey.publicKey().bytes());
  }

  /** Verifies a head. Whether it is fresh is the caller's to ask. */
  public static KeyLogHead verify(byte[] note, NoteKey logKey) throws FormatException {
    SignedNote signed = SignedNote.parse(note);
    Checkpoint checkpoint = Checkpoint.verify(signed, logKey);
    long timestamp =
        Cosignature.find(signed, cosignerKey(logKey))
            .orElseThrow(() -> new FormatException("head has no good line that says when"))
            .timestamp();
    if (timestamp > 100_000_000_000L) {
      throw new FormatException("head's time is out of range");
    }
    return new KeyLogHead(
        checkpoint, Instant.ofEpochSecond(timestamp), RevocationTip.find(signed, logKey), signed);
  }
}
