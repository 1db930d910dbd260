package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What can be asked of a signer or registrar. */
public sealed interface Request
    permits IssueRequest, RecordDigests, Request.ReadRecords, Request.Command {
  /**
   * Asks a signer for journal records, as a custodian needs them. Answered with {@link
   * Answer.Records}.
   *
   * @param log short name of the log
   * @param from first position wanted
   * @param countMax most records wanted, 1 to 10,000
   * @param waitMillis longest time to wait for a record where there is none yet, 0 to 10,000. Who
   *     waits is given what came together in a few milliseconds, not each record by itself
   */
  record ReadRecords(String log, long from, int countMax, int waitMillis) implements Request {
    /** Most records of one answer. */
    public static final int COUNT_MAX = 10_000;

    /** Longest wait. */
    public static final int WAIT_MILLIS_MAX = 10_000;

    public ReadRecords {
      if (from < 0
          || countMax < 1
          || countMax > COUNT_MAX
          || waitMillis < 0
          || waitMillis > WAIT_MILLIS_MAX) {
        throw new IllegalArgumentException("position, count or wait is out of range");
      }
    }

    /** Asks for what is there. */
    public ReadRecords(String log, long from, int countMax) {
      this(log, from, countMax, 0);
    }
  }

  /**
   * Everything that is not on the hot path: a named command with arguments, answered with {@link
   * Answer.Done} or {@link Answer.Refused}. {@link Commands} lists them.
   *
   * @param name of the command
   * @param arguments as a JSON object
   */
  record Command(String name, JsonObject arguments) implements Request {
    /** A text among the arguments; empty where it is missing or something else. */
    public Optional<String> text(String member) {
      return arguments.get(member) instanceof String text ? Optional.of(text) : Optional.empty();
    }
  }

  /** Most bytes of a command's arguments. */
  int ARGUMENTS_BYTES_MAX = 128 * 1024;

  /** Writes the frame. */
  static byte[] encode(Request request, long correlation) {
    return switch (request) {
      case IssueRequest issue -> issue.encode(correlation);
      case RecordDigests record -> record.encode(correlation);
      case ReadRecords read ->
          new Frame.Writer(Kind.READ_RECORDS, correlation, 64)
              .text(read.log())
              .u64(read.from())
              .u32(read.countMax())
              .u32(read.waitMillis())
              .finish();
      case Command command ->
          new Frame.Writer(Kind.COMMAND, correlation, 256)
              .text(command.name())
              .bytes(command.arguments().toString().getBytes(StandardCharsets.UTF_8))
              .finish();
    };
  }

  /** Reads the body of a frame of a kind. */
  static Request decode(byte kind, ByteBuffer body) throws FormatException {
    Frame.Reader reader = new Frame.Reader(body);
    Request request =
        switch (kind) {
          case Kind.ISSUE -> IssueRequest.decode(reader);
          case Kind.RECORD_DIGESTS -> RecordDigests.decode(reader);
          case Kind.READ_RECORDS -> readRecords(reader);
          case Kind.COMMAND ->
              new Command(reader.text(), StrictJson.object(reader.bytes(), ARGUMENTS_BYTES_MAX));
          default -> throw new FormatException("unknown kind of request");
        };
    reader.end();
    return request;
  }

  private static ReadRecords readRecords(Frame.Reader reader) throws FormatException {
    try {
      return new ReadRecords(reader.text(), reader.u64(), reader.u32(), reader.u32());
    } catch (IllegalArgumentException e) {
      throw new FormatException("position, count or wait is out of range", e);
    }
  }
}
