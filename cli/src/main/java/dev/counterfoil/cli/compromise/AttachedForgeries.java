package dev.counterfoil.cli.compromise;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;

/**
 * Forged tokens of attached issuers: no signer here has their keys, so that replacing one helps
 * nobody. Said before anything is replaced.
 *
 * @param monitor that is asked for its findings
 */
record AttachedForgeries(MonitorAdmin monitor) {
  /** Says of each attached key what to do about it, where the monitor has seen forged tokens. */
  void say(Optional<KeySet> keys, PrintStream out) {
    keys.ifPresent(
        set ->
            set.keys().stream()
                .filter(key -> !key.issuer().equals(set.issuer()))
                .filter(this::isForged)
                .forEach(key -> say(key, out)));
  }

  private boolean isForged(KeyStatement key) {
    boolean[] open = new boolean[1];
    try {
      monitor.findings(
          JsonObject.builder().put("kind", "forged-token").put("kid", key.kid()).build(),
          finding -> open[0] |= "open".equals(finding.get("state")));
    } catch (IOException e) {
      // Without a monitor nothing is known of them; the command says so itself.
      return false;
    }
    return open[0];
  }

  private static void say(KeyStatement key, PrintStream out) {
    out.printf(
        "Warning: forged tokens were seen of the attached issuer %s, signed with its key %s. No"
            + " signer here has that key, so this command does not help against them. Have the"
            + " issuer sign with another key, confirm it (counterfoil keys attach), then run:"
            + " counterfoil keys taint %s%n",
        key.issuer(), key.kid(), key.kid());
  }
}
