package dev.counterfoil.operations.shipping;

import java.io.IOException;
import java.util.Set;

/** An answer that is a refusal. */
public final class RefusedAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Too slow, too early, too many: the same request may go well later (RFC 9110 15.5). */
  private static final Set<Integer> LATER = Set.of(408, 425, 429);

  private final int status;

  /**
   * For an answer's status.
   *
   * @param why as it may be shown
   */
  public RefusedAnswerException(int status, String why) {
    super("it refuses (%d): %s".formatted(status, why));
    this.status = status;
  }

  /** Whether the same request is refused again for as long as nobody changes anything. */
  public boolean isForGood() {
    return status >= 400 && status < 500 && !LATER.contains(status);
  }
}
