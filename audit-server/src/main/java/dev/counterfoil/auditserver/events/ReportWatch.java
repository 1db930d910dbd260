package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.access.Source;

/** Looks at what sources report before it is taken, so that nothing that it raises is lost. */
@FunctionalInterface
public interface ReportWatch {
  /**
   * Looks at a batch. The same batch may come again.
   *
   * @param lines as the source sent them, decompressed and not checked yet
   */
  void look(Source source, byte[] lines);
}
