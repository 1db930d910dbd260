package dev.counterfoil.signer;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.log.Cosigner;
import dev.counterfoil.log.Cosigning;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.Scrubber;
import dev.counterfoil.log.Scrubbing;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a log may grow, by what others hold of it and by what its own disk still says:
 * the cosignatures, the confirmation that a start waits for, and the scrubber. And what of the
 * journal may go.
 */
final class LogGuard implements AutoCloseable {
  /** The other history's note, kept so that no later start goes on by itself. */
  static final String CONTRADICTION = "contradiction.note";

  private static final System.Logger LOG = System.getLogger(LogGuard.class.getName());

  private final String logName;
  private final Disk folder;
  private final Ending ending;
  private final LogCosigning cosigning;
  private final Scrubbing scrubbing;
  private final JournalRetention retention;
  private volatile @Nullable String blocked;

  /** How the signer ends where the log must not go on. Each returns at once. */
  interface Ending {
    /** Seals the log and begins another; the keys are not revoked. */
    void sealRewound(long knownSize);

    /** Issues nothing more and ends the process. */
    void stopContradicted();

    /** Stops the process. */
    void unknownState(Throwable cause);
  }

  /**
   * What a log is guarded with.
   *
   * @param generation the log's
   * @param key the log's
   * @param publicDisk the log's public folder
   * @param isNew whether this process made the log, so that nobody can have seen more of it
   */
  record Guarded(Generation generation, Ed25519Key key, Disk publicDisk, boolean isNew) {}

  private LogGuard(
      SignerConfiguration configuration,
      Guarded guarded,
      RunningLog log,
      InstantSource clock,
      Ending ending)
      throws IOException {
    this.logName = guarded.generation.logName();
    this.folder = FileDisk.privateFolder(guarded.generation.folder());
    this.ending = ending;
    List<Cosigner> cosigners = configuration.allCosigners();
    List<Cosigner> holders =
        guarded.isNew ? List.of() : cosigners.stream().filter(Cosigner::isHolder).toList();
    this.cosigning =
        new LogCosigning(
            logName,
            new Cosigning(
                guarded.key.notes(),
                log::tree,
                guarded.publicDisk,
                log.journal(),
                cosigners,
                configuration.quorum(),
                log::raise),
            new StartConfirmation(holders, clock, System::nanoTime),
            cosigners,
            log::size,
            clock,
            new Alarm());
    if (isContradicted(folder)) {
      blocked =
          "somebody holds another history of log "
              + logName
              + ": see "
              + CONTRADICTION
              + " in "
              + folder
              + ", find out who signed it, then replace the signer with counterfoil compromise";
    }
    this.scrubbing =
        Scrubbing.start(
            new Scrubber(guarded.publicDisk, log.journal(), log::tree, clock),
            Scrubbing.Options.DEFAULT);
    this.retention =
        JournalRetention.start(log, cosigning::heldByAll, configuration.keepJournal(), clock);
  }

  /** Begins to guard a log. Nothing is taken in before {@link #takePublished}. */
  static LogGuard start(
      SignerConfiguration configuration,
      Guarded guarded,
      RunningLog log,
      InstantSource clock,
      Ending ending)
      throws IOException {
    return new LogGuard(configuration, guarded, log, clock, ending);
  }

  private static boolean isContradicted(Disk folder) throws IOException {
    try {
      folder.read(CONTRADICTION, SignedNote.BYTES_MAX);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Holds the log against the cosigned checkpoint that lies in its own public folder. */
  void takePublished() throws IOException {
    cosigning.takePublished();
  }

  /** Takes the command that brings cosignatures. */
  void take(Request.Command command, Responder responder) {
    cosigning.take(command, responder);
  }

  /** Whether tokens may be recorded. */
  boolean mayIssue() {
    return blocked == null && cosigning.mayGrow();
  }

  /** Why not; empty when they may. */
  Optional<String> obstacle() {
    String because = blocked;
    if (because != null) {
      return Optional.of(because);
    }
    List<String> waitingFor = cosigning.waitingFor();
    return waitingFor.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "waiting for "
                + String.join(", ", waitingFor)
                + " to say how large the log was: whether this disk was put back to an earlier state is not known before");
  }

  /** Cosigners, and how far they are. */
  JsonObject cosignStatus() {
    return cosigning.status();
  }

  /** How far the scrubber is. */
  JsonObject scrubStatus() {
    return Status.scrub(scrubbing.progress());
  }

  /** Where the journal begins, and how long it keeps. */
  JsonObject journalStatus() {
    return retention.status();
  }

  @Override
  public void close() {
    retention.close();
    scrubbing.close();
    cosigning.close();
  }

  /** What the cosignatures showed. */
  private final class Alarm implements LogCosigning.Alarm {
    @Override
    public void rewound(Cosigning.Verdict.Rewound by) {
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0} has {1} entries, and {2} saw {3}: its disk was put back or lost entries. The log ends here; a new one with new keys begins. Tokens from position {1} on are lost, not forged",
          logName,
          Long.toString(by.size()),
          by.by(),
          Long.toString(by.theirs().size()));
      ending.sealRewound(by.theirs().size());
    }

    @Override
    public void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note) {
      blocked = "somebody holds another history of log " + logName;
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0} has another root at size {1} than {2} signed: there are two histories under one name. Nothing more is issued. The other one''s note is {3} in {4}",
          logName,
          Long.toString(by.theirs().size()),
          by.by(),
          CONTRADICTION,
          folder);
      try {
        folder.replace(CONTRADICTION, note.bytes());
      } catch (IOException e) {
        LOG.log(System.Logger.Level.ERROR, "the other history's note cannot be kept", e);
      }
      ending.stopContradicted();
    }

    @Override
    public void failed(Throwable cause) {
      ending.unknownState(cause);
    }
  }
}
