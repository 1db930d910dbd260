package dev.counterfoil.signin;

import dev.counterfoil.signin.sessions.Session;

/** Hears what ends here, so that what was issued on it ends too. Called before the page answers. */
public interface SignInListener {
  /** A session is about to end; {@link #sessionEnded} follows, but for a crash between. */
  void sessionEnds(Session session);

  /** A session was ended by its person, or another person signed in at its browser. */
  void sessionEnded(Session session);

  /** A session was ended because two hold its secret. */
  default void sessionHeldByTwo(Session session) {
    sessionEnded(session);
  }

  /** A person ended all sessions but their own: those that other authorities hold end too. */
  default void otherSessionsEnded(String subject) {}

  /** A person came back by recovery: everything that was issued in their name before ends. */
  void personRecovered(String subject);

  /** A person withdrew what they allowed a client. */
  void consentWithdrawn(String subject, String clientId);
}
