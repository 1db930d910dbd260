package dev.counterfoil.assess.key;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * One entry of a key set, read leniently: what cannot be read is said, not thrown.
 *
 * <p>Holds the public parts only. If a private part is published, its presence is remembered and
 * its value dropped.
 *
 * @param index place in the set, from 0
 * @param kid as published
 * @param type {@code kty}; empty text when absent
 * @param use {@code use} as published
 * @param algorithm {@code alg} as published
 * @param hasOperations whether {@code key_ops} is published
 * @param issuer the member {@code issuer}, by which some merged sets say whose a key is
 * @param since when the entry says it began: the earlier of {@code iat} and {@code nbf}
 * @param ends when the entry says it ends ({@code exp})
 * @param secrets names of published members that must stay secret
 * @param material the key itself
 * @param certificates {@code x5c} as far as it could be read
 * @param certificateProblem why the rest could not be read
 * @param sha1Thumbprint {@code x5t} as published
 * @param sha256Thumbprint {@code x5t#S256} as published
 */
public record PublishedKey(
    int index,
    Optional<String> kid,
    String type,
    Optional<String> use,
    Optional<String> algorithm,
    boolean hasOperations,
    Optional<String> issuer,
    Optional<Instant> since,
    Optional<Instant> ends,
    List<String> secrets,
    Material material,
    List<X509Certificate> certificates,
    Optional<String> certificateProblem,
    Optional<String> sha1Thumbprint,
    Optional<String> sha256Thumbprint) {

  private static final Set<String> PRIVATE_MEMBERS =
      Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "priv");
  private static final List<String> PUBLIC_MEMBERS = List.of("kty", "n", "e", "crv", "x", "y");

  /**
   * Largest modulus worth looking at; beyond it arithmetic becomes an attack on whoever verifies.
   */
  private static final int RSA_BITS_MAXIMUM = 8_192;

  /** DER of a SubjectPublicKeyInfo up to the key bytes (RFC 8410 section 4). */
  private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final byte[] ED448_PREFIX = HexFormat.of().parseHex("3043300506032b6571033a00");

  /** The key of an entry, or what stands in its place. */
  public sealed interface Material {
    /**
     * A public key that could be read.
     *
     * @param thumbprint RFC 7638, base64url
     * @param description e.g. {@code RSA 2048} or {@code EC P-256}
     * @param curve {@code crv}, for elliptic curves
     * @param key for checking signatures; empty where the JDK does not know the curve
     */
    record Public(
        String thumbprint, String description, Optional<String> curve, Optional<PublicKey> key)
        implements Material {}

    /** {@code oct}: signs and verifies alike. */
    record Symmetric() implements Material {}

    /**
     * An RSA key that is none.
     *
     * @param exponent what is published as its public exponent: 1, or even
     */
    record BrokenExponent(String exponent) implements Material {}

    record UnknownType() implements Material {}

    record Unreadable(String why) implements Material {}
  }

  public static PublishedKey read(int index, ObjectNode entry, AssessmentLimits limits) {
    String type = Json.text(entry, "kty").orElse("");
    List<String> secrets =
        entry.propertyNames().stream()
            .filter(
                name -> PRIVATE_MEMBERS.contains(name) || (type.equals("oct") && name.equals("k")))
            .sorted()
            .toList();
    List<X509Certificate> certificates = new ArrayList<>();
    Optional<String> certificateProblem = readCertificates(entry, limits, certificates);
    return new PublishedKey(
        index,
        Json.text(entry, "kid"),
        type,
        Json.text(entry, "use"),
        Json.text(entry, "alg"),
        entry.has("key_ops"),
        Json.text(entry, "issuer"),
        earlier(instant(entry, "iat"), instant(entry, "nbf")),
        instant(entry, "exp"),
        secrets,
        readMaterial(type, entry),
        List.copyOf(certificates),
        certificateProblem,
        Json.text(entry, "x5t"),
        Json.text(entry, "x5t#S256"));
  }

  /** Whether tokens may be signed with it, as far as the entry says. */
  public boolean isForSigning() {
    return use.map(value -> !value.equals("enc")).orElse(true);
  }

  public Optional<Material.Public> publicMaterial() {
    return material instanceof Material.Public readable ? Optional.of(readable) : Optional.empty();
  }

  public Optional<String> thumbprint() {
    return publicMaterial().map(Material.Public::thumbprint);
  }

  public Optional<RSAPublicKey> rsa() {
    return publicMaterial()
        .flatMap(Material.Public::key)
        .flatMap(key -> key instanceof RSAPublicKey rsa ? Optional.of(rsa) : Optional.empty());
  }

  /** The certificate of the key itself, which states its dates. */
  public Optional<X509Certificate> certificate() {
    return certificates.stream().findFirst();
  }

  /** How evidence names it. */
  public String name() {
    return kid.map(value -> "key " + Printable.of(value))
        .orElse("key number " + (index + 1) + " (no kid)");
  }

  private static Material readMaterial(String type, ObjectNode entry) {
    return switch (type) {
      case "oct" -> new Material.Symmetric();
      case "RSA", "EC", "OKP" -> {
        ObjectNode publicPart = Json.MAPPER.createObjectNode();
        PUBLIC_MEMBERS.forEach(
            member -> Json.text(entry, member).ifPresent(text -> publicPart.put(member, text)));
        yield readPublic(publicPart.toString());
      }
      case "" -> new Material.Unreadable("no kty");
      default -> new Material.UnknownType();
    };
  }

  private static Material readPublic(String publicPart) {
    try {
      JWK jwk = JWK.parse(publicPart);
      return switch (jwk.getKeyType().getValue()) {
        case "RSA" -> {
          BigInteger modulus = jwk.toRSAKey().getModulus().decodeToBigInteger();
          if (modulus.bitLength() > RSA_BITS_MAXIMUM) {
            yield new Material.Unreadable(
                "RSA modulus of " + modulus.bitLength() + " bits: longer than " + RSA_BITS_MAXIMUM);
          }
          BigInteger exponent = jwk.toRSAKey().getPublicExponent().decodeToBigInteger();
          if (!exponent.testBit(0) || exponent.equals(BigInteger.ONE)) {
            yield new Material.BrokenExponent(Printable.of(exponent.toString()));
          }
          yield new Material.Public(
              jwk.computeThumbprint().toString(),
              "RSA " + modulus.bitLength(),
              Optional.empty(),
              Optional.of(jwk.toRSAKey().toRSAPublicKey()));
        }
        case "EC" -> {
          Curve curve = jwk.toECKey().getCurve();
          yield new Material.Public(
              jwk.computeThumbprint().toString(),
              "EC " + Printable.of(curve.getName()),
              Optional.of(curve.getName()),
              // The JDK has no secp256k1 since version 16.
              Curve.SECP256K1.equals(curve)
                  ? Optional.empty()
                  : Optional.of(jwk.toECKey().toECPublicKey()));
        }
        default -> {
          Curve curve = jwk.toOctetKeyPair().getCurve();
          yield new Material.Public(
              jwk.computeThumbprint().toString(),
              "OKP " + Printable.of(curve.getName()),
              Optional.of(curve.getName()),
              edwards(curve, jwk.toOctetKeyPair().getDecodedX()));
        }
      };
    } catch (ParseException
        | JOSEException
        | GeneralSecurityException
        | IllegalArgumentException
        | IllegalStateException e) {
      // Refused: an entry of a stranger's document, reported as a finding.
      return new Material.Unreadable(Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private static Optional<PublicKey> edwards(Curve curve, byte[] point)
      throws GeneralSecurityException {
    byte[] prefix;
    if (Curve.Ed25519.equals(curve)) {
      prefix = ED25519_PREFIX;
    } else if (Curve.Ed448.equals(curve)) {
      prefix = ED448_PREFIX;
    } else {
      return Optional.empty();
    }
    byte[] encoded = new byte[prefix.length + point.length];
    System.arraycopy(prefix, 0, encoded, 0, prefix.length);
    System.arraycopy(point, 0, encoded, prefix.length, point.length);
    return Optional.of(
        KeyFactory.getInstance("EdDSA").generatePublic(new X509EncodedKeySpec(encoded)));
  }

  private static Optional<String> readCertificates(
      ObjectNode entry, AssessmentLimits limits, List<X509Certificate> into) {
    List<String> encoded = Json.texts(entry, "x5c");
    if (entry.has("x5c") && encoded.isEmpty()) {
      return Optional.of("x5c is not a list of texts");
    }
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (String text :
          encoded.subList(0, Math.min(encoded.size(), limits.certificatesPerKey()))) {
        byte[] der = Base64.getDecoder().decode(text);
        into.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
      return Optional.empty();
    } catch (CertificateException | IllegalArgumentException e) {
      // Refused: a part of a stranger's document, reported as a finding.
      return Optional.of(Printable.of(String.valueOf(e.getMessage())));
    }
  }

  private static Optional<Instant> instant(ObjectNode entry, String member) {
    OptionalLong seconds = Json.number(entry, member);
    return seconds.isPresent()
        ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong()))
        : Optional.empty();
  }

  private static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(one.get().isBefore(other.get()) ? one.get() : other.get())
        : one.or(() -> other);
  }
}
