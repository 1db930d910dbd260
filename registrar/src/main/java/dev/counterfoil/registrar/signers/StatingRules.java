package dev.counterfoil.registrar.signers;

import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Which keys a registrar states: what its configuration says that keys are for, at the times that
 * follow from it; never for longer than a key may sign, and never sooner than it can be known
 * everywhere. A signer that is somebody else's gets no further.
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param purposes what keys are for
 */
public record StatingRules(String domain, String issuer, Purposes purposes) {
  /** What keeps a key from being stated; empty when it may be. */
  public Optional<Answer.Refused> objection(
      KeyStatement key, Delegation delegation, KeyLogState state, Instant now) {
    Optional<Purpose> named = purposes.named(key.purpose());
    if (named.isEmpty() || !named.get().rings().contains(key.ring())) {
      return outOfScope("this registrar has no purpose " + key.ring());
    }
    Purpose purpose = named.get();
    if (!key.domain().equals(domain)
        || !key.issuer().equals(issuer)
        || !purpose.tenants().contains(key.tenants())
        || !purpose.audiences().contains(key.audiences())
        || !purpose.tokenTypes().contains(key.tokenTypes())
        || key.lifeMax().compareTo(purpose.lifeMax()) > 0) {
      return outOfScope("the key goes beyond what this registrar states");
    }
    if (key.publication() != purpose.publication()
        || (purpose.binding() == KeyStatement.Binding.REQUIRED
            && key.binding() != KeyStatement.Binding.REQUIRED)) {
      return outOfScope("the key's binding or publication is not its purpose's");
    }
    KeySchedule schedule = purpose.schedule();
    if (Duration.between(key.activeFrom(), key.activeUntil()).compareTo(schedule.window()) > 0
        || key.verifyUntil().isAfter(key.activeUntil().plus(schedule.afterlife()))) {
      return outOfScope("the key would sign or be trusted for too long");
    }
    if (!key.successorLead().equals(schedule.propagation())) {
      return outOfScope(
          "the key promises its successors "
              + KeySchedule.text(key.successorLead())
              + " ahead, and propagation-window is "
              + KeySchedule.text(schedule.propagation())
              + " here");
    }
    Optional<String> bounds =
        delegation.objection(key).or(() -> KeyCeiling.objection(key, delegation));
    if (bounds.isPresent()) {
      return outOfScope(bounds.get());
    }
    Duration lead = state.requiredLead(key.ring(), now);
    return key.activeFrom().isBefore(now.plus(lead)) && !lead.isZero()
        ? Optional.of(
            new Answer.Refused(
                Code.TOO_SOON,
                "the key would sign from "
                    + key.activeFrom()
                    + ", and services know it from "
                    + now.plus(lead)
                    + " on"))
        : Optional.empty();
  }

  private static Optional<Answer.Refused> outOfScope(String text) {
    return Optional.of(new Answer.Refused(Code.OUT_OF_SCOPE, text));
  }
}
