package dev.counterfoil.benchmarks;

import dev.counterfoil.benchmarks.ReceivedMail.Asked;
import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;

/** A table of PostgreSQL with an index for each search, which holds events of mail access. */
final class PostgresEvents implements AutoCloseable {
  private final PostgresPeer peer;
  private final int count;
  private final List<Asked> asked;

  private PostgresEvents(PostgresPeer peer, int count, List<Asked> asked) {
    this.peer = peer;
    this.count = count;
    this.asked = asked;
  }

  /**
   * Starts a server and fills the table.
   *
   * @param folder for its logs
   * @param count number of events
   */
  static PostgresEvents fill(Path folder, int count)
      throws IOException, InterruptedException, SQLException {
    PostgresPeer peer = PostgresPeer.start(folder);
    try {
      List<Asked> asked = new ArrayList<>();
      BlockingQueue<List<AuditEvent>> queue = ReceivedMail.made(count, ReceivedMail.SPAN_MS, asked);
      long rows = 0;
      while (rows < count) {
        List<AuditEvent> batch = queue.take();
        peer.copy(batch);
        rows += batch.size();
      }
      peer.index();
      return new PostgresEvents(peer, count, asked);
    } catch (IOException | InterruptedException | SQLException | RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  String version() throws SQLException {
    return peer.version();
  }

  /** Bytes of an event with what its indexes take. */
  double bytesPerEvent() throws SQLException {
    return LoadOutcome.round((double) peer.bytes() / peer.rows(), 1);
  }

  /** The three searches, after a round of each to warm up. */
  List<SearchTimes> searches() throws Exception {
    MailAccess absent = ReceivedMail.others();
    int samples = ReceivedMail.SAMPLES;
    long[] tokens = new long[samples];
    long[] weeks = new long[samples];
    long[] nothing = new long[samples];
    try (PostgresPeer.Search token = peer.new Search("tenant = ? AND token = ?");
        PostgresPeer.Search week =
            peer.new Search("tenant = ? AND entity = ? AND time >= ? AND time < ?")) {
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < samples; i++) {
          Asked one = asked.get(i % asked.size());
          tokens[i] = timed(() -> token.find(one.tenant(), one.token()));
          weeks[i] =
              timed(
                  () ->
                      week.find(
                          one.tenant(),
                          one.entity(),
                          new Timestamp(one.weekFrom()),
                          new Timestamp(one.weekTo())));
          nothing[i] = timed(() -> token.find(one.tenant(), absent.absentToken()));
        }
      }
    }
    return List.of(
        SearchTimes.of("token", tokens),
        SearchTimes.of("tenant, mailbox and week", weeks),
        SearchTimes.of("token that no event has", nothing));
  }

  private static long timed(Callable<Integer> search) throws Exception {
    long begun = System.nanoTime();
    search.call();
    return System.nanoTime() - begun;
  }

  /**
   * Events a second that it takes beside those that it has.
   *
   * @param batch events of a transaction
   */
  double intake(int batch, Duration length) throws Exception {
    MailAccess more = ReceivedMail.access(count);
    return LoadOutcome.round(
        peer.intake(
            () -> {
              synchronized (more) {
                AuditEvent[] events = new AuditEvent[batch];
                Arrays.setAll(events, i -> ReceivedMail.received(more));
                return List.of(events);
              }
            },
            length),
        0);
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
