package dev.counterfoil.response.playbooks;

import java.util.Locale;

/** A step that a playbook may name. There are no others. */
public enum Action {
  /** Revokes the finding's token. */
  REVOKE_TOKEN(Target.TOKEN),
  /** Ends the grant that the token comes of, with its refresh tokens and access tokens. */
  END_GRANT(Target.GRANT),
  /** Ends a person's sessions and grants. Services that look at them disconnect. */
  END_SESSIONS(Target.PERSON),
  /** Disables a client, and revokes its tokens. */
  DISABLE_CLIENT(Target.CLIENT),
  /** Has the signer of a key follow it at once; no token is taken back. */
  TAINT_KEY(Target.KEY),
  /** Replaces the signer of a key and revokes its keys; honest tokens stay valid. */
  COMPROMISE_SIGNER(Target.KEY);

  /** What a step is about. */
  public enum Target {
    TOKEN,
    GRANT,
    PERSON,
    CLIENT,
    KEY;

    /** The name in files and answers. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Target target;

  Action(Target target) {
    this.target = target;
  }

  /** What it is about. */
  public Target target() {
    return target;
  }

  /** Whether an operator can take it back ({@code response undo}). */
  public boolean isReversible() {
    return this == DISABLE_CLIENT;
  }

  /** The name in files and answers. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The action of a name that was kept. */
  public static Action of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
