package dev.counterfoil.response;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.ContextFile;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.playbooks.Playbook;
import dev.counterfoil.response.runs.RunStore;
import dev.counterfoil.response.runs.Runner;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The response process, put together: one thread follows findings, one carries runs out. */
public final class Response implements Closeable {
  private static final System.Logger LOG = System.getLogger(Response.class.getName());
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Deque<Closeable> opened = new ArrayDeque<>();
  private final Semaphore work = new Semaphore(1);
  private final int playbookCount;

  /**
   * Starts it.
   *
   * @throws IOException when it cannot start; the message says why
   * @throws ConfigurationException when contexts or playbooks cannot be used
   */
  public static Response start(
      ResponseConfiguration configuration, InstantSource clock, SecureRandom random)
      throws IOException, ConfigurationException {
    return new Response(configuration, clock, random);
  }

  private Response(ResponseConfiguration configuration, InstantSource clock, SecureRandom random)
      throws IOException, ConfigurationException {
    List<Playbook> playbooks = configuration.readPlaybooks();
    Decision.Bounds bounds = configuration.bounds();
    Context context = context(configuration);
    TrustPolicy policy = policy(context);
    String monitor = context.monitor().url().toString();
    HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build();
    this.playbookCount = playbooks.size();
    try {
      opened.push(http::close);
      RunStore store = RunStore.open(configuration.data(), clock);
      opened.push(store::close);
      AuditClient client =
          AuditClient.start(
              new AuditClient.Settings(
                  new Spool.Settings(
                      configuration.data().resolve("audit-spool"), ResponseAudit.PART),
                  policy.domain() + "/" + configuration.clientId(),
                  KeyCeiling.OWN_TENANT),
              context.monitor().url(),
              tokens(
                      configuration,
                      policy,
                      "counterfoil-monitor",
                      "counterfoil:audit-report",
                      http,
                      clock,
                      random)
                  ::accessToken,
              clock,
              random);
      ResponseAudit audit = new ResponseAudit(client);
      opened.push(audit);
      audit.started(configuration);
      String authority = configuration.authority().map(Object::toString).orElse(policy.issuer());
      ContainmentSteps steps =
          new ContainmentSteps(
              context,
              policy,
              authority,
              new Requests(
                  http,
                  tokens(
                      configuration,
                      policy,
                      policy.issuer(),
                      "counterfoil:respond",
                      http,
                      clock,
                      random)),
              clock);
      Requests findings =
          new Requests(
              http,
              tokens(
                  configuration,
                  policy,
                  "counterfoil-monitor",
                  "counterfoil:findings",
                  http,
                  clock,
                  random));
      Runner runner = new Runner(store, steps, audit::step, audit::state, System::nanoTime);
      FindingFollower follower =
          new FindingFollower(
              monitor, findings, playbooks, bounds, store, audit, work::release, clock);
      SignerServer desk =
          SignerServer.listen(
              configuration.adminSocket().path(),
              UnixUsers.orSelf(configuration.adminUsers()),
              new ResponseDesk(
                  store,
                  audit,
                  new PlanTrial(monitor, findings, playbooks, bounds, store, steps, clock),
                  playbooks.stream().map(Playbook::name).toList(),
                  work::release));
      opened.push(desk::close);
      opened.push(
          loop(
              "runs",
              () -> {
                boolean _ = work.tryAcquire(LOOK_EVERY.toSeconds(), TimeUnit.SECONDS);
                work.drainPermits();
                if (runner.step()) {
                  Thread.sleep(PAUSE);
                  work.release();
                }
              }));
      opened.push(loop("findings", follower::step));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Something that is done again and again, and may wait. */
  private interface Round {
    void run() throws IOException, InterruptedException;
  }

  private static Closeable loop(String name, Round round) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    try {
                      round(name, round);
                    } catch (InterruptedException e) {
                      return;
                    }
                  }
                });
    return () -> {
      thread.interrupt();
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private static void round(String name, Round round) throws InterruptedException {
    try {
      round.run();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}: {1}. It is tried again", name, e.toString());
      Thread.sleep(PAUSE);
    }
  }

  private static Context context(ResponseConfiguration configuration)
      throws ConfigurationException {
    ContextFile file = ContextFile.read(configuration.contexts());
    Optional<String> named = configuration.context().or(file::current);
    List<Context> fitting =
        file.contexts().stream()
            .filter(one -> named.isEmpty() || named.get().equals(one.name()))
            .toList();
    if (fitting.size() != 1) {
      throw new ConfigurationException(
          configuration.contexts() + ": name one of its contexts in context");
    }
    return fitting.getFirst();
  }

  private static TrustPolicy policy(Context context) throws IOException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(context.policy()));
    } catch (FormatException e) {
      throw new IOException(context.policy() + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKeyJwtTokenSource tokens(
      ResponseConfiguration configuration,
      TrustPolicy policy,
      String audience,
      String scope,
      HttpClient http,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    return new PrivateKeyJwtTokenSource(
        policy.issuer(),
        configuration.clientId(),
        configuration.clientKey().path(),
        Map.of("scope", scope, "audience", audience),
        http,
        clock,
        random);
  }

  /** How many playbooks it has. */
  public int playbookCount() {
    return playbookCount;
  }

  @Override
  public void close() throws IOException {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
