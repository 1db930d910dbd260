package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the leaves that a verifier holds to the other verifiers of its host, on a Unix socket
 * (spec/leaves.md). Who may connect is what the file system says: owner and group of the socket.
 * Nobody who connects can do more than read leaves, which say nothing of anyone.
 */
public final class LeafSocket implements AutoCloseable {
  /** Most neighbours at one time; further ones are hung up on. */
  public static final int NEIGHBOURS_MAX = 64;

  /** Answers under way at one time, 2.3 MB each at most: a neighbour need not read. */
  public static final int BATCHES_MAX = 4;

  /** Longest wait for a question, and for an answer to be taken. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(60);

  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 100;

  private static final System.Logger LOG = System.getLogger(LeafSocket.class.getName());
  private static final String PERMISSIONS = "rw-rw----";

  /** What is given out. */
  public interface Leaves {
    /** Waits for a log to have a leaf at a position. */
    void await(String log, long position, Duration wait) throws InterruptedException;

    /** Leaves of a log from a position on; empty when they are not held. */
    Optional<byte[]> from(String log, long position) throws InterruptedException;
  }

  private final Path path;
  private final ServerSocketChannel server;
  private final Leaves leaves;
  private final Semaphore places = new Semaphore(NEIGHBOURS_MAX);
  private final Semaphore batches = new Semaphore(BATCHES_MAX);
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private LeafSocket(Path path, ServerSocketChannel server, Leaves leaves) {
    this.path = path;
    this.server = server;
    this.leaves = leaves;
  }

  /**
   * Listens. A socket that another process left there is removed; anything else is not.
   *
   * @throws IOException when it cannot
   */
  public static LeafSocket listen(Path path, Leaves leaves) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther()) {
        throw new IOException(path + " is there and is no socket");
      }
      Files.delete(path);
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
      if (view != null) {
        view.setPermissions(PosixFilePermissions.fromString(PERMISSIONS));
      }
    } catch (IOException e) {
      server.close();
      throw e;
    }
    LeafSocket socket = new LeafSocket(path, server, leaves);
    daemon("counterfoil-leaves", socket::accept);
    return socket;
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!closed) {
      try {
        SocketChannel neighbour = server.accept();
        if (!places.tryAcquire()) {
          neighbour.close();
          continue;
        }
        begin(neighbour);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        if (!closed && !again(e)) {
          return;
        }
      }
    }
  }

  /** Whoever cannot be served, for want of a thread, gives his place back. */
  private void begin(SocketChannel neighbour) throws IOException {
    connections.add(neighbour);
    boolean isServed = false;
    try {
      daemon("counterfoil-leaves-neighbour", () -> serve(neighbour));
      isServed = true;
    } finally {
      if (!isServed) {
        connections.remove(neighbour);
        places.release();
        neighbour.close();
      }
    }
  }

  /** A process that has no file or thread left may have one soon. */
  private boolean again(Throwable failure) {
    LOG.log(Level.WARNING, "no neighbour is taken at {0} now: {1}", path, failure.toString());
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void serve(SocketChannel neighbour) {
    try (LeafConnection connection = new LeafConnection(neighbour)) {
      for (byte @Nullable [] line = connection.line(IDLE_MAX);
          line != null;
          line = connection.line(IDLE_MAX)) {
        LeafQuestion asked = LeafQuestion.parse(line);
        leaves.await(asked.log(), asked.from(), asked.hold());
        if (!batches.tryAcquire(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException("others read too slowly");
        }
        try {
          connection.send(
              leaves.from(asked.log(), asked.from()).orElseGet(() -> new byte[0]), ANSWER_MAX);
        } finally {
          batches.release();
        }
      }
    } catch (IOException | FormatException e) {
      // Gone, too slow, or not a verifier: there is nobody to tell.
      LOG.log(Level.DEBUG, "a neighbour at {0} is gone: {1}", path, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(neighbour);
      places.release();
      close(neighbour);
    }
  }

  private static void close(SocketChannel neighbour) {
    try {
      neighbour.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a neighbour''s connection is not closed in order: {0}", e.toString());
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      for (SocketChannel neighbour : connections) {
        neighbour.close();
      }
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "the socket {0} is not closed in order: {1}", path, e.toString());
    }
  }
}
