package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.HistoricalKeys;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;

/**
 * The sets that the registrar signs for those who do not read its key log: the issuer's keys, once
 * for each JWKS, and the keys of its past. They lie beside the key log, where the authority takes
 * them from; it holds them against the key log, so that nothing is trusted for lying there. They
 * are written anew when the key log has grown, and before they end.
 *
 * <p>A full disk keeps the last ones, which end within the hour; nothing else waits for them.
 */
final class SignedSets {
  /** The keys of the ordinary JWKS. */
  static final String ORDINARY = "jwks.jwt";

  /** Those of the JWKS for audiences that check signatures and nothing else. */
  static final String SIGNATURE_ONLY = "signature-only.jwt";

  /** The keys that no set has any more. */
  static final String HISTORY = "historical-keys.jwt";

  private static final System.Logger LOG = System.getLogger(SignedSets.class.getName());
  private static final Duration EVERY = IssuerJwks.SIGNED_LIFE.dividedBy(2);

  private final Disk disk;
  private final String issuer;

  /**
   * What the sets follow from.
   *
   * @param size of the key log
   * @param counted entries below it give trust
   * @param delegation version of the one that stands, which names who signs
   */
  private record Of(long size, long counted, long delegation) {}

  private Of written = new Of(-1, -1, -1);
  private Instant writtenAt = Instant.MIN;
  private boolean failed;

  SignedSets(Disk disk, String issuer) {
    this.disk = disk;
    this.issuer = issuer;
  }

  /**
   * Writes the sets, when that is due.
   *
   * @param counted entries of the key log below it give trust
   * @param delegation the one that stands
   * @param signer of the key that it names
   */
  void write(
      KeyLogState state, long counted, Delegation delegation, StatementSigner signer, Instant now)
      throws FormatException, GeneralSecurityException {
    Of of = new Of(state.size(), counted, delegation.version());
    boolean due = now.isBefore(writtenAt) || !now.isBefore(writtenAt.plus(EVERY));
    if (of.equals(written) && !due) {
      return;
    }
    KeySet set = state.keySet(counted, now);
    HistoricalKeys history = state.history().orElseThrow();
    try {
      write(ORDINARY, signed(set, Publication.ORDINARY, now), signer);
      write(SIGNATURE_ONLY, signed(set, Publication.SIGNATURE_ONLY, now), signer);
      write(HISTORY, history.signed(issuer, now), signer);
      written = of;
      writtenAt = now;
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        failed = true;
        LOG.log(
            System.Logger.Level.WARNING,
            "the signed key sets cannot be written, and the last ones end within the hour: {0}",
            e.toString());
      }
    }
  }

  private JsonObject signed(KeySet set, Publication publication, Instant now) {
    return IssuerJwks.signed(issuer, IssuerJwks.keys(set, publication, now), now);
  }

  private void write(String name, JsonObject content, StatementSigner signer)
      throws IOException, GeneralSecurityException {
    disk.publish(
        name,
        SignedStatement.sign(IssuerJwks.TYPE, content, signer).getBytes(StandardCharsets.US_ASCII));
  }
}
