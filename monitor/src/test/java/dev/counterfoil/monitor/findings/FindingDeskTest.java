package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.RunningMonitor;
import dev.counterfoil.monitor.http.ViewRoutes;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which persons the monitor tells apart, at its socket and over HTTP. */
class FindingDeskTest extends RunningMonitor {
  private static final JsonObject WANTED =
      JsonObject.builder()
          .put("domain", "acme")
          .put("kind", "forged-token")
          .put("reason", "a drill")
          .put("owner", "alice")
          .put("seconds", 3600)
          .build();

  private HttpResponse<String> change(String token, JsonObject body) throws Exception {
    return send(
        request("/view/suppressions")
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private String person(String subject) {
    return issuer.issue(
        issuer
            .draft()
            .claim("aud", AUDIENCE)
            .claim("scope", ViewRoutes.INCIDENTS_SCOPE)
            .claim("sub", subject)
            .claim("tenant", KeyCeiling.OWN_TENANT)
            .claim("auth_time", System.currentTimeMillis() / 1000));
  }

  private List<JsonObject> ask(String ask, JsonObject question) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock")).ask(ask, question, lines::add);
    return lines;
  }

  @Test
  void whatOneAddsAtTheSocketAPersonApprovesOverHttp() throws Exception {
    JsonObject added = ask("suppress", WANTED).getFirst();
    assertThat(added.string("added_by")).startsWith(Suppressions.AT_SOCKET);
    JsonObject approval = JsonObject.builder().put("id", added.number("id")).build();
    assertThatThrownBy(() -> ask("suppression-approve", approval))
        .hasMessageContaining("over HTTP");
    JsonObject overHttp = approval.with("do", "approve");
    String client = token(ViewRoutes.INCIDENTS_SCOPE, KeyCeiling.OWN_TENANT);
    HttpResponse<String> refused = change(client, overHttp);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("token of a person");
    assertThat(change(client, WANTED.with("do", "add")).statusCode()).isEqualTo(400);

    HttpResponse<String> approved = change(person("bob"), overHttp);
    assertThat(approved.statusCode()).as(approved.body()).isEqualTo(200);
    assertThat(json(approved).string("state")).isEqualTo("in-force");
    assertThat(json(approved).string("approved_by")).isEqualTo("bob");
  }

  @Test
  void whatAPersonAddsOverHttpIsApprovedAtTheSocket() throws Exception {
    HttpResponse<String> added = change(person("bob"), WANTED.with("do", "add"));
    assertThat(added.statusCode()).as(added.body()).isEqualTo(200);
    long id = json(added).number("id");
    assertThat(
            change(person("bob"), JsonObject.builder().put("do", "approve").put("id", id).build())
                .statusCode())
        .isEqualTo(400);
    assertThat(
            ask("suppression-approve", JsonObject.builder().put("id", id).build())
                .getFirst()
                .string("state"))
        .isEqualTo("in-force");
  }
}
