package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.format.word.WatchProbe;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Probes are found as such, and their mark hides nothing else. */
class WatchProbeTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private final KeyPair own = keyPair();
  private final PublicJwk ownKey = PublicJwk.es256((ECPublicKey) own.getPublic());
  private TestMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"), issuer);
    issuer.issue();
    monitor.follow();
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String signed(String input, KeyPair by) throws Exception {
    Signature signature = Signature.getInstance(ownKey.algorithm().javaSignature());
    signature.initSign(by.getPrivate());
    signature.update(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64Url.encode(signature.sign());
  }

  private String input(int number) {
    return WatchProbe.signingInput(
        "https://enterprise.example",
        ownKey,
        new TokenId(RecordedIssuer.LOG, 0, Hash.sha256(new byte[number])),
        clock.instant());
  }

  private Sighting sighting(String token, String outcome) {
    String input = token.substring(0, token.lastIndexOf('.'));
    return new Sighting(
        clock.instant(),
        outcome,
        Sighting.Grade.DIGEST,
        Sighting.Token.of(
            Hash.sha256(input.getBytes(StandardCharsets.US_ASCII)),
            ownKey.thumbprint(),
            "https://enterprise.example"),
        Sighting.Use.at("authority"),
        1,
        token,
        false);
  }

  private List<JsonObject> probes() {
    FindingStore.Query all = FindingStore.Query.all();
    return monitor
        .findings
        .list(
            new FindingStore.Query(
                0,
                Optional.empty(),
                Optional.of(Kind.WATCH_PROBE),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                all.limit()))
        .stream()
        .map(FindingStore.Kept::json)
        .toList();
  }

  @Test
  void eachProbeIsNamedInOneFindingThatNobodyHasToLookAt() throws Exception {
    Sighting first = sighting(signed(input(1), own), "key-unknown");
    Sighting second = sighting(signed(input(2), own), "key-unknown");
    monitor.report(first);
    assertThat(monitor.settle()).isZero();
    monitor.report(second);
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    assertThat(probes()).hasSize(1);
    JsonObject probe = probes().getFirst();
    assertThat(probe.string("state")).isEqualTo("explained");
    assertThat(probe.number("count")).isEqualTo(2);
    assertThat(probe.object("detail").strings("probes"))
        .containsExactly(digest(second), digest(first));
  }

  private static String digest(Sighting of) {
    return java.util.Objects.requireNonNull(of.token().digest()).base64Url();
  }

  @Test
  void aServiceThatAcceptsOneIsAFinding() throws Exception {
    monitor.report(sighting(signed(input(1), own), Sighting.ACCEPTED));
    assertThat(monitor.settle()).isZero();
    assertThat(probes()).isEmpty();
    assertThat(monitor.findings())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.string("kind")).isEqualTo("unknown-key");
              assertThat(one.string("severity")).isEqualTo("critical");
            });
  }

  /** Another key than its own has signed it: anybody can make up such a token, and it is noise. */
  @Test
  void oneThatItsKeyHasNotSignedProvesNothing() throws Exception {
    monitor.report(sighting(signed(input(1), keyPair()), "key-unknown"));
    assertThat(monitor.settle()).isZero();
    assertThat(probes()).isEmpty();
    assertThat(monitor.findings()).isEmpty();
  }

  /** A thief who has a real key and writes the mark into what he forges is found as ever. */
  @Test
  void theMarkHidesNoForgery() throws Exception {
    String forged =
        issuer.forge(
            issuer
                .draft(issuer.key, RecordedIssuer.LOG, 0)
                .header("typ", WatchProbe.TYPE)
                .claim("probe_key", ownKey.toJson()));
    monitor.report(issuer.refusedWithEvidence(forged, "key-scope-type"));
    assertThat(monitor.settle()).isZero();
    assertThat(probes()).isEmpty();
    assertThat(monitor.findings())
        .singleElement()
        .satisfies(one -> assertThat(one.string("severity")).isEqualTo("critical"));
  }
}
