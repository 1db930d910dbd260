package dev.counterfoil.verifier;

import dev.counterfoil.format.Checkpoint;

/** What shows that a token was issued: its leaf, proven under a checkpoint that the log signed. */
public sealed interface IssuanceProof permits IssuanceProof.ByTile, IssuanceProof.ByOnlineProof {
  /** The token's position in the log. */
  long position();

  /** The checkpoint that covers it; its origin names the log. */
  Checkpoint checkpoint();

  /**
   * Whether the policy's quorum had cosigned a tree with this position when the token was verified.
   * Where it had not, the log's own signature decided, provisionally; always so under a policy
   * without a quorum, which cannot tell whether others are shown another log.
   */
  boolean isCosigned();

  /** Proven from the log's tiles. */
  record ByTile(long position, Checkpoint checkpoint, boolean isCosigned)
      implements IssuanceProof {}

  /** Proven by a tlog-proof that the authority made for this token, when tiles could not be had. */
  record ByOnlineProof(long position, Checkpoint checkpoint, boolean isCosigned)
      implements IssuanceProof {}
}
