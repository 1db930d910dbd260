package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tenant is added while everything runs, and has tokens although nothing was started again. */
@Tag("turn-3")
@Timeout(600)
class TenantAddedTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private Path folder = Path.of("/nowhere");

  private Result run(String... arguments) throws Exception {
    Result result = Distribution.run(folder, arguments);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    return result;
  }

  private Result registered(String client, String tenant) throws Exception {
    return Distribution.run(
        folder, "client", "add", client, "--tenant", tenant, "--audience", "demo-api");
  }

  @Test
  void anAddedTenantHasTokensAndNoProcessWasStartedAgain() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfl");
    int port = Distribution.freePort();
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "http://127.0.0.1:%2$d"
                listen: "127.0.0.1:%2$d"
                tenants: [acme]
                audiences: [demo-api]
                propagation-window: "5s"
                accept-good-tokens-refused: true
            """
                .formatted(Distribution.freePort(), port));
    try (Running running = Running.start(folder, configuration)) {
      long registrar = running.pidNow("/registrar/registrar.yaml");
      Result early = registered("shop", "beta");
      assertThat(early.exitCode()).as(early.out()).isEqualTo(3);
      assertThat(early.err()).contains("counterfoil tenant add beta");

      // The trial root delegates within a second.
      JsonObject added = run("tenant", "add", "beta", "--json").json();
      assertThat(added.truth("delegated")).isTrue();
      assertThat(added.objects("signers")).hasSize(2);
      assertThat(registered("shop", "beta").exitCode()).isZero();
      String token = token(added.objects("signers").getFirst().number("signs_from"));
      Result verified = Distribution.runWithInput(folder, token, "verify", "--tenant", "beta", "-");
      assertThat(verified.exitCode()).as(verified.out() + verified.err()).isZero();
      assertThat(run("token", "--client", "demo").out()).as("of another tenant").isNotBlank();

      assertThat(registered("shop2", "gamma").exitCode()).as("that nobody added").isEqualTo(3);
      assertThat(run("tenant", "add", "beta").out()).contains("ADDED ALREADY");
      assertThat(running.pidNow("/registrar/registrar.yaml")).isEqualTo(registrar);
      assertThat(run("audit", "search", "--tenant", "counterfoil", "--json").out())
          .contains("tenant.add");
      // The tenant is known by now, though nothing of it is recorded.
      run("audit", "search", "--tenant", "beta");
    } finally {
      PutBackKeyLog.delete(folder);
    }
  }

  private String token(long from) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      Result result = Distribution.run(folder, "token", "--client", "shop");
      if (result.exitCode() == 0) {
        return result.out().strip();
      }
      boolean early = Instant.now().isBefore(Instant.ofEpochSecond(from).plusSeconds(10));
      assertThat(early).as(result.err()).isTrue();
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(250);
    }
  }
}
