package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.verifier.StapledProof;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Proofs that tokens were issued, for clients that send them along (spec/stapled.md): as soon as a
 * checkpoint covers the token, cosigned where the domain's policy asks for a quorum. A client that
 * does not get one in time has its token all the same, and asks for the proof at the log.
 */
public final class TokenProofs {
  /**
   * How long a client waits for its proof at most. Rounds of cosigning take 300 ms; with the time
   * for the signers, twice {@link OwnToken#SIGNER_TIME_MAX}, it is less than the shortest {@code
   * read-timeout} of 10 s.
   */
  static final Duration WAIT_MAX = Duration.ofMillis(900);

  /** How many wait at one time; a further one gets its proof when it is there already. */
  static final int WAITING_MAX = 256;

  private static final long POLL_MILLIS = 50;
  private static final System.Logger LOG = System.getLogger(TokenProofs.class.getName());

  private final PublicLogs logs;
  private final LogPolicy policy;
  private final Semaphore waiting = new Semaphore(WAITING_MAX);

  public TokenProofs(PublicLogs logs, LogPolicy policy) {
    this.logs = logs;
    this.policy = policy;
  }

  /** The header's value for a token that was just issued; empty when there is none in time. */
  public Optional<String> of(String token) throws InterruptedException {
    TokenId id;
    try {
      byte[] payload = Base64Url.decode(token.split("\\.", -1)[1]);
      id = TokenId.parse(StrictJson.object(payload, payload.length).string("jti"));
    } catch (FormatException e) {
      throw new IllegalStateException("the signer's token has no identifier of ours", e);
    }
    boolean mayWait = waiting.tryAcquire();
    try {
      long deadline = System.nanoTime() + WAIT_MAX.toNanos();
      while (true) {
        Optional<String> proof = now(id);
        if (proof.isPresent() || !mayWait || System.nanoTime() - deadline >= 0) {
          return proof;
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (IOException e) {
      // The token is issued: its client is not to lose it for this.
      LOG.log(System.Logger.Level.WARNING, "no proof of {0}: {1}", id.log(), e.getMessage());
      return Optional.empty();
    } finally {
      if (mayWait) {
        waiting.release();
      }
    }
  }

  private Optional<String> now(TokenId id) throws IOException {
    Optional<LogReader> log = logs.log(id.log());
    Optional<TlogProof> proof = log.isEmpty() ? Optional.empty() : log.get().proof(id.position());
    return proof
        .filter(
            found -> policy.quorum().equals(LogPolicy.NONE) || policy.isQuorum(found.checkpoint()))
        .map(found -> StapledProof.of(found.bytes()))
        .filter(value -> value.length() <= StapledProof.LENGTH_MAX);
  }
}
