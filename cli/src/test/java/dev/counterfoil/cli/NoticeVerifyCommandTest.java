package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.VictimCounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant verifies its notice, and finds itself among those who were counted. */
class NoticeVerifyCommandTest {
  private static final VictimCounts.OfTenant COUNTED = new VictimCounts.OfTenant("salt", 1, 12);

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final TestIssuer issuer;

  NoticeVerifyCommandTest() throws Exception {
    issuer = new TestIssuer("consumer");
  }

  private CommandRun verify(Object... more) throws Exception {
    TheftNotice notice =
        new TheftNotice(
            "7",
            "consumer",
            "acme",
            TestIssuer.NOW,
            List.of("k1"),
            List.of(
                new TheftNotice.AffectedAccount(
                    "alice", TestIssuer.NOW, TestIssuer.NOW, 1, 1, List.of("mail"))),
            "Treat it as read.",
            new TheftNotice.Details(
                1, List.of(), List.of(), List.of(), Optional.empty(), List.of(), COUNTED));
    Path file = Files.writeString(folder.resolve("notice.json"), issuer.sign(notice).text());
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    Object[] words = {"notice", "verify", file, "--policy", policy, "--tenant", "acme"};
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void aTenantFindsItselfAmongTheCounted() throws Exception {
    Path counts =
        Files.writeString(
            folder.resolve("counts.txt"), VictimCounts.list(List.of(COUNTED.line("acme"))));
    CommandRun run = verify("--counts", counts);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Genuine", "Your tenant is counted in");
    assertThat(verify().out()).contains("Genuine").doesNotContain("counted in");
  }

  @Test
  void whomTheListLeavesOutIsTold() throws Exception {
    Path others =
        Files.writeString(
            folder.resolve("counts.txt"), VictimCounts.list(List.of(COUNTED.line("zeus"))));
    CommandRun run = verify("--counts", others);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("no line of the list is of this tenant, with 1 accounts");
    assertThat(verify("--statement", others).err()).contains("--statement goes with --counts");
  }
}
