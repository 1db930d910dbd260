package dev.counterfoil.audit.names;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The file of names, byte for byte: people in slots of 128 bytes, each sealed in one or more of
 * them, or in its place the pseudonym of one who is forgotten. Safe for concurrent use.
 */
final class NameSlots {
  /** A name of usual length takes one. */
  static final int SLOT_BYTES = 128;

  private static final int HEADER_BYTES = 8;
  private static final int MARK = 0x4346_5031;

  /** Of a text that was asked for: not a name in any event. */
  private static final int MARK_ASKED = 0x4346_5032;

  /**
   * In its place where somebody is forgotten; his pseudonym follows, whose he was in as many
   * characters (zeros in an older mark), and zeros.
   */
  private static final int MARK_FORGOTTEN = 0x4346_5030;

  /** A seal, a key, and three texts of at most 1024 characters in UTF-8. */
  private static final int BODY_BYTES_MAX = 12 << 10;

  /** Longest that somebody takes. */
  static final int BYTES_MAX = BODY_BYTES_MAX + SLOT_BYTES;

  private final NameHash key;

  /** Sealed under a key. */
  NameSlots(NameHash key) {
    this.key = key;
  }

  /** Whether somebody is forgotten there. */
  static boolean isForgotten(ByteBuffer block, int offset) {
    return block.limit() - offset >= HEADER_BYTES + KeyedName.PSEUDONYM_LENGTH
        && block.getInt(offset) == MARK_FORGOTTEN;
  }

  /** His pseudonym, where somebody is forgotten. */
  static String pseudonym(ByteBuffer block, int offset) {
    byte[] text = new byte[KeyedName.PSEUDONYM_LENGTH];
    block.get(offset + HEADER_BYTES, text);
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** Whose he was, where somebody is forgotten: empty in an older mark. */
  static String owner(ByteBuffer block, int offset) {
    int at = offset + HEADER_BYTES + KeyedName.PSEUDONYM_LENGTH;
    byte[] text = new byte[Math.min(KeyedName.PSEUDONYM_LENGTH, block.limit() - at)];
    block.get(at, text);
    return text.length == 0 || text[0] == 0 ? "" : new String(text, StandardCharsets.US_ASCII);
  }

  /** Whether anything is written there. */
  static boolean isWritten(ByteBuffer block, int offset) {
    int end = Math.min(block.limit(), offset + SLOT_BYTES);
    for (int i = offset; i < end; i++) {
      if (block.get(i) != 0) {
        return true;
      }
    }
    return false;
  }

  private static int slots(int bodyBytes) {
    return (HEADER_BYTES + bodyBytes + SLOT_BYTES - 1) / SLOT_BYTES;
  }

  /** Whether it is a text that was asked for. */
  static boolean isAsked(ByteBuffer block, int offset) {
    return block.getInt(offset) == MARK_ASKED;
  }

  /** How many slots somebody takes. */
  static int count(ByteBuffer block, int offset) {
    return slots(block.getInt(offset + 4));
  }

  /**
   * Who is written there; empty where it opens under no key.
   *
   * @param slot which it is in the file
   */
  Optional<KeyedName> person(ByteBuffer block, int offset, long slot) {
    if (block.limit() - offset < HEADER_BYTES
        || (block.getInt(offset) != MARK && block.getInt(offset) != MARK_ASKED)) {
      return Optional.empty();
    }
    int length = block.getInt(offset + 4);
    if (length < 1 || length > BODY_BYTES_MAX || length > block.limit() - offset - HEADER_BYTES) {
      return Optional.empty();
    }
    byte[] sealed = new byte[length];
    block.get(offset + HEADER_BYTES, sealed);
    try {
      ByteBuffer body = ByteBuffer.wrap(key.open(sealed));
      byte[] his = new byte[NameHash.KEY_BYTES];
      body.get(his);
      Fence fence = new Fence(text(body), text(body));
      return Optional.of(new KeyedName(fence, text(body), his, slot));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** What was sealed here is as it was written: its length before each text. */
  private static String text(ByteBuffer from) {
    byte[] text = new byte[from.getShort()];
    from.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** What is written of somebody. */
  ByteBuffer of(KeyedName person, boolean isAsked) {
    byte[] body = key.seal(body(person));
    ByteBuffer record = ByteBuffer.allocate(slots(body.length) * SLOT_BYTES);
    return record.putInt(isAsked ? MARK_ASKED : MARK).putInt(body.length).put(body).clear();
  }

  /** What is written over it. */
  static ByteBuffer forgotten(KeyedName person, String owner) {
    return forgotten(person.pseudonym(), owner, slots(body(person).length + NameHash.SEAL_BYTES));
  }

  /** What is written of somebody who is forgotten, in so many slots. */
  static ByteBuffer forgotten(String pseudonym, String owner, int slots) {
    ByteBuffer record = ByteBuffer.allocate(slots * SLOT_BYTES).putInt(MARK_FORGOTTEN).putInt(0);
    return record.put((pseudonym + owner).getBytes(StandardCharsets.US_ASCII)).clear();
  }

  private static byte[] body(KeyedName person) {
    byte[] domain = person.fence().domain().getBytes(StandardCharsets.UTF_8);
    byte[] tenant = person.fence().tenant().getBytes(StandardCharsets.UTF_8);
    byte[] name = person.name().getBytes(StandardCharsets.UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(person.key().length + domain.length + tenant.length + name.length + 6);
    body.put(person.key());
    for (byte[] text : List.of(domain, tenant, name)) {
      body.putShort((short) text.length).put(text);
    }
    return body.array();
  }
}
