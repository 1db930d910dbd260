package dev.counterfoil.cli;

import static dev.counterfoil.cli.AuditedIssuer.FIRST;
import static dev.counterfoil.cli.AuditedIssuer.SECOND;
import static dev.counterfoil.format.VectorFiles.between;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.note.NoteSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exports in {@code vectors/audit-policy} get their verdicts from a policy alone. {@code
 * integrations/node} judges the same ones.
 */
final class AuditPolicyVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root")).resolve("vectors/audit-policy");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @TestFactory
  Stream<DynamicTest> eachExportGetsItsVerdict() throws IOException {
    return VectorFiles.each(FOLDER, 14, this::check);
  }

  private void check(String vector) throws Exception {
    CommandRun run =
        CommandRun.of(
            "audit",
            "verify",
            Files.writeString(folder.resolve("bundle"), between(vector, "--- bundle\n", "")),
            "--data",
            folder.resolve("none"),
            "--policy",
            Files.writeString(
                folder.resolve("policy"), between(vector, "--- policy\n", "--- bundle\n")),
            "--json");
    boolean complete = between(vector, "expect: ", "\n").equals("complete");
    assertThat(run.exitCode()).as(run.out()).isEqualTo(complete ? 0 : 1);
    assertThat(run.out())
        .contains(
            complete
                ? "\"complete\":true"
                : between(vector, "\nnamed: ", "\n").replace("\"", "\\\""));
  }

  private static void write(String name, String comment, String named, String policy, String bundle)
      throws IOException {
    VectorFiles.write(
        FOLDER,
        name,
        "comment: %s\nexpect: %s\n%s--- policy\n%s--- bundle\n%s"
            .formatted(
                comment,
                named.isEmpty() ? "complete" : "refused",
                named.isEmpty() ? "" : "named: " + named + "\n",
                policy,
                bundle));
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void writes() throws Exception {
    NoteSigner key = AuditedIssuer.key(FIRST, "ours");
    NoteSigner next = AuditedIssuer.key(SECOND, "ours");
    NoteSigner thief = AuditedIssuer.key(FIRST, "a thief's");
    AuditedIssuer issuer = new AuditedIssuer();
    String policy = issuer.policy();
    write(
        "not-stated",
        "the key log states no audit log",
        "does not state this key",
        policy,
        issuer.export(key, 12));
    issuer.state(key, "");
    write("stated", "the key log states the key", "", policy, issuer.export(key, 12));
    write(
        "of-another-key",
        "an audit log of the same name, whose key the key log does not state",
        "does not state this key",
        policy,
        issuer.export(thief, 12));
    write(
        "named-and-not-signed",
        "the bundle names the key that is stated, and another one signed it",
        "not signed by the key",
        policy,
        AuditedIssuer.events(thief, key.key(), 12) + issuer.keyLog());
    write(
        "no-key-log",
        "nothing says whose key it is",
        "no key log says whose key",
        policy,
        AuditedIssuer.events(key, key.key(), 12));
    write(
        "other-domain",
        "the policy is another domain's",
        "another domain",
        policy.replace("domain enterprise", "domain consumer"),
        issuer.export(key, 12));
    write(
        "pinned-otherwise",
        "the key log states the key, and the policy pins another one of its name",
        "not signed by the key",
        policy + "log " + thief.key() + "\n",
        issuer.export(key, 12));
    write(
        "pinned-of-another-name",
        "the key log states the key, and the policy pins that of another audit log",
        "not signed by the key",
        policy + "log " + next.key() + "\n",
        issuer.export(key, 12));
    write(
        "pinned",
        "the policy pins the key, and another one that was there before it",
        "",
        policy + "log " + thief.key() + "\nlog " + key.key() + "\n",
        issuer.export(key, 12));
    issuer.state(next, FIRST);
    write("successor", "its announced successor", "", policy, issuer.export(next, 1));
    issuer.end(FIRST, 12, Reason.REPLACED);
    write("at-its-end", "one that ended, at its last size", "", policy, issuer.export(key, 12));
    write(
        "past-its-end",
        "one that ended, an event later",
        "ended at size 12",
        policy,
        issuer.export(key, 13));
    issuer.end(FIRST, 0, Reason.WITHDRAWN);
    write(
        "withdrawn",
        "one whose key was withdrawn",
        "was withdrawn",
        policy,
        issuer.export(key, 12));
    write("successor-of-a-withdrawn-one", "the one after it", "", policy, issuer.export(next, 40));
  }
}
