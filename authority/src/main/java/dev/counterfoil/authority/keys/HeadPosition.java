package dev.counterfoil.authority.keys;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import java.util.Optional;

/**
 * How far a head of the key log is. The open revocation log changes only when the key log grows, so
 * of two heads the one of the larger key log is the later, and of those of one size the one with
 * more revocations.
 *
 * @param size of the key log
 * @param revoked size of the open revocation log; 0 where none is open
 */
public record HeadPosition(long size, long revoked) {
  public static final HeadPosition NOTHING = new HeadPosition(0, 0);

  /** An hour of revocations is far below. */
  private static final int REVOKED_BITS = 24;

  private static final long REVOKED_MAX = (1L << REVOKED_BITS) - 1;

  /**
   * What a question names.
   *
   * @param revoked where it is left out, by a verifier that reads no revocation logs, only the key
   *     log's growth is waited for
   */
  public static HeadPosition parse(String size, Optional<String> revoked) throws FormatException {
    return new HeadPosition(
        Decimal.parse(size, 1L << (62 - REVOKED_BITS)),
        revoked.isPresent() ? Decimal.parse(revoked.get(), Long.MAX_VALUE) : REVOKED_MAX);
  }

  /** As one number that grows with it. */
  public long order() {
    return size << REVOKED_BITS | Math.min(revoked, REVOKED_MAX);
  }
}
