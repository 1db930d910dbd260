package dev.counterfoil.drills;

import java.util.Optional;

/** What a service lets decide about a token that it was shown. */
interface TokenGate {
  /** What was decided. */
  sealed interface Decision {
    /**
     * The token is good.
     *
     * @param subject whom it speaks for
     * @param boundTo thumbprint of the key that it is bound to ({@code cnf.jkt}), when it is
     */
    record Good(String subject, Optional<String> boundTo) implements Decision {}

    /**
     * It is not.
     *
     * @param code why, in a word that stays the same
     */
    record Bad(String code) implements Decision {}
  }

  /** Decides. */
  Decision decide(String token);
}
