package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.connect.GrantEnds;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.PeopleEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.signals.sending.EventSender;
import dev.counterfoil.signals.sending.SignalStream;
import dev.counterfoil.signals.sending.Streams;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The signals of a domain in which people sign in.
 *
 * @param streams who is told
 * @param guard where may be sent
 */
public record Signals(
    Streams streams, EventSender sender, SignalSources sources, OutboundGuard guard)
    implements AutoCloseable {
  private static final Duration OUTBOUND_TIME_MAX = Duration.ofSeconds(10);
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  /**
   * Opens what is kept, and goes on with what waits.
   *
   * @throws IOException when the tables cannot be opened
   */
  public static Signals open(
      Domain domain,
      PeopleEntry people,
      Directory directory,
      ClientDirectory clients,
      Signers signers,
      PublishedKeys published,
      InstantSource clock)
      throws IOException {
    TablePlace place =
        domain
            .postgresql()
            .map(PostgresEntry::place)
            .orElseGet(() -> new TablePlace.File(people.signals()));
    Streams streams = Streams.open(place, clock);
    String issuer = domain.issuer().toString();
    // Receivers choose the address: what listens on this host alone is not theirs to reach.
    OutboundGuard guard = new OutboundGuard(people.outbound(), false);
    EventSender sender =
        EventSender.start(
            streams,
            new EventTokens(signers, published, issuer, clock),
            new GuardedAsks(
                GuardedConnections.ofHost(), guard::objection, OUTBOUND_TIME_MAX, ANSWER_BYTES_MAX),
            stream -> receiver(clients, stream),
            domain.peers().map(peers -> Integer.toString(peers.number())).orElse("alone"),
            clock);
    return new Signals(
        streams,
        sender,
        SignalSources.start(directory, streams, sender, published, issuer, clock),
        guard);
  }

  /** A stream is the client's only while the client is the tenant's, and may still have one. */
  private static EventSender.Receiver receiver(ClientDirectory clients, SignalStream stream) {
    Optional<Client> client = clients.find(stream.clientId());
    if (client.isEmpty() || !client.get().registration().tenant().equals(stream.tenant())) {
      return EventSender.Receiver.GONE;
    }
    return clients.admits(client.get())
            && (client.get().mayHaveScope(SignalsEndpoint.MANAGE)
                || client.get().mayHaveScope(SignalsEndpoint.READ))
        ? EventSender.Receiver.ADMITTED
        : EventSender.Receiver.DISABLED;
  }

  /** Hears of sessions that are ended. */
  public GrantEnds.Ended ended() {
    return sources;
  }

  /** A sink that also tells receivers of tokens that nobody issued. */
  public SightingSink beside(SightingSink first) {
    return new SightingSink() {
      @Override
      public void report(Sighting sighting) {
        first.report(sighting);
        sources.sighted(sighting);
      }

      @Override
      public void acknowledge(Acknowledgement acknowledgement) {
        first.acknowledge(acknowledgement);
      }

      @Override
      public String instance() {
        return first.instance();
      }
    };
  }

  @Override
  public void close() {
    sources.close();
    sender.close();
    streams.close();
  }
}
