package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Base64;

/**
 * A key with which a log signs its checkpoints (c2sp.org/tlog-checkpoint): of a plain note, or of a
 * cosignature.
 */
public sealed interface LogKey permits NoteKey, CosignerKey {
  /** Who signs with it: often, and not always, the log's origin. */
  String name();

  /** The key ID, as four big-endian bytes. */
  int id();

  /** Whether it signed a note: it has a line under it, and every such line is good. */
  boolean signed(SignedNote note);

  /** Parses a vkey of type 0x01, 0x04 or 0x06, and checks its hash. */
  static LogKey parse(String vkey) throws FormatException {
    String[] parts = vkey.split("\\+", 3);
    if (parts.length != 3 || parts[2].length() < 4) {
      throw new FormatException("vkey is not name+hash+key");
    }
    byte type;
    try {
      type = Base64.getDecoder().decode(parts[2].substring(0, 4))[0];
    } catch (IllegalArgumentException e) {
      throw new FormatException("vkey's key is not base64", e);
    }
    return type == NoteKey.ED25519 ? NoteKey.parse(vkey) : CosignerKey.parse(vkey);
  }
}
