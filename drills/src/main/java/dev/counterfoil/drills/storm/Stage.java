package dev.counterfoil.drills.storm;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.IncidentReport;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.StolenKeySigner;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.Mailboxes;
import dev.counterfoil.drills.mail.PolicyHook;
import dev.counterfoil.drills.mail.TokenGate;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
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
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.containment.Containment;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The stage of {@link Storm0558}: everything on it is made for one run, in a fresh folder, and ends
 * with it.
 */
final class Stage {
  private static final String CONSUMER = "consumer";
  private static final String ENTERPRISE = "enterprise";
  private static final String PERSONAL = "personal";
  private static final String MINISTRY = "ministry";
  private static final String SHIPYARD = "shipyard";

  /** The thief's own account; everyone may have one. It has no mailbox on stage. */
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

  private final DrillRun run;
  private final ThrowawayInstallation installation;
  private final Mailboxes mailboxes;
  private final DovecotServer mail;
  private final DovecotServer consumerMail;
  private final TrustDomain consumer;
  private final TrustDomain enterprise;
  private final PollingReceiver receiver;
  private final KeyPair oldKeyPair;
  private final String mailSecret;
  private Set<Hash> issuedBefore = Set.of();
  private Optional<IncidentReport> report = Optional.empty();
  private final Map<String, Disclosing> disclosing = new HashMap<>();

  /** Sets the stage in the run's folder. */
  Stage(DrillRun run) throws Exception {
    this.run = run;
    run.says("two trust domains and a monitor, each process with keys and folder of its own");
    List<Integer> ports = FreePorts.find(3);
    installation =
        new ThrowawayInstallation(
            run,
            List.of(
                // Clients and streams are audiences of the keys that receivers of events need.
                domain(CONSUMER, ports.get(0), List.of(PERSONAL), "*")
                    .withPurposes(PollingReceiver.purposes(TrustDomain.AUDIENCE)),
                domain(
                    ENTERPRISE, ports.get(1), List.of(MINISTRY, SHIPYARD), TrustDomain.AUDIENCE)),
            ports.get(2),
            Programs.ofThisProcess()
                .withSigner(
                    CONSUMER, List.of(StolenKeySigner.class.getName(), run.folder().toString())));
    TrustPolicy consumerPolicy = installation.policy(CONSUMER);
    TrustPolicy enterprisePolicy = installation.policy(ENTERPRISE);
    consumer = domain(consumerPolicy, enterprisePolicy);
    enterprise = domain(enterprisePolicy, consumerPolicy);
    receiver =
        run.open(
            PollingReceiver.subscribe(
                consumer.issuer(),
                installation.register(
                    CONSUMER,
                    ClientRegistration.withSecret(
                        "neighbour",
                        PERSONAL,
                        List.of(consumer.issuer().toString()),
                        List.of(PollingReceiver.SCOPE))),
                run.clock()));
    oldKeyPair = StolenPrivateKeys.newKey();
    stateOldKey();
    run.says("a mail server and its mailboxes");
    mailboxes =
        Mailboxes.seed(run.folder().resolve("mail"), USERS, MESSAGES_PER_USER, 558, run.now());
    mail = run.open(DovecotServer.inFolder(run.folder().resolve("imap"), mailboxes.folder()));
    consumerMail =
        run.open(DovecotServer.inFolder(run.folder().resolve("imap2"), mailboxes.folder()));
    byte[] secret = new byte[32];
    run.random().nextBytes(secret);
    mailSecret = HexFormat.of().formatHex(secret);
  }

  private static InstallationConfiguration.Domain domain(
      String name, int port, List<String> tenants, String audience) {
    return new InstallationConfiguration.Domain(
        name,
        ThrowawayInstallation.issuer(port),
        ThrowawayInstallation.listen(port),
        tenants,
        List.of(audience),
        TOKEN_LIFE,
        USAGE_PERIOD,
        Map.of(),
        List.of());
  }

