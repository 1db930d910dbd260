package dev.counterfoil.response;

/** What people ask at the admin socket: names of commands, with arguments and answers. */
public final class ResponseQuestions {
  /** {@code {}} to {@code {"runs", "playbooks"}}. */
  public static final String LIST = "list-runs";

  /** {@code {"run"}} to the run. */
  public static final String SHOW = "show-run";

  /** {@code {"playbook", "incident"}} to {@code {"findings"}}: what would be done, dry. */
  public static final String PLAN = "plan-run";

  /** {@code {"run"}} to the run: one person's approval. */
  public static final String APPROVE = "approve-run";

  /** {@code {"run"}} to the run: goes on with a step that failed. */
  public static final String RESUME = "resume-run";

  /** {@code {"run"}} to the run: it never acts, or not any more. */
  public static final String CANCEL = "cancel-run";

  /** {@code {"run"}} to the run, with {@code "clients"}, which the operator enables again. */
  public static final String UNDO = "undo-run";

  private ResponseQuestions() {}
}
