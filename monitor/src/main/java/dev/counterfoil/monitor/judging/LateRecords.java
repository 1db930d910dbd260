package dev.counterfoil.monitor.judging;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldEntry;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.monitor.findings.FindingStore;
import java.io.IOException;
import java.util.Optional;

/**
 * Explains findings that a late log caused. A token is released when it is durable at the signer, a
 * moment before a checkpoint covers it; should the signer die in that moment, the token looks as if
 * it were past the tip until the signer is back. The record then shows it at its position, and the
 * finding says so instead of standing forever.
 */
public record LateRecords(FindingStore findings) {

  /** Looks at the open findings of positions that came to be held. */
  public void explain(String domain, String log, long from, long to, CustodyLog held)
      throws IOException {
    findings.arrived(domain, log, to);
    for (FindingStore.BeyondTip open : findings.beyondTip()) {
      if (open.domain().equals(domain)
          && open.log().equals(log)
          && open.position() >= from
          && open.position() < to) {
        Optional<String> digest =
            held.held().entry(open.position()).map(HeldEntry::digest).map(Hash::base64Url);
        if (digest.isPresent() && digest.equals(open.digest())) {
          findings.explain(open.id());
        } else if (digest.isPresent() && open.digest().isPresent() && open.isUnproven()) {
          findings.displaced(open.id());
        }
      }
    }
  }
}
