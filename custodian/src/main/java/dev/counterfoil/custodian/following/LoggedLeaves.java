package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/** The leaves of a log as its own tiles have them, to hold counterfoils against. */
final class LoggedLeaves {
  private static final System.Logger LOG = System.getLogger(LoggedLeaves.class.getName());

  private final IssuerSource source;
  private final StatedLog log;

  /** What is held at a position. */
  @FunctionalInterface
  interface Held {
    Hash digest(long position) throws IOException;
  }

  LoggedLeaves(IssuerSource source, StatedLog log) {
    this.source = source;
    this.log = log;
  }

  /**
   * The first position at which the log has another leaf than what is held makes.
   *
   * @param from where to begin
   * @param size of the log; everything below it is held
   */
  OptionalLong firstMisfit(long from, long size, Held held)
      throws IOException, IssuerUnavailableException {
    for (long bundle = from / Tile.FULL_WIDTH; bundle * Tile.FULL_WIDTH < size; bundle++) {
      byte[] entries = source.entries(log, bundle, size);
      long first = bundle * Tile.FULL_WIDTH;
      long end = Math.min(size, first + Tile.FULL_WIDTH);
      for (long position = Math.max(first, from); position < end; position++) {
        if (!leaf(entries, (int) (position - first)).equals(Optional.of(held.digest(position)))) {
          return OptionalLong.of(position);
        }
      }
    }
    return OptionalLong.empty();
  }

  /**
   * The digest at a position of the log when it was of a size; empty where what is given out does
   * not lead to a root that the log signed. Whoever serves the log, or its disk, could otherwise
   * have an honest token called forged, or a forged one recorded.
   */
  Optional<Hash> digest(long position, long size) throws IssuerUnavailableException {
    byte[] entries = source.entries(log, position / Tile.FULL_WIDTH, size);
    Optional<Hash> digest = leaf(entries, (int) (position % Tile.FULL_WIDTH));
    if (digest.isEmpty()) {
      return digest;
    }
    try {
      TlogProof proof = TlogProof.parse(source.proof(log, position));
      proof.verify(new Leaf(digest.get()), log.key());
      return proof.index() == position ? digest : Optional.empty();
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Hash> leaf(byte[] entries, int place) {
    int at = place * Leaf.ENTRY_BYTES;
    if (at + Leaf.ENTRY_BYTES > entries.length) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Leaf.parse(Arrays.copyOfRange(entries, at, at + Leaf.ENTRY_BYTES)).digest());
    } catch (FormatException e) {
      // An entry of another version is the leaf of no token that is known here.
      return Optional.empty();
    }
  }
}
