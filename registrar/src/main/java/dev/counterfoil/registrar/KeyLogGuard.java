package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.process.Fate;
import dev.counterfoil.process.cosigning.LogCosigning;
import dev.counterfoil.process.cosigning.StartConfirmation;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Decides whether the key log may grow, by what others hold of it. Belongs to the registrar's one
 * thread.
 *
 * <p>A key log cannot be replaced as a token log can: every policy pins it. So when it turns out
 * that it was larger once, or that its key has signed another history, the registrar writes the
 * evidence down and ends; it starts again when its journal has what was lost and the evidence is
 * gone ({@link dev.counterfoil.log.tools.EntryRestore}). Until its holders were heard it signs
 * nothing, not even a head: one over an earlier state would make a revocation unsaid to whoever
 * starts anew.
 */
public final class KeyLogGuard {
  /** The evidence, while nobody has looked: a note, or nothing where none is known. */
  static final String EVIDENCE_FILE = "key-log-conflict";

  private static final System.Logger LOG = System.getLogger(KeyLogGuard.class.getName());

  private final Cosigning cosigning;
  private final LogCosigning taking;
  private final Disk disk;
  private final Disk published;
  private final InstantSource clock;
  private final Function<RevocationTip, Optional<String>> revocations;
  private final NoteKey key;
  private final Fate fate;
  private boolean conflicts;

  /** The key log must not go on as it is on this disk. */
  public static final class ConflictException extends IOException {
    private static final long serialVersionUID = 1L;

    ConflictException(String message) {
      super(message);
    }
  }

  /**
   * By whose word the key log is guarded.
   *
   * @param cosigners who may say something of it
   * @param quorum how many witnesses make a checkpoint cosigned; 0 for never
   */
  record Rules(List<Cosigner> cosigners, int quorum) {
    Rules {
      cosigners = List.copyOf(cosigners);
    }

    /** Who has to be heard; nobody of a log without entries, which is in no policy yet. */
    List<Cosigner> holders(EntryLog log) {
      return log.size() == 0 ? List.of() : cosigners.stream().filter(Cosigner::isHolder).toList();
    }
  }

  /**
   * Guards a log that was opened and is silent.
   *
   * @param disk the registrar's folder
   * @param published the log's public folder
   * @param nanos a clock that never steps
   * @param revocations what the revocation logs here have against what a head said of them
   */
  KeyLogGuard(
      Rules rules,
      EntryLog log,
      Disk disk,
      Disk published,
      InstantSource clock,
      LongSupplier nanos,
      Function<RevocationTip, Optional<String>> revocations,
      Fate fate) {
    this.revocations = revocations;
    this.key = log.key();
    this.disk = disk;
    this.published = published;
    this.clock = clock;
    this.fate = fate;
    this.cosigning = log.cosigning(rules.cosigners, rules.quorum);
    this.taking =
        new LogCosigning(
            KeyLog.NAME,
            cosigning,
            new StartConfirmation(rules.holders(log), clock, nanos),
            rules.cosigners,
            true,
            log::size,
            clock,
            nanos,
            Runnable::run,
            Runnable::run,
            new Alarm());
  }

  /**
   * Refuses to start over evidence, and over a cosigned checkpoint that the journal contradicts.
   */
  void check() throws IOException {
    try {
      disk.read(EVIDENCE_FILE, SignedNote.BYTES_MAX);
    } catch (NoSuchFileException e) {
      if (cosigning.takePublished(clock.instant()).filter(KeyLogGuard::isConflict).isEmpty()) {
        return;
      }
      disk.replace(EVIDENCE_FILE, published.read(Cosigning.FILE, SignedNote.BYTES_MAX));
    }
    throw conflict(disk, "it was larger before, or has another history");
  }

  /** A revocation log lost entries: the head that is published is the evidence. */
  static ConflictException rewound(ProcessSettings process, LogRewoundException lost)
      throws IOException {
    Disk folder = FileDisk.privateFolder(process.folder());
    if (!folder.names().contains(EVIDENCE_FILE)) {
      byte[] head;
      try {
        head =
            FileDisk.toRead(process.logFolder().resolve(KeyLog.NAME))
                .read(Checkpointer.FILE, SignedNote.BYTES_MAX);
      } catch (NoSuchFileException e) {
        head = new byte[0];
      }
      folder.replace(EVIDENCE_FILE, head);
    }
    return conflict(folder, String.valueOf(lost.getMessage()));
  }

