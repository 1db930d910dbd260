package dev.counterfoil.log;

import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@code KilledAtSystemCallTest} kills: a log with its threads on a real disk,
 * that prints each entry when it is acknowledged, and never before.
 */
public final class KilledLog {
  public static final JournalOptions OPTIONS = new JournalOptions(64 << 10, 0);
  public static final String OPENED = "opened";
  public static final String HELD = "held";
  private static final int ENTRIES = 1_500;
  private static final int OUTSTANDING = 40;

  private KilledLog() {}

  /** Arguments: folder, public key, private key, and a name for this life. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    NoteKey key = NoteKey.parse(arguments[1]);
    PrivateKey secret =
        KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(HexFormat.of().parseHex(arguments[2])));
    String life = arguments[3];
    // One write(2) for each line, so that what was printed was acknowledged whole.
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
    Log log =
        Log.open(
            FileDisk.privateFolder(Files.createDirectories(folder.resolve("journal"))),
            FileDisk.publicFolder(Files.createDirectories(folder.resolve("public"))),
            OPTIONS,
            signer(key, secret),
            InstantSource.system(),
            new Random());
    out.write((OPENED + " " + log.tree().size() + "\n").getBytes(StandardCharsets.US_ASCII));
    Semaphore outstanding = new Semaphore(OUTSTANDING);
    RunningLog running =
        RunningLog.start(
            log,
            new RunningLog.Options(Duration.ofMillis(2), 1_000),
            failure -> Runtime.getRuntime().halt(74));
    for (int i = 0; i < ENTRIES; i++) {
      outstanding.acquire();
      Level level = i % 5 == 0 ? Level.CHECKPOINTED : Level.DURABLE;
      running.submit(new Entry(life + "-" + i, level, out, outstanding));
      if (i % 300 == 299) {
        giveBack(running, out, i % 600 == 599);
      }
    }
    outstanding.acquire(OUTSTANDING);
    running.close();
  }

  /** Says which of the records are held elsewhere, and then gives them back. */
  private static void giveBack(RunningLog running, PrintStream out, boolean all) throws Exception {
    long held = all ? running.size() : running.size() / 2;
    out.write((HELD + " " + held + "\n").getBytes(StandardCharsets.US_ASCII));
    if (all) {
      running.rollOver();
    }
    running.giveBack(held);
  }

  private static NoteSigner signer(NoteKey key, PrivateKey secret) {
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(secret);
        signature.update(text);
        return signature.sign();
      }
    };
  }

  private static final class Entry implements Submission {
    private final String name;
    private final Level level;
    private final PrintStream out;
    private final Semaphore outstanding;
    private @Nullable Counterfoil counterfoil;

    Entry(String name, Level level, PrintStream out, Semaphore outstanding) {
      this.name = name;
      this.level = level;
      this.out = out;
      this.outstanding = outstanding;
    }

    @Override
    public Level level() {
      return level;
    }

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      counterfoil = TestSubmission.counterfoil(name, position, timeMillis);
      return Optional.of(counterfoil);
    }

    @Override
    public void recorded(long position) {
      Counterfoil made = counterfoil;
      if (made == null) {
        throw new IllegalStateException("recorded without being composed");
      }
      byte[] line =
          (position + " " + level + " " + made.leaf().digest().base64Url() + "\n")
              .getBytes(StandardCharsets.US_ASCII);
      out.write(line, 0, line.length);
      outstanding.release();
    }

    @Override
    public void unreached(long position) {
      outstanding.release();
    }

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException("refused: " + refusal);
    }

    @Override
    public void failed(Throwable cause) {
      Runtime.getRuntime().halt(74);
    }
  }
}
