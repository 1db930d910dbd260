package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reporting.SightingReporter;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a verifier says what it holds, and what it says. */
class AcknowledgementsTest {
  private static final String MAIL = "https://mail.example";
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final ScheduledExecutorService never = Executors.newSingleThreadScheduledExecutor();
  private final List<Acknowledgement> said = new ArrayList<>();
  private Verifier verifier = verifier();

  private Verifier verifier() {
    issuer.publish();
    // The test itself says when the key log is looked at.
    never.shutdown();
    Verifier made =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .scheduler(never)
            .sightings(
                new SightingSink() {
                  @Override
                  public void report(Sighting sighting) {}

                  @Override
                  public void acknowledge(Acknowledgement acknowledgement) {
                    said.add(acknowledgement);
                  }

                  @Override
                  public String instance() {
                    return "mail-1";
                  }
                })
            .build();
    made.refreshKeys();
    return made;
  }

  @AfterEach
  void close() {
    verifier.close();
  }

  private Acknowledgement last() {
    return said.get(said.size() - 1);
  }

  @Test
  void saysWhatItHolds() {
    String token = issuer.issue(issuer.draft(key), key);
    assertThat(
            verifier.verify(
                token, Expectations.audience(MAIL).accessToken().tenant("acme").bearerAllowed()))
        .isInstanceOf(Verified.class);
    issuer.addKey();
    issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    verifier.refreshKeys();
    assertThat(said).hasSize(2);
    Acknowledgement now = last();
    assertThat(now.instance()).isEqualTo("mail-1");
    assertThat(now.domain()).isEqualTo("enterprise");
    assertThat(now.at()).isEqualTo(clock.instant());
    assertThat(now.services()).containsExactly(MAIL);
    assertThat(now.keyLog().size()).isEqualTo(issuer.keyLog().size());
    assertThat(now.counted()).isEqualTo(issuer.keyLog().size());
    assertThat(now.keys()).hasSize(2).contains(key.kid());
    assertThat(now.logs())
        .singleElement()
        .satisfies(head -> assertThat(head.log()).isEqualTo("s1g1"))
        .satisfies(head -> assertThat(head.view().size()).isEqualTo(1));
    assertThat(now.leaving()).isFalse();
  }

  @Test
  void saysItOncePerChangeAndElseTwiceAMinute() {
    assertThat(said).hasSize(1);
    verifier.refreshKeys();
    clock.advance(Acknowledgements.EVERY.minusMillis(1));
    verifier.refreshKeys();
    assertThat(said).hasSize(1);
    issuer.revokeKey(key.kid(), "s1g1", 0);
    issuer.publish();
    verifier.refreshKeys();
    assertThat(said).hasSize(2);
    assertThat(last().keyLog().size()).isEqualTo(said.get(0).keyLog().size() + 1);
    assertThat(last().keyLog().root()).isNotEqualTo(said.get(0).keyLog().root());
    clock.advance(Acknowledgements.EVERY);
    verifier.refreshKeys();
    assertThat(said).hasSize(3);
  }

  @Test
  void saysHowFarBehindItIsWhileTheIssuerIsAway() {
    issuer.die();
    clock.advance(Duration.ofSeconds(40));
    verifier.refreshKeys();
    assertThat(said).hasSize(2);
    assertThat(last().lag()).isEqualTo(Duration.ofSeconds(40));
    assertThat(last().keyLog()).isEqualTo(said.get(0).keyLog());
  }

  @Test
  void withdrawnAndEndedKeysAreNotAmongThoseItTakes() {
    issuer.withdraw(key.kid());
    TestKeys.Es256 next = issuer.addKey();
    issuer.publish();
    verifier.refreshKeys();
    assertThat(last().keys()).containsExactly(next.kid());
  }

