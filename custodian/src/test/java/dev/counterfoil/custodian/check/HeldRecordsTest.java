package dev.counterfoil.custodian.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.custodian.issuer.RecordStreamWriter;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class HeldRecordsTest {
  /** The connection is closed without an answer. */
  private static final Given NO_ANSWER = stream -> {};

  private final TestLogKey key = TestLogKey.of("monitor.example/audit", new SecureRandom());

  /** Each look at the clock is so much later than the one before. */
  private final AtomicLong waitNanos = new AtomicLong();

  private final AtomicLong nanos = new AtomicLong(-5);

  /** Each once: Java's client asks again by itself where a connection ended without an answer. */
  private final Set<String> authorizations = Collections.synchronizedSet(new LinkedHashSet<>());

  /** What a custodian's stream gives before its end. */
  @FunctionalInterface
  private interface Given {
    void to(RecordStreamWriter stream) throws IOException;
  }

  /** Fetches what the answers give, one after another; the last one again and again. */
  private List<String> fetch(Given... answers) throws Exception {
    List<String> taken = new ArrayList<>();
    AtomicInteger opened = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try {
            authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
            Given given = answers[Math.min(authorizations.size(), answers.length) - 1];
            if (given != NO_ANSWER) {
              exchange.sendResponseHeaders(200, 0);
              RecordStreamWriter stream = new RecordStreamWriter(exchange.getResponseBody());
              given.to(stream);
              stream.flush();
            }
          } finally {
            exchange.close();
          }
        });
    server.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      new HeldRecords(
              http,
              url,
              () -> "token" + opened.incrementAndGet(),
              Duration.ZERO,
              () -> nanos.addAndGet(waitNanos.get()))
          .fetch(
              key.key(),
              new HeldRecords.Taker() {
                @Override
                public long next() {
                  return taken.size();
                }

                @Override
                public void take(byte[] record) {
                  taken.add(new String(record, StandardCharsets.UTF_8));
                }
              });
    } finally {
      server.stop(0);
    }
    return taken;
  }

  @Test
  void aStreamThatPausesForEverHoldsNobodyUp() throws Exception {
    SignedNote head = new Checkpoint("monitor.example/audit", 0, TreeHasher.EMPTY_ROOT).sign(key);
    assertThat(
            fetch(
                stream -> {
                  stream.record(new byte[] {'a'});
                  stream.head(head.bytes());
                }))
        .as("the control")
        .containsExactly("a");
    assertThatThrownBy(
            () ->
                fetch(
                    stream -> {
                      while (true) {
                        stream.pause();
                        stream.flush();
                      }
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pauses");
  }

  @Test
  void recordsThatComeNowAndThenHoldNobodyUp() throws Exception {
    SignedNote head = new Checkpoint("monitor.example/audit", 0, TreeHasher.EMPTY_ROOT).sign(key);
    waitNanos.set(Duration.ofSeconds(25).toNanos());
    assertThatThrownBy(() -> fetch(stream -> stream.record(new byte[] {'a'})))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("records in a minute");
    // The controls: few, of which there are no more; and many.
    waitNanos.set(Duration.ofSeconds(61).toNanos());
    assertThat(
            fetch(
                stream -> {
                  stream.record(new byte[] {'a'});
                  stream.head(head.bytes());
                }))
        .containsExactly("a");
    waitNanos.set(Duration.ofMillis(1).toNanos());
    assertThat(
            fetch(
                stream -> {
                  for (long i = 0; i < 3 * HeldRecords.RECORDS_MIN; i++) {
                    stream.record(new byte[] {'a'});
                  }
                  stream.head(head.bytes());
                }))
        .hasSize((int) (3 * HeldRecords.RECORDS_MIN));
  }

  /** One record before each long silence, which ends in a connection that breaks. */
  @Test
  void silenceThatABreakEndsIsWaitedForToo() throws Exception {
    SignedNote head = new Checkpoint("monitor.example/audit", 0, TreeHasher.EMPTY_ROOT).sign(key);
    AtomicInteger given = new AtomicInteger();
    Given oneAndSilence =
        stream -> {
          if (given.incrementAndGet() == 20) {
            stream.head(head.bytes());
            return;
          }
          stream.record(new byte[] {'a'});
          throw new IOException("the line is cut");
        };
    // That a part begins is waited for as well, so nothing else has to take its time.
    waitNanos.set(0);
    assertThat(fetch(oneAndSilence)).as("the control").hasSize(19);
    given.set(0);
    assertThatThrownBy(
            () ->
                fetch(
                    stream -> {
                      waitNanos.set(Duration.ofSeconds(15).toNanos());
                      oneAndSilence.to(stream);
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("records in a minute");
    assertThat(given.get()).as("parts that it took").isLessThan(5);
  }

  @Test
  void whatBreaksOffIsGoneOnWithAndEachPartHasATokenOfItsOwn() throws Exception {
    SignedNote head = new Checkpoint("monitor.example/audit", 0, TreeHasher.EMPTY_ROOT).sign(key);
    assertThat(
            fetch(
                NO_ANSWER,
                stream -> stream.record(new byte[] {'a'}),
                stream -> {
                  stream.record(new byte[] {'b'});
                  stream.head(head.bytes());
                }))
        .containsExactly("a", "b");
    assertThat(authorizations).containsExactly("Bearer token1", "Bearer token2", "Bearer token3");
  }

  @Test
  void fiveBreaksInARowWithoutARecordEndIt() {
    assertThatThrownBy(() -> fetch(stream -> stream.record(new byte[] {'a'}), stream -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ended early");
    assertThat(authorizations).as("the first part, and five empty ones").hasSize(6);
    authorizations.clear();
    assertThatThrownBy(() -> fetch(NO_ANSWER))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not answer");
    assertThat(authorizations).hasSize(5);
  }
}
