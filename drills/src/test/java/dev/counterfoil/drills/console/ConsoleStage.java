package dev.counterfoil.drills.console;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.disclosure.record.IncidentParts;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.StolenKeySigner;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.ConsoleEntry;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DisclosureEntry;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A whole installation with a console, people of two tenants, and a thief who has the signer's key.
 */
final class ConsoleStage implements AutoCloseable {
  private static final String DOMAIN = "main";
  private static final String API = "mail.acme.example";
  private static final Duration INVITED_FOR = Duration.ofHours(1);

  private final DrillFolder made;
  private final Path folder;
  private final Installation installation;
  private final MonitorDesk desk;
  private final Verifier refusing;
  private final Verifier accepting;
  private final Forger thief;
  private final String honest;
  private final URI issuer;
  private final URI console;

  ConsoleStage() throws Exception {
    made = DrillFolder.make(Path.of("/tmp"), new SecureRandom());
    folder = made.path();
    List<Integer> ports = FreePorts.find(3);
    // A passkey belongs to a name, and not to an address.
    issuer = URI.create("http://localhost:" + ports.getFirst());
    console = URI.create("http://localhost:" + ports.get(2));
    InstallationConfiguration configuration =
        ConsoleEntry.in(
            disclosing(
                new InstallationConfiguration(
                    List.of(domain(ports.getFirst())), ThrowawayInstallation.listen(ports.get(1)))),
            ThrowawayInstallation.listen(ports.get(2)));
    installation =
        Installation.start(
            new DataFolder(folder.resolve("data")),
            configuration,
            Programs.ofThisProcess()
                .withSigner(DOMAIN, List.of(StolenKeySigner.class.getName(), folder.toString())),
            InstantSource.system(),
            text -> {});
    desk = new MonitorDesk(installation.folder(), configuration);
    TrustPolicy policy =
        TrustPolicy.parse(Files.readAllBytes(installation.folder().domain(DOMAIN).policy()));
    refusing = Verifier.builder(policy).sightings(desk.sink(issuer.toString())).build();
    accepting = Verifier.builder(policy).reportedOnly(desk.sink(issuer.toString())).build();
    Await.require("services that are ready", () -> refusing.isReady() && accepting.isReady());
    try (IssuerClient authority = new IssuerClient(issuer)) {
      honest =
          authority.token(
              IssuerClient.Credentials.register(
                  installation,
                  DOMAIN,
                  ClientRegistration.withSecret("robot", "acme", List.of(API), List.of("read"))),
              "read");
    }
    thief = new Forger(StolenPrivateKeys.stolen(folder));
    Await.require("a console", this::isConsoleReady);
  }

  private static InstallationConfiguration disclosing(InstallationConfiguration of) {
    return new InstallationConfiguration(
        of.domains(),
        of.monitorListen(),
        of.cosigners(),
        of.quorum(),
        of.root(),
        of.rootPin(),
        of.watchers(),
        of.auditLog(),
        of.auditCustodians(),
        of.notifications(),
        of.monitorWatch(),
        of.console(),
        of.staffTasksRequired(),
        of.response(),
        Optional.of(
            new DisclosureEntry(
                Optional.empty(), "login.example/disclosure", Optional.empty(), List.of(), false)));
  }

  /**
   * From the first incident a notice goes to each tenant, as an operator does it.
   *
   * @return the check codes
   */
  List<String> tell() throws Exception {
    DataFolder data = installation.folder();
    Path socket = data.disclosure().resolve("admin.sock");
    Await.require("the disclosure process", () -> Files.exists(socket));
    JsonObject none = JsonObject.builder().build();
    // The installation has the registrar state its keys by itself.
    Await.require(
        "the keys of notices", () -> did("status", none).optionalString("keys_end").isPresent());
    List<JsonObject> shown = new ArrayList<>();
    new MonitorAdmin(data.monitor().resolve("admin.sock")).incident(1, shown::add);
    IncidentParts parts = IncidentParts.of(shown.getFirst());
    for (JsonObject part : parts.parts()) {
      did("incident-part", part);
    }
    did("open", parts.summary());
    JsonObject one = none.with("incident", "1");
    JsonObject claim = none.with("text", "A signing key was used outside its signer.");
    did(
        "claim-add",
        one.with(
            "claim",
            claim.with("state", "confirmed", "reason", "").with("evidence", List.of("finding 1"))));
    did(
        "claim-add",
        one.with(
            "claim",
            none.with("text", "We do not know who holds the key.")
                .with("state", "unknown", "reason", "the police looks")
                .with("evidence", List.of())));
    did(
        "texts",
        one.with(
            "texts",
            none.with("headline", "A signing key was stolen")
                .with("summary", "Tokens were forged. The cause is not known.")
                .with("advice", "Treat what these accounts could read as read.")
                .with("next-word", Instant.now().plus(Duration.ofDays(1)).toString())));
    String draft = did("draft", one).string("draft");
    return did("notify", one.with("draft", draft)).strings("notices");
  }

