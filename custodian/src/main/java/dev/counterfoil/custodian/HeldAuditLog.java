package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.Bell;
import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.HeldAcknowledgement;
import dev.counterfoil.custodian.following.HeldNotes;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldRecordForm;
import dev.counterfoil.custodian.held.NameTable;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.HttpIssuerSource;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;

/**
 * A monitor's audit log, held as a token log is: its records are events, sealed under keys that
 * nobody here has. Its tenants' names are whatever its sources say, so they have a table of their
 * own, in its folder.
 *
 * @param follower takes it in
 * @param acknowledgement tells the monitor what is held
 * @param counts tells it how many events each tenant has by that
 * @param names of the tenants in its index
 */
public record HeldAuditLog(
    LogFollower follower, HeldAcknowledgement acknowledgement, CountsTeller counts, NameTable names)
    implements AutoCloseable {
  /** Where they lie, in the custodian's folder: each under the name by which it is asked for. */
  static final String FOLDER = "custody-audit";

  /** Most tenants of one log; a record of one more is not taken, nor what follows it. */
  static final int TENANTS_MAX = 50_000;

  /** Where the monitor publishes the log; its records are below that. */
  static String prefix(AuditLogPlace audit) {
    return audit.url() + "/audit/v1/log";
  }

  /** Opens what is held of one. */
  static HeldAuditLog open(
      AuditLogPlace audit,
      Custodian.Settings settings,
      HttpIssuerSource source,
      HeldNotes notes,
      CustodyStatements statements,
      Alarm.Sink alarms,
      InstantSource clock)
      throws IOException {
    // Named by its origin: one custodian may hold several, and a token log may be called audit.
    String name = audit.key().name();
    StatedLog log = new StatedLog(name, audit.key(), URI.create(prefix(audit)));
    Path folder =
        Files.createDirectories(
            settings.folder().resolve(FOLDER).resolve(CustodyRoutes.nameOf(name)),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    NameTable names = new NameTable(folder.resolve("names"), TENANTS_MAX);
    try {
      CustodyLog held = new CustodyLog(folder, name, HeldRecordForm.EVENTS, names);
      HeldAcknowledgement acknowledgement =
          new HeldAcknowledgement(
              note -> source.held(name, note), held::vouched, notes, new Bell());
      LogFollower follower =
          new LogFollower(
              audit.domain(),
              log,
              source,
              held,
              SeenCheckpoint.last(folder),
              alarms,
              (of, from, to) -> acknowledgement.grew(),
              clock,
              settings.counterfoilWithin());
      CountsTeller counts =
          new CountsTeller(follower, statements, statement -> source.counts(name, statement));
      return new HeldAuditLog(follower, acknowledgement, counts, names);
    } catch (IOException | RuntimeException e) {
      names.close();
      throw e;
    }
  }

  /**
   * Starts what it takes: one looks at its checkpoints, one takes it in, two tell. Where one fails
   * without which nothing is held, this log is held no further; the process goes on.
   *
   * @return has its checkpoint looked at when it is rung
   */
  public Bell start(CustodianThreads threads, Duration pollInterval) {
    Bell bell = new Bell();
    String name = follower.log().name();
    threads.start("follow-" + name, () -> look(threads, bell, pollInterval), follower::abandon);
    threads.start("receive-" + name, () -> Receiving.forever(follower, threads), follower::abandon);
    threads.start("held-" + name, () -> acknowledgement.run(threads.stopped()), follower::abandon);
    threads.start("counts-" + name, () -> counts.run(threads), _ -> {});
    return bell;
  }

  /** Apart from the issuer's logs: a monitor that hangs holds up nobody's tokens. */
  private void look(CustodianThreads threads, Bell bell, Duration pollInterval)
      throws IOException, InterruptedException {
    while (!threads.isStopping() && !follower.isAbandoned()) {
      boolean stuck = follower.look() == LogFollower.Progress.STUCK;
      bell.await(stuck ? Custodian.PAUSE_WHEN_STUCK : pollInterval);
    }
  }

  @Override
  public void close() throws IOException {
    if (!follower.isAbandoned()) {
      follower.custody().close();
    }
    names.close();
  }
}
