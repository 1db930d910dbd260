package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.SpoolUnavailableException;

/** Where the audit log's events are kept. */
public interface SignInEvents {
  /**
   * Keeps one before it is done.
   *
   * @throws SpoolUnavailableException when it cannot be kept: it is not done then
   */
  void record(EventDraft draft) throws SpoolUnavailableException;

  /** Keeps one of what ends something, which nothing holds up. */
  void recordEnd(EventDraft draft);

  /** Keeps one of what was refused, or counts it when there are many. */
  void refused(EventDraft draft, Operation operation, String code, String who);
}
