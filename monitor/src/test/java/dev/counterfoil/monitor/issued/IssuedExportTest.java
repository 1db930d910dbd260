package dev.counterfoil.monitor.issued;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.bundle.FirstPart;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.custodian.check.IssuedBundle;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.monitor.RunningMonitor;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Issued tokens are found among a tenant's events, and proved in its export. */
final class IssuedExportTest extends RunningMonitor {
  private static final int TOKENS = 9;
  private static final int LOOKS_MAX = 12_000;

  private String analyst(String tenant) {
    return token(AuditRoutes.READ_SCOPE, tenant);
  }

  private JsonObject get(String token, String path) throws Exception {
    HttpResponse<String> answer = send(request(path).header("Authorization", "Bearer " + token));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return StrictJson.object(answer.body().getBytes(StandardCharsets.UTF_8), 1 << 24);
  }

  private static String idOf(JsonObject one) throws Exception {
    return one.object("event").object("recorded_token").string("uid");
  }

  /** Positions of issued tokens in a page, and the events' own between them. */
  private static List<String> places(JsonObject page) throws Exception {
    List<String> places = new ArrayList<>();
    for (JsonObject one : page.objects("events")) {
      places.add(one.optionalString("log").orElse("audit") + "." + one.number("position"));
    }
    return places;
  }

