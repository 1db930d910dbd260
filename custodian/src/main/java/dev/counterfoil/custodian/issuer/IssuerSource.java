package dev.counterfoil.custodian.issuer;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import java.util.Optional;

/** What a custodian reads of one trust domain's issuer. Nothing of it is trusted before checks. */
public interface IssuerSource {
  /** A log's signed checkpoint. */
  byte[] checkpoint(StatedLog log) throws IssuerUnavailableException;

  /** A stream of a log's records from a position on. */
  RecordStream records(StatedLog log, long from) throws IssuerUnavailableException;

  /** The 33-byte entries of a bundle of a log of a size, one after another. */
  byte[] entries(StatedLog log, long bundle, long size) throws IssuerUnavailableException;

  /** A proof of the leaf at a position, as the log's read side makes it (c2sp.org/tlog-proof). */
  byte[] proof(StatedLog log, long position) throws IssuerUnavailableException;

  /**
   * The same of the leaf of a digest, which a record log alone is asked for; empty where the log
   * has none.
   */
  default Optional<byte[]> proof(StatedLog log, Hash digest) throws IssuerUnavailableException {
    throw new IssuerUnavailableException("there is no record log behind it");
  }

  /** What the authority says of a log's signer, and of a token that stands in no checkpoint. */
  default SignerWord word(StatedLog log, Hash digest) throws IssuerUnavailableException {
    throw new IssuerUnavailableException("there is no signer behind it");
  }
}
