package dev.counterfoil.installation.layout;

import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.MonitorWatchEntry;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.custodian.CosignerKeyFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.keystore.FirstKeys;
import dev.counterfoil.keystore.KeysMove;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.monitor.settings.MonitorConfiguration.AuditCustodian;
import dev.counterfoil.monitor.settings.NotificationChannel;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.registrar.keys.FirstRegistrarKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.generation.FirstSignerKeys;
import dev.counterfoil.signer.settings.SignerConfiguration.Door;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Writes each process's configuration file from the installation's. They are written at every
 * start, so that a change of the installation's configuration reaches every process. JSON is YAML,
 * so values are written as JSON.
 */
public final class ConfigurationFiles {
  private static final String PASSPHRASE = "passphrase";

  private final DataFolder folder;
  private final InstallationConfiguration configuration;

  public ConfigurationFiles(DataFolder folder, InstallationConfiguration configuration) {
    this.folder = folder;
    this.configuration = configuration;
  }

  /** Makes the folders, and the passphrases of signers and registrars where there are none yet. */
  public void makeFolders() throws IOException {
    for (Path path : List.of(folder.logs(), folder.authority(), folder.monitor())) {
      DataFolder.ownerOnly(path);
    }
    for (Domain domain : configuration.domains()) {
      DomainFolder of = folder.domain(domain.name());
      for (Path path : List.of(of.registrar(), of.log(), of.authority(), of.clients())) {
        DataFolder.ownerOnly(path);
      }
      makeSecret(domain, of.registrar());
      for (String signer : domain.signers()) {
        makeSecret(domain, DataFolder.ownerOnly(of.signer(signer)));
      }
    }
  }

  /** A passphrase, where there is none; none any more, where a token's key has taken its place. */
  private static void makeSecret(Domain domain, Path program) throws IOException {
    Path passphrase = program.resolve(PASSPHRASE);
    if (domain.wrappingKey().isEmpty()) {
      TrialRoot.openOrMakePassphrase(passphrase);
    } else if (Files.exists(passphrase) && !KeysMove.isPassphraseNeeded(program)) {
      Files.delete(passphrase);
    }
  }

  /**
   * The programs whose keys a first start needs, and may make: with a wrapping key each makes its
   * own, so that no other process knows the token's PIN.
   */
  public List<FirstKeys.Program> programs() throws IOException {
    List<FirstKeys.Program> programs = new ArrayList<>();
    for (Domain domain : configuration.domains()) {
      if (domain.wrappingKey().isPresent()) {
        continue;
      }
      Path registrar = folder.domain(domain.name()).registrar();
      programs.add(
          new FirstRegistrarKeys(
              registrar, SecretFile.at(registrar.resolve(PASSPHRASE)), domain.issuer()));
      for (String name : domain.signers()) {
        Path signer = folder.domain(domain.name()).signer(name);
        programs.add(
            new FirstSignerKeys(
                signer,
                SecretFile.at(signer.resolve(PASSPHRASE)),
                domain.issuer(),
                domain.name(),
                name,
                doors(domain, name).stream().map(Door::name).toList(),
                domain.pkcs11().isEmpty()));
      }
    }
    return programs;
  }

  /** Writes all of them, into the folders that {@link #makeFolders} made. */
  public void write(Optional<RootPin> root) throws IOException {
    CosignerKey monitor =
        CosignerKeyFile.openOrMake(folder.monitor(), InstallationConfiguration.MONITOR).key();
    for (Domain domain : configuration.domains()) {
      DomainFolder of = folder.domain(domain.name());
      DataFolder.writeOwnerOnly(of.registrarConfiguration(), registrar(domain, root, monitor));
      for (String name : domain.signers()) {
        DataFolder.writeOwnerOnly(of.signerConfiguration(name), signer(domain, name, monitor));
      }
    }
    DataFolder.writeOwnerOnly(folder.authorityConfiguration(), authority(monitor));
    DataFolder.writeOwnerOnly(folder.monitorConfiguration(), monitor());
    if (configuration.console().isPresent()) {
      DataFolder.ownerOnly(folder.console());
      DataFolder.writeOwnerOnly(
          folder.consoleConfiguration(),
          console(configuration.console().get(), configuration.consoleDomain().orElseThrow()));
    }
    DataFolder.writeOwnerOnly(folder.contexts(), contexts());
    if (configuration.response().isPresent()) {
      DataFolder.ownerOnly(folder.response());
      DataFolder.writeOwnerOnly(
          folder.responseConfiguration(), response(configuration.response().get()));
    }
    if (configuration.disclosure().isPresent()) {
      DataFolder.ownerOnly(folder.disclosure());
      DataFolder.writeOwnerOnly(
          folder.disclosureConfiguration(), disclosure(configuration.disclosure().get()));
    }
  }

