package dev.counterfoil.authority.token;

import dev.counterfoil.authority.clients.ReplayGuard;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.keys.TokenId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** Revokes single tokens, each within the share of its holder. */
public record TokenRevocations(RevocationRequests requests, RevocationShares shares)
    implements AutoCloseable {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(60);

  /**
   * Revokes a token: the registrar has written it down when this returns.
   *
   * @param expiresAt when the revocation is over
   * @param record tells the audit log, once there is room and before it is done
   */
  public void revoke(
      RevocationShares.Holder holder, TokenId token, Instant expiresAt, Runnable record)
      throws RequestRefusedException, InterruptedException {
    String id = token.log() + "." + token.position();
    ReplayGuard.Use room = shares.take(holder, id, expiresAt);
    if (room == ReplayGuard.Use.FULL) {
      throw new RequestRefusedException(
          new OAuthError(
              OAuthError.Code.QUOTA,
              "the client or its tenant holds as many revocations as it may: wait until some of the tokens expire, or have an operator remove the client, which revokes all of its tokens",
              RETRY_AFTER));
    }
    record.run();
    boolean accepted = false;
    try {
      requests.revoke(token, expiresAt);
      accepted = true;
    } finally {
      if (room == ReplayGuard.Use.FIRST) {
        if (accepted) {
          shares.accepted(holder, id, expiresAt);
        } else {
          shares.refused(holder, id);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    shares.close();
  }
}
