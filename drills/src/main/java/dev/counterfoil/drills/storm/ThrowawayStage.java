package dev.counterfoil.drills.storm;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.drills.domain.FindingsDesk;
import dev.counterfoil.drills.domain.IncidentReport;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.TrustDomain;
import dev.counterfoil.drills.log.Disclosing;
import dev.counterfoil.drills.log.StolenKeySigner;
import dev.counterfoil.drills.log.TheftCustody;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.Mailboxes;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.Endings;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.containment.Containment;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The stage of {@link Storm0558}: everything on it is made for one run, in a fresh folder, and ends
 * with it.
 */
final class ThrowawayStage implements Stage, AutoCloseable {
  private static final String CONSUMER = "consumer";
  private static final String ENTERPRISE = "enterprise";
  private static final String PERSONAL = "personal";
  private static final String MINISTRY = "ministry";
  private static final String SHIPYARD = "shipyard";

  /** The thief's own account; anybody may have one. It has no mailbox on stage. */
  private static final MailUser MALLORY = new MailUser("mallory", CONSUMER, PERSONAL);

  private static final List<MailUser> USERS =
      List.of(
          new MailUser("amara", ENTERPRISE, MINISTRY),
          new MailUser("boris", ENTERPRISE, MINISTRY),
          new MailUser("chloe", ENTERPRISE, MINISTRY),
          new MailUser("dmitri", ENTERPRISE, SHIPYARD),
          new MailUser("elena", ENTERPRISE, SHIPYARD),
          new MailUser("greta", CONSUMER, PERSONAL),
          new MailUser("henk", CONSUMER, PERSONAL),
          new MailUser("ingrid", CONSUMER, PERSONAL));