  private String console(ConsoleEntry entry, Domain domain) {
    String of = "../domains/" + domain.name();
    return line("listen", entry.listen().toString())
        + line("url", entry.browsers().toString())
        + line("policy", of + "/policy.txt")
        + line("monitor-url", "http://" + configuration.monitorListen())
        + "reporting: "
        + JsonObject.builder()
            .put("client-id", ConsoleEntry.REPORTER)
            .put("client-key", of + "/clients/" + ConsoleEntry.REPORTER + ".jwk")
            .build()
        + "\ndoors: "
        + ConsoleEntry.tenants(domain).stream()
            .map(
                tenant ->
                    JsonObject.builder()
                        .put("tenant", tenant)
                        .put("client-id", ConsoleEntry.client(tenant))
                        .put("client-key", of + "/clients/" + ConsoleEntry.client(tenant) + ".jwk")
                        .build())
            .toList()
        + "\n"
        + DisclosureEntry.domainOf(configuration)
            .filter(domain::equals)
            .map(_ -> line("disclosure-socket", "../disclosure/tenants.sock"))
            .orElse("");
  }

  /** Where the command line reaches the processes: the layout of this folder, written out. */
  private String contexts() throws IOException {
    StringBuilder yaml =
        new StringBuilder("# Written by counterfoil up at every start: where the processes are.\n");
    current().ifPresent(name -> yaml.append(line("current", name)));
    yaml.append("contexts:\n");
    for (Domain domain : configuration.domains()) {
      String of = "domains/" + domain.name();
      yaml.append("  - ").append(line("name", domain.name()));
      indented(yaml, "domain", domain.name());
      indented(yaml, "policy", of + "/policy.txt");
      yaml.append("    ").append(line("tenants", domain.tenants()));
      indented(yaml, "data", ".");
      indented(yaml, "log-folder", of + "/log");
      indented(yaml, "clients", of + "/clients");
      yaml.append("    ")
          .append(
              line(
                  "audit-custodians",
                  configuration.auditCustodians().stream().map(AuditCustodian::key).toList()));
      yaml.append("    authority: ")
          .append(JsonObject.builder().put("admin-socket", of + "/authority/admin.sock").build());
      yaml.append("\n    monitor: ")
          .append(
              JsonObject.builder()
                  .put("admin-socket", "monitor/admin.sock")
                  .put("url", "http://" + configuration.monitorListen())
                  .put("folder", "monitor")
                  .build());
      yaml.append("\n    registrar: ").append(program(of + "/registrar", "registrar").build());
      if (ResponseEntry.domainOf(configuration).filter(domain::equals).isPresent()) {
        yaml.append("\n    response: ")
            .append(JsonObject.builder().put("admin-socket", "response/admin.sock").build());
      }
      yaml.append("\n    signers:\n");
      for (String name : domain.signers()) {
        Path signer = folder.path().relativize(folder.domain(domain.name()).signer(name));
        yaml.append("      - ")
            .append(program(signer.toString(), "signer").put("name", name).build())
            .append('\n');
      }
    }
    return yaml.toString();
  }

  private String clientKey(Domain domain, String client) throws IOException {
    Path key = folder.domain(domain.name()).privateKey(client);
    ClientKey.ensure(key);
    return line("client-key", key.toString());
  }

  private String response(ResponseEntry entry) throws IOException {
    Domain domain = ResponseEntry.domainOf(configuration).orElseThrow();
    return line("contexts", folder.contexts().toString())
        + line("context", domain.name())
        + clientKey(domain, InstallationClients.RESPONSE)
        + line("admin-socket", "admin.sock")
        + line("playbooks", entry.playbooks().stream().map(Path::toString).toList())
        + line("never", entry.never());
  }

