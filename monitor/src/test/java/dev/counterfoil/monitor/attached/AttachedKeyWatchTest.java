package dev.counterfoil.monitor.attached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What attached issuers publish, beside what is stated of them. */
final class AttachedKeyWatchTest {
  private static final String THEIRS = "https://kc.example/realms/acme";
  private static final String METADATA = THEIRS + "/.well-known/openid-configuration";

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer ours =
      new TestIssuer("main", "https://login.example", clock).attaching(Set.of(THEIRS));
  private final Map<String, String> web = new HashMap<>();
  private final ReadSide network = (uri, max) -> page(uri);
  private final TestKeys.Es256 first = new TestKeys.Es256();
  private final TestKeys.Es256 second = new TestKeys.Es256();
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private AttachedKeyWatch watch;

  @BeforeEach
  void start() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    watch = new AttachedKeyWatch(clock, findings, network);
    ours.addKey();
    ours.addLog("d1g1");
    web.put(METADATA, "{\"issuer\":\"" + THEIRS + "\",\"jwks_uri\":\"" + THEIRS + "/certs\"}");
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private byte[] page(URI uri) throws IOException {
    String text = web.get(uri.toString());
    if (text == null) {
      throw new FileNotFoundException("status 404 from " + uri);
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void publishes(JsonObject... keys) {
    web.put(THEIRS + "/certs", JsonObject.builder().put("keys", List.of(keys)).build().toString());
  }

  private static JsonObject jwk(TestKeys.TokenKey key, String kid) {
    return key.jwk().toJson().with("kid", kid).with("use", "sig");
  }

  private void state(TestKeys.Es256 key, String alias) {
    state(key, alias, Duration.ofDays(300));
  }

  private void state(TestKeys.Es256 key, String alias, Duration life) {
    Instant now = clock.instant();
    ours.state(
        ours.statement(key, "s1g1").toBuilder()
            .issuer(THEIRS)
            .purpose("attached")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .record(new RecordForm.Digest("d1g1"))
            .alias(alias)
            .active(now, now.plus(life))
            .verifyUntil(now.plus(life).plus(Duration.ofHours(1)))
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
  }

  private void look() throws Exception {
    ours.publish();
    KeySet keys = KeySetSource.read(ours.policy(), ours, clock.instant());
    watch.look("main", keys);
    watch.look("main", keys);
  }

  private List<String> found() {
    return findings.list(FindingStore.Query.all()).stream()
        .map(FindingStore.Kept::json)
        .map(one -> one.get("kind") + " " + one.get("severity") + " " + one.get("state"))
        .toList();
  }

  @Test
  void aKeyThatNobodyConfirmedIsAFindingUntilItIsStated() throws Exception {
    publishes(jwk(first, "k1"));
    state(first, "k1");
    look();
    assertThat(found()).as("all is as it is stated").isEmpty();

    publishes(jwk(first, "k1"), jwk(second, "k2; rm -rf"));
    look();
    assertThat(found()).containsExactly("attached-key-waiting high open");
    JsonObject finding = findings.list(FindingStore.Query.all()).getFirst().json();
    assertThat(finding.object("detail").string("command"))
        .isEqualTo(
            "counterfoil keys attach "
                + THEIRS
                + " --kid "
                + second.kid()
                + " --tenant acme --audience https://files.example --audience"
                + " https://mail.example --record-log d1g1 --yes");
    assertThat(finding.string("summary")).contains(THEIRS).doesNotContain("rm -rf");

    watch = new AttachedKeyWatch(clock, findings, network);
    look();
    assertThat(found()).as("the same after a start").hasSize(1);
    state(second, "k2");
    watch = new AttachedKeyWatch(clock, findings, network);
    look();
    assertThat(found()).containsExactly("attached-key-waiting high explained");
  }

  @Test
  void aKeyThatVanishedIsSaidOnceAndNotOfOneThatWasTakenBack() throws Exception {
    publishes(jwk(first, "k1"), jwk(second, "k2"));
    state(first, "k1");
    state(second, "k2");
    look();
    assertThat(found()).isEmpty();
    publishes(jwk(second, "k2"));
    look();
    assertThat(found()).containsExactly("attached-key-gone low open");
    ours.taint(first.kid(), clock.instant());
    look();
    assertThat(found()).containsExactly("attached-key-gone low explained");
    publishes(jwk(second, "k2"), jwk(first, "k1"));
    look();
    assertThat(found()).hasSize(1);
  }

  @Test
  void aKeyThatWasNeverConfirmedAndIsGoneIsOver() throws Exception {
    publishes(jwk(first, "k1"));
    look();
    assertThat(found()).containsExactly("attached-key-waiting high open");
    publishes();
    look();
    assertThat(found()).containsExactly("attached-key-waiting high explained");
  }

  @Test
  void aStatedKeyThatEndsSoonIsSaidOnce() throws Exception {
    publishes(jwk(first, "k1"));
    state(first, "k1", Duration.ofDays(35));
    look();
    assertThat(found()).isEmpty();
    clock.advance(Duration.ofDays(6));
    look();
    assertThat(found()).containsExactly("key-age medium open");
  }

  @Test
  void anIssuerThatDoesNotAnswerIsAFindingAfterAWhile() throws Exception {
    publishes();
    look();
    web.remove(METADATA);
    look();
    clock.advance(AttachedKeyWatch.SILENCE_TOLERATED.minusSeconds(1));
    look();
    assertThat(found()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    look();
    assertThat(found()).containsExactly("attached-issuer-unread medium open");
    web.put(METADATA, "{\"issuer\":\"" + THEIRS + "\",\"jwks_uri\":\"" + THEIRS + "/certs\"}");
    look();
    assertThat(found()).containsExactly("attached-issuer-unread medium explained");
  }

  /** An issuer in foreign hands fills no database. */
  @Test
  void keysByTheDozenAreToldToALimit() throws Exception {
    List<JsonObject> keys = new ArrayList<>();
    for (int i = 0; i < AttachedKeyWatch.WAITING_A_DAY + 5; i++) {
      keys.add(jwk(new TestKeys.Es256(), "k" + i));
    }
    publishes(keys.toArray(JsonObject[]::new));
    look();
    assertThat(found()).hasSize(AttachedKeyWatch.WAITING_A_DAY);
  }

  @Test
  void whatCannotBeStatedIsLeftOut() throws Exception {
    JsonObject good = jwk(first, "k1");
    publishes(
        good,
        good.with("use", "enc"),
        good.with("alg", "ES512"),
        JsonObject.builder().put("kty", "oct").put("kid", "secret").build());
    IssuerKeys read = IssuerKeys.read(network, THEIRS);
    assertThat(read.keys()).extracting(IssuerKeys.Published::name).containsExactly("k1");
    assertThat(read.others()).hasSize(2).anyMatch(why -> why.contains("ES512"));

    publishes(good.with("d", "AAAA"));
    assertThatThrownBy(() -> IssuerKeys.read(network, THEIRS)).hasMessageContaining("private key");
  }

  /** A kid that redraws the line above it would show another thumbprint. */
  @Test
  void whatMovesACursorIsNoNameOfAKey() throws Exception {
    publishes(jwk(first, "clé-1"), jwk(second, "k2\u001b[1A\u202e"));
    IssuerKeys read = IssuerKeys.read(network, THEIRS);
    assertThat(read.keys()).extracting(IssuerKeys.Published::name).containsExactly("clé-1");
    assertThat(read.others())
        .singleElement()
        .asString()
        .startsWith("k2\\u{1b}[1A\\u{202e}: its kid has characters");
    publishes(jwk(first, "k1").with("alg", "\u001b[2J"));
    assertThat(IssuerKeys.read(network, THEIRS).others())
        .singleElement()
        .asString()
        .startsWith("k1: signs with \\u{1b}[2J");
    String good = String.valueOf(web.get(METADATA));
    web.put(METADATA, good.replace("acme\",", "acme\\u001b[2J\","));
    assertThatThrownBy(() -> IssuerKeys.read(network, THEIRS)).hasMessageEndingWith("\\u{1b}[2J");
  }

  @Test
  void onlyAnIssuerOfThisHostHasItsKeysHere() throws Exception {
    String local = "http://127.0.0.1:8581/realms/acme";
    for (String here : List.of(local + "/certs", "https://localhost/certs", "http://[::1]/certs")) {
      web.put(here, "{\"keys\":[]}");
      for (String issuer : List.of(THEIRS, local)) {
        web.put(
            issuer + "/.well-known/openid-configuration",
            "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"" + here + "\"}");
      }
      assertThat(IssuerKeys.read(network, local).from()).hasToString(here);
      assertThatThrownBy(() -> IssuerKeys.read(network, THEIRS))
          .as(here)
          .hasMessageContaining("gives a jwks_uri on this host: " + here);
    }
  }

  @Test
  void onlyTheIssuersOwnMetadataCounts() throws Exception {
    publishes(jwk(first, "k1"));
    assertThat(IssuerKeys.read(network, THEIRS).keys()).hasSize(1);
    String good = String.valueOf(web.get(METADATA));
    web.put(METADATA, good.replace("acme\",", "other\","));
    assertThatThrownBy(() -> IssuerKeys.read(network, THEIRS))
        .hasMessageContaining("another issuer");
    web.put(METADATA, good.replace("https://kc.example/realms/acme/certs", "http://kc.example/c"));
    assertThatThrownBy(() -> IssuerKeys.read(network, THEIRS))
        .hasMessageContaining("not encrypted");
    // RFC 8414 3.1: between host and path.
    web.remove(METADATA);
    web.put("https://kc.example/.well-known/oauth-authorization-server/realms/acme", good);
    assertThat(IssuerKeys.read(network, THEIRS).keys().getFirst().jwk())
        .isEqualTo(PublicJwk.parse(first.jwk().toJson()));
  }
}
