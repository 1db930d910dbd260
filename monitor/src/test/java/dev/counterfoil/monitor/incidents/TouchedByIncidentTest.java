package dev.counterfoil.monitor.incidents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.RunningMonitor;
import dev.counterfoil.verifier.TestKeys;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an incident touched, by a running monitor. */
class TouchedByIncidentTest extends RunningMonitor {
  private String forged(long position, String sub) {
    return issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, position).claim("sub", sub));
  }

  private void opened(String token, int sequence, String mailbox, String items) throws Exception {
    String event =
        """
        {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,"metadata":{"version":"1.8.0","product":{"name":"mail"},"tenant_uid":"acme","sequence":%d},"actor":{"app_uid":"app"},"databucket":{"name":"%s"},"item_uids":[%s],"recorded_token":{"uid":"%s"}}
        """
            .formatted(
                System.currentTimeMillis(),
                sequence,
                mailbox,
                items,
                CompactToken.parse(token).claims().string("jti"));
    assertThat(
            send(request("/audit/v1/events")
                    .header("Authorization", "Bearer " + token(AuditRoutes.REPORT_SCOPE, "acme"))
                    .header("Content-Type", "application/x-ndjson")
                    .POST(HttpRequest.BodyPublishers.ofString(event)))
                .statusCode())
        .isEqualTo(200);
  }

  private HttpResponse<String> get(String token, String path) throws Exception {
    return send(request(path).header("Authorization", "Bearer " + token));
  }

  /** Waits until it shows so many findings and entities. */
  private JsonObject await(int findings, int entities) throws Exception {
    for (int looks = 0; looks < 600; looks++) {
      HttpResponse<String> answer = get(operator(), "/incidents/1");
      if (answer.statusCode() == 200
          && json(answer).objects("timeline").size() == findings
          && json(answer).object("touched").objects("entities").size() == entities) {
        return json(answer);
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no such incident: " + get(operator(), "/incidents/1").body());
  }

  @Test
  void whatForgedTokensOpenedIsCountedAndWhatIsNotKnownIsSaid() throws Exception {
    String one = forged(1000, "alice");
    String other = forged(1001, "bob");
    String refused = forged(1002, "carol");
    String elsewhere =
        issuer.forge(
            issuer
                .draft(issuer.key, RecordedIssuer.LOG, 1003)
                .claim("sub", "mallory")
                .claim("tenant", "contoso"));
    report(
        token("counterfoil:sightings"),
        batch(
            1,
            issuer.accepted(one),
            issuer.accepted(other),
            issuer.refusedWithEvidence(refused, "beyond-tip"),
            issuer.refusedWithEvidence(elsewhere, "beyond-tip")));
    opened(one, 1, "alice@acme.example", "\"m1\",\"m2\"");
    JsonObject incident = await(4, 1);
    JsonObject touched = incident.object("touched");
    // Whom refused tokens name is what their forger made up: no victim, and no tenant of others.
    assertThat(touched.objects("accounts"))
        .extracting(
            account ->
                "%s/%s %s of %s"
                    .formatted(
                        account.get("tenant"),
                        account.get("subject"),
                        account.get("accepted"),
                        account.get("tokens")))
        .containsExactly("acme/alice 1 of 1", "acme/bob 1 of 1");
    assertThat(touched.objects("accounts").getFirst().strings("token_names"))
        .containsExactly(incident.objects("tokens").getFirst().string("digest"));
    assertThat(touched.number("named_only")).as("carol, for contoso is not served").isEqualTo(1);
    assertThat(touched.strings("subjects")).containsExactly("alice", "bob");
    assertThat(touched.strings("tenants")).containsExactly("acme");
    assertThat(touched.number("items")).isEqualTo(2);
    assertThat(touched.objects("entities").getFirst().string("entity"))
        .isEqualTo("alice@acme.example");
    // The other one was accepted, and nothing tells what it opened: a lower bound.
    assertThat(touched.truth("exact")).isFalse();
    String told = CompactToken.parse(one).claims().string("jti");
    String silent = CompactToken.parse(other).claims().string("jti");
    assertThat(incident.strings("not_known"))
        .anyMatch(why -> why.contains(silent) && why.contains("no event says"))
        .noneMatch(why -> why.contains(told));
    assertThat(incident.objects("tokens"))
        .extracting(token -> token.get("subjects") + " " + token.get("accepted"))
        .containsExactlyInAnyOrder("[alice] 1", "[bob] 1", "[carol] 0", "[mallory] 0");

    opened(other, 2, "bob@acme.example", "\"m3\"");
    assertThat(await(4, 2).object("touched").number("items")).isEqualTo(3);

    // Under another key, and in the name of one of them.
    TestKeys.Es256 stranger = new TestKeys.Es256();
    String unknown =
        issuer.draft(stranger, RecordedIssuer.LOG, 2000).claim("sub", "alice").signed(stranger);
    report(token("counterfoil:sightings"), batch(2, issuer.accepted(unknown)));
    // Its row is read before its findings: what these show, the row shows at the next look.
    var _ = await(5, 2);
    assertThat(await(5, 2).strings("kinds")).contains("forged-token", "unknown-key");
    report(token("counterfoil:sightings"), batch(3, issuer.accepted(elsewhere)));
    JsonObject last = json(get(operator(), "/incidents/1")).object("touched");
    assertThat(last.strings("tenants"))
        .as("accepted, and not ours to tell")
        .containsExactly("acme");
    assertThat(last.strings("subjects")).doesNotContain("mallory");
  }

  private HttpResponse<String> change(String token, String body) throws Exception {
    return send(
        request("/view/incidents/1")
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @Test
  void aTenantsPeopleLookAtWhatNamesTheirTenantAndOperatorsChangeIt() throws Exception {
    String other =
        issuer.forge(
            issuer
                .draft(issuer.key, RecordedIssuer.LOG, 1001)
                .claim("sub", "gina")
                .claim("tenant", "globex"));
    report(
        token("counterfoil:sightings"),
        batch(1, issuer.accepted(forged(1000, "alice")), issuer.accepted(other)));
    await(2, 0);
    String own = token("counterfoil:view", "counterfoil");
    String acme = token("counterfoil:view", "acme");
    assertThat(json(get(own, "/view/findings")).objects("findings"))
        .filteredOn(one -> "forged-token".equals(one.get("kind")))
        .hasSize(2);
    assertThat(json(get(acme, "/view/findings")).objects("findings")).hasSize(1);
    assertThat(json(get(own, "/view/incidents/1")).objects("tokens")).hasSize(2);
    JsonObject ofAcme = json(get(acme, "/view/incidents/1"));
    assertThat(ofAcme.toString()).contains("alice").doesNotContain("globex", "gina", "notes");
    assertThat(ofAcme.objects("tokens")).hasSize(1);
    assertThat(
            json(get(acme, "/view/incidents")).objects("incidents").getFirst().number("findings"))
        .isEqualTo(1);
    assertThat(get(acme, "/view/acknowledgements").statusCode()).isEqualTo(403);
    assertThat(get(own, "/view/acknowledgements").statusCode()).isEqualTo(200);

    String note = "{\"do\":\"note\",\"text\":\"Seen.\",\"name\":\"olive\"}";
    assertThat(change(acme, note).statusCode()).isEqualTo(403);
    assertThat(change(token("counterfoil:incidents", "acme"), note).statusCode()).isEqualTo(403);
    assertThat(change(own, note).statusCode()).isEqualTo(403);
    String operator = token("counterfoil:incidents", "counterfoil");
    assertThat(change(operator, "{\"do\":\"burn\"}").statusCode()).isEqualTo(400);
    assertThat(change(operator, note).statusCode()).isEqualTo(200);
    assertThat(json(get(own, "/view/incidents/1")).objects("notes").getFirst().string("author"))
        .startsWith("olive (");
  }

  @Test
  void onlyThoseWhoRunTheDomainAreTold() throws Exception {
    report(token("counterfoil:sightings"), batch(1, issuer.accepted(forged(1000, "alice"))));
    await(1, 0);
    assertThat(json(get(operator(), "/incidents")).objects("incidents")).hasSize(1);
    assertThat(get(token("counterfoil:findings", "acme"), "/incidents/1").statusCode())
        .isEqualTo(403);
    assertThat(get(token("counterfoil:audit"), "/incidents").statusCode()).isEqualTo(403);
    assertThat(get(operator(), "/incidents/7").statusCode()).isEqualTo(404);
    assertThat(get(operator(), "/incidents/x").statusCode()).isEqualTo(400);

    MonitorAdmin admin = new MonitorAdmin(folder.resolve("admin.sock"));
    admin.changeIncident(1, "note", "The key is replaced.");
    admin.changeIncident(1, "close", "resolved by the night shift");
    assertThatThrownBy(() -> admin.changeIncident(1, "close", "resolved"))
        .hasMessageContaining("not in the state");
    assertThatThrownBy(() -> admin.changeIncident(1, "erase", "x"))
        .hasMessageContaining("own, note, close or reopen");
    List<JsonObject> lines = new ArrayList<>();
    admin.incident(1, lines::add);
    assertThat(lines.getFirst().objects("notes"))
        .extracting(note -> note.get("author") + " " + note.get("what"))
        .containsExactly(
            System.getProperty("user.name") + " note", System.getProperty("user.name") + " close");
    assertThat(json(get(operator(), "/incidents")).objects("incidents")).isEmpty();
    assertThat(json(get(operator(), "/incidents?all=1")).objects("incidents")).hasSize(1);
  }
}
