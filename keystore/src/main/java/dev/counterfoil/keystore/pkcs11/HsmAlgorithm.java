package dev.counterfoil.keystore.pkcs11;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A signature algorithm as an HSM knows it: mechanisms, key attributes and public halves of PKCS#11
 * 2.40 and 3.0. ML-DSA is of 3.2, which no token that we could test with has.
 */
public enum HsmAlgorithm {
  /** CKM_EC_KEY_PAIR_GEN; CKM_ECDSA, over a hash that is made here. */
  ES256(PublicJwk.Algorithm.ES256, 0x1040, 0x1041),
  /** CKM_RSA_PKCS_KEY_PAIR_GEN; CKM_SHA256_RSA_PKCS. */
  RS256(PublicJwk.Algorithm.RS256, 0x0, 0x40),
  /** CKM_EC_EDWARDS_KEY_PAIR_GEN; CKM_EDDSA. */
  EDDSA(PublicJwk.Algorithm.EDDSA, 0x1055, 0x1057);

  public static final int RSA_BITS = 2048;

  public static final long CLASS = 0;
  public static final long TOKEN = 1;
  public static final long PRIVATE = 2;
  public static final long LABEL = 3;
  public static final long KEY_TYPE = 0x100;
  public static final long ID = 0x102;
  public static final long SENSITIVE = 0x103;
  public static final long ENCRYPT = 0x104;
  public static final long DECRYPT = 0x105;
  public static final long WRAP = 0x106;
  public static final long UNWRAP = 0x107;
  public static final long SIGN = 0x108;
  private static final long SIGN_RECOVER = 0x109;
  public static final long VERIFY = 0x10A;
  public static final long DERIVE = 0x10C;
  private static final long MODULUS = 0x120;
  private static final long MODULUS_BITS = 0x121;
  private static final long PUBLIC_EXPONENT = 0x122;
  public static final long VALUE_LEN = 0x161;
  public static final long EXTRACTABLE = 0x162;
  private static final long LOCAL = 0x163;
  private static final long NEVER_EXTRACTABLE = 0x164;
  private static final long ALWAYS_SENSITIVE = 0x165;
  public static final long MODIFIABLE = 0x170;
  private static final long EC_PARAMS = 0x180;
  private static final long EC_POINT = 0x181;

  private static final long PRIVATE_KEY_OBJECT = 3;

  /** OID 1.2.840.10045.3.1.7, P-256. */
  private static final byte[] P256 = HexFormat.of().parseHex("06082a8648ce3d030107");

  /** OID 1.3.101.112, Ed25519 (RFC 8410). */
  private static final byte[] ED25519 = HexFormat.of().parseHex("06032b6570");

  private static final byte[] EXPONENT = {1, 0, 1};
  private static final int UNCOMPRESSED = 4;
  private static final int OCTET_STRING = 4;

  private final PublicJwk.Algorithm algorithm;
  private final long generation;
  private final long signing;

  HsmAlgorithm(PublicJwk.Algorithm algorithm, long generation, long signing) {
    this.algorithm = algorithm;
    this.generation = generation;
    this.signing = signing;
  }

  /** How tokens know an algorithm; empty of one that custody cannot have them hold. */
  public static Optional<HsmAlgorithm> of(PublicJwk.Algorithm algorithm) {
    return Arrays.stream(values()).filter(known -> known.algorithm == algorithm).findFirst();
  }

  public PublicJwk.Algorithm algorithm() {
    return algorithm;
  }

  /** The mechanism that makes keys. */
  public long generation() {
    return generation;
  }

  /** The mechanism that signs. */
  public long signing() {
    return signing;
  }

  /** Whether the HSM is handed SHA-256 of what is signed, and not all of it. */
  boolean signsHash() {
    return this == ES256;
  }

  /** The public half: it lives as long as the session, and is written to the signer's folder. */
  public CryptokiTemplate publicTemplate(byte[] label, byte[] id) {
    CryptokiTemplate template =
        new CryptokiTemplate()
            .with(TOKEN, false)
            .with(VERIFY, true)
            .with(LABEL, label)
            .with(ID, id);
    return switch (this) {
      case ES256 -> template.with(EC_PARAMS, P256);
      case EDDSA -> template.with(EC_PARAMS, ED25519);
      case RS256 -> template.with(MODULUS_BITS, RSA_BITS).with(PUBLIC_EXPONENT, EXPONENT);
    };
  }