  private String disclosure(DisclosureEntry entry) throws IOException {
    Domain domain = DisclosureEntry.domainOf(configuration).orElseThrow();
    return line("policy", folder.domain(domain.name()).policy().toString())
        + line("origin", DisclosureEntry.origin(domain.issuer()))
        + line("public-folder", folder.disclosed().toString())
        + line("public-address", entry.publicAddress())
        + line("admin-socket", "admin.sock")
        + line("tenant-socket", "tenants.sock")
        + line("monitor-url", "http://" + configuration.monitorListen())
        + clientKey(domain, InstallationClients.DISCLOSURE)
        + line("admin-users", entry.adminUsers())
        + "second-person: "
        + entry.secondPerson()
        + "\n"
        + entry.contacts().map(file -> line("contacts", file.toString())).orElse("");
  }

  private static JsonObject.Builder program(String of, String role) {
    return JsonObject.builder()
        .put("admin-socket", of + "/admin.sock")
        .put("folder", of)
        .put("configuration", of + "/" + role + ".yaml");
  }

  /** What counterfoil context use chose, as long as that domain is there. */
  private Optional<String> current() {
    try {
      return ContextFile.read(folder.contexts())
          .current()
          .filter(name -> configuration.domains().stream().anyMatch(of -> of.name().equals(name)));
    } catch (ConfigurationException e) {
      // There is none yet, or it is of an earlier version: it is written anew.
      return Optional.empty();
    }
  }

  private String registrar(Domain domain, Optional<RootPin> root, CosignerKey monitor) {
    return program(domain, folder.domain(domain.name()).registrar())
        + "signers: "
        + signers(domain)
        + "\n"
        + line("log-folder", "../log")
        + root.map(pin -> line("root", pin.toString())).orElse("")
        // Every verifier that came with this release reads them.
        + "revocation-logs: true\n"
        + "disclosure-keys: true\n"
        + "quorum: "
        + configuration.quorum()
        + "\n"
        + "cosigners: "
        + cosignersOfPrograms(monitor)
        + "\n";
  }

  /** The domain's signers, each with a socket of its own. */
  private static List<JsonObject> signers(Domain domain) {
    return domain.signers().stream()
        .map(
            name ->
                JsonObject.builder()
                    .put("name", name)
                    .put("socket", registrarSocket(name))
                    .put("record-logs", doors(domain, name).stream().map(Door::name).toList())
                    .build())
        .toList();
  }

  /** A signer's own socket, in the registrar's folder. */
  private static String registrarSocket(String signer) {
    return signer + ".sock";
  }

  /** Record logs belong to the signer that issues: a source hears of one log for each door. */
  private static List<Door> doors(Domain domain, String signer) {
    return signer.equals(SignerName.FIRST) ? domain.doors() : List.of();
  }

  private String signer(Domain domain, String name, CosignerKey monitor) {
    return program(domain, folder.domain(domain.name()).signer(name))
        + line("name", name)
        + release(domain)
        + line("registrar-socket", "../registrar/" + registrarSocket(name))
        + line("log-folder", "../log")
        + recordLogs(doors(domain, name))
        + token("pkcs11", domain.pkcs11())
        + "quorum: "
        + configuration.quorum()
        + "\n"
        + "cosigners: "
        + cosignersOfPrograms(monitor)
        + "\n";
  }

  private static String program(Domain domain, Path of) {
    return line("domain", domain.name())
        + line("issuer", domain.issuer().toString())
        + line("folder", ".")
        + line("life-max", domain.tokenLife().toSeconds() + "s")
        + line("usage-period", seconds(domain.usagePeriod()))
        + times(domain)
        + purposes(domain.keyPurposes())
        // Beside a wrapping key it says what keys are moved from.
        + (Files.exists(of.resolve(PASSPHRASE)) ? line("passphrase-file", PASSPHRASE) : "")
        + token("wrapping-key", domain.wrappingKey())
        + token("wrapping-key-before", domain.wrappingKeyBefore())
        + line("service-socket", "service.sock")
        + line("admin-socket", "admin.sock")
        + line("tenants", domain.keyTenants())
        + line("audiences", domain.keyAudiences());
  }

  /** Who cosigns: the monitor, whose word a start waits for, and those that are configured. */
  private List<JsonObject> cosignersOfPrograms(CosignerKey monitor) {
    return cosigners(
        cosigner(monitor).put("holder", true),
        (json, configured) -> json.put("holder", configured.holder()));
  }

  private List<JsonObject> cosignersOfAuthority(CosignerKey monitor) {
    return cosigners(
        cosigner(monitor).put("url", "http://" + configuration.monitorListen()),
        (json, configured) ->
            json.put("url", configured.url().toString())
                .put("interval", configured.interval().toMillis() + "ms"));
  }

