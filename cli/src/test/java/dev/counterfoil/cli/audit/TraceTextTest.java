package dev.counterfoil.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace as people read it. */
class TraceTextTest {
  private static String trace(Path folder, String token, String code, String eventCode)
      throws IOException, FormatException {
    String trace =
        """
        {"asked":{},"complete":true,"without_token":[],"tokens":[{"token":"TOKEN","issued":false,\
        "not_issued":{"code":"CODE","why":"the record says so"},"events_of_another_digest":0,\
        "touched":[],"more_events":false,"events":[{"event":{"activity_id":1,"category_uid":6,\
        "class_uid":6005,"type_uid":600501,"severity_id":1,"time":1684137600000,\
        "metadata":{"version":"1.1.0","tenant_uid":"acme","sequence":1,"event_code":"EVENT",\
        "product":{"name":"Old"}},"actor":{"user":{"uid":"m"}},"databucket":{"name":"b"}}}]}]}
        """
            .replace("TOKEN", token)
            .replace("CODE", code)
            .replace("EVENT", eventCode);
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      JsonObject answer =
          StrictJson.object(trace.strip().getBytes(StandardCharsets.UTF_8), 1 << 20);
      monitor.says("audit-trace", answer);
      return CommandRun.of("audit", "trace", "--data", folder, "--tenant", "acme", "--token", token)
          .out();
    }
  }

  @Test
  void theHeadSaysThatATokenIsRevoked(@TempDir Path first, @TempDir Path second) throws Exception {
    assertThat(trace(first, "s1g1.5.x", "not-held", "token.revoke").lines().toList())
        .anyMatch(line -> line.matches("token s1g1.5.x  .*REVOKED.* 2023-05-15T08:00:00Z"));
    assertThat(trace(second, "s1g1.5.x", "not-held", "token.introspect"))
        .as("the control")
        .contains("token s1g1.5.x")
        .doesNotContain("REVOKED");
  }

  @Test
  void aRecordLogsTokenIsLookedForByItsDigest(@TempDir Path first, @TempDir Path second)
      throws Exception {
    assertThat(trace(first, "d1g1.5.x", "record-log", "token.introspect"))
        .contains("d1g1 is a record log", "/logs/d1g1/digest/", "counterfoil log verify-proof");
    assertThat(trace(second, "s1g1.5.x", "not-held", "token.introspect"))
        .as("the control")
        .contains("the record says so")
        .doesNotContain("/digest/");
  }
}
