package dev.counterfoil.drills.domain;

import dev.counterfoil.format.bytes.Hash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;

/**
 * What is known after a signer was replaced, from the copies that the monitor holds and not from
 * the signer that was robbed.
 *
 * @param log short name of the sealed log
 * @param size tokens in it
 * @param revokedKeys every key that was resident in the signer
 * @param signedByUs tokens that we signed with these keys: the monitor holds the counterfoil of
 *     each
 * @param presentedUnsigned sightings of tokens under these keys that we never signed
 */
public record IncidentReport(
    String log,
    long size,
    List<String> revokedKeys,
    List<SignedToken> signedByUs,
    List<PresentedToken> presentedUnsigned) {
  /**
   * One token of ours.
   *
   * @param position its index in the log
   * @param digest SHA-256 of its signing input
   * @param tenant whom it was for
   * @param subject whom it speaks for
   */
  public record SignedToken(long position, Hash digest, String tenant, String subject) {}

  /**
   * One sighting of a token that is not ours.
   *
   * @param seenAt when
   * @param digest SHA-256 of its signing input, where the sighting had it
   * @param tenant whom it said that it was for
   * @param subject whom it said that it spoke for
   * @param service who saw it
   * @param accepted whether that service let it in
   * @param action what was done with it
   * @param count how often
   */
  public record PresentedToken(
      Instant seenAt,
      Optional<Hash> digest,
      String tenant,
      String subject,
      String service,
      boolean accepted,
      String action,
      long count) {}

  public IncidentReport {
    revokedKeys = List.copyOf(revokedKeys);
    signedByUs = List.copyOf(signedByUs);
    presentedUnsigned = List.copyOf(presentedUnsigned);
  }

  /** Tenants that forged tokens were made for. */
  public SequencedSet<String> affectedTenants() {
    var tenants = new TreeSet<String>();
    presentedUnsigned.forEach(token -> tenants.add(token.tenant()));
    tenants.remove("");
    return tenants;
  }
}
