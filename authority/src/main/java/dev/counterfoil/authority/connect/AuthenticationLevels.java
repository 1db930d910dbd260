package dev.counterfoil.authority.connect;

import dev.counterfoil.signin.sessions.Session;
import java.util.List;
import java.util.Set;

/** How well a person proved who they are, compared with what a client asks (RFC 9470). Pure. */
final class AuthenticationLevels {
  /** From the weakest on. */
  static final List<String> ALL =
      List.of(Session.PASSWORD, Session.TWO_FACTORS, Session.PHISHING_RESISTANT);

  private AuthenticationLevels() {}

  /** Those of what is asked that there are. */
  static List<String> known(List<String> asked) {
    return asked.stream().filter(ALL::contains).toList();
  }

  /**
   * Whether a session is as good as one of those that are asked for, or better.
   *
   * @param acr of the session
   * @param asked of which one suffices; none stands for any
   */
  static boolean meets(String acr, Set<String> asked) {
    return asked.isEmpty()
        || asked.contains(acr)
        || asked.stream()
            .anyMatch(one -> ALL.contains(one) && ALL.indexOf(acr) >= ALL.indexOf(one));
  }
}
