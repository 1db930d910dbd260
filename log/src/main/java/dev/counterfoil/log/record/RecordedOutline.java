package dev.counterfoil.log.record;

import dev.counterfoil.format.bytes.FormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The outline of a {@link RecordedEvent}, which says without a key whose it is (spec/journal.md).
 *
 * @param sequence the event's number at its source
 * @param source who reported it: trust domain, slash, client
 * @param log which of the source's logs; empty for the only one
 * @param tenant whose it is
 * @param actor pseudonym of who acted; empty where he has none
 * @param entity pseudonym of whom it was done to; empty where he has none
 */
public record RecordedOutline(
    long sequence, String source, String log, String tenant, String actor, String entity) {

  /** Reads an outline. */
  public static RecordedOutline parse(byte[] outline) throws FormatException {
    try {
      ByteBuffer from = ByteBuffer.wrap(outline);
      RecordedOutline parsed =
          new RecordedOutline(
              from.getLong(), text(from), text(from), text(from), text(from), text(from));
      if (from.hasRemaining() || parsed.tenant.isEmpty() || parsed.source.isEmpty()) {
        throw new FormatException("an event's outline is none");
      }
      return parsed;
    } catch (BufferUnderflowException e) {
      throw new FormatException("an event's outline is cut", e);
    }
  }

  private static String text(ByteBuffer from) throws FormatException {
    int length = from.getShort();
    if (length < 0 || length > from.remaining()) {
      throw new FormatException("an event's outline is cut");
    }
    ByteBuffer text = from.slice(from.position(), length);
    from.position(from.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("an event's outline is no text", e);
    }
  }

  /** The trust domain of the source. */
  public String domain() {
    int slash = source.indexOf('/');
    return slash < 0 ? source : source.substring(0, slash);
  }

  /** Whose it is, over all domains: {@code domain/tenant}, as events are counted. */
  public String countedUnder() {
    return domain() + "/" + tenant;
  }
}
