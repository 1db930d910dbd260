package dev.counterfoil.verifier;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A token that passed, and the grounds on which it did, each of which may fall away. */
final class CachedToken {
  private final Verified verified;
  private final TrustedKey key;
  private final KeySet.StatedLog log;
  private final LogView view;

  /**
   * The keys that were last asked about it and had nothing against it: they do not change, so they
   * are not asked again. Written by any thread that asked.
   */
  private volatile @Nullable VerificationKeys asked;

  CachedToken(Verified verified, TrustedKey key, KeySet.StatedLog log, LogView view) {
    this.verified = verified;
    this.key = key;
    this.log = log;
    this.view = view;
  }

  Verified verified() {
    return verified;
  }

  TrustedKey key() {
    return key;
  }

  /** Whether these keys were asked last, and had nothing against it. */
  boolean isAskedOf(VerificationKeys ring) {
    return ring == asked;
  }

  /** These keys have nothing against it. */
  void nothingAgainst(VerificationKeys ring) {
    asked = ring;
  }

  /** Whether keys still say the same of its key and log. */
  boolean isKeyAsBefore(VerificationKeys ring) {
    TrustedKey now = ring.key(key.kid());
    return now != null
        && now.statement().equals(key.statement())
        && ring.log(log.name()).filter(log::equals).isPresent();
  }

  /** Why what showed that it was issued does not count any more; empty when it does. */
  Optional<Refused> noLongerShown() {
    if (view.isForked()) {
      return Optional.of(new Refused(RefusalCode.LOG_FORKED, "the log has signed two histories"));
    }
    return !verified.proof().isCosigned() && view.isWithoutQuorum(verified.position())
        ? Optional.of(
            new Refused(
                RefusalCode.NOT_COSIGNED,
                "the policy's witnesses have not cosigned it for too long"))
        : Optional.empty();
  }
}
