package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An issuer with its own keys, attached by the trial root, over the commands of its page. */
@Tag("turn-3")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttachedIssuerTest {
  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Running running;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private ForeignIssuer theirs;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private String issuer;

  @BeforeAll
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    theirs = new ForeignIssuer();
    int port = Distribution.freePort();
    issuer = "http://127.0.0.1:" + port;
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "%s"
                listen: "127.0.0.1:%d"
                tenants: [acme]
                audiences: [demo-api, account]
                spare-signers: 0
                attached-issuers: ["%s"]
            """
                .formatted(Distribution.freePort(), issuer, port, theirs.url()));
    running = Running.start(folder, configuration);
    assertThat(
            run(
                "client",
                "add",
                "kc",
                "--make-key",
                "--tenant",
                "acme",
                "--audience",
                issuer,
                "--scope",
                "counterfoil:record"))
        .satisfies(AttachedIssuerTest::ok);
  }

  @AfterAll
  void stop() throws Exception {
    running.close();
    theirs.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Result run(String... arguments) throws Exception {
    return Distribution.run(folder, arguments);
  }

  private static void ok(Result result) {
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
  }

  private Result attach(String... more) throws Exception {
    List<String> command =
        Stream.concat(
                Stream.of(
                    "keys",
                    "attach",
                    theirs.url(),
                    "--tenant",
                    "acme",
                    "--audience",
                    "demo-api",
                    "--audience",
                    "account"),
                Stream.of(more))
            .toList();
    return run(command.toArray(String[]::new));
  }

  private Path written(String name, String token) throws Exception {
    return Files.writeString(folder.resolve(name), token + "\n");
  }

  private String code(String name, String token) throws Exception {
    Result result = run("verify", "--json", written(name, token).toString());
    return result.exitCode() == 0 ? "verified" : result.json().string("code");
  }

  private String recorded(String name, String token) throws Exception {
    ok(run("record", "--client", "kc", "--tokens", written(name, token).toString()));
    return token;
  }

  @Test
  void fromAFreshIssuerToAVerifiedTokenAndARefusedForgedOne() throws Exception {
    assertThat(code("early", recorded("early", theirs.token("k1", "ann"))))
        .as("no key of it is confirmed")
        .isEqualTo("key-unknown");
    Result asks = attach();
    assertThat(asks.exitCode()).isEqualTo(2);
    assertThat(asks.err()).contains("WOULD ATTACH", "kid k1, RS256", "d1g1");
    assertThat(attach("--yes"))
        .satisfies(AttachedIssuerTest::ok)
        .satisfies(done -> assertThat(done.out()).contains("ATTACHED", "kid k1"));
    assertThat(attach("--yes").out()).contains("NOTHING CHANGED");

    Result verified =
        run("verify", written("t", recorded("t", theirs.token("k1", "ann"))).toString());
    ok(verified);
    assertThat(verified.out()).contains("VERIFIED", theirs.url(), "ann", "/logs/d1g1");
    assertThat(code("forged", theirs.token("k1", "ann"))).isEqualTo("digest-unknown");
    assertThat(exposed(theirs.thumbprint("k1")))
        .as("nobody reports for the issuer's own service")
        .isEqualTo(
            List.of("account would-never-know 0 null", "demo-api notices 1 null", "recorded 2"));
    assertThat(code("id", recorded("id", theirs.token("k1", "ann", "ID")))).isEqualTo("token-type");

    tracesWhileTheAuthorityIsAway();

    theirs.rotate("k2");
    String rotated = recorded("rotated", theirs.token("k2", "ann"));
    assertThat(code("rotated", rotated)).isEqualTo("key-unknown");
    assertThat(attach("--yes", "--kid", "k2").exitCode()).as("its own name for it").isEqualTo(3);
    assertThat(attach("--yes", "--kid=" + theirs.thumbprint("k2")))
        .satisfies(AttachedIssuerTest::ok);
    assertThat(code("again", recorded("again", theirs.token("k2", "ann")))).isEqualTo("verified");
  }

  private Result trace(String name) throws Exception {
    return run(
        "audit", "trace", "--tenant", "acme", "--json", "--token", folder.resolve(name).toString());
  }

  private void tracesWhileTheAuthorityIsAway() throws Exception {
    assertThat(trace("t").out()).contains("recorded-elsewhere");
    assertThat(trace("forged").out()).contains("no-identifier");
    signal("STOP");
    try {
      for (String name : List.of("t", "forged")) {
        assertThat(trace(name))
            .satisfies(away -> assertThat(away.out()).contains("log-not-read"))
            .satisfies(away -> assertThat(away.exitCode()).isEqualTo(4));
      }
    } finally {
      signal("CONT");
    }
    ok(trace("t"));
  }

  private void signal(String name) throws Exception {
    String pid = Long.toString(running.pid("authority"));
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  /** Of each service: what it does, how many tokens were sighted, and how many were issued. */
  private List<String> exposed(String kid) throws Exception {
    List<String> exposed = List.of();
    for (int tries = 0; tries < 50 && !exposed.contains("demo-api notices 1 null"); tries++) {
      Thread.sleep(tries == 0 ? 0 : 100);
      JsonObject asked = run("exposure", "--if-stolen", kid, "--json").json();
      exposed = new ArrayList<>();
      for (JsonObject one : asked.objects("services")) {
        exposed.add(
            one.string("audience")
                + " "
                + one.string("verdict")
                + " "
                + one.number("sighted")
                + " "
                + one.get("issued"));
      }
      exposed.add("recorded " + asked.object("recorded_by_log").number("d1g1"));
    }
    return exposed;
  }

  @Test
  void anIssuerThatTheRootDidNotAttachIsNotAttached() throws Exception {
    Result refused =
        run("keys", "attach", theirs.url() + "x", "--tenant", "acme", "--audience", "demo-api");
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err()).contains("root delegate --attach", "attached-issuers", theirs.url());
  }
}
