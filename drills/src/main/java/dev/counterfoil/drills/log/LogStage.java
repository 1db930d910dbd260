package dev.counterfoil.drills.log;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** One trust domain with its processes, clients that never rest, and the monitor as custodian. */
public final class LogStage {
  /** The service that tokens are for. */
  public static final String AUDIENCE = "archive";

  public static final String TENANT = "acme";

  public static final String DOMAIN = "enterprise";
  private static final String CLIENT = "robot";
  private static final String SCOPE = "read";
  private static final Duration TIP_WAIT = Duration.ofSeconds(5);

  private final DrillRun run;
  private final ThrowawayInstallation installation;
  private final DomainFolder of;
  private final TrustPolicy policy;
  private final CustodianMirror mirror;
  private final SteadyTraffic traffic;

  /**
   * Sets the stage: everything runs and tokens are flowing.
   *
   * @param release level at which the tenant's tokens go out
   */
  public LogStage(DrillRun run, Level release) throws Exception {
    this(run, release, 0, Programs.ofThisProcess());
  }

  /**
   * The same with a signer whose first key a thief has, and beside it warm spares that he has not.
   * All of them could issue.
   */
  public static LogStage withThief(DrillRun run, int spares) throws Exception {
    return new LogStage(
        run,
        Level.DURABLE,
        spares,
        Programs.ofThisProcess()
            .withSigner(DOMAIN, List.of(StolenKeySigner.class.getName(), run.folder().toString())));
  }

  /** The same where receivers of security events can be told. */
  public static LogStage withThiefAndReceivers(DrillRun run) throws Exception {
    return new LogStage(
        run,
        Programs.ofThisProcess()
            .withSigner(DOMAIN, List.of(StolenKeySigner.class.getName(), run.folder().toString())),
        port ->
            domain(port, Level.DURABLE, 0, List.of("*"))
                .withPurposes(PollingReceiver.purposes(AUDIENCE))
                .administeredHere());
  }

  private LogStage(DrillRun run, Level release, int spares, Programs programs) throws Exception {
    this(run, programs, port -> domain(port, release, spares, List.of(AUDIENCE)));
  }

  private LogStage(
      DrillRun run, Programs programs, IntFunction<InstallationConfiguration.Domain> configured)
      throws Exception {
    this.run = run;
    List<Integer> ports = FreePorts.find(2);
    installation =
        new ThrowawayInstallation(
            run, List.of(configured.apply(ports.getFirst())), ports.getLast(), programs);
    of = installation.data().domain(DOMAIN);
    policy = installation.policy(DOMAIN);
    mirror =
        run.open(
            new CustodianMirror(
                ThrowawayInstallation.issuer(ports.getLast()),
                CosignerKey.parse(
                    Files.readString(installation.data().monitor().resolve("cosigner.vkey"))
                        .strip())));
    IssuerClient issuer = run.open(new IssuerClient(URI.create(policy.issuer())));
    installation.installation().startSpares();
    for (String signer : installation.installation().configuration().domain(DOMAIN).signers()) {
      // By the authority's word.
      String issues = "{\"name\":\"%1$s\",\"connected\":true,\"log\":\"%1$sg1\"}".formatted(signer);
      Await.require("signer " + signer + " issues", () -> issuer.health().contains(issues));
    }
    traffic =
        run.open(
            SteadyTraffic.start(
                issuer,
                installation.register(
                    DOMAIN,
                    ClientRegistration.withSecret(
                        CLIENT, TENANT, List.of(AUDIENCE), List.of(SCOPE))),
                SCOPE));
  }

  private static InstallationConfiguration.Domain domain(
      int port, Level release, int spares, List<String> audiences) {
    return new InstallationConfiguration.Domain(
            DOMAIN,
            ThrowawayInstallation.issuer(port),
            ThrowawayInstallation.listen(port),
            List.of(TENANT),
            audiences,
            Duration.ofMinutes(15),
            Duration.ofHours(24),
            release == Level.DURABLE ? Map.of() : Map.of(TENANT, release),
            List.of())
        .withSpareSigners(spares);
  }

  /** A service of the tenant that polls the issuer for events. */
  public PollingReceiver receiver() throws Exception {
    URI issuer = URI.create(policy.issuer());
    return run.open(
        PollingReceiver.subscribe(
            issuer,
            installation.register(
                DOMAIN,
                ClientRegistration.withSecret(
                    "receiver",
                    TENANT,
                    List.of(issuer.toString()),
                    List.of(PollingReceiver.SCOPE))),
            run.clock()));
  }

  public SteadyTraffic traffic() {
    return traffic;
  }

  /** The policy that services start from. */
  public TrustPolicy policy() {
    return policy;
  }

  /** What the key log says, verified from the root down. */
  public KeySet keySet() throws IOException {
    return installation.keySet(DOMAIN);
  }

  /** Where the domain's processes are. */
  public Context context() throws IOException {
    return installation.data().context(DOMAIN);
  }

  /** The installation's folder. */
  public DataFolder data() {
    return installation.data();
  }

  public MonitorDesk desk() {
    return installation.desk();
  }

