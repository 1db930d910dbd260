package dev.counterfoil.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.installation.layout.DataFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code audit forget} asks the monitor for, and what it says of the answer. */
class AuditForgetCommandTest {
  @TempDir Path folder;

  private final List<JsonObject> asked = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private ServerSocketChannel monitor;

  private volatile JsonObject answer = found("abcdefghijkl").build();

  private static JsonObject.Builder found(String... pseudonyms) {
    return JsonObject.builder()
        .put("pseudonyms", List.of(pseudonyms))
        .put("events", 12)
        .put("young", 3)
        .put("administered", false);
  }

  @BeforeEach
  void listen() throws IOException {
    DataFolder data = new DataFolder(folder);
    SampleContext.write(folder, "trial", "s1");
    Files.createDirectories(data.monitor());
    monitor = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    monitor.bind(UnixDomainSocketAddress.of(data.monitor().resolve("admin.sock")));
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (true) {
      try (SocketChannel channel = monitor.accept()) {
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        asked.add(
            StrictJson.object(
                Objects.requireNonNull(in.readLine()).getBytes(StandardCharsets.UTF_8), 1 << 20));
        channel.write(
            ByteBuffer.wrap((answer + "\n{\"end\":true}\n").getBytes(StandardCharsets.UTF_8)));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | FormatException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    monitor.close();
  }

  private CommandRun forget(String... words) {
    List<String> all = new ArrayList<>(List.of("audit", "forget"));
    all.addAll(List.of(words));
    all.addAll(List.of("--data", folder.toString()));
    return CommandRun.of(all.toArray());
  }

  @Test
  void withoutYesItSaysWhatWouldBeAndChangesNothing() {
    CommandRun run = forget("--tenant", "acme", "alice@acme.example");
    assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(asked)
        .singleElement()
        .hasToString(
            "{\"domain\":\"trial\",\"tenant\":\"acme\",\"name\":\"alice@acme.example\","
                + "\"ask\":\"audit-forget\",\"do\":\"look\"}");
    assertThat(run.out())
        .contains("To be forgotten: 12 events of abcdefghijkl, 3 of them less than a year old.")
        .contains("Nothing was changed. To do it, run this again with --ground and --yes.");
  }

  @Test
  void withYesItIsDoneOnTheGroundThatIsNamed() throws Exception {
    CommandRun run = forget("alice@acme.example", "--tenant=acme", "--ground=request 12", "--yes");
    assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(asked.getFirst().string("do")).isEqualTo("forget");
    assertThat(asked.getFirst().string("ground")).isEqualTo("request 12");
    assertThat(run.out())
        .contains("Forgotten: 12 events of abcdefghijkl")
        .doesNotContain("Nothing");
    answer = found().build();
    assertThat(forget("carol", "--tenant=acme").out()).contains("No event of the tenant");
  }

  @Test
  void aRefusalIsSaidWithItsReasonAndItsExitCode() throws Exception {
    answer = found().put("refused", "the tenant is on hold\u001b[2J").build();
    CommandRun run = forget("alice@acme.example", "--tenant=acme", "--yes", "--ground=x");
    assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("Error: nobody was forgotten: the tenant is on hold")
        .doesNotContain("\u001b");
    CommandRun json = forget("alice@acme.example", "--tenant=acme", "--yes", "--json");
    assertThat(json.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(json.json().string("refused")).contains("on hold");
    answer = found("abcdefghijkl").build();
    CommandRun done = forget("alice@acme.example", "--tenant=acme", "--yes", "--json");
    assertThat(done.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(done.json().has("refused")).isFalse();
    assertThat(done.json().number("events")).isEqualTo(12);
  }

  @Test
  void whatIsMissingIsSaidAndNobodyIsAsked() throws Exception {
    assertThat(forget("alice@acme.example").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(forget("--tenant=acme").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(forget("alice", "--tenant=acme", "--domain=other").exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(asked).isEmpty();
    monitor.close();
    CommandRun away = forget("alice", "--tenant=acme");
    assertThat(away.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(away.err()).contains("the monitor does not answer: ");
  }
}
