package dev.counterfoil.cli.audit.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code audit key} asks a registrar for. */
final class AuditKeyCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final List<String> asked = new ArrayList<>();

  private CommandRun end(Object... options) throws Exception {
    SampleContext.write(folder, "main", "s1");
    Path socket = folder.resolve("domains/main/registrar/admin.sock");
    Files.createDirectories(socket.getParent());
    SignerServer.Handler registrar =
        (request, peer, responder) -> {
          asked.add(((Request.Command) request).arguments().toString());
          responder.answer(new Answer.Done(JsonObject.builder().put("waits", "c7").build()));
        };
    List<Object> words =
        new ArrayList<>(List.of("audit", "key", "--data", folder, "--end", "monitor/audit"));
    words.addAll(List.of(options));
    try (SignerServer server = SignerServer.listen(socket, UnixUsers.self(), registrar)) {
      assertThat(server).isNotNull();
      return CommandRun.of(words.toArray());
    }
  }

  @Test
  void anEndNamesItsSizeUnlessTheKeyIsWithdrawn() throws Exception {
    CommandRun without = end();
    assertThat(without.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(without.err()).contains("--size");
    assertThat(end("--reason", "lost").exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(asked).isEmpty();
    CommandRun with = end("--size", "90");
    assertThat(with.exitCode()).as(with.err()).isZero();
    assertThat(with.out()).contains("WAITS", "keys confirm c7");
    assertThat(end("--reason", "withdrawn").exitCode()).isZero();
    assertThat(asked).hasSize(2);
    assertThat(asked.getFirst()).contains("\"size\":90", "\"reason\":\"replaced\"");
    assertThat(asked.getLast()).contains("\"size\":0", "\"reason\":\"withdrawn\"");
  }
}
