package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.FindingsDesk;
import dev.counterfoil.drills.mail.DovecotEventTail;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.MailAccessLog;
import dev.counterfoil.format.word.Sighting;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends what a mail server's events say to the monitor, while it happens. */
final class MailReporter implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(50);

  private final MailAccessLog log = new MailAccessLog();
  private final FindingsDesk desk;
  private final DovecotEventTail tail;
  private final Thread thread;
  private volatile boolean closing;
  private volatile Optional<Exception> failure = Optional.empty();

  private MailReporter(DovecotServer server, FindingsDesk desk) throws IOException {
    this.desk = desk;
    this.tail = new DovecotEventTail(server.events(), log);
    this.thread = Thread.ofPlatform().name("mail-reporter").daemon().unstarted(this::report);
  }

  /** Starts with what happens from now on. */
  static MailReporter start(DovecotServer server, FindingsDesk desk) throws IOException {
    var reporter = new MailReporter(server, desk);
    reporter.thread.start();
    return reporter;
  }

  /** What was heard so far. */
  MailAccessLog log() {
    return log;
  }

  /** Stops after everything heard has been reported. */
  @Override
  public void close() throws IOException {
    tail.close();
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the last sightings were sent", e);
    }
    if (failure.isPresent()) {
      throw new IOException("sightings could not be sent", failure.get());
    }
  }

  private void report() {
    try {
      while (true) {
        boolean last = closing;
        List<Sighting> sightings = log.drain();
        if (!sightings.isEmpty()) {
          desk.report(sightings);
        }
        if (last) {
          return;
        }
        Thread.sleep(EVERY);
      }
    } catch (IOException e) {
      failure = Optional.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = Optional.of(e);
    }
  }
}
