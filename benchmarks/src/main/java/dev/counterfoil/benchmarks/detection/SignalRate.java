package dev.counterfoil.benchmarks.detection;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import dev.counterfoil.signals.sending.EventSender;
import dev.counterfoil.signals.sending.OutgoingEvent;
import dev.counterfoil.signals.sending.SignalStream;
import dev.counterfoil.signals.sending.Streams;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many security events a second are recorded, signed and posted: the authority's sender with
 * its outbox on disk, a signer, and receivers that answer at once.
 */
final class SignalRate implements AutoCloseable {
  private static final String TENANT = "acme";
  private static final Duration SIGNED_WITHIN = Duration.ofSeconds(10);
  private static final Duration SENT_WITHIN = Duration.ofMinutes(5);

  private final String issuer;
  private final SignerClient signer;
  private final Streams streams;
  private final HttpServer receivers;
  private final AtomicLong taken = new AtomicLong();

  /**
   * With an outbox of its own.
   *
   * @param folder for the outbox
   * @param signer the socket of one that signs events
   */
  SignalRate(Path folder, URI issuer, Path signer) throws IOException {
    this.issuer = issuer.toString();
    this.signer = new SignerClient(signer);
    this.streams =
        Streams.open(new TablePlace.File(folder.resolve("outbox.db")), InstantSource.system());
    this.receivers =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    receivers.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    receivers.createContext("/", this::take);
    receivers.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(202, -1);
      taken.incrementAndGet();
    }
  }

  /** Has each stream get so many events, all of which wait when it begins. */
  void measure(int streamCount, int events, RunReport report) throws Exception {
    URI endpoint = URI.create("http://127.0.0.1:" + receivers.getAddress().getPort() + "/events");
    for (int i = 0; i < streamCount; i++) {
      streams.add(
          new SignalStream(
              "stream-" + i,
              "receiver-" + i,
              TENANT,
              SignalStream.Status.ENABLED,
              Optional.empty(),
              new StreamSettings(
                  Optional.of(new StreamSettings.Push(endpoint, Optional.empty())),
                  List.of(EventTypes.SESSION_REVOKED),
                  Optional.empty(),
                  "ES256"),
              Instant.EPOCH));
    }
    JsonObject subject = JsonObject.builder().put("format", "opaque").put("id", "p1").build();
    for (int i = 0; i < events; i++) {
      streams.tell(
          new SecurityEvent(
              "event-" + i,
              TENANT,
              EventTypes.SESSION_REVOKED,
              subject,
              JsonObject.builder().build(),
              Instant.now()));
    }
    long all = (long) streamCount * events;
    long begun = System.nanoTime();
    EventSender sender =
        EventSender.start(
            streams,
            this::issue,
            new GuardedAsks(
                GuardedConnections.ofHost(),
                (_, _) -> Optional.empty(),
                Duration.ofSeconds(10),
                4096),
            _ -> EventSender.Receiver.ADMITTED,
            "bench",
            InstantSource.system());
    try {
      while (taken.get() < all) {
        if (System.nanoTime() - begun > SENT_WITHIN.toNanos()) {
          report.isVoid("only " + taken.get() + " of " + all + " events were taken");
          return;
        }
        Thread.sleep(1);
      }
    } finally {
      sender.close();
    }
    report
        .table("events pushed", "streams", "events/s")
        .row(all, streamCount, all * 1e9 / (System.nanoTime() - begun));
    report.note(
        "All of them waited in the outbox when it began. Each was recorded, signed with ES256, posted over a connection of"
            + " its own, and taken out; receivers answer at once");
  }

  private String issue(SignalStream stream, OutgoingEvent delivery)
      throws IOException, InterruptedException {
    IssueRequest request =
        new IssueRequest(
            "secevent+jwt",
            TENANT,
            "",
            stream.clientId(),
            List.of(stream.audience(issuer)),
            "",
            60,
            null,
            delivery.event().claims(),
            new IssueRequest.Ground("security_event", delivery.event().id()),
            "local",
            System.currentTimeMillis(),
            "ES256",
            null);
    try {
      return switch (signer.ask(request, SIGNED_WITHIN)) {
        case Answer.Issued issued -> issued.token();
        case Answer.Refused refused -> throw new IOException(refused.code() + " " + refused.text());
        case Answer other -> throw new IOException("another answer than a token");
      };
    } catch (SignerUnavailableException e) {
      throw new IOException("the signer does not answer", e);
    }
  }

  @Override
  public void close() {
    receivers.stop(0);
    streams.close();
    signer.close();
  }
}
