package dev.counterfoil.disclosure.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process is killed while it records: what it acknowledged is there when it comes back. */
class DisclosureKillTest {
  private static final int KILLS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private Process start(Path configuration) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            DisclosureMain.class.getName(),
            "--config",
            configuration.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private JsonObject ask(String command, JsonObject arguments) throws Exception {
    Answer answer =
        SignerClient.askAnew(
            folder.resolve("s"), new Request.Command(command, arguments), PATIENCE, PATIENCE);
    return ((Answer.Done) answer).result();
  }

  private static JsonObject claim(int number) {
    return JsonObject.builder()
        .put("incident", "7")
        .put(
            "claim",
            JsonObject.builder()
                .put("state", "unknown")
                .put("text", "Question " + number + ".")
                .put("reason", "we look")
                .put("evidence", List.of())
                .build())
        .build();
  }

  @Test
  void nothingThatWasAcknowledgedIsLost() throws Exception {
    DisclosureAuditTest.clientKey(folder.resolve("client.jwk"));
    Files.writeString(folder.resolve("policy.txt"), new TestIssuer("consumer").policy().text());
    Path configuration =
        Files.writeString(
            folder.resolve("disclosure.yaml"),
            """
            policy: %1$s/policy.txt
            origin: consumer.example/disclosure
            folder: %1$s/own
            public-folder: %1$s/public
            public-address: consumer.example/disclosure
            admin-socket: %1$s/s
            monitor-url: http://127.0.0.1:1
            client-key: %1$s/client.jwk
            """
                .formatted(folder));
    SplittableRandom random = new SplittableRandom(3);
    int acknowledged = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Process process = start(configuration);
      try {
        if (kill == 0) {
          ask(
              "incident-part",
              JsonObject.builder()
                  .put("first", true)
                  .put("accounts", List.of())
                  .put("entities", List.of())
                  .build());
          ask(
              "open",
              JsonObject.builder()
                  .put("id", "7")
                  .put("domain", "consumer")
                  .put("severity", "high")
                  .put("first_ms", 1)
                  .put("last_ms", 2)
                  .put("keys", List.of())
                  .put("not_known", List.of())
                  .build());
        }
        int present = ask("claims", claim(0).without("claim")).objects("claims").size();
        // One that was under way when the process was killed may be there.
        assertThat(present).isBetween(acknowledged, acknowledged + 1);
        acknowledged = present;
        Thread killer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        Thread.sleep(random.nextInt(50, 600));
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                      process.destroyForcibly();
                    });
        acknowledged = addUntilItEnds(acknowledged);
        killer.join();
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    assertThat(acknowledged).isPositive();
    // Nothing of it came to pass before its event was kept.
    assertThat(DisclosureAuditTest.codes(folder.resolve("own/audit-spool")))
        .filteredOn("claim.change"::equals)
        .hasSizeGreaterThanOrEqualTo(acknowledged);
  }

  private int addUntilItEnds(int before) throws Exception {
    int acknowledged = before;
    try {
      while (true) {
        Answer answer =
            SignerClient.askAnew(
                folder.resolve("s"),
                new Request.Command("claim-add", claim(acknowledged)),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));
        assertThat(answer).isInstanceOf(Answer.Done.class);
        acknowledged++;
      }
    } catch (SignerUnavailableException e) {
      return acknowledged;
    }
  }
}
