package dev.counterfoil.signer.growth;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.care.Scrubbing;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.process.Status;
import dev.counterfoil.process.cosigning.LogCosigning;
import dev.counterfoil.process.cosigning.StartConfirmation;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a log may grow, by what others hold of it and by what its own disk still says:
 * the cosignatures, the confirmation that a start waits for, and the scrubber. And what of the
 * journal may go.
 */
public final class LogGuard implements AutoCloseable {
  /** The other history's note, kept so that no later start goes on by itself. */
  static final String CONTRADICTION = "contradiction.note";

  private static final System.Logger LOG = System.getLogger(LogGuard.class.getName());

  private final String logName;
  private final Disk folder;
  private final Ending ending;
  private final LogCosigning cosigning;
  private final Scrubbing scrubbing;
  private final Optional<JournalRetention> retention;
  private volatile @Nullable String blocked;

  /** What becomes of a log that must not go on. Each returns at once. */
  public interface Ending {
    /** The log was larger once, as others know. */
    void rewound(long knownSize);

    /** There are two histories of it. The note is kept, and nothing more is recorded. */
    void contradicted();

    /** Stops the process. */
    void unknownState(Throwable cause);
  }

  /**
   * What a log is guarded with.
   *
   * @param name the log's short name
   * @param folder private, of the log: what is known of another history is kept there
   * @param key the log's
   * @param publicDisk the log's public folder
   * @param isNew whether this process made the log, so that nobody can have seen more of it
   */
  public record Guarded(String name, Disk folder, Ed25519Key key, Disk publicDisk, boolean isNew) {}

  /**
   * By whose word a log is guarded.
   *
   * @param cosigners who may say something of it
   * @param quorum how many witnesses make a checkpoint cosigned; 0 for never
   * @param keepJournal how long records stay in the journal once every custodian holds them; empty
   *     for always
   * @param heldAwaited whether anything is released by a custodian's word
   */
  public record Rules(
      List<Cosigner> cosigners, int quorum, Optional<Duration> keepJournal, boolean heldAwaited) {
    public Rules {
      cosigners = List.copyOf(cosigners);
    }

    /** Of a token log. */
    public static Rules ofTokens(SignerConfiguration configuration) {
      return new Rules(
          configuration.process().allCosigners(),
          configuration.process().quorum(),
          Optional.of(configuration.keepJournal()),
          configuration.releasesHeld());
    }

    /** Of a record log: nobody else holds which source handed in what. */
    public static Rules ofDigests(SignerConfiguration configuration) {
      return new Rules(
          configuration.process().allCosigners(),
          configuration.process().quorum(),
          Optional.empty(),
          false);
    }
  }

  private LogGuard(Rules rules, Guarded guarded, RunningLog log, InstantSource clock, Ending ending)
      throws IOException {
    this.logName = guarded.name;
    this.folder = guarded.folder;
    this.ending = ending;
    List<Cosigner> holders =
        guarded.isNew ? List.of() : rules.cosigners.stream().filter(Cosigner::isHolder).toList();
    this.cosigning =
        new LogCosigning(
            logName,
            new Cosigning(
                    guarded.key.notes(),
                    log::tree,
                    guarded.publicDisk,
                    log.journal(),
                    rules.cosigners,
                    rules.quorum,
                    log::raise)
                .remembering(log::recentRoot),
            new StartConfirmation(holders, clock, System::nanoTime),
            rules.cosigners,
            rules.heldAwaited,
            log::size,
            clock,
            new Alarm());
    if (has(LogEnds.REWOUND)) {
      blocked = rewoundReason();
    }
    if (has(CONTRADICTION)) {
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
            Scrubbing.Options.DEFAULT,
            found -> {
              if (!found.repaired() && found.position() >= log.size(Level.HELD)) {
                unreadable(found.description());
              }
            });
    this.retention =
        rules.keepJournal.isEmpty()
            ? Optional.empty()
            : Optional.of(
                JournalRetention.start(log, cosigning::heldByAll, rules.keepJournal.get(), clock));
  }

