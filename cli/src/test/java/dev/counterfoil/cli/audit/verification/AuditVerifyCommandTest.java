package dev.counterfoil.cli.audit.verification;

import static dev.counterfoil.cli.AuditedIssuer.FIRST;
import static dev.counterfoil.cli.AuditedIssuer.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.AuditedIssuer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.verifier.TestIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever checks an export has the domain's policy and nothing else: the key log in the bundle says
 * whose key the audit log's is.
 */
final class AuditVerifyCommandTest {
  private final AuditedIssuer issuer = new AuditedIssuer();
  private final NoteSigner key = AuditedIssuer.key(FIRST, "ours");
  private final NoteSigner thief = AuditedIssuer.key(FIRST, "a thief's");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @BeforeEach
  void policy() throws Exception {
    Files.writeString(folder.resolve("policy"), issuer.policy());
  }

  private CommandRun verify(String bundle, Object... more) throws Exception {
    Object[] first = {
      "audit",
      "verify",
      Files.writeString(folder.resolve("bundle"), bundle),
      "--data",
      folder.resolve("none"),
      "--policy",
      folder.resolve("policy"),
      "--json"
    };
    Object[] all = new Object[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return CommandRun.of(all);
  }

  private CommandRun verify(NoteSigner signer, long size, Object... more) throws Exception {
    return verify(issuer.export(signer, size), more);
  }

  private static void assertRefused(CommandRun run, String why) {
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.out()).contains("\"proved\":false").contains(why);
  }

