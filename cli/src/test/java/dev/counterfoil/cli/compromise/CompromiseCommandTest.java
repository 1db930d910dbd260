package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which words replace a signer while nobody answers for the key log. */
class CompromiseCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final List<String> asked = new CopyOnWriteArrayList<>();

  /** Whether the registrar revokes. */
  private volatile boolean takes;

  private SignerServer signer;
  private SignerServer registrar;

  @BeforeEach
  void anInstallationWithoutItsAuthority() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("main");
    SampleContext.write(folder, "main", "s1");
    signer = listen(domain.signer(), this::ended);
    registrar =
        listen(
            domain.registrar(),
            asked ->
                takes
                    ? new Answer.Done(
                        JsonObject.builder().put("version", 9L).put("changed", true).build())
                    : new Answer.Refused(Answer.Code.DISK_FULL, "make room"));
    // Port 1 is nobody's.
    String issuer = "http://127.0.0.1:1/main";
    NoteKey keyLog =
        NoteKey.of(
            KeyLog.origin(issuer),
            KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic());
    Files.writeString(
        domain.policy(),
        new TrustPolicy("main", issuer, new RootPin(1, Hash.sha256()), List.of(keyLog)).text());
  }

  /** It had s1g1, runs s1g2, and knows no other. */
  private Answer ended(Request.Command replace) {
    Object log = replace.arguments().get("log");
    boolean past = "s1g1".equals(log);
    return log == null || past || "s1g2".equals(log)
        ? new Answer.Done(
            JsonObject.builder()
                .put("log", past ? "s1g1" : "s1g2")
                .put("size", 7L)
                .put("kids", List.of(past ? "then" : "now"))
                .put("already", past)
                .put("own", List.of("s1g1", "s1g2"))
                .put(
                    "announced",
                    JsonObject.builder().put("log", "s1g3").put("kids", List.of("next")).build())
                .build())
        : new Answer.Refused(Answer.Code.UNKNOWN, "never had it");
  }

  private SignerServer listen(Path at, Function<Request.Command, Answer> answers) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"),
        UnixUsers.self(),
        (request, peer, to) -> {
          Request.Command command = (Request.Command) request;
          if (command.name().equals(Commands.STATUS)) {
            to.answer(new Answer.Done(JsonObject.builder().put("ready", true).build()));
            return;
          }
          asked.add(
              command.name().equals(Commands.REPLACE)
                  ? command.arguments().toString()
                  : String.valueOf(command.arguments().get("kids")));
          to.answer(answers.apply(command));
        });
  }

  @AfterEach
  void close() throws Exception {
    signer.close();
    registrar.close();
  }

  private int compromise(String... words) {
    List<String> all = new ArrayList<>(List.of("compromise", "--yes"));
    all.addAll(List.of(words));
    all.addAll(List.of("--data", folder.toString()));
    return CommandRun.of(all.toArray()).exitCode();
  }

  @Test
  void aLogThatMayHaveEndedIsNotTakenForItsSigner() {
    // The registrar says no each time, after it was asked to revoke.
    assertThat(compromise("s1g1")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("{\"log\":\"s1g1\"}", "[then]");
    asked.clear();
    assertThat(compromise("s1g9")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("{\"log\":\"s1g9\"}");
    asked.clear();
    assertThat(compromise("s1g1", "--again")).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(compromise("s7")).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(compromise("d1g1")).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(asked).isEmpty();
  }

  @Test
  void aSignerIsReplacedByItsName() {
    assertThat(compromise("s1")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("{}", "[now]");
    asked.clear();
    assertThat(compromise("s1", "--again")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("{\"again\":true}", "[now]");
  }

  @Test
  void amongSeveralOneIsNamedWhereNobodyCanTellWhatWasContained() throws Exception {
    SampleContext.write(folder, "main", "s1", "s2");
    assertThat(compromise()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(asked).isEmpty();
    assertThat(compromise("s1")).isEqualTo(ExitCode.NO);
  }

  @Test
  void whatElseWasTakenBackIsShownAndWhatIsToBeSaidOnceMore() {
    takes = true;
    CommandRun now = CommandRun.of("compromise", "--yes", "s1", "--data", folder.toString());
    assertThat(now.exitCode()).as("no monitor answers").isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(asked).containsExactly("{}", "[now]", "[next]");
    assertThat(now.out())
        .contains("log s1g2 is sealed at size 7", "log s1g3", ": next")
        .contains("Warning: the key log cannot be read")
        .contains("Run this command again once the signer is back");
    CommandRun before = CommandRun.of("compromise", "--yes", "s1g1", "--data", folder.toString());
    assertThat(before.out())
        .as("the control: it was replaced before")
        .contains("log s1g1 is sealed", "the logs that it began since then continue")
        .doesNotContain("once the signer is back");
  }

  @Test
  void withoutTheMonitorProgramsAreToldWhatWasRevoked() {
    takes = true;
    CommandRun run =
        CommandRun.of("compromise", "--yes", "s1", "--json", "--data", folder.toString());
    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(run.err()).contains("The keys are revoked, but the monitor does not answer");
    JsonObject said = run.json();
    assertThat(said.get("log")).isEqualTo("s1g2");
    assertThat(said.get("kids")).isEqualTo(List.of("now"));
    assertThat(said.get("contained")).isEqualTo(false);
    assertThat(said.get("key_log_size")).isEqualTo(9L);
    assertThat(said.has("verifiers")).isFalse();
    assertThat(said.has("uses")).isFalse();
    takes = false;
    CommandRun refused =
        CommandRun.of("compromise", "--yes", "s1", "--json", "--data", folder.toString());
    assertThat(refused.out()).as("the control: nothing is revoked").isEmpty();
  }
}
