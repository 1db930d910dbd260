package dev.counterfoil.authority;

import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.peers.PeerSessions;
import dev.counterfoil.authority.peers.Sharing;
import dev.counterfoil.authority.people.PersonEnds;
import dev.counterfoil.signin.SignIn;
import java.util.List;
import java.util.Optional;

/** What people of a domain hold, here and at its other authorities, and how an operator ends it. */
record DomainEnds(SignIn signIn, GrantEnds grants, Optional<Sharing> sharing)
    implements PersonEnds {
  @Override
  public Optional<String> ended(String subject, String why) {
    sharing.ifPresent(with -> with.ends().person(subject, why));
    var _ = grants.personEnded(subject, why);
    signIn.endAll(subject);
    return grants.personEnded(subject, why);
  }

  @Override
  public Held sessions(String subject) {
    return sharing
        .map(with -> PeerSessions.of(signIn, with.peers(), subject))
        .orElseGet(() -> new Held(signIn.of(subject), List.of()));
  }

  @Override
  public Optional<String> endSession(String subject, String session) {
    // At one authority alone: the others hear only of what is not here.
    if (!signIn.end(subject, session)) {
      sharing.ifPresent(with -> with.ends().session(subject, session));
    }
    return grants.revokeEnded();
  }

  @Override
  public Optional<String> consentEnded(String subject, String clientId) {
    sharing.ifPresentOrElse(
        with -> with.ends().consentWithdrawn(subject, clientId),
        () -> grants.consentWithdrawn(subject, clientId));
    return grants.revokeEnded();
  }
}
