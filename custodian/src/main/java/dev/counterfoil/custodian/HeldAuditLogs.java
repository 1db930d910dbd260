package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.Bell;
import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.HeldNotes;
import dev.counterfoil.custodian.following.LogAlarms;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.HttpIssuerSource;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The audit logs that a custodian holds beside its domains' logs. What goes wrong with one is an
 * alarm and ends the custody of that one: tokens wait for the same process.
 */
final class HeldAuditLogs implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HeldAuditLogs.class.getName());

  private final Custodian.Settings settings;
  private final HeldNotes notes;
  private final CustodyStatements statements;
  private final Alarm.Sink alarms;
  private final CustodianThreads threads;
  private final CustodyScrubbing scrubbing;
  private final InstantSource clock;

  /** By the names by which they are asked for. */
  private final Map<String, HeldAuditLog> held = new ConcurrentHashMap<>();

  private final List<Bell> bells = new CopyOnWriteArrayList<>();
  private final List<JsonObject> unopened = new CopyOnWriteArrayList<>();

  /** None yet. */
  HeldAuditLogs(
      Custodian.Settings settings,
      HeldNotes notes,
      CustodyStatements statements,
      Alarm.Sink alarms,
      CustodianThreads threads,
      CustodyScrubbing scrubbing,
      InstantSource clock) {
    this.settings = settings;
    this.notes = notes;
    this.statements = statements;
    this.alarms = alarms;
    this.threads = threads;
    this.scrubbing = scrubbing;
    this.clock = clock;
  }

  /** Holds one, read as a client of a domain. One whose folder does not open is an alarm. */
  void hold(AuditLogPlace audit, HttpIssuerSource source, FollowedIssuer issuer) {
    String origin = audit.key().name();
    HeldAuditLog log;
    try {
      log = HeldAuditLog.open(audit, settings, source, notes, statements, alarms, clock);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "audit log " + origin + " cannot be held", e);
      unopened.add(
          JsonObject.builder()
              .put("domain", issuer.name())
              .put("log", origin)
              .put("held", 0)
              // Anybody reads that: where it lies on this host is for the log and the alarm.
              .put("damage", "it cannot be opened; the process's log shows why")
              .build());
      new LogAlarms(issuer.name(), origin, alarms, clock).stopped(origin, e);
      return;
    }
    LogFollower follower = log.follower();
    held.put(CustodyRoutes.nameOf(origin), log);
    issuer.holdsAuditLog(follower);
    scrubbing.start(issuer.name(), follower.log(), follower.custody().scrubber(clock));
    bells.add(log.start(threads, settings.pollInterval()));
  }

  /** One by the hexadecimal SHA-256 of its origin. */
  Optional<LogFollower> log(String name) {
    return Optional.ofNullable(held.get(name)).map(HeldAuditLog::follower);
  }

  /** What could not be opened, for people. */
  List<JsonObject> unopened() {
    return List.copyOf(unopened);
  }

  /** Has all looked at now. */
  void lookNow() {
    bells.forEach(Bell::ring);
    held.values().forEach(log -> log.acknowledgement().ring());
  }

  @Override
  public void close() throws IOException {
    for (HeldAuditLog log : held.values()) {
      log.close();
    }
  }
}
