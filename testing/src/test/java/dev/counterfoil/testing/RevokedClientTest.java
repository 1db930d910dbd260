package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tokens of a client whose secret was stolen, or that is removed, end with one command. */
@Tag("turn-2")
@Timeout(600)
class RevokedClientTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private Path folder = Path.of("/nowhere");

  private Result run(String... arguments) throws Exception {
    Result result = Distribution.run(folder, arguments);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    return result;
  }

  private String token(String client) throws Exception {
    return run("token", "--client", client).out().strip();
  }

  private JsonObject verify(String token) throws Exception {
    Result result = Distribution.runWithInput(folder, token, "verify", "--json", "-");
    assertThat(result.exitCode()).as(result.out() + result.err()).isIn(0, 1);
    return result.json();
  }

  private boolean isGood(String token) throws Exception {
    return verify(token).truth("verified");
  }

  private void awaitRevoked(String token) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (isGood(token)) {
      assertThat(Instant.now()).as("the token is good still").isBefore(end);
    }
    assertThat(verify(token).string("code")).isEqualTo("token-revoked");
  }

  @Test
  void aStolenSecretsTokensEndAndARemovedClientsDoWhenTheRegistrarIsBack() throws Exception {
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
            """
                .formatted(Distribution.freePort(), port));
    try (Running running = Running.start(folder, configuration)) {
      for (String client : new String[] {"robbed", "gone"}) {
        run("client", "add", client, "--tenant", "acme", "--audience", "demo-api");
      }
      String stolen = token("robbed");
      String ofGone = token("gone");
      assertThat(isGood(stolen)).isTrue();

      Result rotated = run("client", "rotate-secret", "robbed", "--revoke-tokens");
      assertThat(rotated.err()).doesNotContain("Warning");
      awaitRevoked(stolen);
      assertThat(isGood(token("robbed"))).as("with its new secret").isTrue();
      assertThat(isGood(ofGone)).as("of another client").isTrue();
      otherLanguagesRefuseOneAndTakeTheOther(stolen, ofGone);

      removedWhileTheRegistrarIsAway(running);
      awaitRevoked(ofGone);
      assertThat(isGood(token("robbed"))).isTrue();
    } finally {
      PutBackKeyLog.delete(folder);
    }
  }

  /** The verifiers for Go and Python, with no more than the policy file. */
  private void otherLanguagesRefuseOneAndTakeTheOther(String revoked, String kept)
      throws Exception {
    Path integrations = Path.of(System.getProperty("counterfoil.root"), "integrations");
    Path module = Files.createDirectories(folder.resolve("go"));
    Files.writeString(
        module.resolve("go.mod"),
        Files.readString(integrations.resolve("go/go.mod"))
            + "\nreplace golang.org/x/mod => /usr/share/gocode/src/golang.org/x/mod\n");
    Files.copy(integrations.resolve("go/go.sum"), module.resolve("go.sum"));
    String flags = "GOFLAGS=-mod=mod -modfile=" + module.resolve("go.mod");
    Path tokens = Files.writeString(folder.resolve("tokens"), revoked + "\n" + kept + "\n");
    String policy = folder.resolve("counterfoil-data/domains/main/policy.txt").toString();
    String[] go = {
      "env",
      "GOPROXY=off",
      flags,
      "go",
      "run",
      "./cmd/counterfoil-verify",
      policy,
      "demo-api",
      "acme"
    };
    String[] python = {
      "env",
      "PYTHONPATH=src",
      "python3",
      "-B",
      "-m",
      "counterfoil_verifier",
      policy,
      "demo-api",
      "acme"
    };
    for (String language : List.of("go", "python")) {
      String[] command = language.equals("go") ? go : python;
      Process process =
          new ProcessBuilder(command)
              .directory(integrations.resolve(language).toFile())
              .redirectInput(tokens.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      assertThat(said).as(language).matches("REFUSED token-revoked: .*\nVERIFIED [0-9]+\n");
    }
  }

  /** It hangs, and is killed with what it was asked for. */
  private void removedWhileTheRegistrarIsAway(Running running) throws Exception {
    long registrar = running.pidNow("/registrar/registrar.yaml");
    Distribution.signal("STOP", registrar);
    assertThat(run("client", "list").out()).doesNotContain("while disabled");
    run("client", "disable", "gone");
    assertThat(run("client", "list").out().lines().filter(line -> line.startsWith("gone ")))
        .singleElement()
        .asString()
        .contains("nothing while disabled");
    Result removed = run("client", "remove", "gone");
    assertThat(removed.out()).contains("Removed gone.");
    assertThat(removed.err()).contains("not revoked yet", "keeps trying");
    Distribution.signal("KILL", registrar);
    assertThat(Distribution.run(folder, "client", "show", "gone").exitCode()).isNotZero();
  }
}
