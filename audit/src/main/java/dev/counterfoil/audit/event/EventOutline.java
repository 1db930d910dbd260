package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.record.RecordedEvent;
import dev.counterfoil.log.record.RecordedOutline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the journal says of an event without a key (spec/journal.md): whose it is, which number its
 * source gave it, and by their pseudonyms whose keys open the rest.
 *
 * @param position in the audit log
 * @param takenMillis when it was recorded
 * @param stream who reported it, in which of his logs
 * @param tenant whose it is
 * @param sequence its number there
 * @param actor pseudonym of who acted; empty where he has none
 * @param entity pseudonym of whom it was done to; empty where he has none
 */
public record EventOutline(
    long position,
    long takenMillis,
    SourceStream stream,
    String tenant,
    long sequence,
    Optional<String> actor,
    Optional<String> entity)
    implements Kept {
  /** Stands beside what is sealed with a proof: so it does not open without that. */
  private static final byte[] PROVEN = "proven".getBytes(StandardCharsets.US_ASCII);

  /** An event before it has its position. */
  public static final class Sealed {
    private final byte[] salt;
    private final Hash digest;
    private final byte[] outline;
    private final byte[] sealed;

    private Sealed(byte[] salt, Hash digest, byte[] outline, byte[] sealed) {
      this.salt = salt;
      this.digest = digest;
      this.outline = outline;
      this.sealed = sealed;
    }

    /** Of its leaf, not to be changed. */
    public byte[] salt() {
      return salt;
    }

    /** What the journal has of it. */
    public RecordedEvent at(long position, long timeMillis) {
      return new RecordedEvent(position, timeMillis, digest, outline, sealed);
    }
  }

  /** Seals an event that was received, whose people are known. */
  public static Sealed seal(AuditEvent event, EventPeople people) {
    byte[] salt = people.salt(event);
    byte[] outline = outline(event, people);
    Hash digest = AuditLeaf.of(salt, event.canonicalBytes()).digest();
    byte[] body = people.sealEvent(event.canonicalBytes(), outline, PROVEN);
    byte[] sealed = Arrays.copyOf(body, body.length + Names.OUTLINE_PROOF_BYTES);
    byte[] proof = people.names().proofOfOutline(digest, outline);
    System.arraycopy(proof, 0, sealed, body.length, proof.length);
    return new Sealed(salt, digest, outline, sealed);
  }

  /**
   * Whether a record's outline is the one that was written with it, as the proof at its end says.
   * Records of a build before this one have none, and open without.
   */
  public static boolean isProven(RecordedEvent record, Names names) {
    byte[] sealed = record.sealed();
    int body = sealed.length - Names.OUTLINE_PROOF_BYTES;
    return body > 0
        && MessageDigest.isEqual(
            Arrays.copyOfRange(sealed, body, sealed.length),
            names.proofOfOutline(record.digest(), record.outline()));
  }

  private static byte[] outline(AuditEvent event, EventPeople people) {
    SourceStream stream = SourceStream.of(event.reporter().orElseThrow(), event);
    List<byte[]> texts = new ArrayList<>();
    int length = Long.BYTES;
    for (String text :
        List.of(
            stream.source(),
            stream.log(),
            event.tenant(),
            people.actorPseudonym().orElse(""),
            people.entityPseudonym().orElse(""))) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      texts.add(bytes);
      length += Short.BYTES + bytes.length;
    }
    ByteBuffer outline = ByteBuffer.allocate(length).putLong(event.sequence());
    texts.forEach(text -> outline.putShort((short) text.length).put(text));
    return outline.array();
  }

  /** The outline of a record. */
  public static EventOutline of(byte[] payload) throws FormatException {
    return of(RecordedEvent.parse(payload));
  }

  /** The outline of a record that was parsed. */
  public static EventOutline of(RecordedEvent record) throws FormatException {
    RecordedOutline outline = RecordedOutline.parse(record.outline());
    return new EventOutline(
        record.position(),
        record.timeMillis(),
        new SourceStream(outline.source(), outline.log()),
        outline.tenant(),
        outline.sequence(),
        Optional.of(outline.actor()).filter(text -> !text.isEmpty()),
        Optional.of(outline.entity()).filter(text -> !text.isEmpty()));
  }

  /**
   * Opens a record: the event, or its outline where it is forgotten.
   *
   * @throws FormatException when it was changed, or names are missing
   */
  public static Kept open(byte[] payload, Names names) throws FormatException {
    RecordedEvent record = RecordedEvent.parse(payload);
    return open(record, isProven(record, names), names);
  }

  /**
   * The same of a record that was parsed.
   *
   * @param isProven what {@link #isProven} says of it
   */
  public static Kept open(RecordedEvent record, boolean isProven, Names names)
      throws FormatException {
    EventOutline outline = of(record);
    if (outline.forgotten(names).isPresent()) {
      return outline;
    }
    EventPeople people =
        EventPeople.byPseudonyms(names, outline.fence(), outline.actor, outline.entity);
    byte[] sealed = record.sealed();
    AuditEvent event =
        AuditEvent.parse(
            isProven
                ? people.openEvent(
                    Arrays.copyOf(sealed, sealed.length - Names.OUTLINE_PROOF_BYTES),
                    record.outline(),
                    PROVEN)
                : people.openEvent(sealed, record.outline()));
    return new StoredEvent(record.position(), people.salt(event), event, Optional.of(people));
  }

  /** The pseudonym of one of its people who is forgotten. */
  Optional<String> forgotten(Names names) {
    Fence fence = fence();
    return actor
        .filter(one -> names.isForgotten(fence, one))
        .or(() -> entity.filter(one -> names.isForgotten(fence, one)));
  }

  @Override
  public Fence fence() {
    return new Fence(Source.domainOf(stream.source()), tenant);
  }

  @Override
  public int bytes() {
    return 0;
  }
}