  /** The private half: it signs, and nothing else, and cannot be changed or taken out. */
  public CryptokiTemplate privateTemplate(byte[] label, byte[] id) {
    return new CryptokiTemplate()
        .with(TOKEN, true)
        .with(PRIVATE, true)
        .with(SENSITIVE, true)
        .with(EXTRACTABLE, false)
        .with(SIGN, true)
        .with(DECRYPT, false)
        .with(UNWRAP, false)
        .with(SIGN_RECOVER, false)
        .with(DERIVE, false)
        .with(MODIFIABLE, false)
        .with(LABEL, label)
        .with(ID, id);
  }

  /** Finds private keys of a label. */
  public static CryptokiTemplate labelled(byte[] label) {
    return new CryptokiTemplate().with(CLASS, PRIVATE_KEY_OBJECT).with(LABEL, label);
  }

  /** The identifier of an object. */
  public static byte[] id(Cryptoki library, long session, long object) throws CryptokiException {
    return library.attribute(session, object, ID);
  }

  /** The label of an object. */
  public static byte[] label(Cryptoki library, long session, long object) throws CryptokiException {
    return library.attribute(session, object, LABEL);
  }

  /**
   * Checks what a private key is by the HSM's word, whatever it was asked for.
   *
   * @throws GeneralSecurityException naming the attribute that is not as it has to be
   */
  public static void check(Cryptoki library, long session, long key)
      throws GeneralSecurityException {
    checkKept(library, session, key);
    want(library, session, key, "CKA_SIGN", SIGN, true);
    want(library, session, key, "CKA_DECRYPT", DECRYPT, false);
    want(library, session, key, "CKA_UNWRAP", UNWRAP, false);
    want(library, session, key, "CKA_SIGN_RECOVER", SIGN_RECOVER, false);
    want(library, session, key, "CKA_DERIVE", DERIVE, false);
  }

  /** The same of any key: that the HSM made it, keeps it, and never gives it out. */
  public static void checkKept(Cryptoki library, long session, long key)
      throws GeneralSecurityException {
    want(library, session, key, "CKA_TOKEN", TOKEN, true);
    want(library, session, key, "CKA_PRIVATE", PRIVATE, true);
    want(library, session, key, "CKA_SENSITIVE", SENSITIVE, true);
    want(library, session, key, "CKA_ALWAYS_SENSITIVE", ALWAYS_SENSITIVE, true);
    want(library, session, key, "CKA_EXTRACTABLE", EXTRACTABLE, false);
    want(library, session, key, "CKA_NEVER_EXTRACTABLE", NEVER_EXTRACTABLE, true);
    want(library, session, key, "CKA_LOCAL", LOCAL, true);
    want(library, session, key, "CKA_MODIFIABLE", MODIFIABLE, false);
  }

  /** Checks one attribute of a key. */
  public static void want(
      Cryptoki library, long session, long key, String name, long type, boolean wanted)
      throws GeneralSecurityException {
    byte[] value = library.attribute(session, key, type);
    if (value.length != 1 || value[0] != 0 != wanted) {
      throw new GeneralSecurityException(
          "the token's key is not as it was asked for: " + name + " is not " + wanted);
    }
  }

  /** Reads the public half. */
  public PublicJwk publicKey(Cryptoki library, long session, long key)
      throws GeneralSecurityException {
    try {
      return switch (this) {
        case ES256 -> {
          byte[] point = point(library.attribute(session, key, EC_POINT), 2 * Hash.BYTES + 1);
          if (point[0] != UNCOMPRESSED) {
            throw new GeneralSecurityException("the token's point is compressed");
          }
          yield new PublicJwk.Es256(Hash.read(point, 1), Hash.read(point, 1 + Hash.BYTES));
        }
        case EDDSA ->
            PublicJwk.ed25519(
                Hash.of(point(library.attribute(session, key, EC_POINT), Hash.BYTES)));
        case RS256 -> {
          if (!new BigInteger(1, library.attribute(session, key, PUBLIC_EXPONENT))
              .equals(new BigInteger(1, EXPONENT))) {
            throw new GeneralSecurityException("the token chose another public exponent");
          }
          yield new PublicJwk.Rs256(new BigInteger(1, library.attribute(session, key, MODULUS)));
        }
      };
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the token's public key is none: " + e.getMessage(), e);
    }
  }

  /** A DER octet string with the point, or, from some tokens, the point alone. */
  private static byte[] point(byte[] value, int length) throws GeneralSecurityException {
    if (value.length == length) {
      return value;
    }
    if (value.length == length + 2 && value[0] == OCTET_STRING && value[1] == length) {
      return Arrays.copyOfRange(value, 2, value.length);
    }
    throw new GeneralSecurityException("the token's point has another length");
  }
}
