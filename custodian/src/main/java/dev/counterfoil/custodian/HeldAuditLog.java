package dev.counterfoil.custodian;

import dev.counterfoil.format.KeySet.StatedLog;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;

/**
 * A monitor's audit log, held as a token log is: its records are events, sealed under keys that
 * nobody here has.
 *
 * @param follower takes it in
 * @param acknowledgement tells the monitor what is held
 */
record HeldAuditLog(LogFollower follower, HeldAcknowledgement acknowledgement) {
  /** Where they lie, in the custodian's folder: each under the name by which it is asked for. */
  static final String FOLDER = "custody-audit";

  /** Short name, in alarms and status. */
  private static final String NAME = "audit";

  /** Where the monitor publishes the log; its records are below that. */
  static String prefix(AuditLogPlace audit) {
    return audit.url() + "/audit/v1/log";
  }

  /** Opens what is held of one. */
  static HeldAuditLog open(
      AuditLogPlace audit,
      Custodian.Settings settings,
      Path folders,
      HttpIssuerSource source,
      NameTable names,
      HeldNotes notes,
      Alarm.Sink alarms,
      InstantSource clock)
      throws IOException {
    StatedLog log = new StatedLog(NAME, audit.key(), URI.create(prefix(audit)));
    Path folder =
        Files.createDirectories(
            folders.resolve(CustodyRoutes.nameOf(audit.key().name())),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    CustodyLog held = new CustodyLog(folder, NAME, RecordForm.EVENTS, names);
    HeldAcknowledgement acknowledgement =
        new HeldAcknowledgement(note -> source.held(NAME, note), held::vouched, notes, new Bell());
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
    return new HeldAuditLog(follower, acknowledgement);
  }

  /**
   * Starts what it takes: one looks at its checkpoints, one takes it in, one tells.
   *
   * @return has its checkpoint looked at when it is rung
   */
  Bell start(CustodianThreads threads, Duration pollInterval) {
    Bell bell = new Bell();
    threads.start("follow-" + NAME, () -> look(threads, bell, pollInterval));
    threads.start("receive-" + NAME, () -> Receiving.forever(follower, threads));
    threads.start("held-" + NAME, () -> acknowledgement.run(threads.stopped()));
    return bell;
  }

  /** Apart from the issuer's logs: a monitor that hangs holds up nobody's tokens. */
  private void look(CustodianThreads threads, Bell bell, Duration pollInterval)
      throws IOException, InterruptedException {
    while (!threads.isStopping()) {
      boolean stuck = follower.look() == LogFollower.Progress.STUCK;
      bell.await(stuck ? Custodian.PAUSE_WHEN_STUCK : pollInterval);
    }
  }
}
