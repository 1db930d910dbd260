package dev.counterfoil.cli.release;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.Ed25519File;
import java.io.IOException;
import java.security.GeneralSecurityException;

/**
 * The two public keys by which a release is known: of those who sign releases, and of the log of
 * all releases. As text, {@code signer VKEY} and {@code log VKEY}, a line each.
 */
record ReleaseKeys(NoteKey signer, NoteKey log) {
  static final String FILE = "release-keys.txt";
  static final int BYTES_MAX = 4096;

  private static final String SIGNER = "signer ";
  private static final String LOG = "log ";

  static ReleaseKeys parse(String text) throws FormatException {
    String[] lines = text.split("\n", -1);
    if (lines.length != 3
        || !lines[0].startsWith(SIGNER)
        || !lines[1].startsWith(LOG)
        || !lines[2].isEmpty()) {
      throw new FormatException("want the lines 'signer VKEY' and 'log VKEY'");
    }
    return new ReleaseKeys(
        NoteKey.parse(lines[0].substring(SIGNER.length())),
        NoteKey.parse(lines[1].substring(LOG.length())));
  }

  String text() {
    return SIGNER + signer + "\n" + LOG + log + "\n";
  }

  /** A private key in a folder, made there when it is not. */
  static NoteSigner openOrMake(FileDisk disk, String label, String name) throws IOException {
    try {
      Ed25519File file =
          Ed25519File.openOrMake(
              disk, label + ".key", label + ".vkey", made -> NoteKey.of(name, made).toString());
      NoteKey key = NoteKey.parse(file.vkey());
      return new NoteSigner() {
        @Override
        public NoteKey key() {
          return key;
        }

        @Override
        public byte[] sign(byte[] text) throws GeneralSecurityException {
          return file.sign(text);
        }
      };
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException("the key " + label + " in " + disk + " cannot be used", e);
    }
  }
}
