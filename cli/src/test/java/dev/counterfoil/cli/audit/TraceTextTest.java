package dev.counterfoil.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.ExitCode;
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
    return traced(folder, token, code, eventCode, "").out();
  }

  private static String trace(Path folder, String token, String code, String eventCode, String more)
      throws IOException, FormatException {
    return traced(folder, token, code, eventCode, more).out();
  }

  private static CommandRun traced(Path folder, String token, String code, String eventCode)
      throws IOException, FormatException {
    return traced(folder, token, code, eventCode, "");
  }

  private static CommandRun traced(
      Path folder, String token, String code, String eventCode, String more)
      throws IOException, FormatException {
    String trace =
        """
        {"asked":{},"complete":true,"without_token":[],"tokens":[{"token":"TOKEN","issued":false,\
        "not_issued":{"code":"CODE","why":"the record says so"},"events_of_another_digest":0,\
        MORE"touched":[],"more_events":false,"events":[{"event":{"activity_id":1,"category_uid":6,\
        "class_uid":6005,"type_uid":600501,"severity_id":1,"time":1684137600000,\
        "metadata":{"version":"1.1.0","tenant_uid":"acme","sequence":1,"event_code":"EVENT",\
        "product":{"name":"Old"}},"actor":{"user":{"uid":"m"}},"databucket":{"name":"b"}}}]}]}
        """
            .replace("MORE", more)
            .replace("TOKEN", token)
            .replace("CODE", code)
            .replace("EVENT", eventCode);
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      JsonObject answer =
          StrictJson.object(trace.strip().getBytes(StandardCharsets.UTF_8), 1 << 20);
      monitor.says("audit-trace", answer);
      return CommandRun.of(
          "audit", "trace", "--data", folder, "--tenant", "acme", "--token", token);
    }
  }

  @Test
  void theExitCodeIsWhatTheVerdictSays(
      @TempDir Path first, @TempDir Path second, @TempDir Path third) throws Exception {
    CommandRun recorded = traced(first, "kc-5", "recorded-elsewhere", "token.introspect");
    assertThat(recorded.out()).contains("RECORDED BY ANOTHER ISSUER");
    assertThat(recorded.exitCode()).isEqualTo(ExitCode.OK);
    CommandRun twofold = traced(second, "s1g1.5.x", "two-histories", "token.introspect");
    assertThat(twofold.out()).contains("NOT KNOWN: ITS LOG HAS TWO HISTORIES");
    assertThat(twofold.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(traced(third, "s1g1.5.x", "another-token", "token.introspect").exitCode())
        .as("the control")
        .isEqualTo(ExitCode.NO);
  }

  @Test
  void whatEventsByIdentifierAloneNameIsSaidToBePossible(@TempDir Path copy, @TempDir Path control)
      throws Exception {
    assertThat(trace(copy, "s1g1.5.x", "another-token", "userinfo.read", MAY))
        .contains(
            "touched: no event of a service names it by its digest",
            "may have touched: these events name it by its identifier alone",
            "person ann: 1 event");
    assertThat(trace(control, "s1g1.5.x", "another-token", "userinfo.read", ""))
        .contains("touched: no event of a service names it")
        .doesNotContain("may have touched", "by its digest");
  }

  private static final String MAY =
      """
      "may_have_touched":[{"entity":"person ann","events":1,"items":0,"first_time":1684137600000,\
      "last_time":1684137600000,"clients":[],"addresses":[],"sources":["trial/authority"]}],\
      """
          .strip();

  @Test
  void theHeadSaysThatATokenIsRevoked(
      @TempDir Path first, @TempDir Path second, @TempDir Path third) throws Exception {
    assertThat(trace(first, "s1g1.5.x", "not-held", "token.revoke").lines().toList())
        .anyMatch(line -> line.matches("token s1g1.5.x  .*REVOKED.* 2023-05-15T08:00:00Z"));
    assertThat(trace(second, "s1g1.5.x", "not-held", "token.introspect"))
        .as("the control")
        .contains("token s1g1.5.x")
        .doesNotContain("REVOKED");
    assertThat(trace(third, "s1g1.5.x", "not-held", "token.revoke-refuse"))
        .contains("NOT REVOKED: THAT FAILED");
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

  private static String origin(Path folder, String ground, String origin) throws Exception {
    String trace =
        """
        {"asked":{},"complete":true,"without_token":[],"tokens":[{"token":"s1g1.5.x","issued":true,\
        "issuance":{"activity_id":1,"category_uid":3,"class_uid":CLASS,"type_uid":TYPE,\
        "severity_id":1,"time":1684137600000,"metadata":{"version":"1.8.0","tenant_uid":"acme",\
        "sequence":5,"product":{"name":"Counterfoil"}},"actor":{"user":{"uid":"ann"},\
        "app_uid":"shop"},"src_endpoint":{"ip":"203.0.113.7"},"ground":GROUND,\
        "recorded_token":{"uid":"s1g1.5.x","position":5,"log":"l/s1g1","audience":"a",\
        "key_uid":"k","expiration_time":1684138600000}},"origin":ORIGIN,"grants":[],\
        "events_of_another_digest":0,"touched":[],"more_events":false,"events":[]}]}
        """
            .replace("CLASS", Long.toString(Operation.TOKEN_ISSUE.classUid()))
            .replace("TYPE", Long.toString(Operation.TOKEN_ISSUE.classUid() * 100 + 1))
            .replace("GROUND", ground)
            .replace("ORIGIN", origin);
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      monitor.says(
          "audit-trace",
          StrictJson.object(trace.strip().getBytes(StandardCharsets.UTF_8), 1 << 20));
      return CommandRun.of(
              "audit", "trace", "--data", folder, "--tenant", "acme", "--token", "s1g1.5.x")
          .out();
    }
  }

  @Test
  void aPersonsTokenLeadsBackToTheSignIn(
      @TempDir Path person, @TempDir Path unproven, @TempDir Path client) throws Exception {
    String of =
        """
        {"sign_in":{"time":1684137000000,"acr":"phrh","amr":"hwk user"EVENT},"given":[],"ended":[]}
        """;
    String grant =
        """
        {"name":"authorization_code","reference":"g1"}""";
    String event =
        """
        ,"event":{"position":3,"event":{"activity_id":1,"category_uid":3,"class_uid":3002,\
        "type_uid":300201,"severity_id":1,"time":1684137000000,"metadata":{"version":"1.8.0",\
        "tenant_uid":"acme","sequence":1,"product":{"name":"Counterfoil"}},\
        "user":{"uid":"ann"},"src_endpoint":{"ip":"198.51.100.4"}}}
        """;
    assertThat(origin(person, grant, of.replace("EVENT", event)))
        .contains(
            "on grant g1 of that person, by authorization_code, from 203.0.113.7",
            "sign-in: 2023-05-15T07:50:00Z by hwk user (acr phrh), from 198.51.100.4")
        .doesNotContain("the client itself authenticated", "NO EVENT");
    assertThat(origin(unproven, grant, of.replace("EVENT", "")))
        .contains("the token states 2023-05-15T07:50:00Z", "NO EVENT OF THAT SIGN-IN");
    assertThat(
            origin(
                client,
                "{\"name\":\"private_key_jwt\",\"reference\":\"a1\"}",
                "{\"given\":[],\"ended\":[]}"))
        .contains(
            "the client authenticated by private_key_jwt (assertion a1)",
            "sign-in: none: the client itself authenticated")
        .doesNotContain("NO EVENT");
  }

  @Test
  void whatNoClientAskedForIsNotSaidToBeAClients(
      @TempDir Path logout, @TempDir Path userinfo, @TempDir Path own) throws Exception {
    String none =
        """
        {"given":[],"ended":[]}""";
    assertThat(origin(logout, "{\"name\":\"session_end\",\"reference\":\"n1\"}", none))
        .contains("because a session of that person ended", "sign-in: the token states none")
        .doesNotContain("client authenticated", "client itself");
    assertThat(origin(userinfo, "{\"name\":\"access_token\",\"reference\":\"s1g1.4.x\"}", none))
        .contains("for the holder of token s1g1.4.x")
        .doesNotContain("client authenticated", "client itself");
    assertThat(origin(own, "{\"name\":\"authority\"}", none))
        .contains("for the authority itself")
        .doesNotContain("client authenticated", "client itself");
  }

  @Test
  void aTraceTellsAnotherTenantsTokenFromOneThatIsNotRecorded() {
    assertThat(TraceText.verdict("another-tenant")).isEqualTo("ANOTHER TENANT'S TOKEN");
    assertThat(TraceText.verdict("another-token")).isEqualTo("NOT ISSUED");
    assertThat(TraceText.verdict("lost-by-its-log")).isEqualTo("LOST BY ITS LOG");
    assertThat(TraceText.verdict("not-held")).isEqualTo("NOT IN THE RECORD");
    assertThat(TraceText.verdict("released-not-published")).isEqualTo("NOT PUBLISHED");
    assertThat(TraceText.verdict("published-not-held")).isEqualTo("NOT HELD HERE");
    assertThat(TraceText.verdict("log-not-read")).isEqualTo("NOT KNOWN: ITS LOG WAS NOT READ");
    assertThat(TraceText.NOT_KNOWN)
        .contains("log-not-read", "another-issuer")
        .doesNotContain("not-held");
  }
}
