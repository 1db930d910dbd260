package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.note.CosignerKey;
import java.net.URI;
import java.time.Duration;

/**
 * A cosigner of a domain's logs, as the authority reaches it. The signer has keys and quorum of its
 * own configuration: what stands here decides whom the authority asks, and nothing that is
 * believed.
 *
 * @param name for people; the same as in the signer's configuration
 * @param vkey its public key
 * @param kind what it is
 * @param url where it is
 * @param interval how often it is asked at most
 */
public record CosignerEntry(
    @Meaning("Name of the cosigner, as in the signer's configuration.") String name,
    @Meaning("Its public key, a vkey of c2sp.org/tlog-cosignature.") String vkey,
    @Meaning("Its kind: witness, or custodian.") Kind kind,
    @Meaning(
            "Its URL: for a witness the prefix of add-checkpoint and of its"
                + " checkpoints, for a custodian the prefix of logs/.")
        URI url,
    @Meaning(
            "Witness only: the time between two requests about one log, as agreed with"
                + " its operator; 0s to ask in every round.")
        @Default("0s")
        @Bounds(min = "0s", max = "1h")
        Duration interval) {
  /** What a cosigner is. */
  public enum Kind {
    /** Asked by the authority. */
    WITNESS,
    /** Comes by itself; asked when the signer starts, and every ten seconds once it was heard. */
    CUSTODIAN
  }

  public CosignerEntry {
    SecureUrl.require("url of a cosigner", url);
    if (name.isBlank() || url.toString().endsWith("/")) {
      throw new IllegalArgumentException(
          "a cosigner has a name, and a URL without a slash at its end");
    }
    parse(vkey);
  }

  private static CosignerKey parse(String vkey) {
    try {
      return CosignerKey.parse(vkey);
    } catch (FormatException e) {
      throw new IllegalArgumentException("vkey of a cosigner: " + e.getMessage(), e);
    }
  }

  public CosignerKey key() {
    return parse(vkey);
  }
}
