package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.containment.ForgedKeys;
import dev.counterfoil.operations.containment.LeftGood;
import dev.counterfoil.operations.containment.PublishedSets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the monitor's word, or its silence, makes of a containment. */
@Timeout(120)
class ForgedKeysTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private KeySet keys;

  @SuppressWarnings("NullAway.Init") // before each test
  private String kid;

  @BeforeEach
  void aKeyLog() throws Exception {
    Samples samples = new Samples();
    KeyLogState state = samples.nothing();
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    keys = state.keySet(state.size(), Samples.NOW);
    kid = samples.statement().kid();
  }

  @Test
  void theMonitorCountsAndOnlyLiveKeysOfOursStay() throws Exception {
    Path socket = folder.resolve("admin.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread answering = Thread.ofVirtual().start(() -> answer(server));
      Optional<ForgedKeys> seen =
          ForgedKeys.seen(new MonitorAdmin(socket, Duration.ofSeconds(60)), keys, Samples.NOW);
      answering.join();
      assertThat(seen.orElseThrow().counts()).isEqualTo(Map.of(kid, 2L));
    }
  }

  private void answer(ServerSocketChannel server) {
    try (SocketChannel channel = server.accept()) {
      ByteBuffer question = ByteBuffer.allocate(4096);
      channel.read(question);
      String asked = new String(question.array(), 0, question.position(), StandardCharsets.UTF_8);
      String lines =
          asked.contains("\"forged-keys\"")
              ? "{\"kid\":\"%s\",\"count\":2}\n{\"kid\":\"other\",\"count\":9}\n".formatted(kid)
              : "";
      channel.write(ByteBuffer.wrap((lines + "{\"end\":true}\n").getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oneThatHangsSaysNothing() throws Exception {
    Path socket = folder.resolve("admin.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertThat(
              ForgedKeys.seen(new MonitorAdmin(socket, Duration.ofSeconds(1)), keys, Samples.NOW))
          .isEmpty();
    }
  }

  private ContainmentVerdict verdict(boolean forgeriesKnown, String... found) {
    return verdict(List.of(), forgeriesKnown, Optional.of(List.of()), found);
  }

  private ContainmentVerdict verdict(
      List<SignersContained.Failed> failed,
      boolean forgeriesKnown,
      Optional<List<HeldTokens>> held,
      String... found) {
    return ContainmentVerdict.of(
        new PublishedSets.Look(
            List.of("/jwks"),
            List.of(),
            List.of(found).stream().map(one -> new PublishedSets.Found(one, "/jwks")).toList()),
        Set.of(kid),
        failed,
        forgeriesKnown,
        held,
        true,
        Optional.of(keys),
        Samples.NOW);
  }

  private static String text(ContainmentVerdict verdict) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    verdict.say(new PrintStream(out, true, StandardCharsets.UTF_8), Samples.NOW);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutTheMonitorNothingIsSaidToBeContained() {
    assertThat(verdict(true).isContained()).as("the control").isTrue();
    assertThat(text(verdict(true))).startsWith("CONTAINED:");
    assertThat(verdict(false).isContained()).isFalse();
    assertThat(text(verdict(false))).contains("REVOKED, AND NOT CHECKED", "the monitor");
    assertThat(text(verdict(false, kid))).contains("NOT CONTAINED", kid + " at /jwks");
  }

  @Test
  void whereTokensThatStayValidAreNotHeldNothingIsSaidToBeContained() {
    LeftGood left = new LeftGood("s1g1", new LinkedHashMap<>(Map.of(kid, 7L)));
    ContainmentVerdict all =
        verdict(List.of(), true, Optional.of(List.of(new HeldTokens(left, Optional.of(7L)))));
    assertThat(all.isContained()).as("the control").isTrue();
    ContainmentVerdict some =
        verdict(List.of(), true, Optional.of(List.of(new HeldTokens(left, Optional.of(6L)))));
    assertThat(some.isContained()).isFalse();
    assertThat(text(some)).contains("NOT CONTAINED", "does not hold all tokens that stay valid");
    ContainmentVerdict unknown = verdict(List.of(), true, Optional.empty());
    assertThat(unknown.isContained()).isFalse();
    assertThat(text(unknown)).contains("REVOKED, AND NOT CHECKED", "what it holds");
  }

  @Test
  void whereASuspectIsNotReplacedNothingIsSaidToBeContained() {
    ContainmentVerdict verdict =
        verdict(
            List.of(new SignersContained.Failed("s2", CommandFailure.unavailable("it is down"))),
            true,
            Optional.of(List.of()));
    assertThat(verdict.isContained()).isFalse();
    assertThat(text(verdict))
        .contains("NOT CONTAINED", "a suspect signer is not replaced")
        .contains("signer s2 is not replaced, and its keys stay valid: it is down");
  }

  @Test
  void aCopyOfAKeyThatIsStillPublishedMayBeginNow() {
    assertThat(verdict(true).lastCopyEnds()).as("the control: it was not published").isEmpty();
    Instant end = verdict(true, kid).lastCopyEnds().orElseThrow();
    assertThat(end).isAfter(Samples.NOW);
    assertThat(text(verdict(true, kid))).contains("that was fetched by now ends at " + end);
  }
}
