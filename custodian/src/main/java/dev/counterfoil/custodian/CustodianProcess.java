package dev.counterfoil.custodian;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.IssuerPolicyFile;
import dev.counterfoil.custodian.issuer.LineFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.VerifiedBearer;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A custodian that runs alone: custody, alarms in a file and the process's log, HTTP. */
public final class CustodianProcess implements AutoCloseable {
  /** Nothing is sent to it but questions. */
  private static final long BODY_MAX = 0;

  private final Disk.DiskLock lock;
  private final AlarmFile alarms;
  private final LineFile reads;
  private final Custodian custodian;
  private final VerifiedBearer callers;
  private final Answers answers = Answers.toBearers("counterfoil-custodian");
  private final Listener web;

  /**
   * Starts it.
   *
   * @throws IOException when it cannot start; the message says why
   * @throws ConfigurationException when a file that is named there cannot be used
   */
  public static CustodianProcess start(
      CustodianConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    return new CustodianProcess(configuration, clock, random, unknownState);
  }

  private CustodianProcess(
      CustodianConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    FileDisk folder = FileDisk.privateFolder(configuration.data());
    lock = folder.lock();
    alarms = new AlarmFile(configuration.data().resolve("alarms.ndjson"));
    reads = new LineFile(configuration.data().resolve("reads.ndjson"));
    List<Custodian.Domain> domains = new ArrayList<>();
    List<TrustPolicy> policies = new ArrayList<>();
    for (CustodianConfiguration.Domain domain : configuration.domains()) {
      TrustPolicy policy = IssuerPolicyFile.read(domain.policy(), domain.name());
      policies.add(policy);
      domains.add(new Custodian.Domain(policy, domain.clientId(), domain.clientKey().path()));
    }
    List<AuditLogPlace> auditLogs = auditLogs(configuration, policies);
    callers = new VerifiedBearer(policies, configuration.audience());
    custodian =
        Custodian.start(
            new Custodian.Settings(
                configuration.data(),
                configuration.cosigner(),
                configuration.pollInterval(),
                configuration.counterfoilWithin(),
                configuration.keepCounterfoils(),
                domains,
                auditLogs,
                configuration.disclosureLogs().stream()
                    .map(CustodianConfiguration.DisclosureLog::place)
                    .toList()),
            new Custodian.Events() {
              @Override
              public void alarm(Alarm alarm) {
                alarms.raise(alarm);
              }

              @Override
              public void read(Access access) throws IOException {
                reads.add(access.toJson());
              }
            },
            clock,
            random,
            unknownState);
    web =
        answers.listen(
            configuration.listen().resolve(),
            BODY_MAX,
            new ClientAddress(configuration.trustedProxies()),
            Answers.READ_TIME_MAX,
            this::register);
  }

  /** What holds the logs. */
  Custodian custodian() {
    return custodian;
  }

  private static List<AuditLogPlace> auditLogs(
      CustodianConfiguration configuration, List<TrustPolicy> policies)
      throws ConfigurationException {
    List<AuditLogPlace> logs = new ArrayList<>();
    for (CustodianConfiguration.AuditLog log : configuration.auditLogs()) {
      NoteKey key = log.noteKey();
      for (TrustPolicy policy : policies) {
        String keyLog = KeyLog.origin(policy.issuer());
        if (key.name().startsWith(keyLog.substring(0, keyLog.lastIndexOf('/') + 1))) {
          throw new ConfigurationException(
              "key 'audit-logs': "
                  + key.name()
                  + " is the origin of a log of domain "
                  + policy.domain()
                  + ", and no audit log: want the line in audit/log.vkey of a monitor");
        }
      }
      logs.add(new AuditLogPlace(log.domain(), key, log.url(), log.audience()));
    }
    return logs;
  }

  private void register(HttpRouting.Builder routing) {
    custodian.register(routing, callers, answers);
    get(routing, "/health/live", (_, response) -> Answers.live(response));
    get(routing, "/health/ready", (_, response) -> ready(response));
    answers.refuseTheRest(routing);
  }

  private void get(HttpRouting.Builder routing, String path, Answers.Action action) {
    routing.any(path, answers.to(Method.GET, path, action));
  }

  private void ready(ServerResponse response) {
    List<String> unready = custodian.unready();
    boolean now = unready.isEmpty();
    Answers.send(
        response.status(now ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503),
        JsonObject.builder()
            .put("ready", now)
            .put("unready", unready)
            .put("cosigner", custodian.cosigner().toString())
            .put("logs", custodian.status())
            .build());
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  /** The key with which it cosigns. */
  public CosignerKey key() {
    return custodian.cosigner();
  }

  @Override
  public void close() throws IOException {
    web.close();
    custodian.close();
    callers.close();
    alarms.close();
    reads.close();
    lock.close();
  }
}