  private JsonObject did(String command, JsonObject arguments) throws Exception {
    return done(
        installation.folder().disclosure().resolve("admin.sock"),
        new Request.Command(command, arguments));
  }

  private static JsonObject done(Path socket, Request.Command command) throws Exception {
    Answer answer = ThrowawayInstallation.tell(socket, command);
    if (answer instanceof Answer.Done done) {
      return done.result();
    }
    throw new IOException(command.name() + ": " + answer);
  }

  private InstallationConfiguration.Domain domain(int port) {
    return new InstallationConfiguration.Domain(
        DOMAIN,
        issuer,
        ThrowawayInstallation.listen(port),
        List.of("acme", "globex"),
        List.of("*"),
        Duration.ofMinutes(15),
        Duration.ofHours(24),
        Optional.empty(),
        Optional.empty(),
        false,
        // The thief takes keys of ES256 and no others.
        List.of(
            PurposeEntry.access(),
            PurposeEntry.of("id", List.of("JWT"), List.of("ES256"), List.of("*"))),
        Map.of(),
        List.of(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  private boolean isConsoleReady() {
    try {
      HttpURLConnection asked =
          (HttpURLConnection) console.resolve("/health/ready").toURL().openConnection();
      return asked.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  URI console() {
    return console;
  }

  /** The name of the key that was stolen. */
  String kid() {
    return thief.kid();
  }

  /** A token with the stolen key, which nobody issued. */
  String forge(String tenant, String subject, long position) throws Exception {
    String log = TokenId.parse(Forger.claims(honest).get("jti").asString()).log();
    return thief.copyOf(
        honest,
        claims ->
            claims
                .put("tenant", tenant)
                .put("sub", subject)
                .put(
                    "jti",
                    log
                        + "."
                        + position
                        + "."
                        + Hash.sha256((subject + position).getBytes(StandardCharsets.UTF_8))
                            .base64Url()));
  }

  /** Shows a token to a service; the one that takes what is signed well tells of it, too. */
  void show(String token, boolean isTaken) {
    (isTaken ? accepting : refusing)
        .verify(
            token,
            Expectations.audience(API).accessToken().anyTenant().bearerAllowed(),
            RequestContext.of("GET", URI.create("https://" + API + "/inbox"), "192.0.2.66"));
  }

  MonitorDesk desk() {
    return desk;
  }

  /**
   * A person, in the console's group of their tenant or not.
   *
   * @return the link with which they begin
   */
  String invite(String tenant, String name, boolean isInGroup) throws Exception {
    try (AuthorityAdmin admin = installation.admin(DOMAIN)) {
      admin.people().add(tenant, name, name, Optional.empty());
      if (isInGroup) {
        if (admin.groups().find(tenant, "console").isEmpty()) {
          var _ = admin.groups().add(tenant, "console");
        }
        var _ = admin.groups().addMember("console", name, OptionalLong.empty());
      }
      return admin.people().invite(name, INVITED_FOR).link();
    }
  }

  void leaveGroup(String name) throws Exception {
    try (AuthorityAdmin admin = installation.admin(DOMAIN)) {
      var _ = admin.groups().removeMember("console", name, OptionalLong.empty());
    }
  }

  /** All that the processes wrote into their logs. */
  String logs() throws IOException {
    List<String> all = new ArrayList<>();
    try (var files = Files.list(installation.folder().logs())) {
      for (Path file : files.toList()) {
        all.add(Files.readString(file));
      }
    }
    return String.join("\n", all);
  }

  @Override
  public void close() throws IOException {
    refusing.close();
    accepting.close();
    desk.close();
    installation.close();
    made.close();
  }
}
