package dev.counterfoil.scan.key;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.scan.sweep.Bytes;
import dev.counterfoil.scan.sweep.Sweep;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What of our own keys is looked for, and by what it is recognised. */
public final class OwnSecrets {
  private static final int SEED_BYTES = 32;

  /** Of a scalar's or seed's bytes; two bytes of zeros come once in 65,536 keys. */
  private static final int LEADING_ZEROS_MAX = 4;

  private static final int SCALAR_MASK = (1 << (KeyHint.SCALAR_SHIFT + KeyHint.SCALAR_BITS)) - 1;
  private static final int SEED_MASK = (1 << KeyHint.SEED_BITS) - 1;
  private static final byte[] ML_DSA_44_ROWS_AND_COLUMNS = {4, 4};
  private static final int RHO_BYTES = 32;

  private final Curves curves = new Curves();
  private final List<RsaExponents> exponents = new ArrayList<>();

  /** Adds everything of a key that can be looked for. */
  public void add(OwnKey key, Sweep.Builder sweep) {
    for (Secret secret : secrets(key)) {
      secret.addTo(sweep);
    }
    Optional<Integer> bits = key.hint().flatMap(KeyHint::bits);
    switch (key.publicKey()) {
      case PublicJwk.Rs256 rsa ->
          bits.ifPresent(low -> exponents.add(new RsaExponents(key.kid(), rsa.modulus(), low)));
      case PublicJwk.MlDsa44 mlDsa -> addExpanded(key.kid(), bytes(mlDsa), sweep);
      case PublicJwk.Es256 es256 -> {}
      case PublicJwk.Ed25519 ed25519 -> {}
    }
  }

  /** Adds what is looked for of all keys together. */
  public void finish(Sweep.Builder sweep) {
    if (!exponents.isEmpty()) {
      sweep.everywhere(RsaExponents.search(exponents));
    }
  }

  private List<Secret> secrets(OwnKey key) {
    Optional<Integer> known = key.hint().flatMap(KeyHint::bits);
    if (known.isEmpty()) {
      return List.of();
    }
    int bits = known.get();
    List<Secret> secrets = new ArrayList<>();
    switch (key.publicKey()) {
      case PublicJwk.Es256 es256 -> {
        byte[] x = es256.x().bytes();
        secrets.add(
            new Secret(
                "es256-scalar",
                key.kid(),
                SEED_BYTES,
                -1,
                bits,
                LEADING_ZEROS_MAX,
                number -> curves.givesP256(number, x)));
      }
      case PublicJwk.Ed25519 ed25519 -> addEd25519(key.kid(), ed25519, bits, secrets);
      case PublicJwk.Rs256 rsa -> addPrimes(key.kid(), rsa.modulus(), bits, secrets);
      case PublicJwk.MlDsa44 mlDsa -> {
        byte[] rho = Arrays.copyOf(bytes(mlDsa), RHO_BYTES);
        secrets.add(
            new Secret(
                "ml-dsa-44-seed",
                key.kid(),
                SEED_BYTES,
                -1,
                bits,
                0,
                number -> Arrays.equals(rho(number), rho)));
      }
    }
    return secrets;
  }

  private static byte[] bytes(PublicJwk.MlDsa44 key) {
    try {
      return Base64Url.decode(key.pub());
    } catch (FormatException e) {
      throw new IllegalStateException("a public key is base64url", e);
    }
  }

  private void addEd25519(String kid, PublicJwk.Ed25519 key, int bits, List<Secret> secrets) {
    byte[] u = Curves.onCurve25519(key.x().bytes());
    int scalarBits = bits >>> KeyHint.SEED_BITS << KeyHint.SCALAR_SHIFT;
    secrets.add(
        new Secret(
            "ed25519-scalar",
            kid,
            SEED_BYTES,
            SCALAR_MASK,
            scalarBits,
            0,
            number -> curves.gives25519(Curves.reversed(number), u)));
    secrets.add(
        new Secret(
            "ed25519-seed",
            kid,
            SEED_BYTES,
            SEED_MASK,
            bits & SEED_MASK,
            0,
            number -> {
              byte[] scalar = Curves.expand(number);
              return ((Bytes.littleEndian(scalar, 0) ^ scalarBits) & SCALAR_MASK) == 0
                  && curves.gives25519(scalar, u);
            }));
  }

  private static void addPrimes(String kid, BigInteger n, int low, List<Secret> secrets) {
    int length = n.bitLength() / 16;
    Secret.Proof divides =
        number -> {
          BigInteger factor = new BigInteger(1, number);
          return factor.testBit(0)
              && factor.bitLength() > 1
              && factor.compareTo(n) < 0
              && n.mod(factor).signum() == 0;
        };
    int other = n.intValue() * RsaExponents.inverseOf(low);
    secrets.add(new Secret("rsa-p", kid, length, -1, low, 0, divides));
    secrets.add(new Secret("rsa-q", kid, length, -1, other, 0, divides));
  }

  /** The public part that a seed gives (FIPS 204, algorithm 6, step 1). */
  private static byte[] rho(byte[] seed) {
    try {
      MessageDigest shake = MessageDigest.getInstance("SHAKE256-512");
      shake.update(seed);
      return Arrays.copyOf(shake.digest(ML_DSA_44_ROWS_AND_COLUMNS), RHO_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java 25 has SHAKE256", e);
    }
  }

  /**
   * The expanded private key is rho, a secret, and the digest tr of the public key, then the rest
   * (FIPS 204, algorithm 24). In the public key something else follows on rho.
   */
  private static void addExpanded(String kid, byte[] publicKey, Sweep.Builder sweep) {
    byte[] rho = Arrays.copyOf(publicKey, RHO_BYTES);
    byte[] digest;
    try {
      digest = MessageDigest.getInstance("SHAKE256-512").digest(publicKey);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java 25 has SHAKE256", e);
    }
    sweep.at(
        (rho[0] & 0xff) | ((rho[1] & 0xff) << 8),
        (bytes, at, limit, trail, findings) -> {
          if (Bytes.isAt(bytes, at, limit, rho)
              && Bytes.isAt(bytes, at + 2 * RHO_BYTES, limit, digest)) {
            findings.ours("ml-dsa-44-expanded", kid, Optional.empty(), trail, at);
          }
        });
  }
}
