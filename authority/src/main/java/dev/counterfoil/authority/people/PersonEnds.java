package dev.counterfoil.authority.people;

import dev.counterfoil.signin.sessions.HeldSession;
import java.util.List;
import java.util.Optional;

/** What a person holds beside the directory, at every authority of the domain, and how it ends. */
public interface PersonEnds {
  /**
   * A person is refused from now on, gone, or without a way to prove who they are. No session
   * begins in the person's name when this is called.
   *
   * @param subject the person's
   * @param why what happened to the person, as a sentence for the record
   * @return why some tokens are not revoked yet, which is tried until it is done; empty when all
   *     are
   */
  Optional<String> ended(String subject, String why);

  /**
   * A person's sessions.
   *
   * @param sessions the latest first
   * @param away the numbers of authorities that did not answer, whose sessions are missing
   */
  record Held(List<HeldSession> sessions, List<Integer> away) {
    public Held {
      sessions = List.copyOf(sessions);
      away = List.copyOf(away);
    }
  }

  /** Where a person is signed in. */
  Held sessions(String subject);

  /**
   * Ends one session, and what was issued on it. An authority that is away ends it when it is back.
   *
   * @param session its public handle
   * @return as {@link #ended}
   */
  Optional<String> endSession(String subject, String session);

  /**
   * What a person allowed a client is no more in the directory: its grants and tokens end.
   *
   * @return as {@link #ended}
   */
  Optional<String> consentEnded(String subject, String clientId);
}
