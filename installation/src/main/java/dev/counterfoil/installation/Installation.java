package dev.counterfoil.installation;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.installation.layout.ConfigurationFiles;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.DisclosureEntry;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.installation.layout.ResponseEntry;
import dev.counterfoil.keystore.FirstKeys;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.registrar.KeyLogRestore;
import dev.counterfoil.registrar.keys.FirstRegistrarKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A running installation: its processes, started in the order of who needs whom and watched until
 * it is closed. The first start makes what is missing; every later one goes on with what is there.
 */
public final class Installation implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Installation.class.getName());
  private static final int MONITOR_NICE = 5;
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  /** Processes of a start that was killed have ended by then. */
  private static final Duration PORTS_FREE_WITHIN = Duration.ofSeconds(15);

  /** A first signer that issues does so by then, on a machine that has other things to do. */
  private static final Duration SPARES_AFTER = Duration.ofSeconds(15);

  private static final int HEALTH_MAX = 1 << 20;

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final Duration REQUEST_WITHIN = Duration.ofSeconds(5);

  private final DataFolder folder;
  private final InstallationConfiguration configuration;
  private final Programs programs;
  private final InstantSource clock;

  /** What a start waits for: it ends when one of these stays down. */
  private final List<ChildProcess> needed = new ArrayList<>();

  private final List<ChildProcess> spares = new ArrayList<>();
  private final Set<String> registrars = new HashSet<>();
  private @Nullable Thread ceremonies;
  private @Nullable FileChannel lockFile;
  private boolean sparesRun;
  private boolean monitorReady;

  private Installation(
      DataFolder folder,
      InstallationConfiguration configuration,
      Programs programs,
      InstantSource clock) {
    this.folder = folder;
    this.configuration = configuration;
    this.programs = programs;
    this.clock = clock;
  }

  /**
   * Starts every process but the spare signers and waits until all are ready. {@link #startSpares}
   * starts those, once nobody waits any more; sooner where no other signer can issue yet.
   *
   * @param progress told what is happening, for people
   */
  public static Installation start(
      DataFolder folder,
      InstallationConfiguration configuration,
      Programs programs,
      InstantSource clock,
      Consumer<String> progress)
      throws InstallationException, InterruptedException {
    Installation installation = new Installation(folder, configuration, programs, clock);
    try {
      installation.startAll(progress);
      return installation;
    } catch (IOException | GeneralSecurityException e) {
      installation.close();
      throw new InstallationException("cannot start: " + e.getMessage(), e);
    } catch (InstallationException | InterruptedException | RuntimeException e) {
      installation.close();
      throw e;
    }
  }

  private void startAll(Consumer<String> progress)
      throws IOException, GeneralSecurityException, InstallationException, InterruptedException {
    // 1. The folder is ours alone.
    DataFolder.ownerOnly(folder.path());
    lock();
    PortsInUse.require(PortsInUse.of(configuration), PORTS_FREE_WITHIN);
    // 2. What must be there before the first process runs: root, policies, configuration, clients'
    // keys, and those of signers and registrars, which one run makes for all of them meanwhile.
    ConfigurationFiles files = new ConfigurationFiles(folder, configuration);
    files.makeFolders();
    for (Domain domain : configuration.domains()) {
      markBegin(folder.domain(domain.name()));
    }
    FutureTask<?> firstKeys = inBackground(files.programs());
    Optional<TrialRoot> trial =
        configuration.root() == InstallationConfiguration.Root.TRIAL
            ? Optional.of(TrialRoot.openOrMake(DataFolder.ownerOnly(folder.root()), clock))
            : Optional.empty();
    Optional<RootPin> pin = trial.map(TrialRoot::pin).or(configuration::externalRoot);
    files.write(pin);
    for (Domain domain : configuration.domains()) {
      InstallationClients.prepare(folder.domain(domain.name()));
    }
    await(firstKeys);
    for (Domain domain : configuration.domains()) {
      // With a wrapping key it makes the key log's key itself, which the policy pins.
      Path keyLog = FirstRegistrarKeys.keyLogFile(folder.domain(domain.name()).registrar());
      if (!Files.exists(keyLog)) {
        runRegistrar(domain);
        await(() -> Files.exists(keyLog), "registrar of " + domain.name());
      }
    }
    if (pin.isPresent()) {
      for (Domain domain : configuration.domains()) {
        Path registrar = folder.domain(domain.name()).registrar();
        writePolicy(domain, pin.get(), FirstRegistrarKeys.keyLog(registrar));
      }
    }
    if (trial.isEmpty()) {
      awaitCeremony(pin);
    }
    for (Domain domain : configuration.domains()) {
      // What one that was killed left would be taken for the next one's.
      Files.deleteIfExists(folder.domain(domain.name()).clientAdminSocket());
    }
    // 3. All processes at once: each waits by itself for those that it needs. First those on whose
    // word later starts wait longest.
    ChildProcess monitor =
        run("monitor", () -> programs.monitor(folder.monitorConfiguration()), folder.monitor());
    run("authority", () -> programs.authority(folder.authorityConfiguration()), folder.authority());
    for (Domain domain : configuration.domains()) {
      DomainFolder of = folder.domain(domain.name());
      runRegistrar(domain);
      run(
          Programs.signerProcess(domain.name(), SignerName.FIRST),
          () -> programs.signer(domain.name(), of.signerConfiguration()),
          of.signer());
    }
    // 4. The trial root delegates to each registrar's statement key: its word is what all else
    // hangs on. Another root's holders have done it before.
    if (trial.isPresent()) {
      for (Domain domain : configuration.domains()) {
        progress.accept("root delegates to the registrar of " + domain.name());
        delegate(trial.get(), domain);
      }
      ceremonies = TrialCeremonies.hold(trial.get(), configuration.domains(), folder);
    }
    // 5. The installation's own clients.
    progress.accept("clients");
    for (Domain domain : configuration.domains()) {
      // A busy machine takes longer to start a process than the admin's end waits for its answer.
      await(() -> Files.exists(folder.domain(domain.name()).clientAdminSocket()), "authority");
      try (AuthorityAdmin admin = admin(domain.name())) {
        InstallationClients.register(admin, domain, folder.domain(domain.name()));
        InstallationClients.registerConsole(
            admin, configuration, domain, folder.domain(domain.name()));
        if (ResponseEntry.domainOf(configuration).filter(domain::equals).isPresent()) {
          InstallationClients.registerResponse(admin, domain, folder.domain(domain.name()));
        }
        if (DisclosureEntry.domainOf(configuration).filter(domain::equals).isPresent()) {
          InstallationClients.registerDisclosure(admin, domain, folder.domain(domain.name()));
        }
      } catch (AuthorityAdmin.RefusedException e) {
        throw new InstallationException("the authority refused a client: " + e.getMessage(), e);
      }
    }
    if (configuration.console().isPresent()) { // up is ready without it
      Path file = folder.consoleConfiguration();
      spares.add(child("console", () -> programs.console(file), folder.console()));
    }
    // 6. Ready is what a client sees.
    for (Domain domain : configuration.domains()) {
      progress.accept("authority of " + domain.name());
      awaitIssuing(domain, progress);
    }
    progress.accept("monitor");
    awaitMonitor();
    // 7. Who checks an export starts from the policy, so a new key log states the audit log's key.
    // In one that others read already an operator has it stated, when they all know the entry.
    for (Domain domain : configuration.domains()) {
      stateAuditLog(domain);
    }
    if (configuration.disclosure().isPresent()) {
      spares.add(
          child(
              "disclosure",
              () -> programs.disclosure(folder.disclosureConfiguration()),
              folder.disclosure()));
      DisclosureKeyStatement.begin(
          folder, DisclosureEntry.domainOf(configuration).orElseThrow().name(), clock);
    }
    if (configuration.response().isPresent()) {
      spares.add(
          child(
              "response",
              () -> programs.response(folder.responseConfiguration()),
              folder.response()));
    }
    // Keeping copies may lag for a moment on a machine that issues as fast as it can; issuing may
    // not, unless tokens wait for the copies. A start waits for it as for the others.
    if (configuration.domains().stream().noneMatch(Domain::waitsForCustodians)) {
      monitor.yieldProcessor(MONITOR_NICE);
    }
  }

  /** Nothing stands still for it: an export is checked with the key itself until it is stated. */
  private void stateAuditLog(Domain domain) throws IOException, InterruptedException {
    DomainFolder of = folder.domain(domain.name());
    Optional<String> fault =
        AuditLogStatement.state(
            folder.auditLogRequest(domain.name()),
            of.registrar().resolve("admin.sock"),
            Files.exists(of.keyLogBegins()));
    if (fault.isEmpty()) {
      Files.deleteIfExists(of.keyLogBegins());
    } else {
      LOG.log(
          System.Logger.Level.WARNING,
          "the key log of domain {0} does not state the audit log''s key: {1}. To see"
              + " what is stated and what to do, run counterfoil audit key",
          domain.name(),
          fault.get());
    }
  }

  /** Of a key log whose key is not made yet; a start that breaks off before the end leaves it. */
  static void markBegin(DomainFolder domain) throws IOException {
    if (!Files.exists(FirstRegistrarKeys.keyLogFile(domain.registrar()))) {
      DataFolder.writeOwnerOnly(domain.keyLogBegins(), "");
    }
  }

  /**
   * Starts the warm spares, and waits for none: issuing goes on without one that stays down. They
   * have no lower priority, although a start takes much of the processor: without privileges nobody
   * takes that back, and one that has to issue would issue with it.
   */
  public void startSpares() {
    if (sparesRun) {
      return;
    }
    sparesRun = true;
    for (Domain domain : configuration.domains()) {
      DomainFolder of = folder.domain(domain.name());
      for (String name : domain.signers()) {
        if (!name.equals(SignerName.FIRST)) {
          spares.add(
              child(
                  Programs.signerProcess(domain.name(), name),
                  () -> programs.signer(of.signerConfiguration(name)),
                  of.signer(name)));
        }
      }
    }
  }

  private void lock() throws IOException, InstallationException {
    FileChannel channel =
        FileChannel.open(
            folder.path().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    lockFile = channel;
    FileLock lock = channel.tryLock();
    if (lock == null) {
      throw new InstallationException(
          "another counterfoil up is running in "
              + folder.path()
              + ". Stop it, or choose another folder with --data");
    }
  }

  private ChildProcess run(String name, Supplier<List<String>> command, Path workingFolder) {
    ChildProcess child = child(name, command, workingFolder);
    needed.add(child);
    return child;
  }

  private ChildProcess child(String name, Supplier<List<String>> command, Path workingFolder) {
    return ChildProcess.start(name, command, workingFolder, folder.logs().resolve(name + ".log"));
  }

  private static FutureTask<?> inBackground(List<FirstKeys.Program> programs) {
    FutureTask<?> task =
        new FutureTask<>(
            () -> {
              FirstKeys.make(programs);
              return programs;
            });
    Thread.ofVirtual().name("first-keys").start(task);
    return task;
  }

  private static void await(FutureTask<?> task)
      throws IOException, GeneralSecurityException, InterruptedException {
    try {
      task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), e);
        case GeneralSecurityException s -> throw new GeneralSecurityException(s.getMessage(), e);
        case null, default -> throw new IllegalStateException("keys could not be made", e);
      }
    }
  }

  private void writePolicy(Domain domain, RootPin pin, NoteKey keyLog) throws IOException {
    TrustPolicy policy =
        new TrustPolicy(domain.name(), domain.issuer().toString(), pin, List.of(keyLog));
    Files.writeString(folder.domain(domain.name()).policy(), policy.text());
  }

  /** Runs it, if it does not run already. */
  private void runRegistrar(Domain domain) {
    if (!registrars.add(domain.name())) {
      return;
    }
    DomainFolder of = folder.domain(domain.name());
    run(
            "registrar-" + domain.name(),
            () -> programs.registrar(of.registrarConfiguration()),
            of.registrar())
        .againWithout(
            of.registrar().resolve(KeyLogRestore.EVIDENCE_FILE),
            "Run counterfoil keys restore-log --data "
                + folder.path()
                + " --domain "
                + domain.name()
                + ", then start again");
  }

  /**
   * Starts the registrars and goes on once each has a ceremony to go by: nothing else can be ready
   * before. Without one it says what to do, with everything made that a ceremony needs.
   */
  private void awaitCeremony(Optional<RootPin> pin)
      throws IOException, InstallationException, InterruptedException {
    List<Path> asked = new ArrayList<>();
    boolean held = pin.isPresent();
    for (Domain domain : configuration.domains()) {
      runRegistrar(domain);
      Path registrar = folder.domain(domain.name()).registrar();
      Path request = registrar.resolve(TrialRoot.REQUEST_FILE);
      await(() -> Files.exists(request), "registrar of " + domain.name());
      asked.add(request);
      held &= Files.exists(registrar.resolve(TrialRoot.CEREMONY_FILE)) || isDelegated(request);
    }
    if (!held) {
      throw new InstallationException(
          "the root's holders have not delegated yet. Hold a ceremony (docs/operate/root.md) for "
              + asked
              + "; then put the line that counterfoil root init prints into the configuration as"
              + " root-pin, the signed file as "
              + TrialRoot.CEREMONY_FILE
              + " beside each of these, and start again");
    }
  }

  private static boolean isDelegated(Path request) throws IOException {
    try {
      return CeremonyRequest.parse(Files.readAllBytes(request)).highestVersion() > 0;
    } catch (FormatException e) {
      throw new IOException(request + " is damaged: " + e.getMessage(), e);
    }
  }

  private void delegate(TrialRoot root, Domain domain)
      throws IOException, GeneralSecurityException, InstallationException, InterruptedException {
    Path registrar = folder.domain(domain.name()).registrar();
    await(
        () -> Files.exists(registrar.resolve(TrialRoot.REQUEST_FILE)),
        "registrar of " + domain.name());
    root.delegate(DelegationBounds.of(domain, ServedTenants.addedIn(registrar)), registrar);
  }

  /** Where the first signer runs and cannot issue yet, as after its replacement, a spare may. */
  private void awaitIssuing(Domain domain, Consumer<String> progress)
      throws InstallationException, InterruptedException {
    long sparesAt = System.nanoTime() + SPARES_AFTER.toNanos();
    AtomicReference<Optional<String>> signsFrom = new AtomicReference<>(Optional.empty());
    Consumer<String> notYet =
        said -> {
          Optional<JsonObject> health = health(said);
          signsFrom.set(health.flatMap(Installation::signsFrom));
          if (System.nanoTime() > sparesAt && health.filter(Installation::signerRuns).isPresent()) {
            startSpares();
          }
        };
    // A key that every service has to know first signs at its time, and nothing is wrong meanwhile.
    Optional<String> announced = Optional.empty();
    while (!isReadyInTime(domain.ready(), notYet)) {
      Optional<String> from = signsFrom.get();
      if (from.isEmpty()) {
        throw notReady("authority");
      }
      if (!from.equals(announced)) {
        progress.accept("the signer's key, which signs from " + from.get());
        announced = from;
      }
    }
  }

  /** What an authority says of itself; empty where another program answers. */
  static Optional<JsonObject> health(String said) {
    try {
      return Optional.of(StrictJson.object(said.getBytes(StandardCharsets.UTF_8), HEALTH_MAX));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** From when a signer's key signs, where the authority waits for that alone. */
  static Optional<String> signsFrom(JsonObject health) {
    return health.get("signs_from") instanceof String from ? Optional.of(from) : Optional.empty();
  }

  private static boolean signerRuns(JsonObject health) {
    return Boolean.TRUE.equals(health.get("signer_connected"));
  }

  /**
   * Issuing does without it, and whoever held a signer can have it wait: for a log that he has
   * stated and publishes nowhere. One that never answers is another thing.
   */
  private void awaitMonitor() throws InstallationException, InterruptedException {
    URI health = URI.create("http://" + configuration.monitorListen() + "/health/ready");
    AtomicBoolean answers = new AtomicBoolean();
    monitorReady = isReadyInTime(health, _ -> answers.set(true));
    if (!monitorReady && !answers.get()) {
      throw notReady("monitor");
    }
    if (!monitorReady) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the monitor is running but was not ready within {0} s, for example because"
              + " it cannot read a log. Tokens are issued nevertheless. Its status lists"
              + " each log, and {1} contains its output",
          READY_WITHIN.toSeconds(),
          folder.logs());
    }
  }

  private boolean isReadyInTime(URI health, Consumer<String> notYet)
      throws InstallationException, InterruptedException {
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_WITHIN).build()) {
      HttpRequest request = HttpRequest.newBuilder(health).timeout(REQUEST_WITHIN).build();
      return holdsInTime(
          () -> {
            try {
              HttpResponse<String> said = http.send(request, HttpResponse.BodyHandlers.ofString());
              if (said.statusCode() != 200) {
                notYet.accept(said.body());
              }
              return said.statusCode() == 200;
            } catch (IOException e) {
              // Not listening yet: asked again until the time is over.
              return false;
            }
          });
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  private void await(Condition condition, String name)
      throws InstallationException, InterruptedException {
    if (!holdsInTime(condition)) {
      throw notReady(name);
    }
  }

  private InstallationException notReady(String name) {
    return new InstallationException(
        name
            + " was not ready within "
            + READY_WITHIN.toSeconds()
            + " s. The output of the processes: "
            + folder.logs());
  }

  private boolean holdsInTime(Condition condition)
      throws InstallationException, InterruptedException {
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    while (!condition.holds()) {
      StartWatch.look(needed);
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(LOOK_EVERY);
    }
    return true;
  }

  /** The command line's end of the socket on which a domain's clients are managed. */
  public AuthorityAdmin admin(String domain) {
    return new AuthorityAdmin(folder.domain(domain).clientAdminSocket());
  }

  /** Where it lies. */
  public DataFolder folder() {
    return folder;
  }

  /** What it runs. */
  public InstallationConfiguration configuration() {
    return configuration;
  }

  /** Its processes. */
  public List<ChildProcess> processes() {
    List<ChildProcess> all = new ArrayList<>(needed);
    all.addAll(spares);
    return List.copyOf(all);
  }

  /** Whether the monitor was ready when the others were: else issuing goes on, and it says why. */
  public boolean isMonitorReady() {
    return monitorReady;
  }

  /** Stops every process, the ones that need others first. */
  @Override
  public void close() {
    Thread holding = ceremonies;
    if (holding != null) {
      holding.interrupt();
    }
    List<ChildProcess> all = processes().reversed();
    all.forEach(ChildProcess::stop);
    all.forEach(ChildProcess::close);
    FileChannel channel = lockFile;
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The lock goes with the process anyway.
        return;
      }
    }
  }
}
