package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a signer or registrar answers. */
public sealed interface Answer {
  /**
   * A token that was recorded and signed.
   *
   * @param token compact JWS
   * @param position its index in the log
   */
  record Issued(String token, long position) implements Answer {
    /** Leaves the token out: it is a credential. */
    @Override
    public String toString() {
      return "Issued[position=" + position + "]";
    }
  }

  /**
   * Journal records from the position on that was asked for, as they lie in the journal; none where
   * there are no more. Holds its arrays as they are given: they are not changed afterwards.
   *
   * @param count how many
   * @param packed each one's length in four bytes and its payload (spec/journal.md), without a gap
   * @param head the log's signed checkpoint of exactly the size that the last of them makes; empty
   *     where the signer gives none
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by content, below
  record Records(int count, byte[] packed, byte[] head) implements Answer {
    /** Longest head, in bytes. */
    public static final int HEAD_BYTES_MAX = 64 * 1024;

    /** The payloads, one by one. */
    public List<byte[]> payloads() throws FormatException {
      List<byte[]> payloads = new ArrayList<>(count);
      ByteBuffer left = ByteBuffer.wrap(packed);
      while (left.hasRemaining()) {
        int length = left.remaining() < 4 ? -1 : left.getInt();
        if (length < 0 || length > left.remaining()) {
          throw new FormatException("a record is longer than its frame");
        }
        byte[] payload = new byte[length];
        left.get(payload);
        payloads.add(payload);
      }
      if (payloads.size() != count) {
        throw new FormatException("another number of records than said");
      }
      return payloads;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Records that
          && count == that.count
          && Arrays.equals(packed, that.packed)
          && Arrays.equals(head, that.head);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(packed) + Arrays.hashCode(head);
    }

    /** Sizes only: the content stays out of messages. */
    @Override
    public String toString() {
      return "Records[count=" + count + ", bytes=" + packed.length + "]";
    }
  }

  /**
   * Digests are recorded and durable, as {@link RecordDigests} asked.
   *
   * @param positions of the digests, in the order of the request
   */
  record Recorded(List<Long> positions) implements Answer {
    public Recorded {
      positions = List.copyOf(positions);
    }
  }

  /**
   * A command was carried out.
   *
   * @param result as a JSON object
   */
  record Done(JsonObject result) implements Answer {}

  /**
   * A request was refused, and nothing was done.
   *
   * @param code why
   * @param text for people; never repeats input
   */
  record Refused(Code code, String text) implements Answer {}

  /** Stable codes of refusals. */
  enum Code {
    /** The request is outside the scope of the signer's key. */
    OUT_OF_SCOPE,
    /** The client or tenant has used up its quota. */
    QUOTA,
    /** Too much is queued: try again. */
    BUSY,
    /** No key is active and stated yet, or none any more. */
    NO_KEY,
    /** The journal has reached its reserve: nothing is issued until there is room. */
    DISK_FULL,
    /** Recorded but not released: the log did not reach the level that the tenant asks for. */
    LEVEL_NOT_REACHED,
    /** The log is sealed. */
    SEALED,
    /** The request is malformed or out of bounds. */
    MALFORMED,
    /** This socket or role does not take this request. */
    NOT_ALLOWED,
    /** The key or log is another signer's: each has its own alone stated, retired or ended. */
    NOT_ITS_OWN,
    /** There is no such command, log, key or position. */
    UNKNOWN,
    /** The request contradicts what is already so. */
    CONFLICT,
    /** What is to be changed was changed since it was read: read it again. */
    OUTDATED,
    /** It was there, and is kept elsewhere now: the text says where. */
    GONE,
    /** The key would sign before it is known everywhere: state it with a later window. */
    TOO_SOON
  }

  /** Writes the frame. */
  static byte[] encode(Answer answer, long correlation) {
    return switch (answer) {
      case Issued issued ->
          new Frame.Writer(Kind.ISSUED, correlation, 8 + 2 + issued.token.length())
              .u64(issued.position)
              .text(issued.token)
              .finish();
      case Records records ->
          new Frame.Writer(
                  Kind.RECORDS, correlation, 12 + records.packed.length + records.head.length)
              .u32(records.count)
              .bytes(records.packed)
              .bytes(records.head)
              .finish();
      case Recorded recorded -> {
        Frame.Writer writer =
            new Frame.Writer(Kind.RECORDED, correlation, 4 + 8 * recorded.positions.size())
                .u32(recorded.positions.size());
        recorded.positions.forEach(writer::u64);
        yield writer.finish();
      }
      case Done done ->
          new Frame.Writer(Kind.DONE, correlation, 256)
              .bytes(done.result.toString().getBytes(StandardCharsets.UTF_8))
              .finish();
      case Refused refused ->
          new Frame.Writer(Kind.REFUSED, correlation, 128)
              .text(refused.code.name())
              .text(refused.text)
              .finish();
    };
  }

  /** Reads the body of a frame of a kind. */
  static Answer decode(byte kind, ByteBuffer body) throws FormatException {
    Frame.Reader reader = new Frame.Reader(body);
    Answer answer =
        switch (kind) {
          case Kind.ISSUED -> {
            long position = reader.u64();
            yield new Issued(reader.text(), position);
          }
          case Kind.RECORDS -> records(reader);
          case Kind.RECORDED -> recorded(reader);
          case Kind.DONE -> new Done(StrictJson.object(reader.bytes(), Frame.ANSWER_BYTES_MAX));
          case Kind.REFUSED -> new Refused(code(reader.text()), reader.text());
          default -> throw new FormatException("unknown kind of answer");
        };
    reader.end();
    return answer;
  }

  private static Records records(Frame.Reader reader) throws FormatException {
    int count = reader.u32();
    if (count < 0 || count > Request.ReadRecords.COUNT_MAX) {
      throw new FormatException("too many records");
    }
    byte[] packed = reader.bytes();
    byte[] head = reader.bytes();
    if (head.length > Records.HEAD_BYTES_MAX) {
      throw new FormatException("head is longer than " + Records.HEAD_BYTES_MAX + " bytes");
    }
    return new Records(count, packed, head);
  }

  private static Recorded recorded(Frame.Reader reader) throws FormatException {
    int count = reader.u32();
    if (count < 0 || count > RecordDigests.COUNT_MAX) {
      throw new FormatException("too many positions");
    }
    List<Long> positions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      positions.add(reader.u64());
    }
    return new Recorded(positions);
  }

  private static Code code(String name) throws FormatException {
    try {
      return Code.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new FormatException("unknown code of refusal", e);
    }
  }
}
