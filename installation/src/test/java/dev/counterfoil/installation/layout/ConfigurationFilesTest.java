package dev.counterfoil.installation.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.custodian.CosignerKeyFile;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration.Door;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files that {@code up} writes are ones that the programs read, and say what the installation's
 * configuration says.
 */
class ConfigurationFilesTest {
  private static final InstallationConfiguration TWO_DOMAINS =
      new InstallationConfiguration(
          List.of(
              domain("consumer", 9001, Duration.ofMinutes(45)),
              domain("enterprise", 9002, Duration.ofMinutes(5))),
          new HostPort("127.0.0.1", 9003));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path temporary;

  @SuppressWarnings("NullAway.Init") // made before each test
  private DataFolder folder;

  private static Domain domain(String name, int port, Duration tokenLife) {
    return domain(name, "https://" + name + ".example", port, tokenLife);
  }

  private static Domain domain(String name, String issuer, int port, Duration tokenLife) {
    return new Domain(
        name,
        URI.create(issuer),
        new HostPort("127.0.0.1", port),
        List.of("acme"),
        List.of("mail"),
        tokenLife,
        Duration.ofHours(24),
        Map.of("acme", Level.HELD, "*", Level.CHECKPOINTED),
        name.equals("consumer")
            ? List.of()
            : List.of(new Door("d2", List.of("legacy", "cluster"), 5_000)));
  }

  @BeforeEach
  void write() throws Exception {
    folder = new DataFolder(temporary.resolve("data"));
    DataFolder.ownerOnly(folder.path());
    TrialRoot root =
        TrialRoot.openOrMake(DataFolder.ownerOnly(folder.root()), InstantSource.system());
    ConfigurationFiles files = new ConfigurationFiles(folder, TWO_DOMAINS);
    files.makeFolders();
    files.write(Optional.of(root.pin()));
    for (Domain domain : TWO_DOMAINS.domains()) {
      InstallationClients.prepare(folder.domain(domain.name()));
      Files.writeString(folder.domain(domain.name()).policy(), "");
    }
  }

  @Test
  void signerAndRegistrarAllowTheLifeThatTheAuthorityAsksFor() throws Exception {
    AuthorityConfiguration authority =
        Configuration.read(folder.authorityConfiguration(), AuthorityConfiguration.class);
    for (Domain domain : TWO_DOMAINS.domains()) {
      DataFolder.DomainFolder of = folder.domain(domain.name());
      SignerConfiguration signer =
          Configuration.read(of.signerConfiguration(), SignerConfiguration.class);
      RegistrarConfiguration registrar =
          Configuration.read(of.registrarConfiguration(), RegistrarConfiguration.class);
      assertThat(signer.release()).isEqualTo(domain.release());
      assertThat(signer.recordLogs()).isEqualTo(domain.doors()).hasSize(1);
      assertThat(signer.process().keyDefaults().lifeMax()).isEqualTo(domain.tokenLife());
      assertThat(registrar.process().keyDefaults().lifeMax()).isEqualTo(domain.tokenLife());
      assertThat(signer.process().keyDefaults().tenants())
          .isEqualTo(registrar.process().keyDefaults().tenants())
          .contains("acme", "counterfoil");
      assertThat(authority.domains())
          .filteredOn(served -> served.name().equals(domain.name()))
          .singleElement()
          .satisfies(served -> assertThat(served.tokenLife()).isEqualTo(domain.tokenLife()));
    }
  }

  /** An issuer may be one of several at a host. */
  @Test
  void whetherAnAuthorityIsReadyIsAskedBelowItsIssuersPath() {
    Duration life = Duration.ofMinutes(5);
    assertThat(domain("d", "https://login.example/d", 9002, life).ready())
        .hasToString("http://127.0.0.1:9002/d/health/ready");
    assertThat(domain("d", "https://login.example", 9002, life).ready())
        .hasToString("http://127.0.0.1:9002/health/ready");
  }

  @Test
  void twoDomainsShareNothing() throws Exception {
    SignerConfiguration one =
        Configuration.read(
            folder.domain("consumer").signerConfiguration(), SignerConfiguration.class);
    SignerConfiguration other =
        Configuration.read(
            folder.domain("enterprise").signerConfiguration(), SignerConfiguration.class);
    assertThat(one.process().folder()).isNotEqualTo(other.process().folder());
    assertThat(one.process().serviceSocket()).isNotEqualTo(other.process().serviceSocket());
    assertThat(one.registrarSocket()).isNotEqualTo(other.registrarSocket());
    assertThat(one.process().keys().passphraseFile().orElseThrow().readText())
        .isNotEqualTo(other.process().keys().passphraseFile().orElseThrow().readText());
  }

