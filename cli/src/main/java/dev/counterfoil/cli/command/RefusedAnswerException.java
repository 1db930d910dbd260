package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.util.Set;

/** An answer that is a refusal, with its status, code and detail as they may be shown. */
public final class RefusedAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Longest problem document that is read. */
  public static final int BYTES_MAX = 1 << 16;

  /** Too slow, too early, too many: the same request may go well later (RFC 9110 15.5). */
  private static final Set<Integer> LATER = Set.of(408, 425, 429);

  private final int status;

  public RefusedAnswerException(int status, byte[] body) {
    super("it refuses (%d): %s".formatted(status, reason(body)));
    this.status = status;
  }

  /** Whether the same request is refused again for as long as nobody changes anything. */
  public boolean isForGood() {
    return status >= 400 && status < 500 && !LATER.contains(status);
  }

  private static String reason(byte[] body) {
    try {
      JsonObject problem = StrictJson.object(body, BYTES_MAX);
      return Shown.plain(problem.string("code") + ", " + problem.string("detail"));
    } catch (FormatException e) {
      return "it gives no reason";
    }
  }
}
