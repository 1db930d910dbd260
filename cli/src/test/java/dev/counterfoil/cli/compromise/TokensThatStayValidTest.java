package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.containment.LeftGood;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signer that was contained before: which tokens of each of its logs are said to stay valid. */
class TokensThatStayValidTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private String past;
  private String sealed;
  private String present;
  private ServedIssuer authority;
  private ScriptedMonitor monitor;
  private SignerServer registrar;
  private SignerServer signer;

  /** It had s1g1, which ended at 1669, and s1g2, which was revoked from 300 on and ended at 388. */
  @BeforeEach
  void aSignerWithTwoLogsThatEnded() throws Exception {
    authority = new ServedIssuer("trial");
    authority.publishSets();
    TestIssuer issuer = authority.issuer();
    issuer.addLog("s1g2");
    issuer.addLog("s1g3");
    past = issuer.addKey().kid();
    sealed = state(issuer, "s1g2");
    present = state(issuer, "s1g3");
    issuer.endLog("s1g1", 1669, KeyLogEvent.EndReason.PLANNED);
    issuer.endLog("s1g2", 388, KeyLogEvent.EndReason.REPLACED);
    issuer.revokeKey(past, "s1g1", 1669);
    issuer.revokeKey(sealed, "s1g2", 300);
    issuer.publish();
    monitor = new ScriptedMonitor(folder);
    monitor.says("forged-keys");
    monitor.says("findings");
    monitor.says("report", JsonObject.builder().put("type", "summary").put("signed", 0L).build());
    monitor.says(
        "acknowledgements",
        JsonObject.builder()
            .put("type", "summary")
            .put("now_ms", Instant.now().toEpochMilli())
            .build());
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("trial");
    SampleContext.write(folder, "trial", "s1");
    registrar =
        listen(
            domain.registrar(),
            JsonObject.builder().put("version", 9L).put("changed", false).build());
    signer =
        listen(
            domain.signer(),
            JsonObject.builder()
                .put("log", "s1g2")
                .put("size", 388L)
                .put("kids", List.of(sealed))
                .put("already", true)
                .put("own", List.of("s1g1", "s1g2", "s1g3"))
                .build());
    Files.writeString(domain.policy(), issuer.policy().text());
  }

  private static String state(TestIssuer issuer, String log) {
    TestKeys.Es256 key = new TestKeys.Es256();
    issuer.state(issuer.statement(key, log));
    return key.kid();
  }

  private static SignerServer listen(Path at, JsonObject done) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"),
        UnixUsers.self(),
        (request, peer, to) -> to.answer(new Answer.Done(done)));
  }

  @AfterEach
  void close() throws Exception {
    authority.close();
    monitor.close();
    registrar.close();
    signer.close();
  }

  private void monitorHolds(long first, long second, JsonObject... more) {
    monitor.says(
        "status",
        JsonObject.builder()
            .put(
                "logs",
                Stream.concat(
                        Stream.of(held("s1g1", first), held("s1g2", second), held("s1g3", 0)),
                        Stream.of(more))
                    .toList())
            .build());
  }

  private static JsonObject held(String log, long size) {
    return JsonObject.builder().put("domain", "trial").put("log", log).put("held", size).build();
  }

  private CommandRun compromise(Object... more) {
    return CommandRun.of(
        Stream.concat(Stream.of("compromise", "--data", folder), Stream.of(more)).toArray());
  }

  @Test
  void everyLogWhoseTokensStayValidIsHeldOrItIsNoSuccess() {
    monitorHolds(1669, 300);
    CommandRun all = compromise("--yes", "--wait", "0s");
    assertThat(all.err()).as("the control").doesNotContain("Warning");
    assertThat(all.out()).contains("CONTAINED ALREADY");
    assertThat(all.exitCode()).isEqualTo(ExitCode.OK);
    monitorHolds(0, 300);
    CommandRun run = compromise("--yes", "--wait", "0s");
    assertThat(run.err())
        .contains("the monitor holds 0 of 1669 tokens of log s1g1")
        .contains("bring the signer or its folder back first")
        .contains("--signer-lost s1g1 --from 0 --kid " + past)
        .doesNotContain("tokens of log s1g2");
    assertThat(run.out()).contains("NOT CONTAINED").doesNotContain("CONTAINED ALREADY");
    assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    CommandRun named = compromise("s1g2", "--yes", "--wait", "0s");
    assertThat(named.out()).contains("NOT CONTAINED").doesNotContain("CONTAINED ALREADY");
    assertThat(named.exitCode()).isEqualTo(ExitCode.NO);
    monitor.says("status", JsonObject.builder().put("logs", List.of()).build());
    assertThat(compromise("--yes", "--wait", "0s").exitCode())
        .as("a log that it does not follow")
        .isEqualTo(ExitCode.NO);
  }

  /** What was seen before is not there: that nothing was seen is no ground for CONTAINED. */
  @Test
  void whereTheMonitorLostWhatWasSeenItIsNoSuccess() {
    monitorHolds(1669, 300);
    assertThat(compromise("--yes", "--wait", "0s").exitCode())
        .as("the control")
        .isEqualTo(ExitCode.OK);
    monitor.says(
        "findings",
        JsonObject.builder()
            .put("kind", "database-lost")
            .put("domain", "trial")
            .put("first_seen_ms", Instant.now().toEpochMilli())
            .put("state", "open")
            .build());
    for (Object[] who : List.of(new Object[] {}, new Object[] {"s1"}, new Object[] {"s1g2"})) {
      CommandRun run =
          compromise(Stream.concat(Stream.of(who), Stream.of("--yes", "--wait", "0s")).toArray());
      assertThat(run.out())
          .contains("NOT CONTAINED", "The monitor lost its database")
          .contains("  " + present + " (log s1g3): run counterfoil compromise s1g3 --yes")
          .doesNotContain("CONTAINED ALREADY");
      assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    }
    JsonObject said = compromise("--yes", "--wait", "0s", "--json").json();
    assertThat(said.get("contained")).isEqualTo(false);
    assertThat(said.get("forgotten")).isEqualTo(List.of(present));
    JsonObject lost =
        compromise(
                words(
                    new String[] {"--signer-lost", "s1g2", "--kid", sealed, "--from"},
                    "300",
                    "--yes",
                    "--wait",
                    "0s",
                    "--json"))
            .json();
    assertThat(lost.get("contained")).isEqualTo(false);
  }

  /** A signer that is named answers for itself, and the screen says of whom nothing is known. */
  @Test
  void whatWasSeenOfOtherSignersIsNotSaidToBeNothing() throws Exception {
    TestIssuer issuer = authority.issuer();
    issuer.addLog("s2g1");
    String other = state(issuer, "s2g1");
    issuer.revokeKey(present, "s1g3", 0);
    issuer.publish();
    monitorHolds(1669, 300);
    monitor.says("findings", lostNow(List.of()));
    CommandRun named = compromise("s1", "--yes", "--wait", "0s");
    assertThat(named.out())
        .contains("CONTAINED ALREADY", "of signers that you did not name nothing is known")
        .contains("  " + other + " (log s2g1): run counterfoil compromise s2g1 --yes");
    assertThat(named.exitCode()).isEqualTo(ExitCode.OK);
    monitor.says("findings", lostNow(List.of(other)));
    for (String who : List.of("s1", "s1g2")) {
      CommandRun told = compromise(who, "--yes", "--wait", "0s");
      assertThat(told.out())
          .contains("NOT CONTAINED", "  " + other + " (log s2g1): run")
          .doesNotContain("CONTAINED ALREADY");
      assertThat(told.exitCode()).isEqualTo(ExitCode.NO);
    }
  }

  private static JsonObject lostNow(List<String> forged) {
    return JsonObject.builder()
        .put("kind", "database-lost")
        .put("domain", "trial")
        .put("first_seen_ms", Instant.now().toEpochMilli())
        .put("detail", JsonObject.builder().put("forged_kids", forged).build())
        .build();
  }

  /** The first run contained another signer, too; the second one names it no more. */
  @Test
  void withoutANameTheLogsOfOtherSignersThatWereContainedCountAsWell() throws Exception {
    TestIssuer issuer = authority.issuer();
    issuer.addLog("s2g1");
    issuer.revokeKey(state(issuer, "s2g1"), "s2g1", 5);
    issuer.publish();
    monitorHolds(1669, 300);
    CommandRun run = compromise("--yes", "--wait", "0s");
    assertThat(run.err()).contains("the monitor holds 0 of 5 tokens of log s2g1");
    assertThat(run.out()).contains("NOT CONTAINED").doesNotContain("CONTAINED ALREADY");
    assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    JsonObject said = compromise("--yes", "--wait", "0s", "--json").json();
    assertThat(said.get("contained")).isEqualTo(false);
    assertThat(String.valueOf(said.get("stays_valid"))).contains("{\"log\":\"s2g1\",\"below\":5");
    assertThat(compromise("s1", "--yes", "--wait", "0s").exitCode())
        .as("one that is named answers for itself")
        .isEqualTo(ExitCode.OK);
    monitorHolds(1669, 300, held("s2g1", 5));
    CommandRun all = compromise("--yes", "--wait", "0s");
    assertThat(all.out()).as("the control").contains("CONTAINED ALREADY");
    assertThat(all.exitCode()).isEqualTo(ExitCode.OK);
  }

  @Test
  void anEarlierRevocationCountsWhereTheSignerIsLost() {
    String[] lost = {"--signer-lost", "s1g2", "--kid", sealed, "--from"};
    assertThat(compromise(words(lost, "350")).err())
        .contains("Tokens of key " + sealed + " are refused from position 300 on already");
    assertThat(compromise(words(lost, "350", "--yes", "--wait", "0s")).out())
        .contains(
            "Tokens of these keys from position 300 on are invalid",
            "an honest one below that stays valid")
        .contains("an earlier revocation begins: one from position 350 on changes nothing");
    assertThat(compromise(words(lost, "200")).err()).as("the control").doesNotContain("on already");
    assertThat(compromise(words(lost, "200", "--yes", "--wait", "0s")).out())
        .as("the control")
        .contains(
            "Tokens of these keys from position 200 on are invalid",
            "an honest one below that stays valid")
        .doesNotContain("an earlier revocation begins");
  }

  @Test
  void whatStaysValidOfALostSignerIsHeldOrItIsNoSuccess() {
    monitorHolds(1669, 290);
    String[] lost = {"--signer-lost", "s1g2", "--kid", sealed, "--yes", "--wait", "0s", "--from"};
    CommandRun run = compromise(words(lost, "295"));
    assertThat(run.err())
        .contains("the monitor holds 290 of 295 tokens of log s1g2", "--from 290 --kid " + sealed);
    assertThat(run.out()).contains("NOT CONTAINED").doesNotContain("CONTAINED ALREADY");
    assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    CommandRun held = compromise(words(lost, "290"));
    assertThat(held.out()).as("the control").doesNotContain("NOT CONTAINED");
    assertThat(held.exitCode()).as("the control").isEqualTo(ExitCode.OK);
  }

  @Test
  void keysOfOneLogThatEndAtTwoPlacesAreToldApart() {
    String other = authority.issuer().addKey().kid();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    SequencedMap<String, Long> from = new LinkedHashMap<>(Map.of(sealed, 33L));
    from.put(other, 52L);
    new ContainmentReport(new PrintStream(said, true, StandardCharsets.UTF_8), true)
        .say(
            new Contained("s1g2", 52, List.of(sealed, other), 0, false),
            List.of(new LeftGood("s1g2", from)));
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains(
            "sealed at size 52; honest tokens below that stay valid",
            "revoked from there on: " + other,
            "from position 33 on, and honest tokens below that stay valid: " + sealed);
  }

  private static Object[] words(String[] first, String... more) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray();
  }

  @Test
  void theSmallestOfSeveralRevocationsIsTold() {
    monitorHolds(1669, 300);
    assertThat(compromise("--yes", "--wait", "0s").out())
        .contains("log s1g2 is sealed at size 388; honest tokens below 300, where");
    JsonObject said = compromise("--yes", "--wait", "0s", "--json").json();
    assertThat(said.get("size")).isEqualTo(388L);
    assertThat(String.valueOf(said.get("stays_valid")))
        .contains("{\"log\":\"s1g2\",\"below\":300,\"size\":300,\"held\":300}")
        .contains("{\"log\":\"s1g1\",\"below\":1669,\"size\":1669,\"held\":1669}");
  }

  @Test
  void theTokensThatALostSignerWouldCostAreCountedFirst() throws Exception {
    Path published =
        Files.createDirectories(new DataFolder(folder).domain("trial").log().resolve("s1g2"));
    Files.writeString(
        published.resolve("checkpoint"),
        "login.example/logs/s1g2\n388\n%1$s\n\n\u2014 login.example/logs/s1g2 %1$s\n"
            .formatted(Base64.getEncoder().encodeToString(new byte[Hash.BYTES])));
    assertThat(compromise("--signer-lost", "s1g2", "--from", "300", "--kid", sealed).err())
        .contains("88 published tokens of log s1g2 would then be refused");
    assertThat(compromise("--signer-lost", "s1g2", "--from", "388", "--kid", sealed).err())
        .as("the control")
        .doesNotContain("would then be refused");
  }

  @Test
  void withoutYesItSaysWhatItWouldDo() {
    assertThat(compromise("s1g1").err())
        .contains("revoke the keys of log s1g1, which has ended")
        .contains("Signer s1 of domain trial is not replaced")
        .doesNotContain("would replace");
    assertThat(compromise("s1g3").err()).as("the control").contains("would replace the signer");
    for (String record : List.of("d1", "d1g1")) {
      for (List<Object> words :
          List.<List<Object>>of(
              List.of(record),
              List.of(record, "--yes"),
              List.of("--signer-lost", record, "--from", "0", "--kid", "k"))) {
        CommandRun run = compromise(words.toArray());
        assertThat(run.err()).contains(record + " is a record log").doesNotContain("would");
        assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      }
    }
  }
}
