package dev.counterfoil.http.answers;

import java.io.IOException;

/** Too much of what costs much is asked for at once: the same can be asked again in a moment. */
public final class BusyException extends IOException {
  private static final long serialVersionUID = 1L;

  BusyException() {
    super("too many requests are in progress. Ask again in a moment");
  }
}