  private TrustDomain domain(TrustPolicy policy, TrustPolicy neighbour) throws Exception {
    List<MailUser> people = new ArrayList<>(USERS);
    people.add(MALLORY);
    return run.open(
        new TrustDomain(
            installation,
            policy,
            neighbour,
            MailClients.register(installation.installation(), policy.domain(), people),
            run.clock()));
  }

  /** States a key whose time is over, as the breach's key stood in its key set for years. */
  private void stateOldKey() throws Exception {
    KeySet set = installation.keySet(CONSUMER);
    KeySet.StatedLog log = set.logs().getFirst();
    Instant over = run.now().truncatedTo(ChronoUnit.SECONDS).minus(OLD_KEY_OVER_FOR);
    var statement =
        KeyStatement.builder(PublicJwk.es256((ECPublicKey) oldKeyPair.getPublic()))
            .domain(CONSUMER)
            .issuer(consumer.issuer().toString())
            .tenants(AllowList.of(PERSONAL))
            .tokenTypes(AllowList.of("at+jwt"))
            .audiences(AllowList.of(TrustDomain.AUDIENCE))
            .lifeMax(TOKEN_LIFE)
            .active(over.minus(USAGE_PERIOD), over)
            .verifyUntil(over.plus(TOKEN_LIFE))
            .record(new RecordForm.Position(log.name()))
            .custody("drill", KeyStatement.Assurance.UNKNOWN)
            // What the registrar asks of every key: its propagation window.
            .successorLead(Duration.ofMinutes(15))
            .build();
    Path socket = installation.data().domain(CONSUMER).registrar().resolve("s1.sock");
    Answer answer = ThrowawayInstallation.tell(socket, Commands.stateKey(statement, log));
    if (!(answer instanceof Answer.Done)) {
      throw new IOException("the registrar does not state the old key: " + answer);
    }
  }

  /** Issues tokens for people at home. */
  TrustDomain consumer() {
    return consumer;
  }

  /** Issues tokens for the staff of tenants. */
  TrustDomain enterprise() {
    return enterprise;
  }

  /** Everyone with a mailbox, of both domains. */
  List<MailUser> users() {
    return USERS;
  }

  /** All mailboxes. */
  Mailboxes mailboxes() {
    return mailboxes;
  }

  /** The mail server of both domains. */
  DovecotServer mail() {
    return mail;
  }

  /** A second mail server, for when each domain has its own. */
  DovecotServer consumerMail() {
    return consumerMail;
  }

  /** Another service, which the consumer domain tells which of its keys not to believe. */
  PollingReceiver receiver() {
    return receiver;
  }

  /** The monitor. */
  MonitorDesk desk() {
    return installation.desk();
  }

  /** Has the consumer domain's signing key. */
  Thief thief() throws IOException, InterruptedException, GeneralSecurityException {
    return thief(StolenPrivateKeys.stolen(run.folder()));
  }

  /** Has a consumer key whose time ended 771 days ago. */
  Thief thiefWithOldKey() throws IOException, InterruptedException {
    return thief(oldKeyPair);
  }

  private Thief thief(KeyPair key) throws IOException, InterruptedException {
    return new Thief(new Forger(key), consumer.token(MALLORY), Random.from(run.random()));
  }

  /** The public half of that old key, which nobody ever took out of the key set. */
  DovecotKeys.Key oldKey() {
    PublicJwk jwk = PublicJwk.es256((ECPublicKey) oldKeyPair.getPublic());
    return new DovecotKeys.Key(jwk.thumbprint(), TrustDomain.jwk(jwk.toJson(), jwk.thumbprint()));
  }

