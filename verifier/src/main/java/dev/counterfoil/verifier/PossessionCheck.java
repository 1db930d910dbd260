package dev.counterfoil.verifier;

import dev.counterfoil.verifier.dpop.DpopNonces;
import dev.counterfoil.verifier.dpop.DpopProof;
import dev.counterfoil.verifier.dpop.ReplayWindow;
import dev.counterfoil.verifier.dpop.UsedProofs;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether who presents a token holds what it is bound to: a key, by a DPoP proof (RFC 9449 7.1), or
 * the certificate of its TLS connection (RFC 8705 3). Checked on every use.
 */
record PossessionCheck(DpopProof dpop, InstantSource clock) {
  /** How far a DPoP proof's {@code iat} may lie from now. */
  private static final Duration DPOP_WINDOW = Duration.ofSeconds(60);

  /** How far the clocks of processes that share a store of used proofs may lie apart. */
  private static final Duration CLOCKS_APART = Duration.ofSeconds(60);

  /** DPoP proofs remembered: in a minute some 1,600 requests a second, and 200 for one key. */
  private static final int DPOP_PROOFS_MAX = 100_000;

  /**
   * @param shared store of used proofs; null for this process's own
   */
  static PossessionCheck with(
      @Nullable UsedProofs shared, @Nullable DpopNonces nonces, InstantSource clock) {
    return new PossessionCheck(
        new DpopProof(
            DPOP_WINDOW,
            clock.instant(),
            shared == null ? new ReplayWindow(DPOP_PROOFS_MAX) : shared,
            shared == null ? Duration.ZERO : CLOCKS_APART,
            nonces),
        clock);
  }

  /** Why it is refused; empty when it is not. */
  Optional<Refused> refusal(
      String token, TokenBinding binding, RequestContext request, Expectations expected) {
    if (binding.isUnsupported()) {
      return missing("token is bound in a way that cannot be checked here");
    }
    if (expected.asIssuer()) {
      return Optional.empty();
    }
    if (!isBoundAsWanted(binding, expected.binding())) {
      return missing(
          switch (expected.binding()) {
            case BEARER_ALLOWED, REQUIRED -> "a token bound to its client is wanted";
            case DPOP -> "a token bound to a client's key is wanted";
            case CERTIFICATE -> "a token bound to a client's certificate is wanted";
          });
    }
    String certificate = binding.certificate();
    if (certificate != null) {
      // First: it uses up no proof.
      String shown = request.certificateThumbprint();
      if (shown == null) {
        return missing("token is bound to a certificate and came without one");
      }
      if (!shown.equals(certificate)) {
        return invalid("token is bound to another certificate");
      }
    }
    String key = binding.key();
    return key == null ? Optional.empty() : proofRefusal(token, key, request);
  }

  private static boolean isBoundAsWanted(TokenBinding binding, Expectations.Binding wanted) {
    return switch (wanted) {
      case BEARER_ALLOWED -> true;
      case REQUIRED -> binding.key() != null || binding.certificate() != null;
      case DPOP -> binding.key() != null;
      case CERTIFICATE -> binding.certificate() != null;
    };
  }

  private Optional<Refused> proofRefusal(String token, String key, RequestContext request) {
    String proof = request.dpopProof();
    String method = request.method();
    URI uri = request.uri();
    if (proof == null || method == null || uri == null) {
      return missing("token is bound to a key and came without a proof");
    }
    DpopProof.Outcome outcome = dpop.check(proof, method, uri, token, key, clock.instant());
    if (outcome instanceof DpopProof.Rejected rejected) {
      return invalid(rejected.reason());
    }
    return outcome instanceof DpopProof.NonceWanted
        ? Optional.of(
            new Refused(RefusalCode.BINDING_NONCE, "proof lacks the nonce that is wanted now"))
        : Optional.empty();
  }

  private static Optional<Refused> missing(String reason) {
    return Optional.of(new Refused(RefusalCode.BINDING_MISSING, reason));
  }

  private static Optional<Refused> invalid(String reason) {
    return Optional.of(new Refused(RefusalCode.BINDING_INVALID, reason));
  }
}
