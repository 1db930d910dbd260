package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.disclosure.promises.KeyLives;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeyAudit;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What anybody can read about a domain, from its policy down. */
final class PublicData {
  private PublicData() {}

  /** The key log's history, verified; and which logs a quorum has cosigned, and when. */
  static PublicHistory read(TrustPolicy policy, Instant now) {
    KeyAudit audit = FetchedKeys.audit(policy, now);
    PublicHistory history = KeyLives.of(audit.history().lives(), audit.asOf());
    List<PublicHistory.Seen> cosigned = new ArrayList<>();
    if (!policy.logPolicy().witnesses().isEmpty()) {
      for (StatedLog log : audit.keySet().logs()) {
        cosigned(policy, log, cosigned);
      }
    }
    return new PublicHistory(
        history.asOf(),
        history.keys(),
        history.checkpoints(),
        cosigned,
        List.of(),
        List.of(),
        List.of());
  }

  /** A log that cannot be read was not seen, which makes a gap. */
  private static void cosigned(
      TrustPolicy policy, StatedLog log, List<PublicHistory.Seen> cosigned) {
    try (LogPlace.Opened opened = LogPlace.open(log.url().toString())) {
      opened
          .source()
          .cosignedCheckpoint()
          .ifPresent(
              note -> {
                try {
                  SignedNote signed = SignedNote.parse(note);
                  if (signed.isSignedBy(log.key())) {
                    policy
                        .logPolicy()
                        .cosigned(signed)
                        .quorumTimestamp()
                        .ifPresent(at -> cosigned.add(new PublicHistory.Seen(log.name(), at)));
                  }
                } catch (FormatException e) {
                  System.err.println(
                      "Warning: the cosigned checkpoint of " + log.name() + " cannot be read");
                }
              });
    } catch (IOException e) {
      System.err.println("Warning: log " + log.name() + " cannot be read");
    }
  }
}
