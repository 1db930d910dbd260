package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.auditserver.issued.Cursor;
import dev.counterfoil.auditserver.issued.IssuedExport;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything of a tenant in one file: events under the audit log, and behind them issued tokens
 * under the logs of tokens. The key log and the counterfoils are as they are when they are written,
 * after the events.
 */
public final class EventExport {
  private final Auditor auditor;
  private final HeldWord.Source words;
  private final Optional<IssuedExport> issued;

  /**
   * Exports.
   *
   * @param words gives what custodians say of the audit log
   * @param issued writes the tokens; empty where none are followed
   */
  public EventExport(Auditor auditor, HeldWord.Source words, Optional<IssuedExport> issued) {
    this.auditor = auditor;
    this.words = words;
    this.issued = issued;
  }

  /** Reads from where on to export. */
  static Cursor since(Optional<String> since) throws FormatException {
    return since.isPresent() ? Cursor.parse("since", since.get()) : Cursor.of(0, Map.of());
  }

  /**
   * Writes it in one of the places of exports, both parts in the time of one, and flushes at the
   * end.
   *
   * @param since the audit log's size, and the sizes of logs of tokens, that somebody has already
   */
  void write(Fence fence, EventQuery query, Cursor since, Reader reader, OutputStream out)
      throws IOException {
    long from = Math.max(0, since.position());
    auditor.export(
        fence,
        query,
        from,
        reader,
        out,
        words,
        behind -> {
          if (issued.isPresent()) {
            // What has all events has all tokens: else some could be missing in the one before.
            Cursor above = from == 0 ? Cursor.of(-1, Map.of()) : above(since);
            issued.get().write(fence, query, Auditor.asked(query), above, behind);
          }
        });
  }

  /** Sizes as positions. */
  private static Cursor above(Cursor since) {
    Map<String, Long> last = new TreeMap<>();
    since.logs().forEach((log, size) -> last.put(log, size - 1));
    last.values().removeIf(position -> position < 0);
    return Cursor.of(-1, last);
  }
}
