package dev.counterfoil.monitor;

import dev.counterfoil.format.KeySet.StatedLog;
import java.util.List;

/** What the monitor reads of one trust domain's issuer. Nothing of it is trusted before checks. */
interface IssuerSource {
  /** The signed key set, a compact JWS. */
  String keySet() throws IssuerUnavailableException;

  /** A log's signed checkpoint. */
  byte[] checkpoint(StatedLog log) throws IssuerUnavailableException;

  /**
   * Counterfoils' lines from a position on, in order; fewer than asked for when there are no more
   * or the issuer gives fewer at a time.
   */
  List<byte[]> counterfoils(StatedLog log, long from, int max) throws IssuerUnavailableException;

  /** The 33-byte entries of a bundle of a log of a size, one after another. */
  byte[] entries(StatedLog log, long bundle, long size) throws IssuerUnavailableException;
}
