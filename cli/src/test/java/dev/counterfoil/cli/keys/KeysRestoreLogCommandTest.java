package dev.counterfoil.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may bring back a registrar's files. */
class KeysRestoreLogCommandTest {
  private static final String ISSUER = "http://127.0.0.1:1/main";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun restore() throws Exception {
    Path policy = folder.resolve("policy.txt");
    Files.writeString(
        policy,
        new TrustPolicy(
                "main",
                ISSUER,
                new RootPin(1, Hash.sha256()),
                List.of(TestLogKey.of(KeyLog.origin(ISSUER)).key()))
            .text());
    return CommandRun.of(
        "keys",
        "restore-log",
        "--folder",
        Files.createDirectories(folder.resolve("registrar")),
        "--policy",
        policy,
        "--from",
        folder.resolve("nowhere"));
  }

  @Test
  void theFoldersOwnerIsComparedByNumberAndNotByName() throws Exception {
    String name = System.getProperty("user.name");
    System.setProperty("user.name", "somebody-of-the-same-number");
    try {
      assertThat(restore().err()).contains("is not a folder").doesNotContain("belongs to");
    } finally {
      System.setProperty("user.name", name);
    }
  }

  @Test
  void anotherUsersFolderIsRefused() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root gives files away");
    Files.setAttribute(Files.createDirectories(folder.resolve("registrar")), "unix:uid", 4711);
    assertThat(restore().err()).contains("belongs to 4711");
  }
}
