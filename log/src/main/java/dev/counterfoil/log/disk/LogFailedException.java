package dev.counterfoil.log.disk;

import org.jspecify.annotations.Nullable;

/**
 * A write or a sync failed, and nobody knows what is on the disk. Nothing that was waiting may be
 * signed. The process stops; its next start finds out what was recorded. There is no second try: a
 * sync that succeeds after one that failed says nothing about the pages that the first one dropped.
 */
public final class LogFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LogFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
