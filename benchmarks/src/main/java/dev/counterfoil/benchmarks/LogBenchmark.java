package dev.counterfoil.benchmarks;

import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One step of the log with so many entries waiting: positions, journal, one {@code fdatasync},
 * frontier, tiles. Entries a second is the score times the batch.
 */
@State(Scope.Benchmark)
public class LogBenchmark {
  private static final int SIGNING_INPUT_BYTES = 512;
  private static final int CONTEXT_BYTES = 200;

  /** Entries that wait when a step begins. */
  @Param({"1", "32", "256"})
  public int batch;

  private @Nullable RunFolder folder;
  private List<Submission> waiting = List.of();
  private @Nullable Log log;

  /** A log of its own for each batch size, on the device under the run's folder. */
  @Setup(Level.Trial)
  public void open() throws IOException, GeneralSecurityException {
    RunFolder own = RunFolder.create(Path.of(System.getProperty(MicroCommand.FOLDER)));
    folder = own;
    log =
        Log.open(
            FileDisk.privateFolder(own.path().resolve("journal")),
            FileDisk.publicFolder(own.path().resolve("public")),
            JournalOptions.TOKENS,
            signer(),
            InstantSource.system(),
            new SecureRandom());
    waiting = Collections.nCopies(batch, new Entry());
  }

  /** The next segment is allocated beside the steps, as the housekeeper does. */
  @Setup(Level.Iteration)
  public void housekeep() throws IOException {
    opened().housekeep();
  }

  /** Closes the log and removes it. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    opened().close();
    if (folder != null) {
      folder.close();
    }
  }

  /** One step. */
  @Benchmark
  public long step() throws IOException {
    if (!opened().isNextSegmentReady()) {
      opened().housekeep();
    }
    opened().sequence(waiting);
    return opened().tree().size();
  }

  private Log opened() {
    if (log == null) {
      throw new IllegalStateException("the log is not open");
    }
    return log;
  }

  private static NoteSigner signer() throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    NoteKey key = NoteKey.of("127.0.0.1/logs/s1g1", pair.getPublic());
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        return signature.sign();
      }
    };
  }

  /** An entry of a usual size. */
  private static final class Entry implements Submission {
    private final byte[] signingInput = new byte[SIGNING_INPUT_BYTES];
    private final byte[] salt = new byte[TokenId.SALT_BYTES];
    private final byte[] context = new byte[CONTEXT_BYTES];

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      return Optional.of(new Counterfoil(position, timeMillis, signingInput, salt, context));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException("the log refused an entry: " + refusal);
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException("the log failed", cause);
    }
  }
}