  /** Replaces the consumer domain's signer, revokes its keys, and reports what is known. */
  IncidentReport containConsumerSigner() throws Exception {
    issuedBefore = consumer.issued();
    Contained contained =
        new Containment(installation.data().context(CONSUMER))
            .replaceSigner(Optional::empty, Instant.now());
    List<IncidentReport.SignedToken> ours = new ArrayList<>();
    List<IncidentReport.PresentedToken> presented = new ArrayList<>();
    // The monitor copies the last counterfoils of the sealed log a moment after it was sealed.
    Await.comes(
        () -> {
          ours.clear();
          presented.clear();
          for (String kid : contained.kids()) {
            desk().report(kid, ours, presented);
          }
          return ours.size() >= contained.size();
        });
    return new IncidentReport(contained.log(), contained.size(), contained.kids(), ours, presented);
  }

  /** Digests of all tokens that the consumer domain has issued here with its first keys. */
  Set<Hash> issuedByConsumer() {
    return issuedBefore;
  }

  /** Keeps the report for the next act. */
  void keep(IncidentReport made) {
    report = Optional.of(made);
  }

  /** The report that was kept. */
  IncidentReport report() {
    return report.orElseThrow(() -> new IllegalStateException("no signer was replaced"));
  }

  /** The voice of a domain. */
  Disclosing disclosing(TrustDomain domain)
      throws IOException, InterruptedException, FormatException {
    Path socket = installation.data().domain(domain.name()).registrar().resolve("admin.sock");
    Disclosing known = disclosing.get(domain.name());
    if (known != null) {
      return known;
    }
    Disclosing made =
        run.open(
            new Disclosing(
                run.folder().resolve("disclosing-" + domain.name()),
                installation.policy(domain.name()),
                keys -> state(socket, keys),
                run.clock()));
    disclosing.put(domain.name(), made);
    return made;
  }

  private static long state(Path socket, JsonObject keys)
      throws IOException, InterruptedException, FormatException {
    Answer answer = ThrowawayInstallation.tell(socket, Commands.stateDisclosureKey(keys));
    if (answer instanceof Answer.Done done) {
      return done.result().number("index");
    }
    throw new IOException("the registrar does not state the keys: " + answer);
  }

  /**
   * A policy server of both mail servers, behind which the verifier is. The mailbox decides which
   * domain's word counts, never the token: one whose issuer chose its own judge would be judged by
   * the thief.
   */
  PolicyHook policyHook() throws IOException, InterruptedException {
    TokenGate ofConsumer = consumer.verifier(TokenGate.Binding.BEARER_ALLOWED);
    TokenGate ofEnterprise = enterprise.verifier(TokenGate.Binding.BEARER_ALLOWED);
    return PolicyHook.start(
        mailSecret,
        (token, user) -> {
          Optional<MailUser> owner =
              USERS.stream().filter(one -> one.name().equals(user)).findAny();
          if (owner.isEmpty()) {
            return Optional.of("no-such-mailbox");
          }
          TokenGate gate = owner.get().domain().equals(ENTERPRISE) ? ofEnterprise : ofConsumer;
          TokenGate.Request request =
              new TokenGate.Request(
                  "LOGIN", URI.create("imap:/" + user), token, Optional.empty(), "127.0.0.1");
          return switch (gate.decide(request)) {
            case TokenGate.Decision.Bad bad -> Optional.of(bad.code());
            case TokenGate.Decision.Good good ->
                good.subject().equals(user) ? Optional.empty() : Optional.of("another-user");
          };
        });
  }

  /** The domain that a user belongs to. */
  TrustDomain domainOf(MailUser user) {
    return user.domain().equals(ENTERPRISE) ? enterprise : consumer;
  }

  /** One key set for everybody, as in the breach: what both domains publish, and the old key. */
  List<DovecotKeys.Key> mergedKeys() throws IOException, InterruptedException {
    List<DovecotKeys.Key> merged = new ArrayList<>(consumer.publishedKeys());
    merged.addAll(enterprise.publishedKeys());
    merged.add(oldKey());
    return merged;
  }

  /** Users of one domain. */
  List<MailUser> usersOf(TrustDomain domain) {
    return USERS.stream().filter(user -> user.domain().equals(domain.name())).toList();
  }
}
