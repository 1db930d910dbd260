package dev.counterfoil.cli.audit.verification;

import static dev.counterfoil.cli.AuditedIssuer.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.AuditedIssuer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose key signs the counts is said by the domain's key log, as of an export. */
final class AuditTenantsCommandTest {
  private final AuditedIssuer issuer = new AuditedIssuer();
  private final NoteSigner key = AuditedIssuer.key(FIRST, "ours");
  private final NoteSigner thief = AuditedIssuer.key(FIRST, "a thief's");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private HttpServer monitor;

  private volatile byte[] answer = {};

  @BeforeEach
  void serve() throws Exception {
    Files.writeString(folder.resolve("token"), "a-token");
    Files.writeString(folder.resolve("policy"), issuer.policy());
    monitor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    monitor.createContext(
        "/audit/v1/tenants",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    monitor.start();
  }

  @AfterEach
  void stop() {
    monitor.stop(0);
  }

  /** A log of 12 events: what the command says of it when such a key signed. */
  private CommandRun tenants(NoteSigner signer, Object... more) throws Exception {
    List<TenantCount> counts =
        CustodyStatement.fill(
            List.of(
                new TenantCount("acme", 5, Hash.sha256(new byte[1])),
                new TenantCount("beta", 7, Hash.sha256(new byte[2]))),
            index -> Hash.sha256(new byte[index]));
    CustodyStatement statement =
        CustodyStatement.of(new Checkpoint(signer.key().name(), 12, Hash.sha256()), counts);
    answer =
        JsonObject.builder()
            .put(
                "statement",
                new String(
                    SignedNote.sign(statement.text(), signer).bytes(), StandardCharsets.UTF_8))
            .put(
                "counts",
                counts.stream()
                    .map(
                        one ->
                            JsonObject.builder()
                                .put("tenant", one.tenant())
                                .put("count", one.count())
                                .put("salt", one.salt().base64())
                                .build())
                    .toList())
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    Object[] first = {
      "audit",
      "tenants",
      "--data",
      folder.resolve("none"),
      "--access-token",
      folder.resolve("token"),
      "--monitor",
      "http://127.0.0.1:" + monitor.getAddress().getPort(),
      "--json"
    };
    Object[] all = new Object[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return CommandRun.of(all);
  }

  private CommandRun byPolicy(NoteSigner signer) throws Exception {
    Path copy = folder.resolve("keys");
    for (String path : issuer.keyLogFiles()) {
      Path file = copy.resolve(path);
      Files.createDirectories(file.getParent());
      Files.write(file, issuer.keyLogFile(path));
    }
    return tenants(signer, "--policy", folder.resolve("policy"), "--key-log", copy);
  }

  private static void assertRefused(CommandRun run, String why) {
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.err()).contains(why);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void thePolicyAloneSaysWhoseKeyItIs() throws Exception {
    assertRefused(byPolicy(key), "does not state audit log " + FIRST);
    issuer.state(key, "");
    CommandRun run = byPolicy(key);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("\"all\":true", "\"key_from\":\"key-log\"", "\"key_stated\":true");
    assertRefused(byPolicy(thief), "not signed by the key of " + FIRST);
    Files.writeString(
        folder.resolve("policy"), issuer.policy().replace("domain enterprise", "domain consumer"));
    assertRefused(byPolicy(key), "the key log does not verify");
  }

  @Test
  void whatEndedCountsBelowItsEndAndAWithdrawnKeyNeverWhoeverBringsIt() throws Exception {
    issuer.state(key, "");
    Files.writeString(folder.resolve("policy"), issuer.policy() + "log " + key.key() + "\n");
    assertThat(byPolicy(key).exitCode()).isZero();
    issuer.end(FIRST, 12, Reason.REPLACED);
    assertThat(byPolicy(key).exitCode()).isZero();
    issuer.end(FIRST, 11, Reason.REPLACED);
    assertRefused(byPolicy(key), "ended at size 11");
    issuer.end(FIRST, 0, Reason.WITHDRAWN);
    assertRefused(byPolicy(key), "was withdrawn");
  }

  @Test
  void withoutAPolicyAKeyIsBroughtAndAKeyLogWantsOne() throws Exception {
    CommandRun run = tenants(key, "--key", key.key());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("\"key_from\":\"option\"");
    assertRefused(tenants(thief, "--key", key.key()), "not signed by the key");
    assertThat(tenants(key, "--key", key.key(), "--key-log", folder).err()).contains("--policy");
  }
}
