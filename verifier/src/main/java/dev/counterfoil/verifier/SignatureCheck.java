package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.Pkcs1;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.CompactToken;
import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks tokens' signatures, with AWS-LC where it is on the class path and else with the JDK. */
final class SignatureCheck {
  private static final System.Logger LOG = System.getLogger(SignatureCheck.class.getName());

  private static final String ECDSA_OF_HASHES = "NONEwithECDSA";

  /** Half the order of P-256, rounded down: the largest s of a low-s signature. */
  private static final byte[] S_MAX =
      unsigned32(
          new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
              .shiftRight(1));

  private static final Map<PublicJwk.Algorithm, List<Other>> OTHERS =
      Map.of(
          PublicJwk.Algorithm.RS256,
          List.of(
              Other.pss("SHA-256", MGF1ParameterSpec.SHA256, 32),
              Other.pss("SHA-384", MGF1ParameterSpec.SHA384, 48),
              Other.pss("SHA-512", MGF1ParameterSpec.SHA512, 64),
              new Other("SHA1withRSA", null),
              new Other("SHA384withRSA", null),
              new Other("SHA512withRSA", null)),
          PublicJwk.Algorithm.ES256,
          List.of(
              new Other("SHA384withECDSAinP1363Format", null),
              new Other("SHA512withECDSAinP1363Format", null)));

  private final @Nullable Provider provider;
  private final Platform platform;

  /** Each is looked up once, and started with the key of the token anew every time. */
  private final Map<PublicJwk.Algorithm, Spares<Optional<Signature>>> checks =
      new EnumMap<>(PublicJwk.Algorithm.class);

  /** ES256 over a hash that is there already; its signatures are in DER. */
  private final Spares<Optional<Signature>> ofHashes =
      new Spares<>(() -> signature(ECDSA_OF_HASHES));

  private final boolean takesHashes;

  /** What the Java runtime itself makes of a key. */
  @FunctionalInterface
  interface Platform {
    /**
     * The key for {@link Signature}.
     *
     * @throws NoSuchAlgorithmException when the runtime lacks its algorithm
     */
    PublicKey key(PublicJwk jwk) throws GeneralSecurityException;
  }

  /**
   * A key as the provider wants it.
   *
   * @param platform null where this runtime lacks the algorithm
   */
  record Key(PublicJwk jwk, @Nullable PublicKey platform) {}

  private SignatureCheck(@Nullable Provider provider, Platform platform) {
    this.provider = provider;
    this.platform = platform;
    this.takesHashes =
        provider != null && provider.getService("Signature", ECDSA_OF_HASHES) != null;
    for (PublicJwk.Algorithm algorithm : PublicJwk.Algorithm.values()) {
      checks.put(algorithm, new Spares<>(() -> signature(algorithm.javaSignature())));
    }
  }

  /** The fastest check that this class path offers; says so in the log when it is the slow one. */
  static SignatureCheck best() {
    Provider provider = AwsLcProvider.load().orElse(null);
    if (provider == null) {
      LOG.log(
          Level.INFO,
          "AWS-LC is not on the class path: the JDK checks ES256 signatures, some ten times"
              + " slower. Add software.amazon.cryptools:AmazonCorrettoCryptoProvider.");
    }
    return new SignatureCheck(provider, PublicJwk::javaKey);
  }

  /** The JDK's own check. */
  static SignatureCheck platform() {
    return platform(PublicJwk::javaKey);
  }

  /** The check of a Java runtime. */
  static SignatureCheck platform(Platform platform) {
    return new SignatureCheck(null, platform);
  }

  /**
   * Prepares a key. One whose algorithm this runtime lacks is kept, so that the other keys of its
   * set can be used, and every token of it is refused.
   */
  Key key(PublicJwk jwk) throws FormatException {
    try {
      return new Key(jwk, platformKey(jwk));
    } catch (NoSuchAlgorithmException e) {
      LOG.log(
          Level.WARNING,
          "this Java runtime cannot check {0}: its tokens are refused as {1}. Run on Java 24 or"
              + " later, or add software.amazon.cryptools:AmazonCorrettoCryptoProvider.",
          jwk.algorithm().jose(),
          RefusalCode.ALGORITHM_UNAVAILABLE);
      return new Key(jwk, null);
    } catch (GeneralSecurityException e) {
      throw new FormatException("public key cannot be used", e);
    }
  }

  private PublicKey platformKey(PublicJwk jwk) throws GeneralSecurityException {
    if (provider != null && provider.getService("KeyFactory", jwk.algorithm().javaKey()) != null) {
      return KeyFactory.getInstance(jwk.algorithm().javaKey(), provider)
          .generatePublic(jwk.keySpec());
    }
    return platform.key(jwk);
  }

  /**
   * Why a signature is not good; empty when it is.
   *
   * @param signature as JWS writes it: r ‖ s for ES256 (RFC 7518 3.4), RFC 8032's for EdDSA, the
   *     modulus's length for RS256 (RFC 7518 3.3), FIPS 204's for ML-DSA-44
   */
  Optional<RefusalCode> refusal(Key key, byte[] input, byte[] signature) {
    return ownRefusal(key, new Signed(() -> input, () -> Hash.sha256(input), signature));
  }

  /** The same of a token's signature. */
  Optional<RefusalCode> refusal(Key key, CompactToken token) {
    return ownRefusal(key, signed(token));
  }

