package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Locale;

/** What an entry of the disclosure log is about. */
public enum RecordKind {
  /** An incident was taken over from the monitor, or read again. */
  INCIDENT,
  /** A version of a claim. */
  CLAIM,
  /** Evidence that was withdrawn. */
  EVIDENCE,
  /** Texts that go around the claims: headline, summary, advice, fields of forms. */
  TEXTS,
  /** A person's approval of a draft. */
  APPROVAL,
  /** A statement that was published. */
  PUBLICATION,
  /** A decision that started a clock, or met a stage of it. */
  CLOCK,
  /** A notice to one tenant. */
  NOTICE,
  /** A notice went out on a channel, or failed there. */
  SENT,
  /** A person acknowledged a notice. */
  ACKNOWLEDGED,
  /** A tenant asks about its notice. */
  QUESTION,
  /** What it was answered. */
  ANSWER,
  /** Somebody decides not to disclose yet. */
  HOLD,
  /** Another one confirms that, or somebody ends it. */
  HOLD_DECISION,
  /** People on duty were called about deadlines; of no incident. */
  PAGED,
  /** What was said of the promises; of no incident. */
  PROMISES,
  /** Somebody reported a weakness; of no incident. */
  WEAKNESS,
  /** A decision about a reported weakness. */
  WEAKNESS_MOVE;

  /** As entries spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static RecordKind of(String text) throws FormatException {
    for (RecordKind kind : values()) {
      if (kind.text().equals(text)) {
        return kind;
      }
    }
    throw new FormatException("unknown kind of entry");
  }
}
