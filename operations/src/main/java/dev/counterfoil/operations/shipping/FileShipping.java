package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Ships a whole file to the audit log, batch by batch. What has no number of its own is numbered by
 * its place in the file, in a log that is called by the file's digest: so the same file again
 * stands once, and no other file has its numbers. A crash anywhere leaves part of it recorded; the
 * next run sends all of it under the same numbers.
 */
public final class FileShipping {
  private static final int EVENTS_MAX = 5000;
  private static final int BYTES_MAX = 2 << 20;
  private static final int NAME_LENGTH = 32;

  /** Most refusals of a file that are told one by one to programs, and to people. */
  private static final int TOLD_MAX = 1000;

  /** Makes events of a record. */
  @FunctionalInterface
  public interface Mapping {
    /**
     * The events of a record; none where it tells of nothing.
     *
     * @throws FormatException when it is no record
     */
    List<JsonObject> events(byte[] record, Place place) throws FormatException;

    /** What is to be said of the file when all of it was read; empty for nothing. */
    default Optional<String> remark() {
      return Optional.empty();
    }
  }

  /**
   * Where a record stands.
   *
   * @param logName what its file is called in the audit log
   * @param line of the file
   * @param next number of the next event of this file
   */
  record Place(String logName, long line, long next) {}

  /** Opens a file's records. */
  @FunctionalInterface
  public interface Opening {
    FileRecords open(InputStream in) throws IOException, FormatException;
  }

  /**
   * A batch on its way.
   *
   * @param file name of the file
   * @param digest of all of it
   * @param firstLine line of the first record
   * @param lastLine line of the last one
   * @param ndjson an event a line
   */
  @SuppressWarnings("ArrayRecordComponent")
  public // never compared
  record Batch(String file, Hash digest, long firstLine, long lastLine, byte[] ndjson) {}

  /** Where batches go. */
  @FunctionalInterface
  public interface Target {
    /**
     * Sends a batch.
     *
     * @return what became of it, as intake answers
     * @throws IOException when it may go well later
     */
    JsonObject send(Batch batch) throws IOException, InterruptedException;
  }

  /**
   * What was not taken.
   *
   * @param line of the file
   * @param code as intake has it
   * @param detail for people
   */
  public record Refused(long line, String code, String detail) {
    JsonObject toJson() {
      return JsonObject.builder().put("line", line).put("code", code).put("detail", detail).build();
    }
  }

  /** What became of a file. */
  public static final class Outcome {
    private final Path file;
    private final Hash digest;
    private final List<Refused> told = new ArrayList<>();
    private long recorded;
    private long repeated;
    private long skipped;
    private long refused;
    private Optional<String> remark = Optional.empty();

    private Outcome(Path file, Hash digest) {
      this.file = file;
      this.digest = digest;
    }

    /** The first of those that were not taken. */
    public List<Refused> told() {
      return List.copyOf(told);
    }

    /** How many records, or events of records, were not taken. */
    public long refused() {
      return refused;
    }

    private void refuse(long line, String code, String detail) {
      refused++;
      if (told.size() < TOLD_MAX) {
        told.add(new Refused(line, code, detail));
      }
    }

    public JsonObject toJson() {
      return JsonObject.builder()
          .put("file", file.toString())
          .put("sha256", digest.hex())
          .put("recorded", recorded)
          .put("repeated", repeated)
          .put("duplicates", skipped)
          .put("refused", refused)
          .put("refused_lines", told.stream().map(Refused::toJson).toList())
          .put("remark", remark.orElse(null))
          .build();
    }

    /** For people, on one line. */
    public String text() {
      return "%s: %d events recorded, %d were recorded before%s, %d refused.%s"
          .formatted(
              file,
              recorded,
              repeated,
              skipped > 0 ? ", " + skipped + " are in the file more than once" : "",
              refused,
              remark.map(text -> " " + text + ".").orElse(""));
    }
  }

  private final Opening opening;
  private final Mapping mapping;
  private final Target target;
  private final LongConsumer progress;

