package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** Where audit events are asked for: over HTTP as a tenant, or at the admin socket as operator. */
public interface AuditSource {
  /**
   * A page.
   *
   * @param events each with its position, its log where it is an issued token, and what the log
   *     holds
   * @param next what {@code before} is for the next page; empty when this is the last
   * @param newest a cursor behind everything that could be found: {@code after} for what comes
   */
  record Page(List<JsonObject> events, Optional<String> next, String newest) {
    public Page {
      events = List.copyOf(events);
    }
  }

  /** Why the log that is asked is not all that was recorded; empty where it is. */
  List<String> lost() throws IOException, FormatException, InterruptedException;

  /** Finds events. */
  Page search(JsonObject query) throws IOException, FormatException, InterruptedException;

  /** Traces a token or an entity: the monitor's answer. */
  JsonObject trace(JsonObject query) throws IOException, FormatException, InterruptedException;

  /** Takes lines of a stream. */
  @FunctionalInterface
  interface Lines {
    void line(JsonObject line) throws IOException, FormatException;
  }

  /**
   * Gives events, those of each log in the order of their positions, and how far it is ({@code
   * after}).
   *
   * @param follow whether to go on when all are given
   */
  void stream(JsonObject query, boolean follow, Lines lines)
      throws IOException, FormatException, InterruptedException;

  /**
   * Writes a bundle.
   *
   * @param since sizes of the logs from which on, as a check says them; 0 for everything
   */
  void export(JsonObject query, String since, OutputStream out)
      throws IOException, FormatException, InterruptedException;
}
