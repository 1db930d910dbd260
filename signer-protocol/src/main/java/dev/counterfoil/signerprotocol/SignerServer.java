package dev.counterfoil.signerprotocol;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import jdk.net.ExtendedSocketOptions;

/**
 * The server's end: accepts connections of allowed Unix users and hands their requests to a
 * handler.
 */
public final class SignerServer implements AutoCloseable {
  /** Most connections at one time. */
  public static final int CONNECTIONS_MAX = 64;

  /**
   * For answers that wait for peers to read them, of all connections of all servers of this
   * process: a third of its memory, and enough for the longest answer.
   */
  private static final FramedConnection.SendRoom.Together ROOM =
      new FramedConnection.SendRoom.Together(
          Math.max(FramedConnection.QUEUED_BYTES_MAX, Runtime.getRuntime().maxMemory() / 3));

  private static final Duration FLUSH_STEP = Duration.ofMillis(1);
  private static final int FLUSH_STEPS = 500;
  private static final System.Logger LOG = System.getLogger(SignerServer.class.getName());

  /** Carries requests out. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Takes a request of a connection, on that connection's reader thread. Must not block for long:
     * the answer may be given later and from any thread.
     */
    void handle(Request request, Peer peer, Responder responder);

    /**
     * Called on the same thread when no further request has arrived whole, before it waits for one,
     * and when the connection ends: what was kept back in order to be done together is done now.
     */
    default void caughtUp() {}
  }

  /** Where the answer to one request goes. */
  @FunctionalInterface
  public interface Responder {
    /** Sends the answer. */
    void answer(Answer answer);

    /**
     * Takes the answer and leaves it to {@link #flush} to have it sent: for a caller that answers
     * many requests at one time, because waking the connection's writer costs more than writing.
     */
    default void queue(Answer answer) {
      answer(answer);
    }

    /** Has sent what was queued for this connection. */
    default void flush() {}
  }

  /**
   * Who asks.
   *
   * @param user the Unix user at the other end: its number is the kernel's word (SO_PEERCRED), its
   *     name the one that this number had when the process started
   */
  public record Peer(String user) {}

  private final Path socket;
  private final UnixUsers allowedUsers;
  private final Handler handler;
  private final ServerSocketChannel server;
  private final Thread accepting;
  private final Set<FramedConnection> connections = ConcurrentHashMap.newKeySet();
  private final FramedConnection.SendRoom room;

  private SignerServer(
      Path socket,
      UnixUsers allowedUsers,
      Handler handler,
      ServerSocketChannel server,
      FramedConnection.SendRoom.Together together) {
    this.socket = socket;
    this.allowedUsers = allowedUsers;
    this.handler = handler;
    this.server = server;
    this.room = new FramedConnection.SendRoom(together);
    this.accepting =
        Thread.ofPlatform().daemon().name("accept-" + socket.getFileName()).unstarted(this::accept);
  }

  /**
   * Listens on a socket, replacing a stale one. The caller holds the lock of the folder, so that no
   * other process listens there.
   *
   * @param allowedUsers the Unix users that may connect
   */
  public static SignerServer listen(Path socket, UnixUsers allowedUsers, Handler handler)
      throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(SocketPath.address(socket));
    // Other users that are allowed reach the socket through the folder's group; the peer check
    // decides.
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
    return accepting(socket, allowedUsers, handler, server);
  }

  /** Takes connections of a channel that is bound already. */
  static SignerServer accepting(
      Path socket, UnixUsers allowedUsers, Handler handler, ServerSocketChannel server) {
    return accepting(socket, allowedUsers, handler, server, ROOM);
  }

  /** The same with another room for what waits to be read by all peers. */
  static SignerServer accepting(
      Path socket,
      UnixUsers allowedUsers,
      Handler handler,
      ServerSocketChannel server,
      FramedConnection.SendRoom.Together together) {
    SignerServer listening = new SignerServer(socket, allowedUsers, handler, server, together);
    listening.accepting.start();
    return listening;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        UserPrincipal user = user(channel);
        Optional<String> name = allowedUsers.nameOf(user);
        if (name.isEmpty()) {
          turnAway(
              channel,
              Answer.Code.NOT_ALLOWED,
              "user " + user.getName() + " may not connect; allowed: " + allowedUsers);
        } else if (connections.size() >= CONNECTIONS_MAX) {
          turnAway(
              channel,
              Answer.Code.BUSY,
              "it has " + CONNECTIONS_MAX + " connections, as many as it takes");
        } else {
          FramedConnection connection =
              new FramedConnection(
                  channel,
                  Frame.REQUEST_BYTES_MAX,
                  Thread.ofPlatform().daemon().name("signer-server-writer"),
                  room);
          connections.add(connection);
          connection.start();
          Thread.ofPlatform()
              .daemon()
              .name("signer-server-reader")
              .start(() -> serve(connection, new Peer(name.get())));
        }
      } catch (ClosedChannelException e) {
        // Closed by close(), or by a peer between accept and look: the loop's condition tells
        // which.
        LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", socket, e.toString());
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "{0}: {1}", socket, e.toString());
      }
    }
  }

  /** Says why, unasked, and ends the connection. A few bytes that a new connection has room for. */
  private void turnAway(SocketChannel channel, Answer.Code code, String why) throws IOException {
    LOG.log(System.Logger.Level.WARNING, "{0}: {1}", socket, why);
    try (channel) {
      channel.write(
          ByteBuffer.wrap(Answer.encode(new Answer.Refused(code, why), SignerClient.UNASKED)));
    }
  }

  private static UserPrincipal user(SocketChannel channel) throws IOException {
    try {
      return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void serve(FramedConnection connection, Peer peer) {
    try {
      while (true) {
        if (!connection.hasFrame()) {
          handler.caughtUp();
        }
        FramedConnection.Incoming frame = connection.receive();
        long correlation = frame.correlation();
        Responder responder = new ConnectionResponder(connection, correlation);
        Request request;
        try {
          request = Request.decode(frame.kind(), frame.body());
        } catch (FormatException e) {
          responder.answer(
              new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage())));
          continue;
        }
        handler.handle(request, peer, responder);
      }
    } catch (EOFException | ClosedChannelException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0}: peer is gone", socket);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", socket, e.toString());
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}: bad frame: {1}", socket, e.getMessage());
    } finally {
      handler.caughtUp();
      connection.close();
      connections.remove(connection);
    }
  }

  private record ConnectionResponder(FramedConnection connection, long correlation)
      implements Responder {
    @Override
    public void answer(Answer answer) {
      connection.send(Answer.encode(answer, correlation));
    }

    @Override
    public void queue(Answer answer) {
      connection.queue(Answer.encode(answer, correlation));
    }

    @Override
    public void flush() {
      connection.flush();
    }
  }

  /** Takes no more connections, sends what was answered, and disconnects. */
  @Override
  public void close() throws IOException {
    server.close();
    // A connection that was accepted in this moment is among them then.
    boolean interrupted = false;
    while (accepting.isAlive()) {
      try {
        accepting.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    for (FramedConnection connection : connections) {
      // A peer that does not read its last answers has had its chance.
      for (int i = 0; i < FLUSH_STEPS && !connection.isFlushed(); i++) {
        LockSupport.parkNanos(FLUSH_STEP.toNanos());
      }
      connection.close();
    }
    Files.deleteIfExists(socket);
  }
}