  /** What stops a start, and the way on. */
  static ConflictException conflict(Disk disk, String why) {
    return new ConflictException(
        "the key log does not continue from "
            + disk
            + ": "
            + why
            + " ("
            + EVIDENCE_FILE
            + " has what was signed of it). The custodian and every copy have its"
            + " entries in full. Restore what is missing with counterfoil keys"
            + " restore-log, then start the registrar (docs/runbooks/disk-put-back.md)");
  }

  private static boolean isConflict(Cosigning.Verdict verdict) {
    return switch (verdict) {
      case Cosigning.Verdict.Counted counted -> false;
      case Cosigning.Verdict.Refused refused -> false;
      case Cosigning.Verdict.Rewound rewound -> true;
      case Cosigning.Verdict.Contradicted contradicted -> contradicted.proven();
    };
  }

  /** How much of the key log the quorum has cosigned; negative before the first time. */
  long cosignedSize() {
    return cosigning.cosignedSize();
  }

  /** Takes the command that brings cosignatures. */
  void addCosignatures(Request.Command command, Responder responder) {
    Optional<String> rewound = rewoundRevocations(command);
    if (rewound.isPresent()) {
      responder.answer(
          new Answer.Refused(
              Answer.Code.CONFLICT,
              "a revocation log is smaller than it was, so it does not continue"));
      return;
    }
    taking.addCosignatures(command, responder);
  }

  /**
   * A head that a holder keeps names the open revocation log, under the key log's own signature:
   * where it is smaller here, this disk was put back, though the key log itself grew not since.
   */
  private Optional<String> rewoundRevocations(Request.Command command) {
    try {
      SignedNote note =
          SignedNote.parse(command.arguments().string("note").getBytes(StandardCharsets.UTF_8));
      Optional<String> objection = RevocationTip.find(note, key).flatMap(revocations);
      objection.ifPresent(why -> conflict(note, why));
      return objection;
    } catch (FormatException e) {
      // What is wrong with it is said where it is taken.
      return Optional.empty();
    }
  }

  /** Whether anything may be stated, taken back, or signed. */
  boolean mayGrow() {
    return !conflicts && taking.mayGrow();
  }

  /** Why not; empty when it may. */
  Optional<String> obstacle() {
    if (conflicts) {
      return Optional.of("it is not the one that others hold");
    }
    return taking.obstacle();
  }

  /** For people and for the authority, in the words of a signer's status. */
  JsonObject status() {
    return taking.status();
  }

  private void conflict(SignedNote note, String why) {
    conflicts = true;
    try {
      disk.replace(EVIDENCE_FILE, note.bytes());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "cannot keep the note of the other history", e);
    }
    LOG.log(
        System.Logger.Level.ERROR,
        "{0}. This process stops, so that it does not sign two histories: {1}",
        conflict(disk, "it is not the one that others hold").getMessage(),
        why);
    fate.end(ProcessExitCode.CONTRADICTED);
  }

  private static String said(Cosigning.Verdict verdict) {
    return switch (verdict) {
      case Cosigning.Verdict.Rewound rewound ->
          rewound.by()
              + " saw "
              + rewound.theirs().size()
              + " entries, and here are "
              + rewound.size();
      case Cosigning.Verdict.Contradicted other ->
          other.by() + " has another root at size " + other.theirs().size();
      case Cosigning.Verdict.Counted counted -> throw new IllegalArgumentException("no conflict");
      case Cosigning.Verdict.Refused refused -> throw new IllegalArgumentException("no conflict");
    };
  }

  /** What the cosignatures showed. */
  private final class Alarm implements LogCosigning.Alarm {
    @Override
    public void rewound(Cosigning.Verdict.Rewound by) {
      conflict(by.note(), said(by));
    }

    @Override
    public void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note) {
      conflict(note, said(by));
    }

    @Override
    public void failed(Throwable cause) {
      fate.unknownState(cause);
    }
  }
}