  private static JsonObject.Builder cosigner(CosignerKey monitor) {
    return cosigner(InstallationConfiguration.MONITOR, monitor.toString(), "custodian");
  }

  private static JsonObject.Builder cosigner(String name, String vkey, String kind) {
    return JsonObject.builder().put("name", name).put("vkey", vkey).put("kind", kind);
  }

  private List<JsonObject> cosigners(
      JsonObject.Builder monitor,
      BiConsumer<JsonObject.Builder, InstallationConfiguration.Cosigner> more) {
    List<JsonObject> all = new ArrayList<>(List.of(monitor.build()));
    for (InstallationConfiguration.Cosigner configured : configuration.cosigners()) {
      JsonObject.Builder json =
          cosigner(
              configured.name(),
              configured.vkey(),
              configured.kind().name().toLowerCase(Locale.ROOT));
      more.accept(json, configured);
      all.add(json.build());
    }
    return all;
  }

  private String authority(CosignerKey monitor) {
    StringBuilder yaml = new StringBuilder("domains:\n");
    for (Domain domain : configuration.domains()) {
      String of = "../domains/" + domain.name();
      yaml.append("  - ").append(line("name", domain.name()));
      indented(yaml, "issuer", domain.issuer().toString());
      indented(yaml, "listen", domain.listen().toString());
      indented(yaml, "signer-socket", of + "/signer/service.sock");
      yaml.append("    spare-signers: ").append(spares(domain)).append('\n');
      indented(yaml, "registrar-socket", of + "/registrar/service.sock");
      indented(yaml, "admin-socket", of + "/authority/admin.sock");
      indented(yaml, "policy", of + "/policy.txt");
      indented(yaml, "log-folder", of + "/log");
      indented(yaml, "database", of + "/authority/clients.db");
      indented(yaml, "pepper", of + "/authority/pepper");
      if (domain.signsPeopleIn()) {
        yaml.append("    people: ")
            .append(
                JsonObject.builder()
                    .put("database", of + "/authority/people.db")
                    .put("outbound-networks", domain.outboundNetworks())
                    .build())
            .append('\n');
      }
      domain
          .administration()
          .ifPresent(
              entry ->
                  yaml.append("    administration: ")
                      .append(
                          JsonObject.builder()
                              .put("api", entry.api())
                              .put("networks", entry.networks())
                              .put(
                                  "second-person",
                                  entry
                                      .secondPerson()
                                      .map(ConfigurationFiles::secondPerson)
                                      .orElse(null))
                              .build())
                      .append('\n'));
      indented(yaml, "token-life", domain.tokenLife().toSeconds() + "s");
      indented(yaml, "monitor-url", "http://" + configuration.monitorListen());
      yaml.append("    monitor-watch: ").append(monitorWatch().toJson()).append('\n');
      yaml.append("    cosigners: ").append(cosignersOfAuthority(monitor)).append('\n');
      yaml.append("    ").append(line("audience-streams", domain.audienceStreams()));
      yaml.append("    ").append(line("watchers", configuration.watchers()));
    }
    return yaml.toString();
  }

  /** It pages where findings are told, unless the operator names another place. */
  private MonitorWatchEntry monitorWatch() {
    MonitorWatchEntry entry = configuration.monitorWatch().orElse(MonitorWatchEntry.DEFAULT);
    return new MonitorWatchEntry(
        entry.every(),
        entry.within(),
        entry
            .webhook()
            .or(
                () ->
                    configuration.notifications().stream()
                        .flatMap(one -> one.webhook().stream())
                        .map(one -> new MonitorWatchEntry.Page(one.url(), one.secret()))
                        .findFirst()));
  }

  private String monitor() {
    StringBuilder yaml = new StringBuilder();
    yaml.append(line("listen", configuration.monitorListen().toString()));
    yaml.append(line("cosigner", InstallationConfiguration.MONITOR));
    yaml.append(line("audit-log", configuration.auditLog()));
    yaml.append("audit-custodians: ").append(auditCustodians()).append('\n');
    yaml.append(line("watchers", configuration.watchers()));
    yaml.append("notifications: ")
        .append(configuration.notifications().stream().map(NotificationChannel::toJson).toList())
        .append('\n');
    if (configuration.staffTasksRequired()) {
      yaml.append(line("staff-tasks-required", "true"));
    }
    yaml.append("domains:\n");
    for (Domain domain : configuration.domains()) {
      String of = "../domains/" + domain.name();
      yaml.append("  - ").append(line("name", domain.name()));
      indented(yaml, "policy", of + "/policy.txt");
      indented(yaml, "client-key", of + "/clients/" + InstallationClients.MONITOR + ".jwk");
    }
    return yaml.toString();
  }

