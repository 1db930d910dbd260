package dev.counterfoil.assess.key;

import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.format.weakkeys.FactoredRsa;
import dev.counterfoil.format.weakkeys.WeakEd25519;
import dev.counterfoil.format.weakkeys.WeakRsa;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/** Judges the keys of a set one by one. */
public final class KeyChecks {
  private static final int RSA_BITS_MINIMUM = 2048;

  /** Longest modulus, and most of them, that are examined, each for a second at most. */
  private static final int EXAMINED_BITS_MAX = 4096;

  private static final int EXAMINED_MAX = 16;
  private static final BigInteger USUAL_EXPONENT = BigInteger.valueOf(65_537);
  private static final Set<String> USUAL_CURVES =
      Set.of("P-256", "P-384", "P-521", "Ed25519", "Ed448", "X25519", "X448");

  /**
   * RFC 7638 thumbprints of keys whose private halves are printed in documentation or packages: the
   * signing key with which the npm package oidc-provider starts when none is configured, and the
   * RSA and EC examples of RFC 7517 appendix A.2.
   */
  private static final Set<String> KNOWN_KEYS =
      Set.of(
          "r1LkbBo3925Rb2ZFFrKyU3MVex9T2817Kx0vbi6i_Kc",
          "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
          "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");

  private final PublishedKeySet set;
  private final KeyPeriod period;
  private final Instant now;
  private final AssessmentFindings findings;
  private int examined;

  public KeyChecks(
      PublishedKeySet set, KeyPeriod period, Instant now, AssessmentFindings findings) {
    this.set = set;
    this.period = period;
    this.now = now;
    this.findings = findings;
  }

  public void run(PublishedKey key) {
    checkSecrecy(key);
    checkMaterial(key);
    checkNames(key);
    checkCertificates(key);
    key.ends()
        .filter(end -> end.isBefore(now))
        .ifPresent(
            end ->
                add(KeyFinding.KEY_PAST_ITS_END, key, "ended " + day(end) + ", " + daysAgo(end)));
  }

  private void checkSecrecy(PublishedKey key) {
    if (key.type().equals("oct")) {
      add(
          KeyFinding.SYMMETRIC_KEY_PUBLISHED,
          key,
          key.secrets().isEmpty() ? "kty is oct" : "with its secret");
    } else if (!key.secrets().isEmpty()) {
      add(KeyFinding.PRIVATE_KEY_PUBLISHED, key, "members " + String.join(", ", key.secrets()));
    }
    if (key.thumbprint().map(KNOWN_KEYS::contains).orElse(false)) {
      add(KeyFinding.KNOWN_KEY_PUBLISHED, key, "thumbprint " + key.thumbprint().orElseThrow());
    }
  }

  private void checkMaterial(PublishedKey key) {
    switch (key.material()) {
      case PublishedKey.Material.Public material -> {
        key.rsa().ifPresent(rsa -> checkRsa(key, rsa));
        if (isNobodys(material)) {
          add(KeyFinding.KEY_OF_NOBODY, key, material.description());
        }
        material
            .curve()
            .filter(curve -> !USUAL_CURVES.contains(curve))
            .ifPresent(curve -> add(KeyFinding.CURVE_UNUSUAL, key, Printable.of(curve)));
      }
      case PublishedKey.Material.Symmetric _ -> {
        // Said by checkSecrecy.
      }
      case PublishedKey.Material.BrokenExponent broken ->
          add(KeyFinding.RSA_EXPONENT_BROKEN, key, "exponent " + broken.exponent());
      case PublishedKey.Material.UnknownType _ ->
          add(KeyFinding.KEY_TYPE_UNKNOWN, key, "kty " + Printable.of(key.type()));
      case PublishedKey.Material.Unreadable unreadable ->
          add(KeyFinding.KEY_UNREADABLE, key, unreadable.why());
    }
  }

  /** Whether anybody signs under it, without a private key. */
  private static boolean isNobodys(PublishedKey.Material.Public material) {
    if (!material.curve().equals(Optional.of("Ed25519")) || material.key().isEmpty()) {
      return false;
    }
    byte[] encoded = material.key().get().getEncoded();
    return WeakEd25519.isWeak(
        Arrays.copyOfRange(encoded, encoded.length - WeakEd25519.KEY_BYTES, encoded.length));
  }

  private void checkRsa(PublishedKey key, RSAPublicKey rsa) {
    if (rsa.getModulus().bitLength() < RSA_BITS_MINIMUM) {
      add(KeyFinding.RSA_TOO_SHORT, key, rsa.getModulus().bitLength() + " bits");
    }
    if (!rsa.getPublicExponent().equals(USUAL_EXPONENT)) {
      add(
          KeyFinding.RSA_EXPONENT_UNUSUAL,
          key,
          "exponent " + Printable.of(rsa.getPublicExponent().toString()));
    }
    WeakRsa.fault(rsa.getModulus())
        .ifPresent(
            fault ->
                add(
                    fault == WeakRsa.Fault.ROCA ? KeyFinding.RSA_ROCA : KeyFinding.RSA_FACTORED,
                    key,
                    "RSA " + rsa.getModulus().bitLength() + ", its modulus " + fault.words()));
    if (WeakRsa.fault(rsa.getModulus()).isEmpty()
        && rsa.getModulus().bitLength() <= EXAMINED_BITS_MAX
        && examined++ < EXAMINED_MAX) {
      FactoredRsa.fault(rsa.getModulus())
          .ifPresent(
              fault ->
                  add(
                      KeyFinding.RSA_FACTORED,
                      key,
                      "RSA " + rsa.getModulus().bitLength() + ", its modulus " + fault.words()));
    }
  }

