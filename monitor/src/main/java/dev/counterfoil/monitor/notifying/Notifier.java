package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.settings.NotificationChannel;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;

/** The channels of a monitor, each with a thread of its own: one that hangs delays no other. */
public final class Notifier implements AutoCloseable {
  private final List<ChannelSender> senders = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closing;

  /** Takes one line of an answer. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  /**
   * Starts telling.
   *
   * @param firstDomain whose finding it is when a channel fails
   * @param unknownState told when the state of the database is unknown
   */
  public Notifier(
      List<NotificationChannel> channels,
      Jdbi database,
      FindingStore findings,
      String firstDomain,
      InstantSource clock,
      Consumer<Throwable> unknownState) {
    FindingChanges changes = new FindingChanges(database);
    ChannelCursors cursors = new ChannelCursors(database);
    cursors.register(channels.stream().map(NotificationChannel::name).toList(), changes.newest());
    for (NotificationChannel settings : channels) {
      ChannelSender sender =
          new ChannelSender(
              settings, open(settings, clock), cursors, changes, findings, firstDomain, clock);
      senders.add(sender);
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("notify-" + settings.name())
              .start(() -> run(sender, unknownState)));
    }
  }

  private static Channel open(NotificationChannel settings, InstantSource clock) {
    if (settings.webhook().isPresent()) {
      return new WebhookChannel(settings.webhook().get(), clock);
    }
    if (settings.otlp().isPresent()) {
      return new OtlpChannel(settings.otlp().get(), clock);
    }
    if (settings.syslog().isPresent()) {
      return new SyslogChannel(settings.syslog().get());
    }
    return new MailChannel(settings.mail().orElseThrow(), clock);
  }

  private void run(ChannelSender sender, Consumer<Throwable> unknownState) {
    try {
      sender.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      if (!closing) {
        unknownState.accept(e);
      }
    }
  }

  /** A line for each channel: where it goes, what waits, and why it fails where it does. */
  public void list(Lines lines) throws IOException {
    for (ChannelSender sender : senders) {
      lines.line(sender.status());
    }
  }

  /**
   * Sends a test to one channel or to all; a line for each with {@code channel}, {@code taken} and
   * {@code why} not.
   *
   * @throws FormatException when there is no such channel
   */
  public void test(Optional<String> name, Lines lines)
      throws IOException, FormatException, InterruptedException {
    List<ChannelSender> meant =
        senders.stream().filter(one -> name.isEmpty() || one.name().equals(name.get())).toList();
    if (meant.isEmpty()) {
      throw new FormatException(
          senders.isEmpty()
              ? "no notification channel is configured: docs/operate/notifications.md"
              : "there is no such notification channel. The channels are "
                  + String.join(", ", senders.stream().map(ChannelSender::name).toList()));
    }
    for (ChannelSender sender : meant) {
      Optional<String> error = sender.test();
      lines.line(
          JsonObject.builder()
              .put("channel", sender.name())
              .put("taken", error.isEmpty())
              .put("why", error.orElse(null))
              .build());
    }
  }

  @Override
  public void close() {
    closing = true;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    senders.forEach(ChannelSender::close);
  }
}