  private void awaitHeld(String token, long tokens) throws Exception {
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
      if (get(token, "/audit/v1/events?class=99903001&limit=100").objects("events").size()
          >= tokens) {
        return;
      }
      Thread.sleep(100);
    }
  }

  /** Waits until one of the looks so far is an event that can be found. */
  private void awaitEvent(String token) throws Exception {
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
      if (places(get(token, "/audit/v1/events?limit=100")).stream()
          .anyMatch(place -> place.startsWith("audit."))) {
        return;
      }
      Thread.sleep(100);
    }
  }

  @Test
  void pagesHaveIssuedTokensAmongEventsAndStayAsTheyWere() throws Exception {
    String acme = analyst("acme");
    String globex = analyst("globex");
    for (int i = 0; i < TOKENS; i++) {
      issuer.issue();
      issuer.issue(issuer.draft().claim("tenant", "globex"));
    }
    // With the analysts' own tokens.
    awaitHeld(acme, TOKENS + 1);
    awaitHeld(globex, TOKENS + 1);
    awaitEvent(acme);
    Set<String> seen = new LinkedHashSet<>();
    JsonObject page = get(acme, "/audit/v1/events?limit=4");
    String newest = page.string("newest");
    int pages = 0;
    while (true) {
      for (String place : places(page)) {
        assertThat(seen.add(place)).as(place).isTrue();
      }
      Optional<String> next = page.optionalString("next_before");
      if (next.isEmpty()) {
        break;
      }
      pages++;
      // What comes meanwhile changes no page: each look is an event, and here is another token.
      issuer.issue();
      JsonObject again = get(acme, "/audit/v1/events?limit=4&before=" + next.get());
      page = get(acme, "/audit/v1/events?limit=4&before=" + next.get());
      assertThat(places(again)).isEqualTo(places(page));
    }
    assertThat(pages).isGreaterThan(1);
    assertThat(seen).filteredOn(place -> place.startsWith("s1g1.")).hasSize(TOKENS + 1);
    assertThat(seen).filteredOn(place -> place.startsWith("audit.")).isNotEmpty();

    JsonObject oldest =
        get(acme, "/audit/v1/events?class=99903001&order=oldest&limit=" + (TOKENS + 1));
    assertThat(places(oldest))
        .hasSize(TOKENS + 1)
        .isSortedAccordingTo(IssuedExportTest::byPosition);
    String one = idOf(oldest.objects("events").get(2));
    assertThat(get(acme, "/audit/v1/events?token=" + one).objects("events"))
        .singleElement()
        .satisfies(event -> assertThat(idOf(event)).isEqualTo(one));
    assertThat(get(globex, "/audit/v1/events?token=" + one).objects("events")).isEmpty();
    assertThat(get(acme, "/audit/v1/events?class=99903001&client=nobody").objects("events"))
        .isEmpty();

    awaitHeld(acme, TOKENS + 1 + pages);
    String stream =
        send(request("/audit/v1/stream?follow=false&class=99903001&after=" + newest)
                .header("Authorization", "Bearer " + acme))
            .body();
    List<String> streamed = new ArrayList<>();
    for (String text : stream.lines().toList()) {
      JsonObject line = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
      if (line.has("event")) {
        streamed.add(idOf(line));
      }
    }
    assertThat(streamed).hasSize(pages).doesNotHaveDuplicates().doesNotContain(one);
    assertThat(stream).contains("\"ends\":\"all\"");
    for (String bad : List.of("before=s1g1", "after=4,s1g1", "after=4,s1g1.-3", "before=x")) {
      assertThat(
              send(request("/audit/v1/events?" + bad).header("Authorization", "Bearer " + acme))
                  .statusCode())
          .as(bad)
          .isEqualTo(400);
    }
  }

  private static int byPosition(String one, String other) {
    return Long.compare(
        Long.parseLong(one.substring(one.indexOf('.') + 1)),
        Long.parseLong(other.substring(other.indexOf('.') + 1)));
  }

  private record Bundle(List<String> events, List<String> issued) {
    static Bundle of(String text) {
      List<String> lines = text.lines().toList();
      int begin = 0;
      while (!lines.get(begin).startsWith("{\"issued\"")) {
        begin++;
      }
      return new Bundle(lines.subList(0, begin), lines.subList(begin, lines.size()));
    }
  }

  private TrustPolicy trust() throws Exception {
    return TrustPolicy.parse(Files.readAllBytes(folder.resolve("policy.txt")));
  }

  private IssuedBundle.Checked check(List<String> issued) throws Exception {
    Path vkey = folder.resolve("data").resolve("cosigner.vkey");
    return IssuedBundle.check(
        new ByteArrayInputStream(
            (String.join("\n", issued) + "\n").getBytes(StandardCharsets.UTF_8)),
        0,
        new IssuedBundle.Trust(
            Optional.of(trust()),
            List.of(),
            Optional.of(CosignerKey.parse(Files.readString(vkey).strip()))),
        InstantSource.system().instant(),
        token -> {});
  }

  private List<String> exported(String token, String parameters) throws Exception {
    return Bundle.of(
            send(request("/audit/v1/export" + parameters)
                    .header("Authorization", "Bearer " + token))
                .body())
        .issued();
  }

  /** The log's signer is away: what it published and is not held is counted as missing. */
  @Test
  void anExportOfLessThanWasPublishedSaysSo() throws Exception {
    String acme = analyst("acme");
    issuer.issue();
    awaitHeld(acme, 2);
    assertThat(check(exported(acme, "")).incomplete()).as("the control").isEmpty();
    monitor.close();
    withholding = true;
    monitor = startMonitor("");
    long held = issuer.size(RecordedIssuer.LOG);
    for (int i = 0; i < 3; i++) {
      issuer.issue();
    }
    List<String> issued = exported(acme, "");
    for (int looks = 0; looks < LOOKS_MAX && check(issued).incomplete().isEmpty(); looks++) {
      Thread.sleep(20);
      issued = exported(acme, "");
    }
    IssuedBundle.Checked checked = check(issued);
    assertThat(checked.faults()).as("what is there is proved").isEmpty();
    assertThat(checked.incomplete())
        .singleElement()
        .asString()
        .contains("INCOMPLETE", "had published " + (held + 3), "held " + held);
    assertThat(
            IssuedBundle.incomplete(
                new BufferedReader(new StringReader(String.join("\n", issued)))))
        .isEqualTo(checked.incomplete());

    withholding = false;
    awaitHeld(acme, held + 3);
    for (int looks = 0; looks < LOOKS_MAX && !check(issued).incomplete().isEmpty(); looks++) {
      Thread.sleep(100);
      issued = exported(acme, "");
    }
    assertThat(check(issued).incomplete()).as("once they are held").isEmpty();
  }

  @Test
  void anExportProvesIssuedTokensAndThatTheyAreAll() throws Exception {
    String acme = analyst("acme");
    for (int i = 0; i < TOKENS; i++) {
      issuer.issue();
      issuer.issue(issuer.draft().claim("tenant", "globex"));
    }
    awaitHeld(acme, TOKENS + 1);
    String text =
        send(request("/audit/v1/export").header("Authorization", "Bearer " + acme)).body();
    FirstPart first =
        new FirstPart(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    NoteKey auditKey = NoteKey.parse(get(acme, "/audit/v1/log").string("key"));
    AuditBundle.Proved events = AuditBundle.check(first, auditKey, one -> {});
    assertThat(events.complete()).isTrue();
    long size = events.size();
    // What a registrar needs to state that key lies ready, and is for this domain's key log.
    AuditLogRequest request =
        AuditLogRequest.parse(
            Files.readAllBytes(
                folder.resolve("data").resolve(AuditLogRequest.fileName(trust().domain()))));
    assertThat(request.key()).isEqualTo(auditKey);
    assertThat(request.keyLog()).isEqualTo(KeyLog.origin(trust().issuer()));
    assertThat(new String(first.rest().readAllBytes(), StandardCharsets.UTF_8))
        .startsWith("{\"issued\":\"counterfoil-issued/1\"");

    Bundle bundle = Bundle.of(text);
    IssuedBundle.Checked checked = check(bundle.issued());
    assertThat(checked.faults()).isEmpty();
    assertThat(checked.missing()).isEmpty();
    assertThat(checked.logs())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.verdict().isAll()).isTrue();
              assertThat(one.verdict().proved()).isGreaterThanOrEqualTo(TOKENS + 1L);
            });

    List<String> without = new ArrayList<>(bundle.issued());
    without.remove(without.size() - 2);
    assertThat(check(without).faults())
        .singleElement()
        .asString()
        .contains("the custodian states", "are proved");
    List<String> changed = new ArrayList<>(bundle.issued());
    String counterfoil = changed.get(changed.size() - 2);
    int at = counterfoil.indexOf("\"record\":\"") + 60;
    changed.set(
        changed.size() - 2,
        counterfoil.substring(0, at)
            + (counterfoil.charAt(at) == 'A' ? 'B' : 'A')
            + counterfoil.substring(at + 1));
    assertThat(check(changed).faults()).isNotEmpty();
    List<String> cut = bundle.issued().subList(0, bundle.issued().size() - 1);
    assertThatThrownBy(() -> check(cut))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("break off");
    List<String> logLeftOut = new ArrayList<>(bundle.issued());
    logLeftOut.removeIf(line -> line.contains("\"statement\"") || line.startsWith("{\"position\""));
    logLeftOut.set(logLeftOut.size() - 1, "{\"end\":true,\"logs\":0,\"tokens\":0}");
    assertThat(check(logLeftOut).missing()).hasSize(1);
    List<String> keyLogLeftOut = new ArrayList<>(bundle.issued());
    keyLogLeftOut.removeIf(line -> line.startsWith("{\"file\""));
    assertThatThrownBy(() -> check(keyLogLeftOut)).isInstanceOf(FormatException.class);

    // One that goes on from there has what came since, and how many came before.
    IssuedBundle.OfLog before = checked.logs().getFirst();
    for (int i = 0; i < 3; i++) {
      issuer.issue();
    }
    awaitHeld(acme, before.verdict().proved() + 3);
    String sizes = ",s1g1." + IssuedBundle.size(before);
    // A custodian's statement is not made anew for every request.
    List<String> later = exported(acme, "?since=" + size + sizes);
    for (int looks = 0;
        looks < LOOKS_MAX && check(later).logs().getFirst().verdict().proved() < 3;
        looks++) {
      Thread.sleep(100);
      later = exported(acme, "?since=" + size + sizes);
    }
    assertThat(check(later).faults()).isEmpty();
    assertThat(check(later).logs())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.from()).isEqualTo(IssuedBundle.size(before));
              assertThat(one.before()).isEqualTo(before.verdict().stated());
              assertThat(one.verdict().proved()).isGreaterThanOrEqualTo(3);
            });
    List<String> laterWithout = new ArrayList<>(later);
    laterWithout.remove(later.size() - 2);
    assertThat(check(laterWithout).faults())
        .singleElement()
        .asString()
        .contains("below position " + IssuedBundle.size(before));
    // With all events come all tokens.
    assertThat(check(exported(acme, "?since=0" + sizes)).logs())
        .singleElement()
        .satisfies(one -> assertThat(one.from()).isZero())
        .satisfies(one -> assertThat(one.verdict().isAll()).isTrue());

    // A selection proves each, and says nothing of others.
    String some =
        send(request("/audit/v1/export?class=99903001&client=reporter")
                .header("Authorization", "Bearer " + acme))
            .body();
    IssuedBundle.Checked selected = check(Bundle.of(some).issued());
    assertThat(selected.faults()).isEmpty();
    assertThat(selected.query().names()).isNotEmpty();
  }
}
