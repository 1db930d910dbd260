package dev.counterfoil.guard;

import com.google.protobuf.CodedOutputStream;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.verifier.Verifier;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.Grpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Envoy's ext_authz over gRPC, {@code envoy.service.auth.v3.Authorization/Check}, and {@code
 * grpc.health.v1.Health/Check} beside it. Loaded only where it is configured: Netty and gRPC cost
 * memory. Only the proxies' connections are accepted.
 */
final class GrpcDoor implements AutoCloseable {
  /** A request's headers at their longest as over HTTP, and what else Envoy says of it. */
  private static final int MESSAGE_MAX = 96 * 1024;

  /** Of the call itself, none of which is the client's. */
  private static final int METADATA_MAX = 8 * 1024;

  /** One for each of a proxy's threads. */
  private static final int CONNECTIONS_MAX = 256;

  private static final int CALLS_MAX = 1024;

  private static final Duration HANDSHAKE_MAX = Duration.ofSeconds(8);

  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  private static final int SERVING = 1;
  private static final int NOT_SERVING = 2;

  private static final String CHECK = "envoy.service.auth.v3.Authorization";
  private static final String HEALTH = "grpc.health.v1.Health";

  // Held here: the logger is weakly reachable otherwise, and its level with it.
  private static final Logger QUIET = Logger.getLogger("io.grpc.netty");

  private final GuardJudge judge;
  private final Verifier verifier;
  private final Semaphore calls = new Semaphore(CALLS_MAX);
  private final AtomicInteger connections = new AtomicInteger();
  private final EventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Server server;

  /**
   * Listens.
   *
   * @param idleMax longest time that a connection is kept without a call
   * @throws IOException when it cannot
   */
  GrpcDoor(InetSocketAddress address, Duration idleMax, GuardJudge judge, Verifier verifier)
      throws IOException {
    this.judge = judge;
    this.verifier = verifier;
    // It writes a stack trace for each message that is too long, as clients can send them.
    QUIET.setLevel(Level.SEVERE);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .channelFactory(Accepting::new)
            .bossEventLoopGroup(threads)
            .workerEventLoopGroup(threads)
            .executor(executor)
            .decompressorRegistry(
                DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false))
            .maxInboundMessageSize(MESSAGE_MAX)
            .maxInboundMetadataSize(METADATA_MAX)
            .maxConcurrentCallsPerConnection(CALLS_MAX)
            .maxConnectionIdle(idleMax.toMillis(), TimeUnit.MILLISECONDS)
            .handshakeTimeout(HANDSHAKE_MAX.toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .addService(service(CHECK, this::check))
            .addService(service(HEALTH, (_, _, answer) -> health(answer)));
    try {
      server = builder.build().start();
    } catch (IOException | RuntimeException e) {
      end();
      throw e;
    }
  }

  /** Answers a call. */
  @FunctionalInterface
  private interface Method {
    void call(InetSocketAddress peer, byte[] question, StreamObserver<byte[]> answer);
  }

  private static ServerServiceDefinition service(String name, Method method) {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(name, "Check"))
            .setRequestMarshaller(Bytes.MARSHALLER)
            .setResponseMarshaller(Bytes.MARSHALLER)
            .build();
    ServerCallHandler<byte[], byte[]> handler =
        (call, headers) -> {
          InetSocketAddress peer =
              (InetSocketAddress)
                  Objects.requireNonNull(
                      call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
                      "a TCP connection has another end");
          return ServerCalls.<byte[], byte[]>asyncUnaryCall(
                  (question, answer) -> method.call(peer, question, answer))
              .startCall(call, headers);
        };
    return ServerServiceDefinition.builder(name).addMethod(descriptor, handler).build();
  }

  private void check(InetSocketAddress peer, byte[] question, StreamObserver<byte[]> answer) {
    if (!calls.tryAcquire()) {
      answer.onError(
          Status.RESOURCE_EXHAUSTED.withDescription("too many ask").asRuntimeException());
      return;
    }
    try {
      if (answer instanceof ServerCallStreamObserver<?> call && call.isCancelled()) {
        // Its deadline passed while it waited, or the client is gone.
        return;
      }
      EnvoyCheck check = EnvoyCheck.parse(question);
      GuardAnswer decided = judge.answer(peer, check.service(), check::values, check.line());
      answer.onNext(EnvoyCheck.response(decided));
      answer.onCompleted();
    } catch (FormatException e) {
      // An error to Envoy, and no yes.
      answer.onError(
          Status.INVALID_ARGUMENT.withDescription("this is no CheckRequest").asRuntimeException());
    } finally {
      calls.release();
    }
  }

  private void health(StreamObserver<byte[]> answer) {
    byte[] message = new byte[2];
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(message);
      out.writeEnum(1, verifier.isReady() ? SERVING : NOT_SERVING);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    answer.onNext(message);
    answer.onCompleted();
  }

  /** The port that it listens on. */
  int port() {
    return server.getPort();
  }

  private void end() {
    Future<?> _ = threads.shutdownGracefully(0, STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    executor.shutdown();
  }

  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    end();
  }

  /** Messages are read and written as bytes. */
  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    MARSHALLER;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException("reading from memory", e);
      }
    }
  }

  /** Accepts connections of the proxies alone, and only so many. */
  private final class Accepting extends NioServerSocketChannel {
    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
      int before = accepted.size();
      super.doReadMessages(accepted);
      for (int i = accepted.size() - 1; i >= before; i--) {
        SocketChannel connection = (SocketChannel) accepted.get(i);
        InetSocketAddress peer = connection.remoteAddress();
        if (!judge.isProxy(peer)) {
          // For the record: it is refused there.
          EnvoyCheck none = EnvoyCheck.none();
          judge.answer(peer, none.service(), none::values, none.line());
        } else if (connections.incrementAndGet() <= CONNECTIONS_MAX) {
          connection.closeFuture().addListener(_ -> connections.decrementAndGet());
          continue;
        } else {
          connections.decrementAndGet();
        }
        accepted.remove(i);
        connection.unsafe().closeForcibly();
      }
      return accepted.size() - before;
    }
  }
}