  private void checkNames(PublishedKey key) {
    if (key.kid().isEmpty()) {
      add(KeyFinding.KID_MISSING, key, key.type());
    } else if (key.thumbprint().isPresent() && !key.kid().equals(key.thumbprint())) {
      add(KeyFinding.KID_NOT_THUMBPRINT, key, "thumbprint " + key.thumbprint().get());
    }
    boolean useOpen = key.use().isEmpty() && !key.hasOperations();
    if (useOpen || key.algorithm().isEmpty()) {
      String missing =
          !useOpen ? "no alg" : key.algorithm().isEmpty() ? "neither use nor alg" : "no use";
      add(KeyFinding.KEY_PURPOSE_OPEN, key, missing);
    }
  }

  private void checkCertificates(PublishedKey key) {
    key.certificateProblem().ifPresent(problem -> add(KeyFinding.X5C_UNREADABLE, key, problem));
    Optional<X509Certificate> first = key.certificate();
    if (first.isEmpty()) {
      return;
    }
    X509Certificate certificate = first.get();
    Optional<PublicKey> material = key.publicMaterial().flatMap(PublishedKey.Material.Public::key);
    if (material.isPresent() && !sameKey(material.get(), certificate.getPublicKey())) {
      add(KeyFinding.X5C_KEY_MISMATCH, key, "certificate of " + subject(certificate));
    }
    checkThumbprint(key, certificate, "SHA-1", "x5t", key.sha1Thumbprint());
    checkThumbprint(key, certificate, "SHA-256", "x5t#S256", key.sha256Thumbprint());
    if (isSelfSigned(certificate)) {
      add(KeyFinding.CERTIFICATE_SELF_SIGNED, key, subject(certificate));
    }
    Instant begins = certificate.getNotBefore().toInstant();
    Instant ends = certificate.getNotAfter().toInstant();
    String dates = "certificate from " + day(begins) + " to " + day(ends);
    if (ends.isBefore(now)) {
      add(KeyFinding.CERTIFICATE_EXPIRED, key, dates + ", ended " + daysAgo(ends));
    } else if (begins.isAfter(now)) {
      add(KeyFinding.CERTIFICATE_NOT_YET_VALID, key, dates);
    }
    Duration life = Duration.between(begins, ends);
    if (key.isForSigning() && life.compareTo(period.ceiling()) > 0) {
      add(
          KeyFinding.CERTIFICATE_TOO_LONG,
          key,
          dates
              + ": "
              + life.toDays()
              + " days; the yardstick for "
              + period.words()
              + " is "
              + period.ceiling().toDays());
    }
  }

  private void checkThumbprint(
      PublishedKey key,
      X509Certificate certificate,
      String hash,
      String member,
      Optional<String> stated) {
    if (stated.isEmpty()) {
      return;
    }
    try {
      byte[] digest = MessageDigest.getInstance(hash).digest(certificate.getEncoded());
      if (!Base64.getUrlEncoder().withoutPadding().encodeToString(digest).equals(stated.get())) {
        add(KeyFinding.X5T_MISMATCH, key, member + " is " + Printable.of(stated.get()));
      }
    } catch (CertificateEncodingException e) {
      // Refused: a stranger's certificate that was parsed but cannot be written again.
      add(KeyFinding.X5C_UNREADABLE, key, Printable.of(String.valueOf(e.getMessage())));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must have " + hash, e);
    }
  }

  private static boolean sameKey(PublicKey one, PublicKey other) {
    return (one instanceof RSAPublicKey rsa && other instanceof RSAPublicKey otherRsa)
        // The encodings may differ (RSASSA-PSS parameters); the numbers are the key.
        ? rsa.getModulus().equals(otherRsa.getModulus())
            && rsa.getPublicExponent().equals(otherRsa.getPublicExponent())
        : MessageDigest.isEqual(one.getEncoded(), other.getEncoded());
  }

  private static boolean isSelfSigned(X509Certificate certificate) {
    if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
      return false;
    }
    try {
      certificate.verify(certificate.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      // Refused: it names itself as its issuer and is not signed by its own key.
      return false;
    }
  }

  private void add(KeyFinding kind, PublishedKey key, String detail) {
    findings.add(kind, set.name(key) + ": " + detail);
  }

  private static String subject(X509Certificate certificate) {
    return Printable.of(certificate.getSubjectX500Principal().getName());
  }

  public static LocalDate day(Instant instant) {
    return LocalDate.ofInstant(instant, ZoneOffset.UTC);
  }

  /** Whole calendar days (UTC) between then and now, as people count them. */
  private String daysAgo(Instant then) {
    return ChronoUnit.DAYS.between(day(then), day(now)) + " days ago";
  }
}
