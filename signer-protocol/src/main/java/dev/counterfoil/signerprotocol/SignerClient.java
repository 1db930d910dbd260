package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The client's end: one connection, pipelined, made anew when it breaks. Safe for concurrent use; a
 * call from a virtual thread costs no platform thread.
 *
 * <p>Its own two threads are virtual as well. Among callers that are virtual they take their turn
 * behind all that can run: the more is asked at one time the more requests go into one write, and
 * no caller has the kernel wake a thread.
 */
public final class SignerClient implements AutoCloseable {
  /** Most requests that wait for their answers at one time. */
  public static final int OUTSTANDING_MAX = 16_384;

  private static final System.Logger LOG = System.getLogger(SignerClient.class.getName());
  private static final Duration RECONNECT_FIRST = Duration.ofMillis(20);
  private static final Duration RECONNECT_MAX = Duration.ofSeconds(1);

  /** What an answer carries that says why this connection is not served; no request has it. */
  static final long UNASKED = 0;

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);
  private static final Duration EXPIRE_EVERY = Duration.ofMillis(50);

  /** A request under way, and when its time is over on {@link System#nanoTime}'s clock. */
  private record Waiting(CompletableFuture<Answer> answer, long deadlineNanos) {}

  private final Path socket;
  private final AtomicLong correlations = new AtomicLong();
  private final Map<Long, Waiting> outstanding = new ConcurrentHashMap<>();
  private final AtomicLong outstandingCount = new AtomicLong();
  private final Thread reader;
  private final Thread expirer;
  private volatile @Nullable FramedConnection connection;
  private volatile String turnedAway = "";
  private volatile boolean closed;

  /** Starts to connect; does not wait for it. */
  public SignerClient(Path socket) {
    this.socket = socket;
    this.reader = Thread.ofVirtual().name("signer-client-" + socket.getFileName()).start(this::run);
    this.expirer = Thread.ofVirtual().name("signer-client-expirer").start(this::expire);
  }

  /** Where it connects to. */
  public Path socket() {
    return socket;
  }

  /** Whether there is a connection now. */
  public boolean isConnected() {
    return connection != null;
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws SignerUnavailableException when there is no connection, it breaks, or the time is over
   */
  public Answer ask(Request request, Duration timeout)
      throws SignerUnavailableException, InterruptedException {
    FramedConnection current = connection;
    if (current == null) {
      throw new SignerUnavailableException(disconnected("not connected to " + socket));
    }
    if (outstandingCount.incrementAndGet() > OUTSTANDING_MAX) {
      outstandingCount.decrementAndGet();
      return new Answer.Refused(Answer.Code.BUSY, "too many requests wait for the signer");
    }
    long correlation = correlations.incrementAndGet();
    CompletableFuture<Answer> future = new CompletableFuture<>();
    outstanding.put(correlation, new Waiting(future, System.nanoTime() + timeout.toNanos()));
    try {
      // A connection that broke after the future was put has failed it or will refuse the frame.
      if (!current.send(Request.encode(request, correlation))) {
        throw new SignerUnavailableException(disconnected("connection to " + socket + " broke"));
      }
      // Not a timed wait, which would set and cancel a timer for every token: see expire().
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw new SignerUnavailableException(
            "no answer from " + socket + " within " + timeout.toMillis() + " ms", e);
      }
      throw new SignerUnavailableException(disconnected("connection to " + socket + " broke"), e);
    } finally {
      outstanding.remove(correlation);
      outstandingCount.decrementAndGet();
    }
  }

  private String disconnected(String how) {
    return turnedAway.isEmpty() ? how : socket + " does not serve this process: " + turnedAway;
  }

  /**
   * Asks over a connection of its own, made for this question: what holds for one that was made
   * long ago need not hold for the next.
   *
   * @param connectWithin how long may pass until it is connected
   * @param answerWithin how long for the answer from then on
   * @throws SignerUnavailableException when it cannot be made, or brings no answer
   */
  public static Answer askAnew(
      Path socket, Request request, Duration connectWithin, Duration answerWithin)
      throws SignerUnavailableException, InterruptedException {
    try (SignerClient once = new SignerClient(socket)) {
      long end = System.nanoTime() + connectWithin.toNanos();
      while (!once.isConnected() && once.turnedAway.isEmpty() && System.nanoTime() - end < 0) {
        Thread.sleep(CONNECT_STEP);
      }
      return once.ask(request, answerWithin);
    }
  }

  /**
   * Ends the waits whose time is over, a little late: one look at all of them for many requests.
   */
  private void expire() {
    TimeoutException reason = new TimeoutException("time is over");
    while (!closed) {
      if (!pause(EXPIRE_EVERY)) {
        return;
      }
      long now = System.nanoTime();
      for (Waiting waiting : outstanding.values()) {
        if (now - waiting.deadlineNanos > 0) {
          waiting.answer.completeExceptionally(reason);
        }
      }
    }
  }

  private void run() {
    Duration wait = RECONNECT_FIRST;
    while (!closed) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(SocketPath.address(socket));
        FramedConnection made =
            new FramedConnection(
                channel, Frame.ANSWER_BYTES_MAX, Thread.ofVirtual().name("signer-client-writer"));
        made.start();
        connection = made;
        wait = RECONNECT_FIRST;
        readAnswers(made);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "connection to {0}: {1}", socket, e.getMessage());
      } catch (FormatException e) {
        LOG.log(System.Logger.Level.ERROR, "{0} sent a bad frame: {1}", socket, e.getMessage());
      }
      disconnect();
      if (!pause(wait)) {
        return;
      }
      wait =
          wait.multipliedBy(2).compareTo(RECONNECT_MAX) < 0 ? wait.multipliedBy(2) : RECONNECT_MAX;
    }
  }

  private void readAnswers(FramedConnection from) throws IOException, FormatException {
    while (!closed) {
      FramedConnection.Incoming frame = from.receive();
      Answer answer = Answer.decode(frame.kind(), frame.body());
      if (frame.correlation() == UNASKED && answer instanceof Answer.Refused refused) {
        turnedAway = refused.text();
      } else if (!turnedAway.isEmpty()) {
        turnedAway = "";
      }
      Waiting waiting = outstanding.get(frame.correlation());
      if (waiting != null) {
        waiting.answer.complete(answer);
      }
    }
  }

  private void disconnect() {
    FramedConnection broken = connection;
    connection = null;
    if (broken != null) {
      broken.close();
    }
    IOException reason = new IOException("disconnected");
    outstanding.values().forEach(waiting -> waiting.answer.completeExceptionally(reason));
  }

  private boolean pause(Duration wait) {
    try {
      Thread.sleep(wait);
      return !closed;
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    disconnect();
    reader.interrupt();
    expirer.interrupt();
  }
}