  @Test
  void theReporterSendsTheLastOneAgainUntilItIsTakenAndSaysGoodbye() throws Exception {
    int refusals = 3;
    List<Level> said = new CopyOnWriteArrayList<>();
    Handler log = new Said(said);
    Logger logger = Logger.getLogger(SightingReporter.class.getPackageName());
    logger.addHandler(log);
    BlockingQueue<Acknowledgement> received = new LinkedBlockingQueue<>();
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/acknowledgements",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          boolean taken = asked.incrementAndGet() > refusals;
          if (taken) {
            try {
              received.add(Acknowledgement.parse(StrictJson.object(body, body.length)));
            } catch (dev.counterfoil.format.bytes.FormatException e) {
              throw new IOException(e);
            }
          }
          exchange.sendResponseHeaders(taken ? 202 : 503, -1);
          exchange.close();
        });
    server.start();
    try {
      SightingReporter reporter =
          new SightingReporter(
              URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
              "mail-1",
              rejected -> "t",
              HttpClient.newHttpClient(),
              clock);
      assertThat(reporter.instance()).isEqualTo("mail-1");
      reporter.acknowledge(last());
      assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo(last());
      reporter.close();
      Acknowledgement goodbye = received.poll(20, TimeUnit.SECONDS);
      assertThat(goodbye).isEqualTo(last().left(clock.instant()));
      assertThat(asked).hasValue(refusals + 2);
      assertThat(said)
          .as("one line for an outage, one for its end")
          .isEqualTo(List.of(Level.WARNING, Level.INFO));
    } finally {
      logger.removeHandler(log);
      server.stop(0);
    }
  }

  /** So that nobody takes for complete what the monitor has. */
  @Test
  void theReporterSaysThatSightingsWaitAndThatTheyWaitNoLonger() throws Exception {
    BlockingQueue<Acknowledgement> received = new LinkedBlockingQueue<>();
    AtomicInteger status = new AtomicInteger(202);
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/sightings",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          asked.incrementAndGet();
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    server.createContext(
        "/acknowledgements",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          try {
            received.add(Acknowledgement.parse(StrictJson.object(body, body.length)));
          } catch (dev.counterfoil.format.bytes.FormatException e) {
            throw new IOException(e);
          }
          exchange.sendResponseHeaders(202, -1);
          exchange.close();
        });
    server.start();
    SightingReporter reporter =
        new SightingReporter(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            "mail-1",
            rejected -> "t",
            HttpClient.newHttpClient(),
            clock);
    try {
      reporter.acknowledge(last());
      assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo(last());
      reporter.report(sighting());
      while (asked.get() == 0) {
        Thread.sleep(1);
      }
      assertThat(received.poll(1, TimeUnit.SECONDS)).as("the control: it was taken").isNull();
      status.set(503);
      clock.advance(Duration.ofSeconds(3));
      reporter.report(sighting());
      Acknowledgement waits = received.poll(20, TimeUnit.SECONDS);
      assertThat(waits).isNotNull();
      assertThat(waits.unsent().orElseThrow()).isGreaterThan(Acknowledgement.UNSENT_AT_ONCE);
      assertThat(waits.at()).isEqualTo(clock.instant());
      assertThat(waits.lag()).isEqualTo(last().lag().plusSeconds(3));
      status.set(202);
      Acknowledgement over = received.poll(20, TimeUnit.SECONDS);
      assertThat(over).isNotNull();
      assertThat(over.unsent()).isEmpty();

      // What waits for its next try gets one when the process ends.
      status.set(503);
      reporter.report(sighting());
      assertThat(received.poll(20, TimeUnit.SECONDS)).isNotNull();
      status.set(202);
      reporter.close();
      assertThat(reporter.lost()).isZero();
    } finally {
      reporter.close();
      server.stop(0);
    }
  }

  private Sighting sighting() {
    return new Sighting(
        clock.instant(),
        Sighting.ACCEPTED,
        Sighting.Grade.DIGEST,
        Sighting.Token.of(Hash.sha256(), "kid", "iss"),
        Sighting.Use.at(MAIL),
        1,
        null,
        false);
  }

  /** Keeps the levels of what is logged. */
  private static final class Said extends Handler {
    private final List<Level> levels;

    Said(List<Level> levels) {
      this.levels = levels;
    }

    @Override
    public void publish(LogRecord record) {
      levels.add(record.getLevel());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static List<Acknowledgement.NamedView> heads(String log, int count) {
    return Collections.nCopies(
        count, new Acknowledgement.NamedView(log, new Acknowledgement.View(1, Hash.sha256())));
  }

  @Test
  void saysForkedLogsFirstAndThenTheNewest() {
    List<List<Acknowledgement.NamedView>> logs = new ArrayList<>();
    for (int generation = 1; generation <= 20; generation++) {
      logs.add(heads("s1g" + generation, generation == 2 ? 2 : 1));
    }
    logs.add(List.of());
    assertThat(Acknowledgements.first(logs))
        .hasSize(Acknowledgement.LOGS_MAX)
        .extracting(Acknowledgement.NamedView::log)
        .startsWith("s1g2", "s1g2", "s1g20", "s1g19")
        .endsWith("s1g8", "s1g7");
  }
}
