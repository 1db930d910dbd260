package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Asks a signer to record digests of tokens that were composed elsewhere. Answered with {@link
 * Answer.Recorded} once all are durable.
 *
 * <p>A digest that is recorded already keeps its position. The signer remembers the last {@link
 * #REMEMBERED} of a log; whoever asks has looked for the digests further down and says up to where.
 * When both together leave a gap, the signer refuses with {@link Answer.Code#CONFLICT}.
 *
 * @param log short name of the record log that the source is bound to
 * @param source who hands them in: its client identifier
 * @param batch 16 bytes that the digests have in common, in lower-case hexadecimal
 * @param lookedTo the digests are at no position below this
 * @param digests SHA-256 of signing inputs, 1 to 1,000
 */
public record RecordDigests(
    String log, String source, String batch, long lookedTo, List<Hash> digests) implements Request {
  /** Most digests of one request. */
  public static final int COUNT_MAX = 1_000;

  /** Positions below the next one whose digests a signer remembers. */
  public static final int REMEMBERED = 65_536;

  private static final Pattern SOURCE = Pattern.compile("[\\x21-\\x7E]{1,128}");
  private static final Pattern BATCH = Pattern.compile("[0-9a-f]{32}");

  public RecordDigests {
    digests = List.copyOf(digests);
    if (digests.isEmpty()
        || digests.size() > COUNT_MAX
        || lookedTo < 0
        || !SOURCE.matcher(source).matches()
        || !BATCH.matcher(batch).matches()) {
      throw new IllegalArgumentException("source, batch or number of digests is out of bounds");
    }
  }

  /** The batch's identifier as bytes. */
  public byte[] batchBytes() {
    return HexFormat.of().parseHex(batch);
  }

  byte[] encode(long correlation) {
    byte[] together = new byte[digests.size() * Hash.BYTES];
    for (int i = 0; i < digests.size(); i++) {
      digests.get(i).write(together, i * Hash.BYTES);
    }
    return new Frame.Writer(Kind.RECORD_DIGESTS, correlation, 256 + together.length)
        .text(log)
        .text(source)
        .text(batch)
        .u64(lookedTo)
        .bytes(together)
        .finish();
  }

  static RecordDigests decode(Frame.Reader reader) throws FormatException {
    String log = reader.text();
    String source = reader.text();
    String batch = reader.text();
    long lookedTo = reader.u64();
    byte[] together = reader.bytes();
    if (together.length % Hash.BYTES != 0 || together.length > COUNT_MAX * Hash.BYTES) {
      throw new FormatException("digests have 32 bytes each, and are at most " + COUNT_MAX);
    }
    List<Hash> digests = new ArrayList<>(together.length / Hash.BYTES);
    for (int at = 0; at < together.length; at += Hash.BYTES) {
      digests.add(Hash.read(together, at));
    }
    try {
      return new RecordDigests(log, source, batch, lookedTo, digests);
    } catch (IllegalArgumentException e) {
      throw new FormatException("request is out of bounds", e);
    }
  }
}
