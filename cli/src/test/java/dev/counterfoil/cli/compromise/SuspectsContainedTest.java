package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two signers with whose keys forged tokens were seen: both are replaced, or the one that can. */
class SuspectsContainedTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final List<String> revoked = new CopyOnWriteArrayList<>();

  /** Whether the second signer does what it is told to. */
  private volatile boolean isUp;

  private String first;
  private String second;
  private ServedIssuer authority;
  private ScriptedMonitor monitor;
  private SignerServer registrar;
  private SignerServer issuing;
  private SignerServer standingBy;

  @BeforeEach
  void anInstallation() throws Exception {
    authority = new ServedIssuer("trial");
    TestIssuer issuer = authority.issuer();
    issuer.addLog("s2g1");
    first = issuer.addKey().kid();
    TestKeys.Es256 other = new TestKeys.Es256();
    issuer.state(issuer.statement(other, "s2g1"));
    second = other.kid();
    issuer.publish();
    monitor = new ScriptedMonitor(folder);
    monitor.says("forged-keys", forged(first), forged(second));
    monitor.says("findings");
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("trial");
    SampleContext.write(folder, "trial", "s1", "s2");
    registrar =
        listen(
            domain.registrar(),
            true,
            command -> {
              // It would still have the keys, and nobody has them gone from it.
              authority.away();
              revoked.addAll(strings(command.arguments().get("kids")));
              return new Answer.Done(
                  JsonObject.builder().put("version", 9L).put("changed", true).build());
            });
    issuing = listen(domain.signer(), true, command -> replaced("s1g1", first));
    standingBy =
        listen(
            domain.signer().resolveSibling("signer-s2"),
            false,
            command ->
                isUp
                    ? replaced("s2g1", second)
                    : new Answer.Refused(Answer.Code.DISK_FULL, "make room"));
    Files.writeString(domain.policy(), issuer.policy().text());
  }

  private static List<String> strings(@Nullable Object list) {
    return list instanceof List<?> all ? all.stream().map(String::valueOf).toList() : List.of();
  }

  private static JsonObject forged(String kid) {
    return JsonObject.builder().put("kid", kid).put("count", 1L).build();
  }

  private static Answer replaced(String log, String kid) {
    return new Answer.Done(
        JsonObject.builder()
            .put("log", log)
            .put("size", 0L)
            .put("kids", List.of(kid))
            .put("already", false)
            .put("own", List.of(log))
            .build());
  }

  private static SignerServer listen(
      Path at, boolean isReady, Function<Request.Command, Answer> answers) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"),
        UnixUsers.self(),
        (request, peer, to) -> {
          Request.Command command = (Request.Command) request;
          to.answer(
              command.name().equals(Commands.STATUS)
                  ? new Answer.Done(JsonObject.builder().put("ready", isReady).build())
                  : answers.apply(command));
        });
  }

  @AfterEach
  void close() throws Exception {
    authority.close();
    monitor.close();
    registrar.close();
    issuing.close();
    standingBy.close();
  }

  private CommandRun compromise(String... more) {
    Object[] words = new Object[4 + more.length];
    words[0] = "compromise";
    words[1] = "--yes";
    words[2] = "--data";
    words[3] = folder;
    System.arraycopy(more, 0, words, 4, more.length);
    return CommandRun.of(words);
  }

  @Test
  void oneThatFailsKeepsNoOtherOnesKeysGood() {
    CommandRun run = compromise("--json");
    assertThat(revoked).containsExactly(first);
    assertThat(run.exitCode()).isNotEqualTo(ExitCode.OK);
    assertThat(run.err()).contains("Warning: signer s2 is not replaced", "make room");
    JsonObject said = run.json();
    assertThat(said.get("kids")).isEqualTo(List.of(first));
    assertThat(said.get("contained")).isEqualTo(false);
    assertThat(String.valueOf(said.get("not_replaced"))).contains("\"signer\":\"s2\"", "make room");
  }

  @Test
  void peopleAreToldWhichOneItIs() {
    assertThat(compromise().out())
        .contains("log s1g1 is sealed", "NOT CONTAINED", "a suspect signer is not replaced")
        .contains("signer s2 is not replaced, and its keys stay valid");
  }

  @Test
  void bothAreReplacedWhereBothCanBe() {
    isUp = true;
    CommandRun run = compromise("--json");
    assertThat(revoked).as("the control").containsExactly(second, first);
    assertThat(run.err()).doesNotContain("is not replaced");
    JsonObject said = run.json();
    assertThat(said.get("not_replaced")).isEqualTo(List.of());
    assertThat(said.get("kids")).isEqualTo(List.of(second));
    assertThat(String.valueOf(said.get("more"))).contains(first);
  }
}
