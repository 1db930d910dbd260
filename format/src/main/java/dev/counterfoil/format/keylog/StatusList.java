package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import dev.counterfoil.format.keys.TokenId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * A Token Status List (draft-ietf-oauth-status-list): which of the tokens at 2^20 positions of one
 * log that follow each other are revoked, a bit each, for services that know the JWKS and read no
 * key log ({@code spec/status-list.md}).
 *
 * <p>A token's index follows from its position by a permutation of each list, so that tokens that
 * were issued together do not stand together. Immutable, but for what is computed once.
 */
public final class StatusList {
  /** The JWS type of a signed list. */
  public static final String TYPE = "statuslist+jwt";

  /** Positions of one list. */
  public static final int POSITIONS = 1 << 20;

  /** For how long a copy may be used before it is fetched anew. */
  public static final Duration TTL = Duration.ofSeconds(30);

  /** For how long a list counts: so long nobody hears of a revocation while the issuer is away. */
  public static final Duration LIFE = Duration.ofMinutes(5);

  private static final String KEY_LABEL = "counterfoil status list v1\n";
  private static final int POSITION_BITS = 20;
  private static final int HALF_BITS = POSITION_BITS / 2;
  private static final int HALF_MASK = (1 << HALF_BITS) - 1;
  private static final int ROUNDS = 4;

  private final String issuer;
  private final String log;
  private final long number;
  private volatile short @Nullable [][] rounds;

  /**
   * A list by its place.
   *
   * @param log short name of the log
   * @param number counted from 0: the list of the positions from {@code number * POSITIONS} on
   * @throws IllegalArgumentException when no token can be in it
   */
  public StatusList(String issuer, String log, long number) {
    if (!exists(log, number)) {
      throw new IllegalArgumentException("no log has such a list");
    }
    this.issuer = issuer;
    this.log = log;
    this.number = number;
  }

  /** Whether tokens can be in a list of this log and number. */
  public static boolean exists(String log, long number) {
    return TokenId.isLogName(log) && number >= 0 && number <= numberOf(TokenId.POSITION_LIMIT - 1);
  }

  /** The number of the list that a position is in. */
  public static long numberOf(long position) {
    return position >> POSITION_BITS;
  }

  /** Short name of its log. */
  public String log() {
    return log;
  }

  /** Which of the log's lists it is. */
  public long number() {
    return number;
  }

  /** Where it is published: {@code <issuer>/status/<log>/<number>}. */
  public String uri() {
    return issuer + "/status/" + log + "/" + number;
  }

  /** Whether a token is in this list. */
  public boolean covers(String ofLog, long position) {
    return log.equals(ofLog) && numberOf(position) == number;
  }

  /** The index of the token at a position of this list. */
  public int index(long position) {
    short[][] tables = tables();
    int left = (int) (position >> HALF_BITS) & HALF_MASK;
    int right = (int) position & HALF_MASK;
    for (short[] table : tables) {
      int next = left ^ table[right];
      left = right;
      right = next;
    }
    return left << HALF_BITS | right;
  }

  /** A round's function for all halves: computed once, since a list serves a million tokens. */
  private short[][] tables() {
    short[][] known = rounds;
    if (known != null) {
      return known;
    }
    Hash key = Hash.sha256((KEY_LABEL + uri()).getBytes(StandardCharsets.UTF_8));
    byte[] input = new byte[Hash.BYTES + 3];
    key.write(input, 0);
    short[][] made = new short[ROUNDS][1 << HALF_BITS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int half = 0; half <= HALF_MASK; half++) {
        input[Hash.BYTES] = (byte) round;
        input[Hash.BYTES + 1] = (byte) (half >> 8);
        input[Hash.BYTES + 2] = (byte) half;
        byte[] out = Hash.sha256(input).bytes();
        made[round][half] = (short) (((out[0] & 0xff) << 8 | (out[1] & 0xff)) & HALF_MASK);
      }
    }
    rounds = made;
    return made;
  }

  /** The bits: of index i the bit i mod 8 of byte i / 8, counted from the least significant. */
  public byte[] bits(List<RevokedToken> revoked) {
    byte[] bits = new byte[POSITIONS / 8];
    for (RevokedToken token : revoked) {
      if (covers(token.log(), token.position())) {
        int index = index(token.position());
        bits[index >> 3] |= (byte) (1 << (index & 7));
      }
    }
    return bits;
  }

  /** What is signed: the claims of a Status List Token (5.1 of the draft). */
  public JsonObject content(List<RevokedToken> revoked, Instant now) {
    return JsonObject.builder()
        .put("iss", issuer)
        .put("sub", uri())
        .put("iat", now.getEpochSecond())
        .put("exp", now.plus(LIFE).getEpochSecond())
        .put("ttl", TTL.toSeconds())
        .put(
            "status_list",
            JsonObject.builder()
                .put("bits", 1)
                .put("lst", Base64Url.encode(compressed(bits(revoked))))
                .build())
        .build();
  }

  /** DEFLATE in the ZLIB format (RFC 1950, RFC 1951), as the draft's 4.2 wants it. */
  private static byte[] compressed(byte[] bits) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try {
      deflater.setInput(bits);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[8 * 1024];
      while (!deflater.finished()) {
        out.write(part, 0, deflater.deflate(part));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }
}
