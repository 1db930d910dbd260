package dev.counterfoil.verifier;

import dev.counterfoil.format.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;

/**
 * Gives the leaves that a verifier holds to the other verifiers of its host, on a Unix socket
 * (spec/leaves.md). Who may connect is what the file system says: owner and group of the socket.
 * Nobody who connects can do more than read leaves, which say nothing of anyone.
 */
final class LeafSocket implements AutoCloseable {
  /** Most neighbours at one time; further ones are hung up on. */
  static final int NEIGHBOURS_MAX = 64;

  private static final System.Logger LOG = System.getLogger(LeafSocket.class.getName());
  private static final String PERMISSIONS = "rw-rw----";

  /** Leaves of a log from a position on; empty when they are not held. */
  @FunctionalInterface
  interface Leaves {
    Optional<byte[]> from(String log, long position, Duration wait) throws InterruptedException;
  }

  private final Path path;
  private final ServerSocketChannel server;
  private final Leaves leaves;
  private final Semaphore places = new Semaphore(NEIGHBOURS_MAX);
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
  static LeafSocket listen(Path path, Leaves leaves) throws IOException {
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
        connections.add(neighbour);
        daemon("counterfoil-leaves-neighbour", () -> serve(neighbour));
      } catch (IOException e) {
        if (!closed) {
          LOG.log(Level.WARNING, "leaves are shared no more at {0}: {1}", path, e.toString());
        }
        return;
      }
    }
  }

  private void serve(SocketChannel neighbour) {
    try (neighbour) {
      ByteBuffer in = ByteBuffer.allocate(LeafQuestion.BYTES_MAX + 1);
      in.flip();
      for (byte @Nullable [] line = line(neighbour, in); line != null; line = line(neighbour, in)) {
        LeafQuestion asked = LeafQuestion.parse(line);
        byte[] batch =
            leaves.from(asked.log(), asked.from(), asked.hold()).orElseGet(() -> new byte[0]);
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + batch.length);
        out.putInt(batch.length).put(batch).flip();
        while (out.hasRemaining()) {
          neighbour.write(out);
        }
      }
    } catch (IOException | FormatException e) {
      // Gone, or not a verifier: there is nobody to tell.
      LOG.log(Level.DEBUG, "a neighbour at {0} is gone: {1}", path, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(neighbour);
      places.release();
    }
  }

  /** The next line without its line feed; null at the end. */
  private static byte @Nullable [] line(SocketChannel from, ByteBuffer in)
      throws IOException, FormatException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (in.hasRemaining()) {
        byte next = in.get();
        if (next == '\n') {
          return line.toByteArray();
        }
        line.write(next);
        if (line.size() > LeafQuestion.BYTES_MAX) {
          throw new FormatException("question is too long");
        }
      }
      in.clear();
      int read = from.read(in);
      in.flip();
      if (read < 0) {
        return null;
      }
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
