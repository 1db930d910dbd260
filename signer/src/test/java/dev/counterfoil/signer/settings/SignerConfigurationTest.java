package dev.counterfoil.signer.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestCosigner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignerConfigurationTest {
  private static final String SIGNER =
      """
      domain: enterprise
      issuer: https://login.example/tenant
      folder: signer
      passphrase-file: passphrase
      service-socket: s.sock
      admin-socket: a.sock
      tenants: [acme]
      audiences: ["*"]
      registrar-socket: r.sock
      log-folder: log
      """;

  @TempDir Path folder;

  @BeforeEach
  void passphrase() throws Exception {
    TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
  }

  private SignerConfiguration read(String yaml) throws ConfigurationException {
    return Configuration.parse(folder.resolve("signer.yaml"), yaml, SignerConfiguration.class);
  }

  @Test
  void defaults() throws Exception {
    SignerConfiguration read = read(SIGNER);
    assertThat(read.process().folder()).isEqualTo(folder.resolve("signer"));
    assertThat(read.process().keyDefaults().lifeMax()).isEqualTo(Duration.ofMinutes(15));
    assertThat(read.process().keyDefaults().usagePeriod()).isEqualTo(Duration.ofHours(24));
    Purpose access = read.process().resolvedPurposes().all().getFirst();
    assertThat(read.process().resolvedPurposes().all()).hasSize(1);
    assertThat(access.name()).isEqualTo("access");
    assertThat(access.algorithms()).containsExactly(Algorithm.ES256);
    assertThat(access.tokenTypes()).isEqualTo(AllowList.of("at+jwt"));
    assertThat(access.tenants()).isEqualTo(AllowList.of("acme"));
    assertThat(access.audiences()).isEqualTo(AllowList.all());
    assertThat(access.lifeMax()).isEqualTo(Duration.ofMinutes(15));
    assertThat(access.schedule())
        .isEqualTo(
            new KeySchedule(
                Duration.ofHours(24),
                Duration.ofHours(12),
                Duration.ofMinutes(15),
                Duration.ofMinutes(15),
                Duration.ZERO));
    assertThat(read.quotas()).isEqualTo(SignerConfiguration.Quotas.DEFAULT);
    assertThat(read.releaseLevel("acme")).isEqualTo(Level.DURABLE);
    assertThat(read.releaseWait()).isEqualTo(Duration.ofSeconds(2));
    assertThat(read.keepJournal()).isEqualTo(Duration.ofDays(730));
    assertThat(read.process().serviceUsers()).isEmpty();
    assertThat(read.users().admin()).hasToString(System.getProperty("user.name"));
    assertThat(read.process().origin("s1g1")).isEqualTo("login.example/tenant/logs/s1g1");
    assertThat(read.process().logUrl("s1g1").toString())
        .isEqualTo("https://login.example/tenant/logs/s1g1");
  }

  @Test
  void whereACustodianHoldsThemCounterfoilsStayAWeek() throws Exception {
    String custodian =
        "cosigners: [{name: c, vkey: \"%s\", kind: custodian}]\n"
            .formatted(new TestCosigner("c.example").key());
    assertThat(read(SIGNER + custodian).keepJournal()).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void everyKey() throws Exception {
    SignerConfiguration read =
        read(
            SIGNER
                + """
                service-users: [counterfoil-authority]
                admin-users: [operator]
                token-types: [at+jwt, logout+jwt]
                life-max: 1h
                usage-period: 7d
                usage-reserve: 3d
                propagation-window: 1h
                purposes:
                  - name: access
                    algorithms: [EdDSA, ES256]
                  - name: id
                    token-types: [JWT]
                    tenants: [beta]
                    audiences: [mail]
                    life-max: 5m
                    usage-period: 12h
                    binding: required
                    publication: signature-only
                  - {name: events, token-types: [secevent+jwt], delivery-window: 7d, usage-period: 30d, usage-reserve: 10d}
                quotas:
                  client-tokens-per-second: 10
                  tenant-tokens-per-second: 20
                  clients: {big: 1000, blocked: 0}
                  tenants: {acme: 500}
                quorum: 1
                cosigners:
                  - {name: w, vkey: "%s", kind: witness}
                  - {name: c, vkey: "%s", kind: custodian, holder: true}
                release: {acme: cosigned, beta: durable, "*": held}
                release-wait: 1s
                journal-keep: 2d
                record-logs:
                  - name: d1
                    sources: [legacy, other]
                  - name: d2
                    sources: [third]
                    digests-per-second: 5000
                """
                    .formatted(
                        new TestCosigner("w.example").key(), new TestCosigner("c.example").key()));
    assertThat(read.releaseLevel("acme")).isEqualTo(Level.COSIGNED);
    assertThat(read.releaseLevel("beta")).isEqualTo(Level.DURABLE);
    assertThat(read.releaseLevel("other")).isEqualTo(Level.HELD);
    assertThat(read.releaseWait()).isEqualTo(Duration.ofSeconds(1));
    assertThat(read.keepJournal()).isEqualTo(Duration.ofDays(2));
    assertThat(read.process().serviceUsers()).containsExactly("counterfoil-authority");
    assertThat(read.process().adminUsers()).containsExactly("operator");
    List<Purpose> purposes = read.process().resolvedPurposes().all();
    assertThat(purposes).extracting(Purpose::name).containsExactly("access", "id", "events");
    Purpose access = purposes.get(0);
    assertThat(access.algorithms()).containsExactly(Algorithm.EDDSA, Algorithm.ES256);
    assertThat(access.tokenTypes()).isEqualTo(AllowList.of("at+jwt", "logout+jwt"));
    assertThat(access.schedule())
        .isEqualTo(
            new KeySchedule(
                Duration.ofDays(7),
                Duration.ofDays(3),
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ZERO));
    Purpose id = purposes.get(1);
    assertThat(id.tenants()).isEqualTo(AllowList.of("beta"));
    assertThat(id.audiences()).isEqualTo(AllowList.of("mail"));
    assertThat(id.binding()).isEqualTo(KeyStatement.Binding.REQUIRED);
    assertThat(id.publication()).isEqualTo(KeyStatement.Publication.SIGNATURE_ONLY);
    assertThat(id.schedule().usage()).isEqualTo(Duration.ofHours(12));
    assertThat(id.schedule().reserve()).as("half of its own period").isEqualTo(Duration.ofHours(6));
    assertThat(purposes.get(2).schedule().afterlife())
        .isEqualTo(Duration.ofDays(7).plus(KeySchedule.SKEW));
    assertThat(read.quotas())
        .isEqualTo(
            new SignerConfiguration.Quotas(
                10, 20, Map.of("big", 1000, "blocked", 0), Map.of("acme", 500)));
    assertThat(read.recordLogs())
        .containsExactly(
            new SignerConfiguration.Door("d1", List.of("legacy", "other"), 100_000),
            new SignerConfiguration.Door("d2", List.of("third"), 5_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "life-max: 15m | life-max: 61m | life-max",
        "life-max: 15m | life-max: 15 | life-max",
        "usage-period: 243d | usage-period: 244d | usage-period 244d + usage-reserve 122d = 366d",
        "propagation-window: 12h | propagation-window: 13h | 2 × propagation-window 13h = 26h",
        "usage-reserve: 6h | usage-reserve: 5h | usage-reserve 5h",
        "usage-period: 140s | usage-period: 139s | propagation-window 34s is less than 35s",
        "propagation-window: 35s | propagation-window: 34s | refuse valid tokens for 1s",
        "purposes: [{name: a, usage-period: 140s}] | purposes: [{name: a, usage-period: 4s}] | refuse valid tokens for 34s",
        "usage-period: 4s\\naccept-good-tokens-refused: true | usage-period: 4s\\naccept-good-tokens-refused: false | accept-good-tokens-refused: true",
        "usage-reserve: 6h | usage-reserve: 365d | usage-reserve",
        "accept-good-tokens-refused: true\\npurposes: [{name: a, usage-period: 4s, delivery-window: 30m}] | accept-good-tokens-refused: true\\npurposes: [{name: a, usage-period: 4s, delivery-window: 1h}] | keys would exist at one time",
        "purposes: [{name: id, token-types: [JWT]}] | purposes: [{name: Id, token-types: [JWT]}] | name",
        "purposes: [{name: a}, {name: b, token-types: [x]}] | purposes: [{name: a}, {name: b}] | at+jwt belongs to two purposes",
        "purposes: [{name: a}, {name: b, token-types: [x]}] | purposes: [{name: a}, {name: a, token-types: [x]}] | named a",
        "purposes: [{name: a, algorithms: [ES256]}] | purposes: [{name: a, algorithms: [ES256, ES256]}] | algorithm twice",
        "purposes: [{name: a, algorithms: [ES256]}] | purposes: [{name: a, algorithms: [none]}] | algorithms",
        "purposes: [{name: a, usage-period: 1d}] | purposes: [{name: a, usage-period: 300d}] | usage-period of at most 243d",
        "purposes: [{name: a}, {name: b, token-types: [x], usage-period: 60d}] | purposes: [{name: a, tenants: [other]}, {name: b, token-types: [x], usage-period: 61d}] | 90d",
        "purposes: [{name: a, tenants: [x, y], usage-period: 9d}] | purposes: [{name: a, tenants: [x, y], usage-period: 10d}] | more than one tenant",
        "service-users: [a] | service-user: [a] | service-user",
        "record-logs: [{name: d1, sources: [a]}] | record-logs: [{name: s1, sources: [a]}] | record log",
        "record-logs: [{name: d1, sources: [a]}] | record-logs: [{name: d1, sources: []}] | sources",
        "record-logs: [{name: d1, sources: [a]}, {name: d2, sources: [b]}] | record-logs: [{name: d1, sources: [a]}, {name: d1, sources: [b]}] | record-logs",
        "record-logs: [{name: d1, sources: [a]}, {name: d2, sources: [b]}] | record-logs: [{name: d1, sources: [a]}, {name: d2, sources: [a]}] | record-logs",
        "record-logs: [{name: d1, sources: [\"*\"]}] | record-logs: [{name: d1, sources: [\"*\"]}, {name: d2, sources: [a]}] | record-logs",
        "quotas: {clients: {a: 1}} | quotas: {clients: {a: -1}} | quota",
        "release: {acme: checkpointed} | release: {acme: safe} | release",
        "release: {acme: checkpointed} | release: {acme: held} | custodian",
        "release: {acme: checkpointed} | release: {acme: cosigned} | quorum",
        "release-wait: 4s | release-wait: 5s | release-wait",
        "journal-keep: 730d | journal-keep: 729d | journal-keep is at least 730d",
        "token-types: [at+jwt] | token-types: [at+jwt, at+jwt] | token-types",
        "token-types: [at+jwt] | root: x | root",
        "token-types: [at+jwt] | signers: [{name: s1, socket: k.sock}] | signers",
        "token-types: [at+jwt] | role: signer | two programs now",
      })
  void aLineThatIsWrongIsNamedAndTheRightOneBesideItIsRead(String right, String wrong, String named)
      throws Exception {
    assertThat(read(SIGNER + right.replace("\\n", "\n") + "\n")).isNotNull();
    assertThatThrownBy(() -> read(SIGNER + wrong.replace("\\n", "\n") + "\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("signer.yaml:")
        .hasMessageContaining(named);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://login.example/tenant | https://login.example/",
        "https://login.example/tenant | ftp://login.example",
        "tenants: [acme] | tenants: []",
        "tenants: [acme] | tenants: [acme, '*']",
        "passphrase-file: passphrase | passphrase-file: missing",
      })
  void aValueThatIsWrongIsRefused(String right, String wrong) throws Exception {
    assertThat(read(SIGNER)).isNotNull();
    assertThat(SIGNER).contains(right);
    assertThatThrownBy(() -> read(SIGNER.replace(right, wrong)))
        .isInstanceOf(ConfigurationException.class);
  }
}
