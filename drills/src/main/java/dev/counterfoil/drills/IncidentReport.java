package dev.counterfoil.drills;

import dev.counterfoil.drills.SignedTokens.SignedToken;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;

/**
 * What is known after a signer was replaced.
 *
 * @param log short name of the sealed log
 * @param size tokens in it
 * @param revokedKeys every key that was resident in the signer
 * @param signedByUs tokens that we signed with these keys: the log holds each
 * @param presentedUnsigned findings about tokens under these keys that were shown somewhere and
 *     that we never signed
 */
record IncidentReport(
    String log,
    long size,
    List<String> revokedKeys,
    List<SignedToken> signedByUs,
    List<SeenFinding> presentedUnsigned) {
  IncidentReport {
    revokedKeys = List.copyOf(revokedKeys);
    signedByUs = List.copyOf(signedByUs);
    presentedUnsigned = List.copyOf(presentedUnsigned);
  }

  /** Tenants whose mailboxes forged tokens were made for. */
  SequencedSet<String> affectedTenants() {
    var tenants = new TreeSet<String>();
    presentedUnsigned.forEach(finding -> tenants.add(finding.tenant()));
    tenants.remove("");
    return tenants;
  }
}