  private List<JsonObject> auditCustodians() {
    return configuration.auditCustodians().stream()
        .map(
            custodian ->
                JsonObject.builder()
                    .put("key", custodian.key())
                    .put("domain", custodian.domain())
                    .put("client-id", custodian.clientId())
                    .build())
        .toList();
  }

  private static List<JsonObject> spares(Domain domain) {
    return domain.signers().stream()
        .skip(1)
        .map(
            name ->
                JsonObject.builder()
                    .put("name", name)
                    .put(
                        "socket",
                        "../domains/" + domain.name() + "/signer-" + name + "/service.sock")
                    .build())
        .toList();
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + "s";
  }

  private static String times(Domain domain) {
    return domain.usageReserve().map(reserve -> line("usage-reserve", seconds(reserve))).orElse("")
        + domain
            .propagationWindow()
            .map(window -> line("propagation-window", seconds(window)))
            .orElse("")
        + (domain.acceptGoodTokensRefused() ? line("accept-good-tokens-refused", "true") : "");
  }

  private static String purposes(List<PurposeEntry> purposes) {
    List<JsonObject> entries = new ArrayList<>();
    for (PurposeEntry purpose : purposes) {
      JsonObject.Builder json =
          JsonObject.builder()
              .put("name", purpose.name())
              .put("token-types", purpose.tokenTypes())
              .put("algorithms", purpose.algorithms())
              .put("tenants", purpose.tenants())
              .put("audiences", purpose.audiences())
              .put("delivery-window", seconds(purpose.deliveryWindow()))
              .put("binding", purpose.binding().text())
              .put("publication", purpose.publication().text())
              .put("status-list", purpose.statusList())
              .put("claims", purpose.claims());
      purpose.lifeMax().ifPresent(life -> json.put("life-max", seconds(life)));
      purpose.usagePeriod().ifPresent(period -> json.put("usage-period", seconds(period)));
      purpose.usageReserve().ifPresent(reserve -> json.put("usage-reserve", seconds(reserve)));
      entries.add(json.build());
    }
    return "purposes: " + entries + "\n";
  }

  private static String recordLogs(List<Door> doors) {
    return "record-logs: "
        + doors.stream()
            .map(
                door ->
                    JsonObject.builder()
                        .put("name", door.name())
                        .put("sources", door.sources())
                        .put("digests-per-second", door.digestsPerSecond())
                        .build())
            .toList()
        + "\n";
  }

  private static String token(String key, Optional<HsmEntry> entry) {
    return entry
        .map(
            token ->
                key
                    + ": "
                    + JsonObject.builder()
                        .put("library", token.library().toString())
                        .put("token", token.token())
                        .put("pin-file", token.pinFile().path().toString())
                        .put("reads", token.reads().stream().map(Path::toString).toList())
                        .put("writes", token.writes().stream().map(Path::toString).toList())
                        .put(
                            "addresses",
                            token.addresses().stream().map(HostPort::toString).toList())
                        .build()
                    + "\n")
        .orElse("");
  }

  private static String release(Domain domain) {
    JsonObject.Builder levels = JsonObject.builder();
    new TreeMap<>(domain.release())
        .forEach((tenant, level) -> levels.put(tenant, level.name().toLowerCase(Locale.ROOT)));
    return "release: " + levels.build() + "\n";
  }

  private static void indented(StringBuilder yaml, String key, String value) {
    yaml.append("    ").append(line(key, value));
  }

  private static String line(String key, String value) {
    return key + ": " + quoted(value) + "\n";
  }

  private static String line(String key, List<String> values) {
    return key + ": " + values.stream().map(ConfigurationFiles::quoted).toList() + "\n";
  }

  private static String quoted(String value) {
    StringBuilder text = new StringBuilder();
    JsonObject.quote(text, value);
    return text.toString();
  }

  private static JsonObject secondPerson(AdministrationEntry.SecondPersonEntry entry) {
    return JsonObject.builder()
        .put("required", entry.required())
        .put("confirm-within", entry.confirmWithin().toSeconds() + "s")
        .put("guarded-clients", entry.guardedClients())
        .build();
  }
}