  private static void assertProved(CommandRun run) {
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out())
        .contains("\"proved\":true", "\"key_from\":\"key-log\"", "\"key_stated\":true");
  }

  @Test
  void thePolicyAloneSaysWhoseKeyItIs() throws Exception {
    issuer.state(key, "");
    assertProved(verify(key, 12));
  }

  @Test
  void thatThereIsNoEventShowsNotThatThereWasNone() throws Exception {
    issuer.state(key, "");
    String stated = issuer.export(key, 12);
    assertProved(verify(stated));
    assertThat(verify(stated).out()).contains("\"complete\":true");
    String unstated =
        stated.replaceFirst(
            "\"count\":0,\"salt\":\"[^\"]*\",\"index\":\\d+,\"proof\":\\[[^]]*]", "\"count\":0");
    assertThat(unstated).isNotEqualTo(stated);
    CommandRun run = verify(unstated);
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.out()).contains("\"complete\":false");
    assertThat(
            CommandRun.of(
                    "audit",
                    "verify",
                    folder.resolve("bundle"),
                    "--data",
                    folder.resolve("none"),
                    "--policy",
                    folder.resolve("policy"))
                .out())
        .startsWith("NOT GOOD  nothing shows that the tenant has no event.")
        .contains("Not proved: that the tenant has none", "states no count of this tenant")
        .doesNotContain("Complete");
  }

  @Test
  void aKeyThatTheKeyLogDoesNotStateCountsForNothing() throws Exception {
    assertRefused(verify(key, 12), "does not state this key");
    issuer.state(key, "");
    assertRefused(verify(thief, 12), "does not state this key");
    assertRefused(
        verify(AuditedIssuer.events(thief, key.key(), 12) + issuer.keyLog()),
        "not signed by the key of " + FIRST);
    assertProved(verify(key, 12));
  }

  @Test
  void aBundleWithoutAKeyLogIsCheckedWithOneFromElsewhere() throws Exception {
    issuer.state(key, "");
    String alone = AuditedIssuer.events(key, key.key(), 12);
    assertRefused(verify(alone), "no key log says whose key");
    Path copy = folder.resolve("keys");
    for (String path : issuer.keyLogFiles()) {
      Path file = copy.resolve(path);
      Files.createDirectories(file.getParent());
      Files.write(file, issuer.keyLogFile(path));
    }
    assertProved(verify(alone, "--key-log", copy));
    assertRefused(
        verify(AuditedIssuer.events(thief, thief.key(), 12), "--key-log", copy),
        "does not state this key");
  }

  @Test
  void ofACutFileTheLineIsNamed() throws Exception {
    issuer.state(key, "");
    String whole = issuer.export(key, 12);
    assertProved(verify(whole));
    String[] lines = whole.split("\n");
    // The first is too short to say whose bundle it is.
    for (int cut = 2; cut <= lines.length; cut++) {
      String line = lines[cut - 1];
      String before = String.join("\n", List.of(lines).subList(0, cut - 1)) + "\n";
      assertRefused(verify(before + line.substring(0, line.length() / 2)), "line " + cut + ": ");
    }
  }

  @Test
  void anotherDomainsPolicySaysNothingOfTheKey() throws Exception {
    issuer.state(key, "");
    TestIssuer other =
        new TestIssuer("consumer", "https://login.example/consumer", InstantSource.system());
    other.publish();
    Files.writeString(folder.resolve("policy"), other.policy().text());
    assertRefused(verify(key, 12), "another domain");
    Files.writeString(folder.resolve("policy"), issuer.policy());
    assertProved(verify(key, 12));
  }

  @Test
  void ofAReplacedAuditLogCountsWhatLiesBelowItsEnd() throws Exception {
    NoteSigner next = AuditedIssuer.key(SECOND, "ours");
    issuer.state(key, "").state(next, FIRST);
    assertProved(verify(next, 1));
    issuer.end(FIRST, 12, Reason.REPLACED);
    assertProved(verify(key, 12));
    assertRefused(verify(key, 13), "ended at size 12");
    assertProved(verify(next, 13));
  }

  @Test
  void ofAWithdrawnKeyNothingCountsWhoeverBringsIt() throws Exception {
    issuer.state(key, "");
    CommandRun brought = verify(key, 12, "--key", key.key());
    assertThat(brought.exitCode()).as(brought.out()).isZero();
    issuer.end(FIRST, 0, Reason.WITHDRAWN);
    assertRefused(verify(key, 12), "was withdrawn");
    assertRefused(verify(key, 12, "--key", key.key()), "was withdrawn");
    Files.writeString(folder.resolve("policy"), issuer.policy() + "log " + key.key() + "\n");
    assertRefused(verify(key, 12), "was withdrawn");
  }

  @Test
  void aKeyThatThePolicyPinsNeedsNoStatement() throws Exception {
    Files.writeString(folder.resolve("policy"), issuer.policy() + "log " + key.key() + "\n");
    CommandRun run = verify(key, 12);
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out()).contains("\"key_from\":\"policy\"", "\"key_stated\":false");
    assertRefused(verify(thief, 12), "not signed by the key");
  }

  /** A bundle of the vectors, checked with the log's key. */
  private CommandRun checked(String vector, String... more) throws Exception {
    String text =
        Files.readString(
            Path.of(System.getProperty("counterfoil.root"), "vectors/audit-bundle", vector));
    List<Object> command =
        new ArrayList<>(
            List.of(
                "audit",
                "verify",
                Files.writeString(
                    folder.resolve("bundle"), text.substring(text.indexOf("--- bundle\n") + 11)),
                "--data",
                folder.resolve("none"),
                "--key",
                line(text, "--- key\n")));
    command.addAll(List.of(more));
    return CommandRun.of(command.toArray());
  }

  private static String line(String text, String behind) {
    int at = text.indexOf(behind) + behind.length();
    return text.substring(at, text.indexOf('\n', at));
  }

  @Test
  void whatGoesOnFromAnEarlierExportIsCompleteFromThere() throws Exception {
    assertThat(checked("whole.txt").out()).contains("Complete: they are all 8 of the tenant.");
    CommandRun since = checked("since.txt");
    assertThat(since.exitCode()).as(since.out()).isZero();
    assertThat(since.out())
        .contains("Complete from 5 on: with the 3 before, they are all 8 of the tenant.");
  }

  @Test
  void whatACustodianHoldsIsSaidByHisKeyAlone() throws Exception {
    String key =
        line(
            Files.readString(
                Path.of(System.getProperty("counterfoil.root"), "vectors/audit-bundle/held.txt")),
            "--- custodian\n");
    CommandRun held = checked("held.txt", "--held-by", key);
    assertThat(held.exitCode()).as(held.out()).isZero();
    assertThat(held.out())
        .startsWith("Proved: 8 events")
        .contains(
            "Held: custodian custodian.example/c1 stated at", "first 12 entries: all of these")
        .contains("It states that 7 of the first 10 belong to the tenant, as many as are here.");
    CommandRun part = checked("held-in-part.txt", "--held-by", key);
    assertThat(part.exitCode()).as(part.out()).isEqualTo(1);
    assertThat(part.out())
        .startsWith(
            "NOT GOOD  custodian custodian.example/c1 holds 5 of the 8 events in this file.")
        .contains(
            "5 of these events. It makes no statement about 3 others", "It does not state here");
    CommandRun unasked = checked("held.txt");
    assertThat(unasked.exitCode()).as(unasked.out()).isZero();
    assertThat(unasked.out()).contains("Not checked: custodian").doesNotContain("Held:");
    CommandRun without = checked("whole.txt");
    assertThat(without.exitCode()).as(without.out()).isZero();
    assertThat(without.out()).contains("This file contains no custodian's statement");

    CommandRun silent = checked("whole.txt", "--held-by", key);
    assertThat(silent.exitCode()).as(silent.out()).isEqualTo(1);
    assertThat(silent.out())
        .startsWith("NOT GOOD  custodian custodian.example/c1 makes no statement in this file.")
        .contains("It makes no statement in this file");
    CommandRun otherwise = checked("held-counted-otherwise.txt", "--held-by", key);
    assertThat(otherwise.exitCode()).isEqualTo(1);
    assertThat(otherwise.out()).contains("Not proved").contains("counts 6 events of the tenant");
  }
}
