package dev.counterfoil.signer;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.log.Counterfoil;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalReader;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Reads counterfoils for custodians, of the present log and of those that have ended, on a thread
 * of its own: a read never holds up a token.
 */
final class RecordReads implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RecordReads.class.getName());
  private static final int WAITING_MAX = 64;
  private static final int READ_BYTES_MAX = 8 * 1024 * 1024;

  private final SignerConfiguration configuration;
  private final Generation current;
  private final JournalReader journal;
  private final ThreadPoolExecutor readers =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING_MAX),
          Thread.ofPlatform().daemon().name("record-reader").factory());

  /**
   * Reads of a signer.
   *
   * @param current its present generation
   * @param journal of that generation
   */
  RecordReads(SignerConfiguration configuration, Generation current, JournalReader journal) {
    this.configuration = configuration;
    this.current = current;
    this.journal = journal;
  }

  /** Answers a request later, or says at once that too many wait. */
  void answer(Request.ReadRecords read, Responder responder) {
    try {
      readers.execute(() -> responder.answer(read(read)));
    } catch (RejectedExecutionException e) {
      responder.answer(new Answer.Refused(Code.BUSY, "too many reads wait"));
    }
  }

  private Answer read(Request.ReadRecords read) {
    try {
      Optional<JournalReader> journal = journal(read.log());
      if (journal.isEmpty()) {
        return new Answer.Refused(Code.UNKNOWN, "there is no such log");
      }
      List<Answer.Counterfoil> records = new ArrayList<>();
      for (byte[] payload : journal.get().read(read.from(), read.countMax(), READ_BYTES_MAX)) {
        records.add(counterfoil(Counterfoil.parse(payload)));
      }
      return new Answer.Records(records);
    } catch (IOException | FormatException e) {
      LOG.log(System.Logger.Level.ERROR, "reading records of " + read.log() + " failed", e);
      return new Answer.Refused(
          Code.UNKNOWN, "the records cannot be read; the signer's log says why");
    }
  }

  private Optional<JournalReader> journal(String name) throws IOException {
    if (name.equals(current.logName())) {
      return Optional.of(journal);
    }
    for (Generation old : Generation.all(configuration.folder())) {
      if (old.logName().equals(name)) {
        return Optional.of(
            JournalReader.open(FileDisk.toRead(old.journal()), configuration.origin(name)));
      }
    }
    return Optional.empty();
  }

  private static Answer.Counterfoil counterfoil(Counterfoil record) {
    return new Answer.Counterfoil(
        record.position(),
        record.timeMillis(),
        new String(record.signingInput(), StandardCharsets.US_ASCII),
        Base64Url.encode(record.salt()),
        new String(record.context(), StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    readers.shutdown();
  }
}
