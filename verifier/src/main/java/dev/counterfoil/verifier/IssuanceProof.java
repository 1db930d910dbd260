package dev.counterfoil.verifier;

import dev.counterfoil.format.note.Checkpoint;

/** What shows that a token was issued, or that nothing does and the token passes all the same. */
public sealed interface IssuanceProof permits IssuanceProof.Shown, IssuanceProof.ReportedOnly {
  /** The token's position in the log. */
  long position();

  /**
   * Whether the policy's quorum had cosigned a tree with this position when the token was verified.
   * Where it had not, the log's own signature decided, provisionally; always so under a policy
   * without a quorum, which cannot tell whether others are shown another log.
   */
  boolean isCosigned();

  /** The token's leaf, proven under a checkpoint that the log signed. */
  sealed interface Shown extends IssuanceProof
      permits ByTile, ByStream, ByOnlineProof, ByStapledProof {
    /** The checkpoint that covers it; its origin names the log. */
    Checkpoint checkpoint();
  }

  /** Proven from the log's tiles. */
  record ByTile(long position, Checkpoint checkpoint, boolean isCosigned) implements Shown {}

  /** Among the leaves that this verifier received and folded up to a checkpoint's root. */
  record ByStream(long position, Checkpoint checkpoint, boolean isCosigned) implements Shown {}

  /** Proven by a tlog-proof that the authority made for this token, when tiles could not be had. */
  record ByOnlineProof(long position, Checkpoint checkpoint, boolean isCosigned) implements Shown {}

  /** Proven by a tlog-proof that the client sent with its token; nobody was asked. */
  record ByStapledProof(long position, Checkpoint checkpoint, boolean isCosigned)
      implements Shown {}

  /**
   * Nothing shows it: whoever has the key may have made the token. It passes because the service
   * said {@link VerifierBuilder#reportedOnly}, and its sighting is all that comes of it.
   *
   * @param position which the token names
   * @param code with which a verifier that refuses would have refused it
   * @param reason safe to show
   */
  record ReportedOnly(long position, RefusalCode code, String reason) implements IssuanceProof {
    @Override
    public boolean isCosigned() {
      return false;
    }
  }
}
