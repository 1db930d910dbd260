package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/**
 * A code or refresh token: the grant's id, its turn, and 128 bits of a keyed hash of both. A code
 * is turn 0, the first refresh token turn 1. So the same successor can be answered again, and
 * neither the journal nor the key alone gives one away.
 *
 * @param grantId which grant
 * @param turn which of its secrets
 */
record GrantSecret(String grantId, int turn) {
  static final int ID_BYTES = 16;
  private static final int MAC_BYTES = 16;
  private static final int BYTES = ID_BYTES + Integer.BYTES + MAC_BYTES;
  private static final int LENGTH = 48;
  private static final byte[] CONTEXT =
      "counterfoil grant secret\0".getBytes(StandardCharsets.US_ASCII);

  /** Reads one that was made here; empty for everything else. */
  static Optional<GrantSecret> read(String text, Function<byte[], Hash> keyed) {
    if (text.length() != LENGTH) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64Url.decode(text);
    } catch (FormatException e) {
      return Optional.empty();
    }
    byte[] said = Arrays.copyOf(bytes, BYTES - MAC_BYTES);
    byte[] mac = Arrays.copyOfRange(bytes, BYTES - MAC_BYTES, BYTES);
    if (!MessageDigest.isEqual(mac, mac(said, keyed))) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(said);
    byte[] id = new byte[ID_BYTES];
    in.get(id);
    return Optional.of(new GrantSecret(Base64Url.encode(id), in.getInt()));
  }

  /** The text that a client holds. */
  String text(Function<byte[], Hash> keyed) {
    byte[] id;
    try {
      id = Base64Url.decode(grantId);
    } catch (FormatException e) {
      throw new IllegalStateException("an id was made or read here", e);
    }
    byte[] said = ByteBuffer.allocate(BYTES - MAC_BYTES).put(id).putInt(turn).array();
    return Base64Url.encode(ByteBuffer.allocate(BYTES).put(said).put(mac(said, keyed)).array());
  }

  private static byte[] mac(byte[] said, Function<byte[], Hash> keyed) {
    byte[] input = Arrays.copyOf(CONTEXT, CONTEXT.length + said.length);
    System.arraycopy(said, 0, input, CONTEXT.length, said.length);
    return Arrays.copyOf(keyed.apply(input).bytes(), MAC_BYTES);
  }
}