  /**
   * For files of one form.
   *
   * @param progress told how many bytes of the file were read
   */
  public FileShipping(Opening opening, Mapping mapping, Target target, LongConsumer progress) {
    this.opening = opening;
    this.mapping = mapping;
    this.target = target;
    this.progress = progress;
  }

  /**
   * Ships a file.
   *
   * @param outcomes gets its own, also where it ends with an exception
   */
  public void ship(Path file, List<Outcome> outcomes) throws IOException, InterruptedException {
    Outcome outcome = new Outcome(file, digest(file));
    outcomes.add(outcome);
    try (DigestInputStream in = hashed(file);
        FileRecords records = opening.open(in)) {
      new Run(outcome).ship(records);
      if (!rest(in).equals(outcome.digest)) {
        throw new IOException(
            file
                + " changed while it was read, so its events may have numbers that they do not"
                + " have in another run. Run it again when nothing writes to it");
      }
    } catch (FormatException e) {
      throw new IOException(file + ", " + e.getMessage() + ". Nothing after it was read", e);
    } finally {
      outcome.remark = mapping.remark();
    }
  }

  private static Hash digest(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException("there is no file " + file);
    }
    try (DigestInputStream in = hashed(file)) {
      return rest(in);
    }
  }

  private static DigestInputStream hashed(Path file) throws IOException {
    try {
      return new DigestInputStream(
          Files.newInputStream(file), MessageDigest.getInstance("SHA-256"));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Reads to the end; the digest of all that was read. */
  private static Hash rest(DigestInputStream in) throws IOException {
    in.transferTo(OutputStream.nullOutputStream());
    return Hash.of(in.getMessageDigest().digest());
  }

  /** One file on its way. */
  private final class Run {
    private final Outcome outcome;
    private final String logName;
    private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
    private final List<Long> lines = new ArrayList<>();
    private long next = 1;

    Run(Outcome outcome) {
      this.outcome = outcome;
      this.logName = outcome.digest.hex().substring(0, NAME_LENGTH);
    }

    void ship(FileRecords records) throws IOException, FormatException, InterruptedException {
      try {
        for (FileRecords.Found one = records.next(); one != null; one = records.next()) {
          add(one);
          progress.accept(records.bytesRead());
        }
      } catch (FormatException e) {
        // What could be read is shipped: the same file, mended behind this line, is another one.
        send();
        throw e;
      }
      send();
    }

    private void add(FileRecords.Found one) throws IOException, InterruptedException {
      List<JsonObject> events;
      try {
        if (one.fault() != null) {
          throw new FormatException(one.fault());
        }
        events = mapping.events(one.bytes(), new Place(logName, one.line(), next));
      } catch (FormatException e) {
        outcome.refuse(one.line(), "malformed", String.valueOf(e.getMessage()));
        // Its number is left out, so that the audit log shows that something is missing there.
        next++;
        return;
      }
      if (events.isEmpty()) {
        outcome.skipped++;
      }
      for (JsonObject event : events) {
        byte[] line = (event + "\n").getBytes(StandardCharsets.UTF_8);
        if (batch.size() + line.length > BYTES_MAX || lines.size() == EVENTS_MAX) {
          send();
        }
        batch.writeBytes(line);
        lines.add(one.line());
        next++;
      }
    }

    private void send() throws IOException, InterruptedException {
      if (lines.isEmpty()) {
        return;
      }
      JsonObject answer =
          target.send(
              new Batch(
                  String.valueOf(outcome.file.getFileName()),
                  outcome.digest,
                  lines.getFirst(),
                  lines.getLast(),
                  batch.toByteArray()));
      try {
        take(answer);
      } catch (FormatException e) {
        throw new IOException("cannot understand the audit log's answer: " + e.getMessage(), e);
      }
      batch.reset();
      lines.clear();
    }

    private void take(JsonObject answer) throws FormatException {
      outcome.recorded += answer.number("recorded");
      outcome.repeated += answer.number("repeated");
      for (JsonObject one : answer.objects("refused")) {
        long at = one.number("line");
        if (at < 1 || at > lines.size()) {
          throw new FormatException("the answer refuses a line that was not sent");
        }
        outcome.refuse(lines.get((int) at - 1), one.string("code"), one.string("detail"));
      }
    }
  }
}
