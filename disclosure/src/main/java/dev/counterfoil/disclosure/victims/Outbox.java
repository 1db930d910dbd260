package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.record.NoticeState;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Sends what is due. The log says what was sent: a notice without its entry is sent again after a
 * crash, under the same name, so that none is lost; one with its entry never is.
 */
public final class Outbox {
  private final Map<String, NoticeChannel> channels;
  private final Contacts contacts;
  private final Duration escalateAfter;
  private final InstantSource clock;

  /** A notice, and where its file comes from. */
  public record Waiting(NoticeState state, FileSource file) {}

  /** Makes the file of a notice, with its receipt. */
  @FunctionalInterface
  public interface FileSource {
    SignedDisclosure make() throws IOException;
  }

  /** Where it is recorded what became of an attempt. */
  public interface Ledger {
    /** All notices. */
    List<Waiting> notices() throws IOException;

    /** It went out. */
    void sent(NoticeState notice, String channel) throws IOException;

    /** It did not. */
    void failed(NoticeState notice, String channel, String why) throws IOException;
  }

  public Outbox(
      Map<String, NoticeChannel> channels,
      Contacts contacts,
      Duration escalateAfter,
      InstantSource clock) {
    this.channels = Map.copyOf(channels);
    this.contacts = contacts;
    this.escalateAfter = escalateAfter;
    this.clock = clock;
  }

  /** Sends once what is due now; one that fails holds up no other. */
  public void step(Ledger ledger) throws IOException, InterruptedException {
    for (Waiting one : ledger.notices()) {
      NoticeState state = one.state();
      Contacts.Contact contact = contacts.of(state.notice().tenant());
      for (String name : NoticePlan.due(state, contact, escalateAfter, clock.instant())) {
        NoticeChannel channel = channels.get(name);
        if (channel == null) {
          continue;
        }
        try {
          channel.send(state.notice(), one.file().make(), contact);
        } catch (IOException e) {
          ledger.failed(state, name, String.valueOf(e.getMessage()));
          continue;
        }
        ledger.sent(state, name);
      }
    }
  }
}
