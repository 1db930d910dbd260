package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Cosigns what is held. Only what {@link CustodyLog#vouched} gives: a checkpoint that the log's key
 * signed and that is durable here with every counterfoil below it, so that no later start can
 * cosign less, nor another root for the same size.
 */
public final class HeldNotes {
  private final CosignatureSigner signer;
  private final InstantSource clock;

  public HeldNotes(CosignatureSigner signer, InstantSource clock) {
    this.signer = signer;
    this.clock = clock;
  }

  /**
   * The log's checkpoint with our cosignature of this moment behind the log's own line.
   *
   * @param held a checkpoint that is vouched for, or was
   */
  public SignedNote cosign(SignedNote held) {
    List<NoteSignature> lines = new ArrayList<>(held.signatures());
    lines.addAll(cosignText(held.text()).signatures());
    return new SignedNote(held.text(), lines);
  }

  /**
   * A text with our cosignature alone.
   *
   * @param text a checkpoint that is vouched for, perhaps with more to say in extension lines
   */
  public SignedNote cosignText(String text) {
    try {
      return new SignedNote(
          text, List.of(Cosignature.make(text, clock.instant().getEpochSecond(), signer).line()));
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException("a checkpoint that is held cannot be cosigned", e);
    }
  }
}
