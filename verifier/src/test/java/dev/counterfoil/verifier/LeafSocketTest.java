package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.leaves.LeafSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One stream for a host over a Unix socket, with neighbours that are honest, lying or broken. */
class LeafSocketTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private Path folder;
  private Path socket;

  /** Below /tmp, since a socket's path has at most 107 bytes. */
  @BeforeEach
  void start() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    socket = folder.resolve("leaves.sock");
    issuer.fill("s1g1", 20);
    issuer.publish();
  }

  @AfterEach
  void clean() throws IOException {
    Files.deleteIfExists(socket);
    Files.delete(folder);
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy())
        .network(issuer)
        .clock(clock)
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(Duration.ofMillis(200), PATIENCE))
        .stream();
  }

  /** A verifier that can have leaves from the socket alone. */
  private Verifier neighbour() {
    return builder()
        .network(
            (uri, max) -> {
              if (uri.getPath().contains("/leaves") || uri.getPath().contains("s1g1/tile/0/")) {
                throw new IOException("the neighbour has them");
              }
              return issuer.get(uri, max);
            })
        .leavesFrom(URI.create("unix:" + socket))
        .build();
  }

  private String forged() {
    return issuer.draft(key).claim("sub", "thief").at("s1g1", 5).signed(key);
  }

  private void verifies(Verifier verifier) {
    String token = issuer.issue(issuer.draft(key), key);
    StreamTest.awaitSize(verifier, "s1g1", issuer.log("s1g1").size());
    assertThat(verifier.verify(token, TokenCases.MAIL))
        .isInstanceOfSatisfying(
            Verified.class, v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class));
    assertThat(verifier.verify(forged(), TokenCases.MAIL))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.NEVER_ISSUED));
  }

  @Test
  void aNeighbourHasHisLeavesFromTheSocketAlone() throws Exception {
    try (Verifier sharing = builder().shareLeavesAt(socket).build();
        Verifier neighbour = neighbour()) {
      StreamTest.awaitSize(sharing, "s1g1", 20);
      verifies(neighbour);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void aSocketThatIsLeftIsReplacedAndAFileIsNot() throws Exception {
    ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    killed.bind(UnixDomainSocketAddress.of(socket));
    killed.close();
    assertThat(socket).exists();
    try (Verifier sharing = builder().shareLeavesAt(socket).build()) {
      StreamTest.awaitSize(sharing, "s1g1", 20);
      assertThat(answer("s1g1 0 0\n")).isPositive();
    }
    Files.writeString(socket, "mine");
    assertThatThrownBy(() -> builder().shareLeavesAt(socket).build())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(socket.toString());
    assertThat(Files.readString(socket)).isEqualTo("mine");
  }

  /** Length of the answer to a question; -1 when it is hung up. */
  private int answer(String question) throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      return answer(client, question);
    }
  }

  private static int answer(SocketChannel client, String question) {
    try {
      client.write(ByteBuffer.wrap(question.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
      while (length.hasRemaining()) {
        if (client.read(length) < 0) {
          return -1;
        }
      }
      return length.flip().getInt();
    } catch (IOException e) {
      // Hung up before the question was there, or with something unread.
      return -1;
    }
  }

  @Test
  void whoAsksForNothingIsHungUpOnAndOthersAreServed() throws Exception {
    try (Verifier sharing = builder().shareLeavesAt(socket).build()) {
      StreamTest.awaitSize(sharing, "s1g1", 20);
      for (String garbage :
          List.of(
              "\n",
              "s1g1 0\n",
              "s1g1 -1 0\n",
              "s1g1 0 9999\n",
              "GET / HTTP/1.1\r\n",
              "x".repeat(64))) {
        assertThat(answer(garbage)).as(garbage).isEqualTo(-1);
      }
      assertThat(answer("other 0 0\n")).as("no such log").isZero();
      assertThat(answer("s1g1 5 0\n")).isPositive();
    }
  }

  /** Whatever answers there, leaves come from the authority then. */
  @Test
  void aNeighbourThatLiesIsBelievedNothing() throws Exception {
    byte[] planted = new TreeHasher().leaf("planted".getBytes(StandardCharsets.US_ASCII)).bytes();
    try (Verifier honest = builder().shareLeaves().build()) {
      StreamTest.awaitSize(honest, "s1g1", 20);
      LeafSocket.Leaves lying =
          giving(
              (log, from) -> {
                Optional<byte[]> batch = honest.leaves(log, from, Duration.ZERO);
                batch.ifPresent(
                    bytes ->
                        System.arraycopy(
                            planted, 0, bytes, bytes.length - 32, bytes.length < 32 ? 0 : 32));
                return batch;
              });
      try (LeafSocket liar = LeafSocket.listen(socket, lying);
          Verifier neighbour = builder().leavesFrom(URI.create("unix:" + socket)).build()) {
        assertThat(liar).isNotNull();
        verifies(neighbour);
      }
    }
  }

  @FunctionalInterface
  private interface Giving {
    Optional<byte[]> from(String log, long position) throws InterruptedException;
  }

  /** Gives out without a wait. */
  private static LeafSocket.Leaves giving(Giving giving) {
    return new LeafSocket.Leaves() {
      @Override
      public void await(String log, long position, Duration wait) {}

      @Override
      public Optional<byte[]> from(String log, long position) throws InterruptedException {
        return giving.from(log, position);
      }
    };
  }

  /** All places are taken by neighbours who ask and never read; then an honest one comes. */
  @Test
  void whoeverDoesNotReadHoldsNeitherMemoryNorHisPlace() throws Exception {
    byte[] large = new byte[2 << 20];
    AtomicInteger made = new AtomicInteger();
    List<SocketChannel> idle = new ArrayList<>();
    try (LeafSocket sharing =
        LeafSocket.listen(
            socket,
            giving(
                (log, from) -> {
                  made.incrementAndGet();
                  return Optional.of(large);
                }))) {
      assertThat(sharing).isNotNull();
      for (int i = 0; i < LeafSocket.NEIGHBOURS_MAX; i++) {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(socket));
        client.write(ByteBuffer.wrap("s1g1 0 0\n".getBytes(StandardCharsets.US_ASCII)));
        idle.add(client);
      }
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (made.get() < LeafSocket.BATCHES_MAX) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(1);
      }
      // The places of those who do not read come free, and whoever reads gets all of it.
      while (true) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        int length = answer("s1g1 0 0\n");
        if (length == large.length) {
          break;
        }
        assertThat(length).isEqualTo(-1);
        Thread.sleep(50);
      }
    } finally {
      for (SocketChannel client : idle) {
        client.close();
      }
    }
  }

  @Test
  void aNeighbourThatSaysNothingOrTooMuchHoldsNobodyUp() throws Exception {
    for (byte[] says :
        List.of(new byte[0], new byte[] {127, -1, -1, -1}, new byte[] {0, 0, 0, 9, 1})) {
      try (ServerSocketChannel broken = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        broken.bind(UnixDomainSocketAddress.of(socket));
        Thread accepting =
            new Thread(
                () -> {
                  try {
                    while (true) {
                      broken.accept().write(ByteBuffer.wrap(says));
                    }
                  } catch (IOException e) {
                    // Closed: the test is over.
                    return;
                  }
                });
        accepting.setDaemon(true);
        accepting.start();
        try (Verifier neighbour = builder().leavesFrom(URI.create("unix:" + socket)).build()) {
          verifies(neighbour);
        }
      }
      Files.delete(socket);
    }
  }

  @Test
  void aSocketHasAnAbsolutePath() {
    assertThat(builder().leavesFrom(URI.create("unix:/run/leaves.sock"))).isNotNull();
    for (String wrong : List.of("unix:leaves.sock", "unix:./leaves.sock")) {
      assertThatThrownBy(() -> builder().leavesFrom(URI.create(wrong)))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
