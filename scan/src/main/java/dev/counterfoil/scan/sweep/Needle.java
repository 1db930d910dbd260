package dev.counterfoil.scan.sweep;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;

/** Something that may lie where two bytes that it is known by were seen. */
@FunctionalInterface
public interface Needle {
  /**
   * Looks closer and tells the findings.
   *
   * @param bytes what is searched, from 0 to the limit
   * @param at where the two bytes are
   * @param limit end of what can be read
   */
  void look(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings);
}
