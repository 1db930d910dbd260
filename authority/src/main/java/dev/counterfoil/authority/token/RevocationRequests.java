package dev.counterfoil.authority.token;

import dev.counterfoil.authority.clients.PendingRevocation;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Has the registrar revoke tokens: it has written that down before a call returns. */
public record RevocationRequests(SignerClient registrar, PublicLogs logs, PublishedKeys keys) {
  private static final System.Logger LOG = System.getLogger(RevocationRequests.class.getName());
  private static final Duration REGISTRAR_TIME_MAX = Duration.ofSeconds(5);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * Revokes a token that stands in a published log.
   *
   * @param expiresAt when the revocation is over
   */
  void revoke(TokenId token, Instant expiresAt)
      throws RequestRefusedException, InterruptedException {
    // Published no earlier than what the caller saw the token under, so it covers the token.
    carryOut(
        Commands.revokeToken(token.log(), token.position(), expiresAt, published(token.log())));
  }

  private SignedNote published(String log) throws RequestRefusedException {
    try {
      Optional<LogReader> reader = logs.log(log);
      Optional<LogReader.Published> published =
          reader.isEmpty() ? Optional.empty() : reader.get().published();
      return published
          .map(LogReader.Published::note)
          .orElseThrow(() -> new RequestRefusedException(unreadable()));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "a log cannot be read: {0}", e.toString());
      throw new RequestRefusedException(unreadable());
    }
  }

  private static OAuthError unreadable() {
    return OAuthError.unavailable("the log cannot be read at this time", RETRY_AFTER);
  }

  /** Revokes all tokens of a group, of which no more are issued. */
  public void revoke(PendingRevocation pending)
      throws RequestRefusedException, InterruptedException {
    carryOut(Commands.revokeGroup(pending.group(), pending.before()));
  }

  private void carryOut(Request.Command command)
      throws RequestRefusedException, InterruptedException {
    try {
      switch (registrar.ask(command, REGISTRAR_TIME_MAX)) {
        case Answer.Done done -> {
          // It is on the registrar's disk.
          keys.forget();
        }
        case Answer.Refused refused ->
            throw new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Issued issued -> throw new IllegalStateException("answer of another kind");
        case Answer.Records records -> throw new IllegalStateException("answer of another kind");
        case Answer.Recorded recorded -> throw new IllegalStateException("answer of another kind");
      }
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.registrarUnavailable());
    }
  }
}
