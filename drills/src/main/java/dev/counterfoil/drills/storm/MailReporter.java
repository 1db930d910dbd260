package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.mail.DovecotEventTail;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.MailAccessLog;
import java.io.IOException;

/**
 * Sends what a mail server's events say to the monitor, while it happens.
 *
 * @param log what was heard so far
 */
record MailReporter(MailAccessLog log, DovecotEventTail tail) implements AutoCloseable {
  /** Starts with what happens from now on. */
  static MailReporter start(DovecotServer server, MonitorDesk desk) throws IOException {
    MailAccessLog log = new MailAccessLog();
    return new MailReporter(
        log, new DovecotEventTail(server.events(), log, () -> desk.report(log.drain())));
  }

  /** Stops after everything heard has been reported. */
  @Override
  public void close() throws IOException {
    tail.close();
  }
}
