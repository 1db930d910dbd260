package dev.counterfoil.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.JwtException;

/** Nobody can tell now whether the token is good: the client is not sent for another one. */
@SuppressWarnings("serial")
final class UndecidedException extends JwtException {
  /** How many causes are looked through. */
  private static final int CAUSES_MAX = 16;

  private final Duration retryAfter;

  UndecidedException(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** The value of {@code Retry-After} (RFC 9110 10.2.3). */
  String retryAfter() {
    return Long.toString(retryAfter.toSeconds());
  }

  /** The one among the causes of a failure; null where there is none. */
  static @Nullable UndecidedException in(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      if (cause instanceof UndecidedException undecided) {
        return undecided;
      }
      cause = cause.getCause();
    }
    return null;
  }
}
