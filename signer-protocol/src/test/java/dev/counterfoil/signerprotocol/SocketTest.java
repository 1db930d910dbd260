package dev.counterfoil.signerprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both ends over a real socket. */
class SocketTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final UnixUsers SELF = self();

  private Path folder;
  private Path socket;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfp");
    socket = folder.resolve("s.sock");
  }

  @AfterEach
  void removeFolder() throws IOException {
    Files.deleteIfExists(socket);
    Files.delete(folder);
  }

  private static UnixUsers self() {
    try {
      return UnixUsers.self();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SignerServer echo(UnixUsers users) throws IOException {
    return SignerServer.listen(
        socket,
        users,
        (request, peer, responder) ->
            responder.answer(
                new Answer.Done(
                    JsonObject.builder()
                        .put("asked", ((Request.Command) request).name())
                        .put("user", peer.user())
                        .build())));
  }

  private static void await(SignerClient client) throws InterruptedException {
    for (int i = 0; i < 20_000 && !client.isConnected(); i++) {
      Thread.sleep(1);
    }
  }

  private static Request.Command command(String name) {
    return new Request.Command(name, JsonObject.builder().build());
  }

  private static String asked(SignerClient client, String name) throws Exception {
    return ((Answer.Done) client.ask(command(name), TIMEOUT)).result().string("asked");
  }

  @Test
  void anAllowedUserIsAnsweredAndNamed() throws Exception {
    try (SignerServer server = echo(SELF);
        SignerClient client = new SignerClient(socket)) {
      await(client);
      Answer.Done done = (Answer.Done) client.ask(command("hello"), TIMEOUT);
      assertThat(server).isNotNull();
      assertThat(done.result().string("asked")).isEqualTo("hello");
      assertThat(done.result().string("user")).isEqualTo(System.getProperty("user.name"));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
    }
  }

  @Test
  void anotherUserIsToldWhoMayAndDisconnectedUnheard() throws Exception {
    UnixUsers another = UnixUsers.of(List.of("61109"));
    try (SignerServer server = echo(another);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(server).isNotNull();
      channel.connect(SocketPath.address(socket));
      assertThat(new String(readToEnd(channel), StandardCharsets.UTF_8))
          .contains("user " + System.getProperty("user.name") + " may not connect; allowed: 61109");
    }
    try (SignerServer server = echo(another)) {
      assertThat(server).isNotNull();
      assertThatThrownBy(() -> SignerClient.askAnew(socket, command("hello"), TIMEOUT, TIMEOUT))
          .isInstanceOf(SignerUnavailableException.class)
          .hasMessageContaining("allowed: 61109");
    }
    // The same with this user's number is answered, whatever its name.
    UnixUsers byNumber = UnixUsers.of(List.of(uid()));
    try (SignerServer server = echo(byNumber)) {
      assertThat(server).isNotNull();
      Answer.Done done =
          (Answer.Done) SignerClient.askAnew(socket, command("hello"), TIMEOUT, TIMEOUT);
      assertThat(done.result().string("user")).isEqualTo(uid());
    }
  }

  private static String uid() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }

  /** What the peer sends until it closes; a reset counts as closed. */
  private static byte[] readToEnd(SocketChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    try {
      while (channel.read(buffer) >= 0) {
        assertThat(buffer.hasRemaining()).isTrue();
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("reset");
    }
    byte[] read = new byte[buffer.flip().remaining()];
    buffer.get(read);
    return read;
  }

  @Test
  void answersThatWereQueuedGoOutTogether() throws Exception {
    List<SignerServer.Responder> waiting = new ArrayList<>();
    SignerServer.Handler three =
        (request, peer, responder) -> {
          waiting.add(responder);
          if (waiting.size() == 3) {
            waiting.forEach(one -> one.queue(new Answer.Done(JsonObject.builder().build())));
            waiting.forEach(SignerServer.Responder::flush);
          }
        };
    try (SignerServer server = SignerServer.listen(socket, SELF, three);
        SignerClient client = new SignerClient(socket);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(server).isNotNull();
      await(client);
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(threads.submit(() -> client.ask(command("x"), TIMEOUT)));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get()).isInstanceOf(Answer.Done.class);
      }
    }
  }

  @Test
  void whatArrivesTogetherIsHandedOverTogether() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    SignerServer.Handler noting =
        new SignerServer.Handler() {
          @Override
          public void handle(
              Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
            seen.add(((Request.Command) request).name());
          }

          @Override
          public void caughtUp() {
            seen.add("caught up");
          }
        };
    try (SignerServer server = SignerServer.listen(socket, SELF, noting);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(server).isNotNull();
      channel.connect(SocketPath.address(socket));
      byte[] one = Request.encode(command("one"), 1);
      byte[] two = Request.encode(command("two"), 2);
      ByteBuffer together = ByteBuffer.allocate(one.length + two.length + 7).put(one).put(two);
      channel.write(together.put(one, 0, 7).flip());
      for (String expected : List.of("caught up", "one", "two", "caught up")) {
        assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo(expected);
      }
      channel.write(ByteBuffer.wrap(one, 7, one.length - 7));
      for (String expected : List.of("one", "caught up")) {
        assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo(expected);
      }
    }
  }

  @Test
  void requestsArePipelinedAndAnswersFindTheirAsker() throws Exception {
    int count = 500;
    BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    SignerServer.Handler hold =
        (request, peer, responder) ->
            held.add(
                () ->
                    responder.answer(
                        new Answer.Done(
                            JsonObject.builder()
                                .put("asked", ((Request.Command) request).name())
                                .build())));
    try (SignerServer server = SignerServer.listen(socket, SELF, hold);
        SignerClient client = new SignerClient(socket);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(server).isNotNull();
      await(client);
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String name = "n" + i;
        answers.add(threads.submit(() -> asked(client, name)));
      }
      // All are asked before the first is answered, and the last is answered first.
      List<Runnable> taken = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        taken.add(held.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
      }
      taken.reversed().forEach(Runnable::run);
      for (int i = 0; i < count; i++) {
        assertThat(answers.get(i).get()).isEqualTo("n" + i);
      }
    }
  }

  @Test
  void theClientReconnectsByItself() throws Exception {
    try (SignerClient client = new SignerClient(socket)) {
      assertThatThrownBy(() -> client.ask(command("early"), TIMEOUT))
          .isInstanceOf(SignerUnavailableException.class);
      for (int round = 0; round < 3; round++) {
        try (SignerServer server = echo(SELF)) {
          assertThat(server).isNotNull();
          await(client);
          assertThat(asked(client, "round")).isEqualTo("round");
        }
        for (int i = 0; i < 20_000 && client.isConnected(); i++) {
          Thread.sleep(1);
        }
        assertThatThrownBy(() -> client.ask(command("gone"), TIMEOUT))
            .isInstanceOf(SignerUnavailableException.class);
      }
    }
  }

  @Test
  void aServerThatDiesWhileAskedIsUnavailable() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    SignerServer server =
        SignerServer.listen(socket, SELF, (request, peer, responder) -> asked.countDown());
    try (SignerClient client = new SignerClient(socket);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      await(client);
      Future<Answer> answer = threads.submit(() -> client.ask(command("never"), TIMEOUT));
      assertThat(asked.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      server.close();
      assertThatThrownBy(answer::get).hasCauseInstanceOf(SignerUnavailableException.class);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsUnavailableAfterTheTimeAndOthersAreAnswered() throws Exception {
    SignerServer.Handler lazy =
        (request, peer, responder) -> {
          if (((Request.Command) request).name().equals("answer")) {
            responder.answer(new Answer.Done(JsonObject.builder().put("asked", "answer").build()));
          }
        };
    try (SignerServer server = SignerServer.listen(socket, SELF, lazy);
        SignerClient client = new SignerClient(socket)) {
      assertThat(server).isNotNull();
      await(client);
      assertThatThrownBy(() -> client.ask(command("never"), Duration.ofMillis(50)))
          .isInstanceOf(SignerUnavailableException.class)
          .hasMessageContaining("no answer");
      assertThat(asked(client, "answer")).isEqualTo("answer");
    }
  }

  @Test
  void answersThatWereGivenBeforeClosingArrive() throws Exception {
    String text = "x".repeat(1 << 20);
    SignerServer.Handler large =
        (request, peer, responder) ->
            responder.answer(new Answer.Done(JsonObject.builder().put("asked", text).build()));
    SignerServer server = SignerServer.listen(socket, SELF, large);
    try (SignerClient client = new SignerClient(socket);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      await(client);
      assertThat(asked(client, "first")).isEqualTo(text);
      Future<String> answer = threads.submit(() -> asked(client, "last"));
      assertThat(answer.get()).isEqualTo(text);
      server.close();
    }
  }

  @Test
  void aMalformedBodyIsRefusedAndTheConnectionGoesOn() throws Exception {
    try (SignerServer server = echo(SELF);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(server).isNotNull();
      channel.connect(SocketPath.address(socket));
      FramedConnection raw = connection(channel);
      raw.start();
      raw.send(new Frame.Writer(Kind.COMMAND, 1, 8).text("x").bytes(new byte[] {'['}).finish());
      raw.send(new Frame.Writer((byte) 99, 2, 8).finish());
      raw.send(Request.encode(command("good"), 3));
      for (long correlation = 1; correlation <= 2; correlation++) {
        FramedConnection.Incoming frame = raw.receive();
        assertThat(frame.correlation()).isEqualTo(correlation);
        Answer.Refused refused = (Answer.Refused) Answer.decode(frame.kind(), frame.body());
        assertThat(refused.code()).isEqualTo(Answer.Code.MALFORMED);
      }
      FramedConnection.Incoming good = raw.receive();
      assertThat(good.correlation()).isEqualTo(3);
      assertThat(Answer.decode(good.kind(), good.body())).isInstanceOf(Answer.Done.class);
      raw.close();
    }
  }

  /**
   * Peers may open many connections and read none of their answers: what waits for all of them is
   * bounded in all servers of a process, who reads is answered at another server, and what waited
   * for those that went is room again.
   */
  @Test
  void answersThatNobodyReadsTakeNoMoreThanTheirRoomWhateverTheNumberOfConnectionsAndServers()
      throws Exception {
    int answerBytes = 1 << 20;
    long bytesMax = 8L * answerBytes;
    FramedConnection.SendRoom.Together room = new FramedConnection.SendRoom.Together(bytesMax);
    String long1 = "x".repeat(answerBytes);
    java.util.concurrent.atomic.AtomicInteger answered =
        new java.util.concurrent.atomic.AtomicInteger();
    Path second = socket.resolveSibling("2");
    Path third = socket.resolveSibling("3");
    List<SocketChannel> idle = new ArrayList<>();
    SignerServer.Handler handler =
        (request, peer, responder) -> {
          responder.answer(new Answer.Done(JsonObject.builder().put("asked", long1).build()));
          answered.incrementAndGet();
        };
    try (SignerServer _ = SignerServer.accepting(socket, SELF, handler, bound(socket), room);
        SignerServer _ = SignerServer.accepting(second, SELF, handler, bound(second), room);
        SignerServer _ = SignerServer.accepting(third, SELF, handler, bound(third), room)) {
      for (int i = 0; i < 20; i++) {
        SocketChannel channel =
            SocketChannel.open(SocketPath.address(i % 2 == 0 ? socket : second));
        idle.add(channel);
        channel.write(ByteBuffer.wrap(Request.encode(command("x"), 1)));
      }
      for (int i = 0; i < 60_000 && answered.get() < 20; i++) {
        Thread.sleep(1);
      }
      assertThat(answered).hasValue(20);
      for (int i = 0; i < 60_000 && room.bytes() < bytesMax / 2; i++) {
        Thread.sleep(1);
      }
      assertThat(room.bytes()).isBetween(bytesMax / 2, bytesMax + bytesMax / 4);
      try (SignerClient client = new SignerClient(third)) {
        await(client);
        assertThat(asked(client, "x")).hasSize(answerBytes);
      }
      for (SocketChannel channel : idle) {
        channel.close();
      }
      for (int i = 0; i < 60_000 && room.bytes() > 0; i++) {
        Thread.sleep(1);
      }
      assertThat(room.bytes()).isZero();
      try (SignerClient client = new SignerClient(socket)) {
        await(client);
        assertThat(asked(client, "x")).hasSize(answerBytes);
      }
    }
  }

  private static java.nio.channels.ServerSocketChannel bound(Path path) throws IOException {
    java.nio.channels.ServerSocketChannel bound =
        java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    bound.bind(SocketPath.address(path));
    return bound;
  }

  private static FramedConnection connection(SocketChannel channel) {
    return new FramedConnection(channel, Frame.ANSWER_BYTES_MAX, Thread.ofPlatform().daemon());
  }

  @Test
  void aFrameOutOfBoundsOrOfAnotherVersionEndsItsConnectionAndNoOther() throws Exception {
    try (SignerServer server = echo(SELF);
        SignerClient other = new SignerClient(socket)) {
      assertThat(server).isNotNull();
      await(other);
      byte[] good = Request.encode(command("x"), 1);
      for (int length : List.of(-1, 0, Frame.HEADER_BYTES - 1, Frame.REQUEST_BYTES_MAX + 1)) {
        byte[] bad = good.clone();
        ByteBuffer.wrap(bad).putInt(length);
        assertEndsConnection(bad);
      }
      byte[] version = good.clone();
      version[4] = 2;
      assertEndsConnection(version);
      assertThat(asked(other, "still here")).isEqualTo("still here");
    }
  }

  private void assertEndsConnection(byte[] bytes) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(SocketPath.address(socket));
      channel.write(ByteBuffer.wrap(bytes));
      assertThat(readToEnd(channel)).isEmpty();
    }
  }

  @Test
  void aLargestRequestPassesAndALargerOneDoesNot() throws Exception {
    try (SignerServer server = echo(SELF);
        SignerClient client = new SignerClient(socket)) {
      assertThat(server).isNotNull();
      await(client);
      Request.Command largest = withPadding(Request.ARGUMENTS_BYTES_MAX - "{\"p\":\"\"}".length());
      assertThat(client.ask(largest, TIMEOUT)).isInstanceOf(Answer.Done.class);
      Request.Command larger =
          withPadding(Request.ARGUMENTS_BYTES_MAX - "{\"p\":\"\"}".length() + 1);
      assertThat(((Answer.Refused) client.ask(larger, TIMEOUT)).code())
          .isEqualTo(Answer.Code.MALFORMED);
    }
  }

  private static Request.Command withPadding(int length) {
    return new Request.Command("x", JsonObject.builder().put("p", "y".repeat(length)).build());
  }

  @Test
  void framesSentByteByByteAreRead() throws Exception {
    try (SignerServer server = echo(SELF);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(server).isNotNull();
      channel.connect(SocketPath.address(socket));
      for (byte b : Request.encode(command("slow"), 9)) {
        channel.write(ByteBuffer.wrap(new byte[] {b}));
      }
      FramedConnection raw = connection(channel);
      assertThat(raw.receive().correlation()).isEqualTo(9);
    }
  }

  @Test
  void aConnectionThatEndsInsideAFrameEnds() throws Exception {
    try (SignerServer server = echo(SELF)) {
      assertThat(server).isNotNull();
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(SocketPath.address(socket));
        channel.write(ByteBuffer.wrap(Request.encode(command("cut"), 9), 0, 7));
        channel.shutdownOutput();
        FramedConnection raw = connection(channel);
        assertThatThrownBy(raw::receive).isInstanceOfAny(EOFException.class, IOException.class);
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsRefusedWithAdvice() {
    Path longest = Path.of("/" + "x".repeat(SocketPath.BYTES_MAX - 1));
    assertThat(SocketPath.address(longest).getPath()).isEqualTo(longest);
    assertThatThrownBy(() -> SocketPath.address(Path.of(longest + "y")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("107")
        .hasMessageContaining("shorter");
  }
}
