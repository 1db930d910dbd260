package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.log.StolenKeySigner;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Planted findings trigger no playbook: a real installation with the rashest playbooks that are
 * allowed, a service that lies, a flood, and honest names in forged tokens. The control is a real
 * forged token, about which a playbook acts at once.
 */
@Tag("turn-1")
@Timeout(600)
class PlantedFindingTest {
  private static final String DOMAIN = "main";
  private static final String PLAYBOOK = "forged-token-follow-key";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Rasher than anything that comes with Counterfoil: it acts alone, against a client. */
  private static final String RASH =
      """
      name: rash
      purpose: Disables whichever client a forged token names.
      when:
        findings: [forged-token, digest-differs, key-out-of-scope, unknown-key]
        severity: low
        evidence: corroborated
      approval: unattended
      limit: {hour: 1000, day: 1000}
      steps: [disable-client]
      """;

  private static final String FOLLOW =
      """
      name: forged-token-follow-key
      purpose: Follows a key of which a forged token was seen.
      when:
        findings: [forged-token, digest-differs]
        severity: critical
        evidence: verified
      approval: unattended
      limit: {hour: 1, day: 2}
      steps: [taint-key]
      """;

  private DrillFolder drill;
  private Path folder;
  private DataFolder data;
  private Installation installation;
  private MonitorDesk desk;
  private TrustPolicy policy;
  private String token;
  private String kid;
  private TokenId honest;

  @BeforeEach
  void start() throws Exception {
    drill = DrillFolder.make(Path.of("/tmp"), new SecureRandom());
    folder = drill.path();
    data = new DataFolder(folder.resolve("data"));
    Files.writeString(folder.resolve("rash.yaml"), RASH);
    Files.writeString(folder.resolve("follow.yaml"), FOLLOW);
    List<Integer> ports = FreePorts.find(2);
    String yaml =
        """
        monitor-listen: "127.0.0.1:%d"
        response: {playbooks: [rash.yaml, follow.yaml]}
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [mail]
            spare-signers: 0
            administration: {api: true}
        """
            .formatted(ports.getFirst(), ports.getLast());
    InstallationConfiguration configuration =
        Configuration.parse(
            folder.resolve("counterfoil.yaml"), yaml, InstallationConfiguration.class);
    installation =
        Installation.start(
            data,
            configuration,
            Programs.ofThisProcess()
                .withSigner(DOMAIN, List.of(StolenKeySigner.class.getName(), folder.toString())),
            InstantSource.system(),
            text -> {});
    desk = new MonitorDesk(data, configuration);
    policy = TrustPolicy.parse(Files.readAllBytes(data.domain(DOMAIN).policy()));
    try (IssuerClient issuer = new IssuerClient(URI.create(policy.issuer()))) {
      Credentials app =
          Credentials.register(
              installation,
              DOMAIN,
              ClientRegistration.withSecret("app", "acme", List.of("mail"), List.of("r")));
      token = issuer.token(app, "r");
    }
    kid = new Forger(StolenPrivateKeys.stolen(folder)).kid();
    honest = TokenId.parse(Forger.claims(token).get("jti").asString());
  }

  @AfterEach
  void stop() throws Exception {
    if (desk != null) {
      desk.close();
    }
    if (installation != null) {
      installation.close();
    }
    drill.close();
  }

  private JsonObject ask(String command, JsonObject arguments) throws Exception {
    return OperatorClient.askResponse(
        data.response().resolve("admin.sock"), new Request.Command(command, arguments));
  }

  private List<JsonObject> runs() throws Exception {
    return ask(ResponseQuestions.LIST, JsonObject.builder().build()).objects("runs");
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as(what).isBefore(end);
      Thread.sleep(20);
    }
  }

  private boolean isTainted() throws Exception {
    return KeySetSource.read(policy, HttpReadSide.create(PATIENCE), Instant.now())
        .taintedKeys()
        .stream()
        .anyMatch(key -> key.kid().equals(kid));
  }

  private boolean isDisabled() throws Exception {
    try (AuthorityAdmin admin = installation.admin(DOMAIN)) {
      return admin.standing("app").orElseThrow().standing().disabled();
    }
  }

  /** A service says that it let in a token with a good signature, in an honest client's name. */
  private Sighting lie(int number) {
    return new Sighting(
        Instant.now(),
        Sighting.ACCEPTED,
        Sighting.Grade.DIGEST,
        new Sighting.Token(
            Hash.sha256(new byte[] {(byte) number, (byte) (number >> 8)}),
            kid,
            policy.issuer(),
            "acme",
            "app",
            "app",
            honest.log() + "." + (1_000_000 + number) + "." + Hash.sha256(new byte[1]).base64Url(),
            Instant.now().getEpochSecond(),
            Instant.now().getEpochSecond() + 300),
        Sighting.Use.at("mail"),
        1,
        null,
        true);
  }

  private String forged() throws Exception {
    return new Forger(StolenPrivateKeys.stolen(folder))
        .copyOf(
            token,
            claims ->
                claims.put(
                    "jti", honest.log() + ".2000000." + Hash.sha256(new byte[2]).base64Url()));
  }

  @Test
  void aLieMakesNoPlaybookActAndAForgedTokenDoesAtOnce() throws Exception {
    await("the response process", () -> Files.exists(data.response().resolve("admin.sock")));
    assertThat(runs()).isEmpty();
    List<Sighting> flood = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      flood.add(lie(i));
    }
    desk.report(flood);
    await("the monitor believes the lies", () -> desk.findings().size() >= flood.size());
    // What comes behind them is decided about after them: nothing is left over when it acts.
    Instant shown = Instant.now();
    try (Verifier service =
        Verifier.builder(policy)
            .sightings(desk.sink(policy.issuer()))
            .clock(InstantSource.system())
            .build()) {
      await("the service is ready", service::isReady);
      assertThat(runs()).as("after the flood").isEmpty();
      shown = Instant.now();
      service.verify(
          forged(),
          Expectations.audience("mail").accessToken().tenant("acme").bearerAllowed(),
          RequestContext.of("GET", URI.create("http://mail.example/"), "192.0.2.1"));
      await("the playbook acts", () -> !runs().isEmpty() && isDone(runs().getFirst()));
    }
    Duration took = Duration.between(shown, Instant.now());
    System.out.println("forged token shown to step done: " + took.toMillis() + " ms");
    List<JsonObject> runs = runs();
    assertThat(runs).hasSize(1);
    assertThat(runs.getFirst().string("playbook")).isEqualTo(PLAYBOOK);
    assertThat(runs.getFirst().objects("steps").getFirst().string("target")).isEqualTo(kid);
    assertThat(isTainted()).isTrue();
    assertThat(isDisabled()).isFalse();
    assertThat(took).isLessThan(Duration.ofSeconds(60));

    // A restart begins nothing twice.
    ChildProcess response =
        installation.processes().stream()
            .filter(process -> process.name().equals("response"))
            .findFirst()
            .orElseThrow();
    response.crash(() -> {});
    await("it is there again", () -> isUp() && runs().equals(runs));
  }

  private boolean isUp() throws Exception {
    try {
      runs();
      return true;
    } catch (OperatorException e) {
      return false;
    }
  }

  private static boolean isDone(JsonObject run) throws Exception {
    return run.string("state").equals("done");
  }
}
