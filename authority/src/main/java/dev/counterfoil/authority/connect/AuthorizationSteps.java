package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.connect.AuthorizationRequest.Prompt;
import dev.counterfoil.signin.sessions.Session;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;

/** What comes next for a request that can be asked. Pure. */
final class AuthorizationSteps {
  private AuthorizationSteps() {}

  /** The next step. */
  sealed interface Step {
    /**
     * A person is to sign in.
     *
     * @param freshly also where a person is signed in
     */
    record SignIn(boolean freshly) implements Step {}

    /** The person is to be asked. */
    record AskConsent() implements Step {}

    /** The client gets a code. */
    record GiveCode() implements Step {}

    /** The client is refused. */
    record Refuse(String code, String description) implements Step {}
  }

  /**
   * What is known of the person.
   *
   * @param session who is signed in
   * @param tenant of that person; empty where there is no such person any more
   * @param consented what they let the client have
   */
  record Known(Optional<Session> session, Optional<String> tenant, Set<String> consented) {
    Known {
      consented = Set.copyOf(consented);
    }
  }

  /**
   * What happened to the request before.
   *
   * @param askedAt when the browser was first sent to sign in for it; empty when it was not
   * @param answered what the person answered now; empty when they were not asked
   * @param hinted the subject of the ID token that the client sent; empty for none
   */
  record Before(Optional<Instant> askedAt, Optional<Boolean> answered, Optional<String> hinted) {}

  static Step next(AuthorizationRequest request, Known known, Before before, Instant now) {
    boolean isSilent = request.prompts().contains(Prompt.NONE);
    if (known.session.isEmpty() || known.tenant.isEmpty()) {
      return signIn(isSilent, false);
    }
    Session session = known.session.get();
    if (!isFreshEnough(request, session, before, now)) {
      return signIn(isSilent, true);
    }
    if (!AuthenticationLevels.meets(session.acr(), request.acr())
        && !isSilent
        && !isSince(session, before)) {
      // Once: a person who cannot do better goes on, and the tokens say how they signed in.
      return signIn(false, true);
    }
    if (!AuthenticationLevels.meets(session.acr(), request.claims().acr())) {
      return isSilent || isSince(session, before)
          ? new Step.Refuse(
              "unmet_authentication_requirements",
              "the person did not sign in as the client has to have it")
          : signIn(false, true);
    }
    if (before.hinted.filter(subject -> !subject.equals(session.subject())).isPresent()) {
      // Once: a person who then signs in as another is another.
      return signIn(isSilent || isSince(session, before), true);
    }
    if (!known.tenant.get().equals(request.client().registration().tenant())) {
      return new Step.Refuse(
          "access_denied", "the person belongs to another tenant than the client");
    }
    if (before.answered.isPresent()) {
      return before.answered.get()
          ? new Step.GiveCode()
          : new Step.Refuse("access_denied", "the person said no");
    }
    if (request.prompts().contains(Prompt.CONSENT)
        || !known.consented.containsAll(request.scopes())) {
      return isSilent
          ? new Step.Refuse("consent_required", "the person was not asked yet")
          : new Step.AskConsent();
    }
    return new Step.GiveCode();
  }

  private static Step signIn(boolean isSilent, boolean freshly) {
    return isSilent
        ? new Step.Refuse("login_required", "nobody is signed in, or not as it is asked for")
        : new Step.SignIn(freshly);
  }

  private static boolean isFreshEnough(
      AuthorizationRequest request, Session session, Before before, Instant now) {
    if (isSince(session, before)) {
      return true;
    }
    boolean wantsLogin =
        request.prompts().contains(Prompt.LOGIN)
            || request.prompts().contains(Prompt.SELECT_ACCOUNT);
    return !wantsLogin
        && request.maxAge().map(age -> !session.authTime().plus(age).isBefore(now)).orElse(true);
  }

  /** Whether the person signed in since the browser was sent to do so; in whole seconds. */
  private static boolean isSince(Session session, Before before) {
    return before
        .askedAt
        .filter(asked -> !session.authTime().isBefore(asked.truncatedTo(ChronoUnit.SECONDS)))
        .isPresent();
  }
}