  /** Begins to guard a log. Nothing is taken in before {@link #compareWithPublished}. */
  public static LogGuard start(
      Rules rules, Guarded guarded, RunningLog log, InstantSource clock, Ending ending)
      throws IOException {
    return new LogGuard(rules, guarded, log, clock, ending);
  }

  private boolean has(String evidence) throws IOException {
    try {
      folder.read(evidence, SignedNote.BYTES_MAX);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private String rewoundReason() {
    return "log "
        + logName
        + " was larger before, as others report: its disk was put back or lost entries."
        + " Replace the signer with counterfoil compromise, which begins another log";
  }

  /** Holds the log against the cosigned checkpoint that lies in its own public folder. */
  public void compareWithPublished() throws IOException {
    cosigning.compareWithPublished();
  }

  /**
   * Lets nothing more be recorded, because records that nobody else holds cannot be read back. What
   * a custodian holds stops nothing when it is damaged here: it is reported, and nothing is lost.
   */
  public void unreadable(String what) {
    if (blocked == null) {
      blocked =
          "records of log %s that nobody else holds cannot be read back: %s. Replace the signer with counterfoil compromise"
              .formatted(logName, what);
      LOG.log(System.Logger.Level.ERROR, "nothing more is recorded: {0}", blocked);
    }
  }

  /** Takes the command that brings cosignatures. */
  public void addCosignatures(Request.Command command, Responder responder) {
    cosigning.addCosignatures(command, responder);
  }

  /** Whether anything may be recorded. */
  public boolean mayGrow() {
    return blocked == null && cosigning.mayGrow();
  }

  /** Why nothing will ever be recorded in it again; empty while that is not so. */
  public Optional<String> end() {
    return Optional.ofNullable(blocked);
  }

  /** Why nothing may be recorded now; empty when it may. */
  public Optional<String> obstacle() {
    String because = blocked;
    if (because != null) {
      return Optional.of(because);
    }
    return cosigning.obstacle();
  }

  /** Cosigners, and how far they are. */
  public JsonObject cosignStatus() {
    return cosigning.status();
  }

  /** How far the scrubber is. */
  public JsonObject scrubStatus() {
    return Status.scrub(scrubbing.progress());
  }

  /** Where the journal begins, and how long it keeps. */
  public JsonObject journalStatus() {
    return retention.map(JournalRetention::status).orElseThrow();
  }

  @Override
  public void close() {
    retention.ifPresent(JournalRetention::close);
    scrubbing.close();
    cosigning.close();
  }

  /** What the cosignatures showed. */
  private final class Alarm implements LogCosigning.Alarm {
    @Override
    public void rewound(Cosigning.Verdict.Rewound by) {
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0} has {1} entries, but {2} saw {3}: its disk was put back or lost"
              + " entries. Nothing more is recorded in it. Tokens from position {1} on are"
              + " lost, not forged",
          logName,
          Long.toString(by.size()),
          by.by(),
          Long.toString(by.theirs().size()));
      blocked = rewoundReason();
      ending.rewound(by.theirs().size());
    }

    @Override
    public void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note) {
      blocked = "somebody holds another history of log " + logName;
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0} has another root at size {1} than {2} signed, so there are two"
              + " histories under one name. Nothing more is recorded in it. The other note"
              + " is {3} in {4}",
          logName,
          Long.toString(by.theirs().size()),
          by.by(),
          CONTRADICTION,
          folder);
      try {
        folder.replace(CONTRADICTION, note.bytes());
      } catch (IOException e) {
        LOG.log(System.Logger.Level.ERROR, "cannot keep the note of the other history", e);
      }
      ending.contradicted();
    }

    @Override
    public void failed(Throwable cause) {
      ending.unknownState(cause);
    }
  }
}
