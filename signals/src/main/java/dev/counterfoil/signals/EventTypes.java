package dev.counterfoil.signals;

import java.util.List;

/** The kinds of events that are told, by their URIs. Each can be caused by a command. */
public final class EventTypes {
  private static final String CAEP = "https://schemas.openid.net/secevent/caep/event-type/";
  private static final String RISC = "https://schemas.openid.net/secevent/risc/event-type/";
  private static final String SSF = "https://schemas.openid.net/secevent/ssf/event-type/";
  private static final String OWN = "https://counterfoil.dev/secevent/event-type/";

  /** CAEP 1.0 3.1. */
  public static final String SESSION_REVOKED = CAEP + "session-revoked";

  /** CAEP 1.0 3.3. */
  public static final String CREDENTIAL_CHANGE = CAEP + "credential-change";

  /** RISC 1.0 2.3. */
  public static final String ACCOUNT_DISABLED = RISC + "account-disabled";

  /** RISC 1.0 2.4. */
  public static final String ACCOUNT_ENABLED = RISC + "account-enabled";

  /** RISC 1.0 2.2. */
  public static final String ACCOUNT_PURGED = RISC + "account-purged";

  /** RISC 1.0 2.5. */
  public static final String IDENTIFIER_CHANGED = RISC + "identifier-changed";

  /** RISC 1.0 2.9, of others alone: it is CAEP's session-revoked for all sessions. */
  static final String SESSIONS_REVOKED = RISC + "sessions-revoked";

  /** RISC 1.0 2.7, of others alone. */
  static final String CREDENTIAL_COMPROMISE = RISC + "credential-compromise";

  /** Of our own: tokens of an issuer's key are invalid from a position of its log on. */
  public static final String KEY_COMPROMISED = OWN + "issuer-key-compromised";

  /** Of our own: a key is in the trusted set no more. */
  public static final String KEY_WITHDRAWN = OWN + "issuer-key-withdrawn";

  /**
   * Of our own: a token was presented that an issuer's key signed, and its issuer did not issue.
   */
  public static final String TOKEN_NEVER_ISSUED = OWN + "token-never-issued";

  /** Of our own: a notice to a tenant was signed, and where it can be verified. */
  public static final String NOTICE_PUBLISHED = OWN + "notice-published";

  /** SSF 1.0 8.1.4. */
  public static final String VERIFICATION = SSF + "verification";

  /** SSF 1.0 8.1.5. */
  public static final String STREAM_UPDATED = SSF + "stream-updated";

  /** What a stream can ask for. The two of SSF itself come to every stream. */
  public static final List<String> SUPPORTED =
      List.of(
          SESSION_REVOKED,
          CREDENTIAL_CHANGE,
          ACCOUNT_DISABLED,
          ACCOUNT_ENABLED,
          ACCOUNT_PURGED,
          IDENTIFIER_CHANGED,
          KEY_COMPROMISED,
          KEY_WITHDRAWN,
          TOKEN_NEVER_ISSUED,
          NOTICE_PUBLISHED);

  private EventTypes() {}

  /** Whether a type comes to every stream. */
  public static boolean isOfStreams(String type) {
    return type.equals(VERIFICATION) || type.equals(STREAM_UPDATED);
  }
}
