package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.log.checkpoint.Cosigner;

/** A cosigner of the logs. */
public record CosignerSettings(
    @Meaning("Name of the cosigner, for people.") String name,
    @Meaning("Its public key, a vkey of c2sp.org/tlog-cosignature (Ed25519 or ML-DSA-44).")
        String vkey,
    @Meaning("The meaning of its cosignature: witness, or custodian.") Cosigner.Kind kind,
    @Meaning(
            "Whether the signer, when it starts with an existing log, waits until"
                + " this cosigner reports how large it saw the log. That shows when a disk"
                + " was put back.")
        @Default("false")
        boolean holder) {
  public CosignerSettings {
    if (name.isBlank() || name.length() > 255) {
      throw new IllegalArgumentException("a cosigner has a name of 1 to 255 characters");
    }
    key(vkey);
  }

  private static CosignerKey key(String vkey) {
    try {
      return CosignerKey.parse(vkey);
    } catch (FormatException e) {
      throw new IllegalArgumentException("vkey of a cosigner: " + e.getMessage(), e);
    }
  }

  Cosigner cosigner() {
    return new Cosigner(name, key(vkey), kind, holder);
  }
}
