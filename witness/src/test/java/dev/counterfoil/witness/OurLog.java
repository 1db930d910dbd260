package dev.counterfoil.witness;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.RecordedDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A log of module {@code log} on a disk, as a signer keeps it, and what it would ask a witness. */
final class OurLog implements AutoCloseable {
  private final Log log;
  private final LogReader reader;

  OurLog(Path folder, NoteSigner signer) throws IOException {
    log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(folder.resolve("public")),
            new JournalOptions(1 << 20, 0),
            signer,
            InstantSource.system(),
            new Random(1));
    reader = new LogReader(FileDisk.toRead(folder.resolve("public")));
  }

  void grow(int entries) throws IOException {
    List<Submission> batch = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      batch.add(new Digest());
    }
    log.sequence(batch);
    if (!log.checkpoint()) {
      throw new IllegalStateException("the log did not grow");
    }
  }

  /** The request about the published checkpoint. */
  AddCheckpoint request(long oldSize) throws IOException, FormatException {
    LogReader.Published published = reader.published().orElseThrow();
    return AddCheckpoint.of(
        oldSize,
        reader.consistency(oldSize, published.checkpoint().size()).orElseThrow().path(),
        published.note());
  }

  @Override
  public void close() throws IOException {
    reader.close();
    log.close();
  }

  private static final class Digest implements Submission {
    @Override
    public Optional<RecordedDigest> compose(long position, long timeMillis) {
      byte[] name = "outside".getBytes(StandardCharsets.US_ASCII);
      return Optional.of(
          new RecordedDigest(
              position,
              timeMillis,
              Hash.sha256(name, new byte[] {(byte) position}),
              new byte[16],
              name));
    }

    @Override
    public void recorded(long position) {
      // Nobody waits.
    }

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.toString());
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
