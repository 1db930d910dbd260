package dev.counterfoil.signerprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.UnixUsers;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that is accepted while the server closes. */
class SignerServerCloseTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  Path folder;

  /** Hands out what it accepted only once it was closed. */
  private static final class AcceptsAsItCloses extends ServerSocketChannel {
    private final ServerSocketChannel real;
    private final CountDownLatch accepted = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    AcceptsAsItCloses(ServerSocketChannel real) {
      super(real.provider());
      this.real = real;
    }

    @Override
    public SocketChannel accept() throws IOException {
      SocketChannel channel = real.accept();
      accepted.countDown();
      try {
        closed.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return channel;
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
      real.close();
      closed.countDown();
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
      real.configureBlocking(block);
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
      return real.bind(local, backlog);
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
      return real.setOption(name, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
      return real.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return real.supportedOptions();
    }

    @Override
    public java.net.ServerSocket socket() {
      return real.socket();
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
      return real.getLocalAddress();
    }
  }

  @Test
  void isDisconnectedAsAllOthersAre() throws Exception {
    Path socket = folder.resolve("s");
    ServerSocketChannel real = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    real.bind(SocketPath.address(socket));
    AcceptsAsItCloses channel = new AcceptsAsItCloses(real);
    SignerServer server =
        SignerServer.accepting(
            socket,
            UnixUsers.self(),
            (request, peer, responder) ->
                responder.answer(new Answer.Refused(Answer.Code.MALFORMED, "no")),
            channel);
    try (SocketChannel client = SocketChannel.open(SocketPath.address(socket));
        ExecutorService reading = Executors.newSingleThreadExecutor()) {
      assertThat(channel.accepted.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(client.isConnected()).isTrue();
      server.close();
      assertThat(
              reading.submit(() -> client.read(ByteBuffer.allocate(1))).get(60, TimeUnit.SECONDS))
          .as("the end")
          .isEqualTo(-1);
    }
  }
}