  CustodianMirror mirror() {
    return mirror;
  }

  /** Every process of the installation. */
  public List<ChildProcess> processes() {
    return installation.installation().processes();
  }

  /** The domain as it is configured. */
  public InstallationConfiguration.Domain configuration() {
    return installation.installation().configuration().domain(DOMAIN);
  }

  /** The domain's folders. */
  public DomainFolder folders() {
    return of;
  }

  /** The public folder of a log. */
  Path publicFolder(String log) {
    return of.log().resolve(log);
  }

  /** The key of the present log, as a policy has it. */
  NoteKey logKey(String generation) throws IOException {
    try {
      return NoteKey.parse(
          Files.readString(of.signer().resolve(generation).resolve("keys/log.vkey")).strip());
    } catch (FormatException e) {
      throw new IOException("the log's key is none", e);
    }
  }

  /** A process of the domain's: its signer, or its registrar. */
  ChildProcess process(String role) {
    return processes().stream()
        .filter(process -> process.name().equals(role + "-" + DOMAIN))
        .findFirst()
        .orElseThrow();
  }

  /** Kills the signer and does something to its files before it comes back. */
  void crashSigner(ChildProcess.WhileDown meanwhile) throws IOException, InterruptedException {
    process("signer").crash(meanwhile);
  }

  /** Waits until so many more tokens were issued. */
  public void awaitTokens(int more, Duration within) throws IOException, InterruptedException {
    if (!traffic().awaitMore(more, within)) {
      throw new IOException("tokens do not flow: " + signerOutput());
    }
  }

  /** What the signer's processes printed. */
  String signerOutput() throws IOException {
    return Files.readString(process("signer").output());
  }

  /** What the registrar says of itself. */
  JsonObject registrarStatus() throws IOException, InterruptedException {
    Answer answer = tellRegistrar(Commands.status());
    if (answer instanceof Answer.Done done) {
      return done.result();
    }
    throw new IOException("no status, but " + answer);
  }

  /** How many of some tokens a service that starts now lets in. */
  int acceptedByNewService(List<Acknowledged> tokens) throws IOException, InterruptedException {
    try (Verifier verifier = newService(VerifierLimits.defaults())) {
      awaitReady(verifier);
      return accepted(verifier, tokens);
    }
  }

  /** A service that starts now. */
  Verifier newService(VerifierLimits limits) {
    return Verifier.builder(policy)
        .sightings(SightingSink.none())
        // A service that has nothing else to do waits for what is there in the end.
        .limits(limits.withWaits(Await.PATIENCE, TIP_WAIT))
        .clock(run.clock())
        .build();
  }

  public static void awaitReady(Verifier verifier) throws IOException, InterruptedException {
    Await.comes(verifier::isReady);
  }

  /** How many of some tokens a service lets in. */
  static int accepted(Verifier verifier, List<Acknowledged> tokens) {
    return tokens.size() - refusals(verifier, tokens).size();
  }

  /** Why a service refuses those of some tokens that it does not let in. */
  public static List<RefusalCode> refusals(Verifier verifier, List<Acknowledged> tokens) {
    Expectations expectations =
        Expectations.audience(AUDIENCE).accessToken().tenant(TENANT).bearerAllowed();
    RequestContext context =
        RequestContext.of("GET", URI.create("https://archive.example/"), "192.0.2.7");
    List<RefusalCode> refusals = new ArrayList<>();
    for (Acknowledged token : tokens) {
      switch (verifier.verify(token.token(), expectations, context)) {
        case Verified _ -> {}
        case Unrecorded _ -> refusals.add(RefusalCode.NEVER_ISSUED);
        case Refused refused -> refusals.add(refused.code());
      }
    }
    return refusals;
  }

  /** Tells the registrar something, as its operator. */
  Answer tellRegistrar(Request.Command command) throws IOException, InterruptedException {
    return ThrowawayInstallation.tell(of.registrar().resolve("admin.sock"), command);
  }

  /**
   * Presents tokens to a service that lets them in and reports, and gives the kinds of findings
   * about them.
   */
  List<String> findingsAbout(List<Acknowledged> tokens, Duration wait)
      throws IOException, InterruptedException {
    Instant now = run.now();
    desk().report(tokens.stream().map(token -> token.sighting(now)).toList());
    Thread.sleep(wait);
    List<String> ids = tokens.stream().map(token -> token.id().toString()).toList();
    return desk().findings().stream()
        .filter(finding -> finding.tokenId().filter(ids::contains).isPresent())
        .map(SeenFinding::kind)
        .toList();
  }

  /** Copies a folder as it is, while somebody may be writing to it; sockets are left out. */
  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            boolean passing = file.getFileName().toString().endsWith(".new");
            if (attributes.isRegularFile() && !passing) {
              try {
                Files.copy(
                    file,
                    to.resolve(from.relativize(file).toString()),
                    StandardCopyOption.COPY_ATTRIBUTES);
              } catch (NoSuchFileException e) {
                return gone();
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return gone();
            }
            throw e;
          }

          // Its process works meanwhile, and has done with this file.
          private FileVisitResult gone() {
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
