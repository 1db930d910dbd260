package dev.counterfoil.audit.event;

/**
 * Says that a row is left to {@link StoreRow#event}, and nothing else; it costs next to nothing.
 */
final class UnusualRowException extends Exception {
  private static final long serialVersionUID = 1L;

  UnusualRowException() {
    super("a row of the audit store is put together otherwise", null, false, false);
  }
}
