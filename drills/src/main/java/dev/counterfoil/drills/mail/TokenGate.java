package dev.counterfoil.drills.mail;

import java.net.URI;
import java.util.Optional;

/** What a service lets decide about a token that it was shown. */
public interface TokenGate {
  /**
   * A request that shows a token.
   *
   * @param method its method
   * @param target its address as the client sees it
   * @param token the token
   * @param proof what the client sent to show that it holds the token's key (RFC 9449), when it did
   * @param clientAddress where it came from
   */
  record Request(
      String method, URI target, String token, Optional<String> proof, String clientAddress) {
    /** Leaves token and proof out. */
    @Override
    public String toString() {
      return "Request[" + method + " " + target + "]";
    }
  }

  /** What was decided. */
  sealed interface Decision {
    /**
     * The token is good.
     *
     * @param subject whom it speaks for
     */
    record Good(String subject) implements Decision {}

    /**
     * It is not.
     *
     * @param code why, in a word that stays the same
     */
    record Bad(String code) implements Decision {}
  }

  /** Whether a token that is bound to no key will do. */
  enum Binding {
    BEARER_ALLOWED,
    PROOF_REQUIRED
  }

  /** Decides. */
  Decision decide(Request request);
}
