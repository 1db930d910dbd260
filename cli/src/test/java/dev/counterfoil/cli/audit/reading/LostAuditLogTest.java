package dev.counterfoil.cli.audit.reading;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A monitor whose audit log is not the stated one answers, and nobody takes it for everything. */
final class LostAuditLogTest {
  private static final String LOST =
      "audit/ was empty at this start: docs/runbooks/audit-log-lost.md";

  private static final String EVENT =
      """
      {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,\
      "time":1684137600000,"metadata":{"version":"1.1.0","tenant_uid":"acme","sequence":1,\
      "product":{"name":"Old"}},"actor":{"user":{"uid":"mallory"}},"databucket":{"name":"bob"}}""";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private ScriptedMonitor monitor;

  @BeforeEach
  void listen() throws IOException {
    monitor = new ScriptedMonitor(folder);
    monitor.says(
        "audit-check", JsonObject.builder().put("events", 15).put("differences", 0).build());
    monitor.says("audit-search", JsonObject.builder().put("newest", "15").build());
    monitor.says("audit-export");
  }

  @AfterEach
  void close() throws IOException {
    monitor.close();
  }

  private void lost(String... why) {
    monitor.says("status", JsonObject.builder().put("audit_lost", List.of(why)).build());
  }

  private CommandRun audit(String what, Object... more) {
    Object[] words = new Object[more.length + 4];
    words[0] = "audit";
    words[1] = what;
    words[2] = "--data";
    words[3] = folder;
    System.arraycopy(more, 0, words, 4, more.length);
    return CommandRun.of(words);
  }

  @Test
  void aCheckOfTheRestIsNotACheckOfAll() {
    lost();
    CommandRun whole = audit("check");
    assertThat(whole.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(whole.out()).contains("All 15 events are as they were recorded.");
    lost(LOST);
    CommandRun rest = audit("check");
    assertThat(rest.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(rest.out()).doesNotContain("All").contains("15 events that are here");
    assertThat(rest.err()).contains("THE AUDIT LOG IS NOT WHOLE", LOST);
  }

  @Test
  void oneDifferenceIsOneThing() {
    lost();
    for (long differences : new long[] {1, 2}) {
      monitor.says(
          "audit-check",
          JsonObject.builder().put("difference", "event 3").build(),
          JsonObject.builder().put("events", 15).put("differences", differences).build());
      assertThat(audit("check").out())
          .contains(differences == 1 ? "1 thing is not as recorded" : "2 things are not");
    }
  }

  /** The health's prose is for people: it says the same in other words, and is not read. */
  @Test
  void overHttpItIsSaidAsWell() throws Exception {
    Map<String, String> answers = new ConcurrentHashMap<>();
    answers.put(
        "/audit/v1/events",
        "{\"events\":[{\"position\":3,\"event\":" + EVENT + "}],\"newest\":\"15\"}");
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body =
                answers
                    .getOrDefault(exchange.getRequestURI().getPath(), "{}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    http.start();
    try {
      Path token = Files.writeString(folder.resolve("token"), "a-token");
      Object[] search = {
        "audit",
        "search",
        "--monitor",
        "http://127.0.0.1:" + http.getAddress().getPort(),
        "--access-token",
        token
      };
      answers.put(
          "/health/ready",
          "{\"ready\":false,\"unready\":[\"audit/ is slow today\"],\"audit_lost\":[]}");
      CommandRun whole = CommandRun.of(search);
      assertThat(whole.exitCode()).as("the control: " + whole.err()).isEqualTo(ExitCode.OK);
      assertThat(whole.err()).doesNotContain("NOT WHOLE");
      answers.put(
          "/health/ready",
          "{\"ready\":false,\"unready\":[],\"audit_lost\":[\"all of it was empty\"]}");
      CommandRun rest = CommandRun.of(search);
      assertThat(rest.exitCode()).isEqualTo(ExitCode.NO);
      assertThat(rest.err()).contains("THE AUDIT LOG IS NOT WHOLE", "all of it was empty");
    } finally {
      http.stop(0);
    }
  }

  @Test
  void anExportOfTheRestSaysSo() {
    lost();
    assertThat(audit("export", "--tenant", "acme", "--out", folder.resolve("whole")).exitCode())
        .isEqualTo(ExitCode.OK);
    lost(LOST);
    CommandRun rest = audit("export", "--tenant", "acme", "--out", folder.resolve("rest"));
    assertThat(rest.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(rest.err()).contains(LOST);
  }

  @Test
  void aSearchOfTheRestSaysSo() throws Exception {
    monitor.says(
        "audit-search",
        JsonObject.builder()
            .put("position", 3)
            .put("event", StrictJson.object(EVENT.getBytes(StandardCharsets.UTF_8), 1 << 20))
            .build(),
        JsonObject.builder().put("newest", "15").build());
    lost();
    CommandRun whole = audit("search", "--tenant", "acme");
    assertThat(whole.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(whole.out()).contains("1 event, and no more.");
    lost(LOST);
    CommandRun rest = audit("search", "--tenant", "acme");
    assertThat(rest.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(rest.out()).contains("1 event of those that are here").doesNotContain("no more");
    assertThat(rest.err()).contains(LOST);
  }
}
