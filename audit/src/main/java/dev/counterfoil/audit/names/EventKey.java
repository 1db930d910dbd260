package dev.counterfoil.audit.names;

import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What follows from the keys of an event's people, for all events of the same ones. */
public final class EventKey {
  private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TEXTS = "texts".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SALT = "salt".getBytes(StandardCharsets.US_ASCII);

  /** Longest texts that are remembered, in characters, and in bytes where they are sealed. */
  private static final int REMEMBERED_MAX = 128;

  private final NameHash key;
  private final boolean isForgettable;
  private volatile @Nullable NameHash events;
  private volatile @Nullable NameHash texts;

  /** What was sealed last: of one's events most say the same. It goes where the key goes. */
  private volatile @Nullable Sealed last;

  /** What was opened last, whatever it was: the same opens to the same. */
  private volatile @Nullable Opened opened;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Opened(byte[] sealed, byte[] texts) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sealed(String texts, byte[] sealed) {}

  EventKey(NameHash key) {
    this(key, true);
  }

  private EventKey(NameHash key, boolean isForgettable) {
    this.key = key;
    this.isForgettable = isForgettable;
  }

  /**
   * Of events that name nobody. It stays for as long as the tenant does, and so remembers no texts:
   * they could have the name of somebody who is forgotten.
   */
  static EventKey ofNobody(NameHash key) {
    return new EventKey(key, false);
  }

  /** The salt of what a source numbered in one of its logs. */
  byte[] salt(SourceStream stream, long sequence) {
    byte[] derived =
        key.of(
            SALT,
            stream.source().getBytes(StandardCharsets.UTF_8),
            stream.log().getBytes(StandardCharsets.UTF_8),
            number(sequence));
    return Arrays.copyOf(derived, AuditLeaf.SALT_BYTES);
  }

  /** The same with tools at hand, of a stream's source and log in UTF-8. */
  public byte[] salt(NameHash.Tools tools, byte[] source, byte[] log, long sequence) {
    return Arrays.copyOf(key.of(tools, SALT, source, log, number(sequence)), AuditLeaf.SALT_BYTES);
  }

  private static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  /** Seals events for the journal. */
  NameHash events() {
    NameHash known = events;
    if (known == null) {
      known = new NameHash(key.of(EVENT));
      events = known;
    }
    return known;
  }

  /** The same with tools at hand. */
  NameHash texts(NameHash.Tools tools) {
    NameHash known = texts;
    return known == null ? keep(key.of(tools, TEXTS)) : known;
  }

  /** Seals texts of events for the files. */
  NameHash texts() {
    NameHash known = texts;
    return known == null ? keep(key.of(TEXTS)) : known;
  }

  /** Seals texts of events for the files; what they are sealed to is not to be changed. */
  byte[] sealTexts(String some) {
    Sealed known = last;
    if (known == null || !known.texts.equals(some)) {
      known = new Sealed(some, texts().seal(some.getBytes(StandardCharsets.UTF_8)));
      if (isForgettable && some.length() <= REMEMBERED_MAX) {
        last = known;
      }
    }
    return known.sealed;
  }

  /**
   * Opens texts as {@link NameHash#open(NameHash.Tools, byte[])} does; not to be changed.
   *
   * @param tools to open them unchecked; null where they have to be whole
   * @throws FormatException when they are too short, or are not whole
   */
  public byte[] openTexts(NameHash.@Nullable Tools tools, byte[] sealed) throws FormatException {
    if (tools == null) {
      return texts().open(sealed);
    }
    Opened known = opened;
    if (known == null || !Arrays.equals(known.sealed, sealed)) {
      known = new Opened(sealed.clone(), texts(tools).openUnchecked(tools, sealed));
      if (isForgettable && sealed.length <= REMEMBERED_MAX) {
        opened = known;
      }
    }
    return known.texts;
  }

  private NameHash keep(byte[] derived) {
    NameHash fresh = new NameHash(derived);
    texts = fresh;
    return fresh;
  }
}
