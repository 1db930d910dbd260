package dev.counterfoil.drills.mail;

import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;

/** Lets the verifier decide, as a service that embeds it does. */
public final class VerifierGate implements TokenGate {
  private final Verifier verifier;
  private final Expectations expectations;

  /**
   * Asks a verifier that somebody else closes.
   *
   * @param audience the service's own name
   */
  public VerifierGate(Verifier verifier, String audience, Binding binding) {
    this.verifier = verifier;
    // One mail system serves all tenants and tells mailboxes apart by the token's subject.
    Expectations.WithTenant tenants = Expectations.audience(audience).accessToken().anyTenant();
    this.expectations =
        switch (binding) {
          case BEARER_ALLOWED -> tenants.bearerAllowed();
          case PROOF_REQUIRED -> tenants.dpopRequired();
        };
  }

  @Override
  public Decision decide(Request request) {
    RequestContext context =
        RequestContext.of(request.method(), request.target(), request.clientAddress())
            .withDpop(request.proof().orElse(null));
    return switch (verifier.verify(request.token(), expectations, context)) {
      case Verified verified -> new Decision.Good(verified.subject());
      case Unrecorded unrecorded -> new Decision.Bad("unrecorded");
      case Refused refused -> new Decision.Bad(refused.code().text());
    };
  }
}
