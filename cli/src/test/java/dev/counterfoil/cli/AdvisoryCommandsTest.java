package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.documents.StatementSamples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An advisory from its draft to its last version, along the commands. */
class AdvisoryCommandsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // before each
  private Path advisory;

  @BeforeEach
  void newAdvisory() throws Exception {
    Path provider =
        Files.writeString(
            folder.resolve("provider.yaml"),
            """
            url: https://trust.example.com
            name: Example
            namespace: https://example.com
            """);
    advisory = folder.resolve("cf-2026-0001.json");
    assertThat(
            CommandRun.of(
                    "advisory",
                    "new",
                    "CF-2026-0001",
                    "--title",
                    "Keys",
                    "--provider",
                    provider,
                    "--out",
                    advisory)
                .exitCode())
        .isZero();
    assertThat(CommandRun.of("advisory", "check", advisory).exitCode()).isZero();
  }

  private void publish() throws Exception {
    Files.writeString(
        advisory,
        Files.readString(advisory).replace("\"status\": \"draft\"", "\"status\": \"final\""));
  }

  private CommandRun withdraw(Path out, Object... more) {
    Object[] words = {"advisory", "withdraw", advisory, "--reason", "Never used.", "--out", out};
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void theLastVersionSaysWhyItEnded() throws Exception {
    publish();
    Path last = folder.resolve("last.json");
    assertThat(withdraw(last).exitCode()).isZero();
    assertThat(Files.readString(last)).contains("Never used.", "CF-2026-0001", "Withdrawn.");
    assertThat(CommandRun.of("advisory", "check", last).exitCode()).isZero();
    // A file that is there is not written over.
    assertThat(withdraw(last).exitCode()).isEqualTo(3);
  }

  @Test
  void theDraftOfCsaf21IsTakenOnlyWhenAskedFor() throws Exception {
    publish();
    Path last = folder.resolve("last.json");
    assertThat(
            withdraw(last, "--csaf-2.1-draft", "--superseded-by", "https://example.com/2")
                .exitCode())
        .isZero();
    assertThat(CommandRun.of("advisory", "check", "--csaf-2.1-draft", last).exitCode()).isZero();
    CommandRun unasked = CommandRun.of("advisory", "check", last);
    assertThat(unasked.exitCode()).isEqualTo(1);
    assertThat(unasked.out()).contains("2.1 is a draft still");
  }

  @Test
  void aStatementIsVerifiedBeforeItMakesOne() throws Exception {
    Path out = folder.resolve("of-statement.json");
    Object[] words = {
      "advisory", "new", "CF-2", "--provider", folder.resolve("provider.yaml"), "--out", out
    };
    assertThat(CommandRun.of(words).err()).contains("--title", "--statement");
    Object[] more = Arrays.copyOf(words, words.length + 2);
    more[words.length] = "--statement";
    more[words.length + 1] = advisory;
    assertThat(CommandRun.of(more).err()).contains("--statement and --policy go together");
    assertThat(out).doesNotExist();
  }

  @Test
  void aStatementMakesOneAndItsNextVersionRevisesIt() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    PublicStatement statement = StatementSamples.version(1);
    SignedDisclosure signed = issuer.sign(statement);
    Path first = Files.writeString(folder.resolve("1.json"), signed.text());
    PublicStatement next = StatementSamples.version(2);
    Path second =
        Files.writeString(
            folder.resolve("2.json"),
            issuer
                .sign(
                    statement.next(
                        signed,
                        next.issuedAt(),
                        next.claims(),
                        next.corrections(),
                        next.counts(),
                        next.texts()))
                .text());
    Path out = folder.resolve("of-statement.json");
    CommandRun made =
        CommandRun.of(
            "advisory",
            "new",
            "CF-3",
            "--provider",
            folder.resolve("provider.yaml"),
            "--out",
            out,
            "--statement",
            first,
            "--policy",
            policy);
    assertThat(made.out()).contains("from the claims of the statement");
    assertThat(Files.readString(out)).contains("What may be, not confirmed");
    Path revised = folder.resolve("revised.json");
    assertThat(
            CommandRun.of(
                    "advisory",
                    "revise",
                    out,
                    "--out",
                    revised,
                    "--statement",
                    first,
                    "--statement",
                    second,
                    "--policy",
                    policy)
                .out())
        .contains("from version 2 of the statement");
    assertThat(Files.readString(revised)).contains("C2 was wrong");
    assertThat(CommandRun.of("advisory", "check", out, revised).exitCode()).isZero();
    // The second version alone follows nothing.
    CommandRun alone =
        CommandRun.of(
            "advisory",
            "revise",
            out,
            "--out",
            folder.resolve("no.json"),
            "--statement",
            second,
            "--policy",
            policy);
    assertThat(alone.exitCode()).isEqualTo(1);
    assertThat(alone.err()).contains("must not be believed");
    assertThat(folder.resolve("no.json")).doesNotExist();
  }

  @Test
  void whatCannotBeWithdrawnIsRefused() throws Exception {
    Path last = folder.resolve("last.json");
    assertThat(withdraw(last).err()).contains("is a draft");
    publish();
    assertThat(withdraw(last, "--superseded-by", "http://example.com/2").err()).contains("https");
    assertThat(last).doesNotExist();
  }
}
