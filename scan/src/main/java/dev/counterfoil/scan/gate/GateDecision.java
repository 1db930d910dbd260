package dev.counterfoil.scan.gate;

import dev.counterfoil.scan.Report;
import java.nio.file.Path;

/** What the gate did with an artefact. */
public sealed interface GateDecision {
  /**
   * It was let out.
   *
   * @param to where it lies now, for its owner alone
   * @param sha256 of its bytes, in hexadecimal
   * @param report of the scan
   */
  record Released(Path to, String sha256, Report report) implements GateDecision {}

  /**
   * It holds a private key, or something that could not be looked into: it was moved into
   * quarantine.
   *
   * @param quarantined where it lies now, for its owner alone
   * @param sha256 of its bytes, in hexadecimal
   * @param originalRemoved whether it is gone from where it was; it stays there when it was
   *     replaced meanwhile or cannot be deleted
   * @param report of the scan
   */
  record Quarantined(Path quarantined, String sha256, boolean originalRemoved, Report report)
      implements GateDecision {}

  /**
   * It was not touched.
   *
   * @param code stable, for scripts
   * @param text says what to do
   */
  record Refused(String code, String text) implements GateDecision {}
}