  private static final int MESSAGES_PER_USER = 400;
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);
  private static final Duration USAGE_PERIOD = Duration.ofHours(24);

  /** As long as the certificate of the breach's key had been over when it was first used. */
  private static final Duration OLD_KEY_OVER_FOR = Duration.ofDays(771);

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private final DrillFolder folder;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Endings endings = new Endings();
  private final Installation installation;
  private final Mailboxes mailboxes;
  private final DovecotServer mail;
  private final DovecotServer consumerMail;
  private final MonitorDesk desk;
  private final ThrowawayDomain consumer;
  private final ThrowawayDomain enterprise;
  private final KeyPair oldKeyPair;
  private final String mailSecret;
  private Set<Hash> issuedBefore = Set.of();
  private Optional<IncidentReport> report = Optional.empty();

  /**
   * Sets the stage.
   *
   * @param folder the drill's folder
   * @param says told what is being done
   */
  static ThrowawayStage set(
      DrillFolder folder, InstantSource clock, SecureRandom random, Consumer<String> says)
      throws Exception {
    return new ThrowawayStage(folder, clock, random, says);
  }

  private ThrowawayStage(
      DrillFolder folder, InstantSource clock, SecureRandom random, Consumer<String> says)
      throws Exception {
    this.folder = folder;
    this.clock = clock;
    this.random = random;
    try {
      says.accept("two trust domains and a monitor, each process with keys and folder of its own");
      var data = new DataFolder(folder.path().resolve("data"));
      Programs programs =
          Programs.ofThisProcess()
              .withSigner(
                  CONSUMER, List.of(StolenKeySigner.class.getName(), folder.path().toString()));
      installation = Installation.start(data, configuration(), programs, clock, text -> {});
      endings.add(installation);
      TrustPolicy consumerPolicy = policy(CONSUMER);
      TrustPolicy enterprisePolicy = policy(ENTERPRISE);
      desk = new MonitorDesk(installation.folder(), installation.configuration());
      endings.add(desk);
      consumer = domain(consumerPolicy, enterprisePolicy);
      enterprise = domain(enterprisePolicy, consumerPolicy);
      oldKeyPair = TheftCustody.newKey();
      stateOldKey();
      says.accept("a mail server and its mailboxes");
      mailboxes =
          Mailboxes.seed(
              folder.path().resolve("mail"), USERS, MESSAGES_PER_USER, 558, clock.instant());
      mail = DovecotServer.inFolder(folder.path().resolve("imap"), mailboxes.folder());
      endings.add(mail);
      consumerMail = DovecotServer.inFolder(folder.path().resolve("imap2"), mailboxes.folder());
      endings.add(consumerMail);
      mailSecret = secret();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  private static InstallationConfiguration configuration() throws IOException {
    List<Integer> ports = FreePorts.find(3);
    return new InstallationConfiguration(
        List.of(
            domain(CONSUMER, ports.get(0), List.of(PERSONAL)),
            domain(ENTERPRISE, ports.get(1), List.of(MINISTRY, SHIPYARD))),
        new HostPort("127.0.0.1", ports.get(2)));
  }

  private static InstallationConfiguration.Domain domain(
      String name, int port, List<String> tenants) {
    return new InstallationConfiguration.Domain(
        name,
        URI.create("http://127.0.0.1:" + port),
        new HostPort("127.0.0.1", port),
        tenants,
        List.of(ThrowawayDomain.AUDIENCE),
        TOKEN_LIFE,
        USAGE_PERIOD,
        Map.of(),
        List.of());
  }

  private ThrowawayDomain domain(TrustPolicy policy, TrustPolicy neighbour) throws Exception {
    List<MailUser> people = new ArrayList<>(USERS);
    people.add(MALLORY);
    var domain =
        new ThrowawayDomain(
            policy,
            neighbour,
            MailClients.register(installation, policy.domain(), people),
            desk.sink(policy.issuer()),
            clock);
    endings.add(domain);
    return domain;
  }

  private TrustPolicy policy(String domain) throws IOException {
    Path file = installation.folder().domain(domain).policy();
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (FormatException e) {
      throw new IOException(file + " is not a policy", e);
    }
  }

  /** States a key whose time is over, as the breach's key stood in its key set for years. */
  private void stateOldKey() throws Exception {
    KeySet set = consumer.keySet();
    KeySet.StatedLog log = set.logs().getFirst();
    Instant over = clock.instant().truncatedTo(ChronoUnit.SECONDS).minus(OLD_KEY_OVER_FOR);
    var statement =
        KeyStatement.builder(PublicJwk.es256((ECPublicKey) oldKeyPair.getPublic()))
            .domain(CONSUMER)
            .issuer(consumer.issuer().toString())
            .tenants(AllowList.of(PERSONAL))
            .tokenTypes(AllowList.of("at+jwt"))
            .audiences(AllowList.of(ThrowawayDomain.AUDIENCE))
            .lifeMax(TOKEN_LIFE)
            .active(over.minus(USAGE_PERIOD), over)
            .verifyUntil(over.plus(TOKEN_LIFE))
            .record(new RecordForm.Position(log.name()))
            .custody("drill", KeyStatement.Assurance.UNKNOWN)
            // What the registrar asks of every key: its propagation window.
            .successorLead(Duration.ofMinutes(15))
            .build();
    Path socket = installation.folder().domain(CONSUMER).registrar().resolve("s1.sock");
    try (var registrar = connect(socket)) {
      Answer answer = registrar.ask(Commands.stateKey(statement, log), ANSWER_WITHIN);
      if (!(answer instanceof Answer.Done)) {
        throw new IOException("the registrar does not state the old key: " + answer);
      }
    }
  }

  private static SignerClient connect(Path socket) throws IOException, InterruptedException {
    var client = new SignerClient(socket);
    long end = System.nanoTime() + ANSWER_WITHIN.toNanos();
    while (!client.isConnected()) {
      if (System.nanoTime() > end) {
        client.close();
        throw new IOException("nobody listens on " + socket);
      }
      Thread.sleep(LOOK_EVERY);
    }
    return client;
  }

  private String secret() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public TrustDomain consumer() {
    return consumer;
  }

  @Override
  public TrustDomain enterprise() {
    return enterprise;
  }

  @Override
  public List<MailUser> users() {
    return USERS;
  }

  @Override
  public Mailboxes mailboxes() {
    return mailboxes;
  }

  @Override
  public DovecotServer mail() {
    return mail;
  }

  @Override
  public DovecotServer consumerMail() {
    return consumerMail;
  }

  @Override
  public FindingsDesk desk() {
    return desk;
  }

  @Override
  public Thief thief() throws IOException, InterruptedException, GeneralSecurityException {
    return thief(TheftCustody.stolen(folder.path()));
  }

  @Override
  public Thief thiefWithOldKey() throws IOException, InterruptedException {
    return thief(oldKeyPair);
  }

  private Thief thief(KeyPair key) throws IOException, InterruptedException {
    return new Thief(new Forger(key), consumer.token(MALLORY), Random.from(random));
  }

  @Override
  public DovecotKeys.Key oldKey() {
    PublicJwk jwk = PublicJwk.es256((ECPublicKey) oldKeyPair.getPublic());
    return new DovecotKeys.Key(
        jwk.thumbprint(), ThrowawayDomain.jwk(jwk.toJson(), jwk.thumbprint()));
  }

  @Override
  public IncidentReport containConsumerSigner() throws Exception {
    issuedBefore = consumer.issued();
    Contained contained =
        new Containment(installation.folder().context(CONSUMER))
            .replaceSigner(Optional::empty, Instant.now());
    List<IncidentReport.SignedToken> ours = new ArrayList<>();
    List<IncidentReport.PresentedToken> presented = new ArrayList<>();
    long end = System.nanoTime() + ANSWER_WITHIN.toNanos();
    // The monitor copies the last counterfoils of the sealed log a moment after it was sealed.
    do {
      ours.clear();
      presented.clear();
      for (String kid : contained.kids()) {
        desk.report(kid, ours, presented);
      }
      Thread.sleep(LOOK_EVERY);
    } while (ours.size() < contained.size() && System.nanoTime() < end);
    return new IncidentReport(contained.log(), contained.size(), contained.kids(), ours, presented);
  }

  @Override
  public Set<Hash> issuedByConsumer() {
    return issuedBefore;
  }

  @Override
  public void keep(IncidentReport made) {
    report = Optional.of(made);
  }

  @Override
  public IncidentReport report() {
    return report.orElseThrow(() -> new IllegalStateException("no signer was replaced"));
  }

  @Override
  public Disclosing disclosing(TrustDomain domain) throws IOException, InterruptedException {
    ThrowawayDomain ours = domain.name().equals(CONSUMER) ? consumer : enterprise;
    Path socket = installation.folder().domain(domain.name()).registrar().resolve("admin.sock");
    return new Disclosing(
        policy(domain.name()),
        (type, content) -> sign(socket, type, content),
        ours.keySet()
            .delegationChain(clock.instant())
            .orElseThrow(() -> new IllegalStateException("no delegation stands")));
  }

  private static String sign(Path socket, String type, JsonObject content)
      throws DisclosureException, InterruptedException {
    try (var registrar = connect(socket)) {
      Answer answer = registrar.ask(Commands.signDisclosure(type, content), ANSWER_WITHIN);
      if (answer instanceof Answer.Done done) {
        return done.result().string("jws");
      }
      throw new DisclosureException("the registrar does not sign: " + answer);
    } catch (IOException | SignerUnavailableException | FormatException e) {
      throw new DisclosureException("the registrar does not sign: " + e.getMessage(), e);
    }
  }

  @Override
  public String mailSecret() {
    return mailSecret;
  }

  /** Ends every process, the one that was started last first. */
  @Override
  public void close() {
    endings.close();
  }
}