  /** The same for a key of another issuer, whose ES256 signatures have either value of s. */
  Optional<RefusalCode> foreignRefusal(Key key, byte[] input, byte[] signature) {
    return refusal(key, new Signed(() -> input, () -> Hash.sha256(input), signature));
  }

  /** The same of a token's signature. */
  Optional<RefusalCode> foreignRefusal(Key key, CompactToken token) {
    return refusal(key, signed(token));
  }

  /**
   * Whether a key has made a signature of another algorithm for keys of its type (RFC 7518 3.3 to
   * 3.5). No token is accepted for it: it shows that the key was used outside its signer.
   */
  boolean isOfAnotherAlgorithm(Key key, byte[] input, byte[] signature) {
    PublicKey platform = key.platform();
    return platform != null
        && signature.length == key.jwk().signatureBytes()
        && OTHERS.getOrDefault(key.jwk().algorithm(), List.of()).stream()
            .anyMatch(other -> other.isGood(platform, input, signature));
  }

  /** An algorithm that none of our keys signs with, by its name in Java. */
  private record Other(String name, @Nullable PSSParameterSpec parameters) {
    boolean isGood(PublicKey key, byte[] input, byte[] signature) {
      try {
        Signature check = Signature.getInstance(name);
        if (parameters != null) {
          check.setParameter(parameters);
        }
        check.initVerify(key);
        check.update(input);
        return check.verify(signature);
      } catch (GeneralSecurityException e) {
        return false;
      }
    }

    static Other pss(String hash, MGF1ParameterSpec mask, int salt) {
      return new Other(
          "RSASSA-PSS",
          new PSSParameterSpec(hash, "MGF1", mask, salt, PSSParameterSpec.TRAILER_FIELD_BC));
    }
  }

  /** A signature and what it is over, of which a check takes what it wants. */
  private static final class Signed {
    private final Supplier<byte[]> input;
    private final Supplier<Hash> sha256;
    private final byte[] signature;

    Signed(Supplier<byte[]> input, Supplier<Hash> sha256, byte[] signature) {
      this.input = input;
      this.sha256 = sha256;
      this.signature = signature;
    }
  }

  private static Signed signed(CompactToken token) {
    return new Signed(token::signingInput, token::digest, token.signature());
  }

  private Optional<RefusalCode> ownRefusal(Key key, Signed signed) {
    Optional<RefusalCode> refusal = refusal(key, signed);
    if (refusal.isPresent()) {
      return refusal;
    }
    return key.jwk().algorithm() == PublicJwk.Algorithm.ES256 && isHighS(signed.signature)
        ? Optional.of(RefusalCode.SIGNATURE_HIGH_S)
        : Optional.empty();
  }

  private Optional<RefusalCode> refusal(Key key, Signed signed) {
    PublicKey platform = key.platform();
    if (platform == null) {
      return Optional.of(RefusalCode.ALGORITHM_UNAVAILABLE);
    }
    PublicJwk.Algorithm algorithm = key.jwk().algorithm();
    if (signed.signature.length != key.jwk().signatureBytes()) {
      return Optional.of(RefusalCode.SIGNATURE);
    }
    if (key.jwk() instanceof PublicJwk.Rs256 rsa) {
      // Providers differ in what they let pass in the encoding: here there is one for all.
      return Pkcs1.isGood(rsa.modulus(), signed.input.get(), signed.signature)
          ? Optional.empty()
          : Optional.of(RefusalCode.SIGNATURE);
    }
    boolean ofHash = takesHashes && algorithm == PublicJwk.Algorithm.ES256;
    boolean good =
        ofHash
            ? isGood(ofHashes, platform, signed.sha256.get().bytes(), EcdsaDer.of(signed.signature))
            : isGood(spares(algorithm), platform, signed.input.get(), signed.signature);
    return good ? Optional.empty() : Optional.of(RefusalCode.SIGNATURE);
  }

  private static boolean isGood(
      Spares<Optional<Signature>> spares, PublicKey key, byte[] input, byte[] signature) {
    try {
      Optional<Signature> spare = spares.take();
      if (spare.isEmpty()) {
        return false;
      }
      Signature check = spare.get();
      check.initVerify(key);
      check.update(input);
      boolean good = check.verify(signature);
      // Not after an exception: whoever threw it may have left it half way.
      spares.giveBack(spare);
      return good;
    } catch (GeneralSecurityException e) {
      // Providers throw for r or s out of range: that is a signature that is not good.
      return false;
    }
  }

  private Spares<Optional<Signature>> spares(PublicJwk.Algorithm algorithm) {
    return Objects.requireNonNull(checks.get(algorithm));
  }

  /** Empty when this runtime lacks the algorithm. */
  private Optional<Signature> signature(String name) {
    try {
      return Optional.of(
          provider != null && provider.getService("Signature", name) != null
              ? Signature.getInstance(name, provider)
              : Signature.getInstance(name));
    } catch (NoSuchAlgorithmException e) {
      return Optional.empty();
    }
  }

  static boolean isHighS(byte[] signature) {
    return Arrays.compareUnsigned(signature, 32, 64, S_MAX, 0, 32) > 0;
  }

  private static byte[] unsigned32(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(bytes.length, 32);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return fixed;
  }
}
