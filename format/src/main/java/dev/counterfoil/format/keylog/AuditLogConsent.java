package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/**
 * An audit log's word that it is one of a trust domain (spec/keylog.md): a checkpoint of it with
 * one extension line, which names the domain's key log, signed by the audit log's key. So nobody
 * states a key as a domain's whose holder did not say so for that very domain.
 *
 * @param checkpoint how large the audit log was then
 * @param keyLog origin of the key log
 */
public record AuditLogConsent(Checkpoint checkpoint, String keyLog) {
  /** Longest note accepted, in bytes. */
  public static final int BYTES_MAX = 2048;

  private static final String LINE = "counterfoil-audit-log/v1 ";

  /** The note's text. */
  public String text() {
    return checkpoint.text() + LINE + keyLog + "\n";
  }

  /** Signs it. */
  public SignedNote sign(NoteSigner auditLog) throws GeneralSecurityException {
    return SignedNote.sign(text(), auditLog);
  }

  /**
   * Parses a signed one and checks that it is the audit log's word for this key log, in its one
   * encoding.
   *
   * @param note with one signature
   * @param key the audit log's
   * @param keyLog origin of the key log that it must be for
   */
  public static AuditLogConsent verify(String note, NoteKey key, String keyLog)
      throws FormatException {
    byte[] bytes = note.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > BYTES_MAX) {
      throw new FormatException("audit log's consent is longer than " + BYTES_MAX + " bytes");
    }
    SignedNote signed = SignedNote.parse(bytes);
    AuditLogConsent consent = new AuditLogConsent(Checkpoint.parse(signed.text()), keyLog);
    if (!consent.checkpoint.origin().equals(key.name())) {
      throw new FormatException("audit log's consent is of another log");
    }
    if (!signed.text().equals(consent.text())) {
      throw new FormatException("audit log's consent is not for this key log");
    }
    if (signed.signatures().size() != 1 || !signed.isSignedBy(key)) {
      throw new FormatException("audit log's consent is not signed by its key");
    }
    return consent;
  }
}