  @Test
  void monitorAndCommandsReadTheirs() throws Exception {
    MonitorConfiguration monitor =
        Configuration.read(folder.monitorConfiguration(), MonitorConfiguration.class);
    assertThat(monitor.domains())
        .extracting(MonitorConfiguration.Domain::name)
        .containsExactly("consumer", "enterprise");
  }

  @Test
  void aPkcs11TokenIsNamedToTheSignersAlone() throws Exception {
    Path hsm = Files.createDirectory(temporary.resolve("hsm"));
    Files.createFile(
        hsm.resolve("pin"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    InstallationConfiguration configured =
        Configuration.read(
            Files.writeString(
                hsm.resolve("installation.yaml"),
                """
                monitor-listen: "127.0.0.1:9003"
                domains:
                  - name: enterprise
                    issuer: https://enterprise.example
                    listen: "127.0.0.1:9002"
                    tenants: [acme]
                    audiences: [mail]
                    pkcs11: {library: lib.so, token: "a: label", pin-file: pin, reads: [a.conf], writes: [b], addresses: ["192.0.2.9:1792"]}
                """),
            InstallationConfiguration.class);
    DataFolder data = new DataFolder(hsm.resolve("data"));
    DataFolder.ownerOnly(data.path());
    ConfigurationFiles files = new ConfigurationFiles(data, configured);
    files.makeFolders();
    files.write(Optional.empty());
    DataFolder.DomainFolder of = data.domain("enterprise");
    HsmEntry named =
        Configuration.read(of.signerConfiguration("s1"), SignerConfiguration.class)
            .pkcs11()
            .orElseThrow();
    // By default there is a spare. It has keys of its own there, under a label of its own.
    HsmEntry spares =
        Configuration.read(of.signerConfiguration("s2"), SignerConfiguration.class)
            .pkcs11()
            .orElseThrow();
    assertThat(spares.token()).isEqualTo(named.token());
    assertThat(spares.pinFile().path()).isEqualTo(named.pinFile().path());
    assertThat(spares.writes()).isEqualTo(named.writes());
    assertThat(named.library()).isEqualTo(hsm.resolve("lib.so"));
    assertThat(named.token()).isEqualTo("a: label");
    assertThat(named.pinFile().path()).isEqualTo(hsm.resolve("pin"));
    assertThat(named.reads()).containsExactly(hsm.resolve("a.conf"));
    assertThat(named.writes()).containsExactly(hsm.resolve("b"));
    assertThat(named.addresses()).containsExactly(new HostPort("192.0.2.9", 1792));
    assertThat(TrialConfiguration.fresh().domain("trial").signers())
        .isEqualTo(configured.domain("enterprise").signers())
        .containsExactly("s1", "s2");
    assertThat(TWO_DOMAINS.domain("consumer").signers()).containsExactly("s1");
  }

  @Test
  void aTrialIsNewAtAHostNameAndGoesOnUnderTheIssuerThatItHas() throws Exception {
    assertThat(TrialConfiguration.of(folder).domain("trial").issuer())
        .isEqualTo(URI.create("http://localhost:8480"));

    TrialRoot root = TrialRoot.openOrMake(folder.root(), InstantSource.system());
    DataFolder.DomainFolder trial = folder.domain("trial");
    Files.createDirectories(trial.path());
    Files.writeString(
        trial.policy(),
        new TrustPolicy("trial", "http://127.0.0.1:8480", root.pin(), List.of()).text());
    assertThat(TrialConfiguration.of(folder).domain("trial").issuer())
        .isEqualTo(URI.create("http://127.0.0.1:8480"));

    Files.writeString(trial.policy(), "");
    assertThatThrownBy(() -> TrialConfiguration.of(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("policy.txt is damaged");
  }

  @Test
  void peopleSignInWhereThereAreKeysForIdTokens() throws Exception {
    InstallationConfiguration trial = TrialConfiguration.fresh();
    ConfigurationFiles files = new ConfigurationFiles(folder, trial);
    files.makeFolders();
    files.write(Optional.empty());

    AuthorityConfiguration.Domain domain =
        Configuration.read(folder.authorityConfiguration(), AuthorityConfiguration.class)
            .domains()
            .getFirst();
    assertThat(domain.people())
        .hasValueSatisfying(
            people ->
                assertThat(people.database().normalize())
                    .isEqualTo(folder.domain("trial").path().resolve("authority/people.db")));
    SignerConfiguration signer =
        Configuration.read(
            folder.domain("trial").signerConfiguration("s1"), SignerConfiguration.class);
    assertThat(signer.process().purposes())
        .extracting(PurposeEntry::name)
        .containsExactly("access", "id");
    assertThat(signer.process().purposes().getLast().algorithms())
        .containsExactly("RS256", "ES256");
    assertThat(signer.process().purposes().getLast().audiences()).containsExactly("*");
    assertThat(TWO_DOMAINS.domain("consumer").signsPeopleIn()).isFalse();
  }

  @Test
  void aWrappingKeyTakesThePlaceOfPassphrasesAndTheyStayWhileKeysNeedThem() throws Exception {
    Path hsm = Files.createDirectory(temporary.resolve("hsm"));
    Files.createFile(
        hsm.resolve("pin"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    String before =
        """
        monitor-listen: "127.0.0.1:9003"
        watchers: ["10.0.0.0/8"]
        audit-log: example/audit-2
        domains:
          - name: enterprise
            issuer: https://enterprise.example
            listen: "127.0.0.1:9002"
            tenants: [acme]
            audiences: [mail]
            spare-signers: 0
        """;
    DataFolder data = new DataFolder(hsm.resolve("data"));
    DataFolder.ownerOnly(data.path());
    write(data, hsm, before);
    DataFolder.DomainFolder of = data.domain("enterprise");
    Path passphrase = of.signer("s1").resolve("passphrase");
    assertThat(passphrase).exists();

    String after = before + "    wrapping-key: {library: lib.so, token: label, pin-file: pin}\n";
    // Its keys are still sealed with it, as far as anybody knows.
    write(data, hsm, after);
    assertThat(signer(of).process().keys().passphraseFile()).isPresent();
    assertThat(signer(of).process().keys().wrappingKey().orElseThrow().token()).isEqualTo("label");
    // As a signer leaves it that has moved its keys.
    Files.writeString(
        of.signer("s1").resolve("wrapping-key"), "00112233445566778899aabbccddeeff\n");
    write(data, hsm, after);
    assertThat(passphrase).doesNotExist();
    assertThat(signer(of).process().keys().passphraseFile()).isEmpty();
    assertThat(signer(of).process().keys().wrappingKey()).isPresent();
    // The registrar has not moved its own.
    assertThat(Configuration.read(of.registrarConfiguration(), RegistrarConfiguration.class))
        .satisfies(
            registrar -> assertThat(registrar.process().keys().passphraseFile()).isPresent());
    // The way back: a passphrase is made again, and named beside the token that keys come from.
    write(data, hsm, after.replace("wrapping-key:", "wrapping-key-before:"));
    assertThat(passphrase).exists();
    assertThat(signer(of).process().keys().passphraseFile()).isPresent();
    assertThat(signer(of).process().keys().wrappingKey()).isEmpty();
    assertThat(signer(of).process().keys().wrappingKeyBefore().orElseThrow().token())
        .isEqualTo("label");
    // From one token to another: the registrar's passphrase is still there, the signer's is not.
    write(data, hsm, after);
    write(
        data,
        hsm,
        after.replace("token: label", "token: other")
            + "    wrapping-key-before: {library: lib.so, token: label, pin-file: pin}\n");
    assertThat(passphrase).doesNotExist();
    assertThat(signer(of).process().keys().passphraseFile()).isEmpty();
    assertThat(signer(of).process().keys().wrappingKey().orElseThrow().token()).isEqualTo("other");
    assertThat(signer(of).process().keys().wrappingKeyBefore().orElseThrow().token())
        .isEqualTo("label");
    assertThat(
            Configuration.read(data.monitorConfiguration(), MonitorConfiguration.class).watchers())
        .containsExactly("10.0.0.0/8");
    assertThat(
            Configuration.read(data.monitorConfiguration(), MonitorConfiguration.class).auditLog())
        .isEqualTo("example/audit-2");
  }

  private static SignerConfiguration signer(DataFolder.DomainFolder of) throws Exception {
    return Configuration.read(of.signerConfiguration("s1"), SignerConfiguration.class);
  }

  private static void write(DataFolder data, Path folder, String yaml) throws Exception {
    ConfigurationFiles files =
        new ConfigurationFiles(
            data,
            Configuration.read(
                Files.writeString(folder.resolve("installation.yaml"), yaml),
                InstallationConfiguration.class));
    files.makeFolders();
    files.write(Optional.empty());
    InstallationClients.prepare(data.domain("enterprise"));
  }

  @Test
  void whoHoldsTheAuditLogIsHandedOnToTheMonitor() throws Exception {
    Path up = Files.createDirectory(temporary.resolve("custodians"));
    CosignerKey key = CosignerKeyFile.openOrMake(up, "custodian.example/c1").key();
    DataFolder data = new DataFolder(up.resolve("data"));
    DataFolder.ownerOnly(data.path());
    String yaml =
        """
        audit-custodians: [{key: "%s", domain: enterprise, client-id: away}]
        domains:
          - name: enterprise
            issuer: https://enterprise.example
            listen: "127.0.0.1:9002"
            tenants: [acme]
            audiences: [mail]
        """
            .formatted(key);
    write(data, up, yaml);
    MonitorConfiguration.AuditCustodian expected =
        new MonitorConfiguration.AuditCustodian(key.toString(), "enterprise", "away");
    assertThat(
            Configuration.read(data.monitorConfiguration(), MonitorConfiguration.class)
                .auditCustodians())
        .containsExactly(expected);
    assertThatThrownBy(() -> write(data, up, yaml.replace("domain: enterprise", "domain: another")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("audit-custodians");
  }

  @Test
  void theMonitorIsToldWhereFindingsAreTold() throws Exception {
    Path up = Files.createDirectories(temporary.resolve("up"));
    DataFolder data = new DataFolder(temporary.resolve("data"));
    DataFolder.ownerOnly(data.path());
    DataFolder.writeOwnerOnly(up.resolve("hook.secret"), "whsec_");
    String yaml =
        """
        notifications:
          - {name: a, severity: high, kinds: [log-fork], heartbeat: 2h,
             webhook: {url: "https://a.example/hook", secret: hook.secret, evidence: true}}
          - {name: b, syslog: {server: "siem.example:514", transport: udp}}
          - {name: d, otlp: {url: "https://c.example/v1/logs", authorization: hook.secret}}
          - {name: c, failing-after: 1m, mail: {server: "mail.example:465", security: tls, user: u,
             password: hook.secret, from: m@a.example, to: [o@a.example]}}
        domains:
          - name: enterprise
            issuer: https://enterprise.example
            listen: "127.0.0.1:9002"
            tenants: [acme]
            audiences: [mail]
        """;
    write(data, up, yaml);
    assertThat(
            Configuration.read(data.monitorConfiguration(), MonitorConfiguration.class)
                .notifications()
                .toString())
        .isEqualTo(
            Configuration.parse(
                    up.resolve("installation.yaml"), yaml, InstallationConfiguration.class)
                .notifications()
                .toString())
        .contains("LOG_FORK", "UDP", "o@a.example", "https://c.example/v1/logs");
    assertThat(staffTasksRequired(data)).isFalse();
    write(data, up, "staff-tasks-required: true\n" + yaml);
    assertThat(staffTasksRequired(data)).isTrue();
    assertThatThrownBy(() -> write(data, up, yaml.replace("name: b", "name: a")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a name is listed twice");
  }

  private static boolean staffTasksRequired(DataFolder data) throws Exception {
    return Configuration.read(data.monitorConfiguration(), MonitorConfiguration.class)
        .staffTasksRequired();
  }

  @Test
  void twoDomainsOnOneAddressAreRefused() {
    Domain enterprise = domain("enterprise", 9002, Duration.ofMinutes(5));
    Domain same = domain("other", 9002, Duration.ofMinutes(5));
    assertThatThrownBy(
            () ->
                new InstallationConfiguration(
                    List.of(enterprise, same), new HostPort("127.0.0.1", 9003)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("share");
    assertThatThrownBy(
            () ->
                Configuration.parse(
                    temporary.resolve("counterfoil.yaml"),
                    "domains:\n"
                        + "  - {name: A, issuer: \"https://a.example\", listen: \"127.0.0.1:1\","
                        + " tenants: [a], audiences: [b]}\n",
                    InstallationConfiguration.class))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("counterfoil.yaml");
  }
}
