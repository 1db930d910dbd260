package dev.counterfoil.testing.verdicts;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.TokenDraft;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;

/** How a thief with a signing key makes a token; each has a good signature. */
enum Forgery {
  /** The identifier of an honest token that he has seen. */
  COPIED_IDENTIFIER,
  /** The position of an honest token, and a commitment of his own. */
  TAKEN_POSITION,
  /** The next position of the log. */
  NEXT_POSITION,
  /** A position a little past what is published. */
  NEAR_POSITION,
  /** A position far past what is published. */
  FAR_POSITION,
  /** A position of another log than his key's. */
  OTHER_LOG,
  /** No identifier. */
  NO_IDENTIFIER,
  /** An identifier as others' issuers make them. */
  UUID_IDENTIFIER,
  /** One that is no text. */
  NUMBER_IDENTIFIER,
  /** A copied identifier, as an ordinary library signs it half of the time. */
  HIGH_S,
  /** A tenant for which the key does not sign. */
  OTHER_TENANT,
  /** A life that no key may give. */
  LONG_LIFE;

  private static final BigInteger ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
  private static final int MEMBER_BYTES_MAX = 8192;
  private static final int NEAR = 500;
  private static final int FAR = 100_000;

  /**
   * Makes a token.
   *
   * @param honest one that the thief has seen
   * @param size what its log has published
   */
  Truth.Forged make(
      Truth.Issued honest,
      String kid,
      KeyPair key,
      String log,
      long size,
      Instant now,
      SplittableRandom random)
      throws FormatException, GeneralSecurityException {
    String[] parts = honest.text().split("\\.", -1);
    TokenDraft draft = new TokenDraft();
    JsonObject header = part(parts[0]);
    for (String name : header.names()) {
      draft.header(name, Objects.requireNonNull(header.get(name)));
    }
    draft.header("kid", kid);
    JsonObject claims = part(parts[1]);
    for (String name : claims.names()) {
      draft.claim(name, Objects.requireNonNull(claims.get(name)));
    }
    long exp = now.getEpochSecond() + (this == LONG_LIFE ? 86_400 : 60 + random.nextInt(600));
    draft
        .claim("sub", "victim-" + random.nextInt(1_000_000))
        .claim("iat", now.getEpochSecond())
        .claim("exp", exp);
    switch (this) {
      case COPIED_IDENTIFIER, HIGH_S, LONG_LIFE -> {}
      case OTHER_TENANT -> draft.claim("tenant", "initech");
      case TAKEN_POSITION ->
          draft.claim(
              "jti", id(log, Math.min(honest.id().position(), Math.max(0, size - 1)), random));
      case NEXT_POSITION -> draft.claim("jti", id(log, size, random));
      case NEAR_POSITION -> draft.claim("jti", id(log, size + random.nextInt(NEAR), random));
      case FAR_POSITION -> draft.claim("jti", id(log, size + FAR + random.nextInt(FAR), random));
      case OTHER_LOG -> draft.claim("jti", id("s9g9", random.nextInt(NEAR), random));
      case NO_IDENTIFIER -> draft.without("jti");
      case UUID_IDENTIFIER ->
          draft.claim("jti", new UUID(random.nextLong(), random.nextLong()).toString());
      case NUMBER_IDENTIFIER -> draft.claim("jti", random.nextInt(NEAR));
    }
    String input = draft.signingInput();
    byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
    byte[] signature = signed(key, bytes, this == HIGH_S);
    Hash digest = Leaf.of(bytes).digest();
    return new Truth.Forged(
        input + "." + Base64Url.encode(signature), digest, kid, this, Instant.ofEpochSecond(exp));
  }

  /** Another spelling of an honest token: anybody can make it, and it has the token's digest. */
  static String respelled(String honest) throws FormatException {
    int dot = honest.lastIndexOf('.');
    byte[] signature = Base64Url.decode(honest.substring(dot + 1));
    return honest.substring(0, dot + 1) + Base64Url.encode(otherHalf(signature));
  }

  private static String id(String log, long position, SplittableRandom random) {
    byte[] commitment = new byte[Hash.BYTES];
    random.nextBytes(commitment);
    return new TokenId(log, position, Hash.of(commitment)).toString();
  }

  private static JsonObject part(String text) throws FormatException {
    return StrictJson.object(Base64Url.decode(text), MEMBER_BYTES_MAX);
  }

  private static byte[] signed(KeyPair key, byte[] input, boolean high)
      throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key.getPrivate());
    signature.update(input);
    byte[] made = signature.sign();
    return isHigh(made) == high ? made : otherHalf(made);
  }

  private static boolean isHigh(byte[] signature) {
    return new BigInteger(1, signature, 32, 32).compareTo(ORDER.shiftRight(1)) > 0;
  }

  private static byte[] otherHalf(byte[] signature) {
    byte[] other = signature.clone();
    byte[] s = ORDER.subtract(new BigInteger(1, signature, 32, 32)).toByteArray();
    int from = Math.max(0, s.length - 32);
    Arrays.fill(other, 32, 64, (byte) 0);
    System.arraycopy(s, from, other, 64 - (s.length - from), s.length - from);
    return other;
  }
}
