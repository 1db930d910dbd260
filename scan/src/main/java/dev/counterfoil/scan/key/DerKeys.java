package dev.counterfoil.scan.key;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.sweep.Bytes;
import dev.counterfoil.scan.sweep.Needle;
import dev.counterfoil.scan.sweep.Sweep;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Private keys in DER: PKCS#8 (RFC 5958) of any algorithm, encrypted PKCS#8, the EC keys of SEC 1
 * (RFC 5915) and the RSA keys of PKCS#1 (RFC 8017). They are known by what stands inside of them
 * and is rare: two bytes of an algorithm's identifier, a version, an exponent.
 */
public final class DerKeys {
  /**
   * Secret bytes have at least so many different values in 16 or more; templates of zeros do not.
   */
  private static final int DISTINCT_MIN = 8;

  private static final int SECRET_BYTES_MIN = 16;
  private static final int SEC1_BYTES_MIN = 20;
  private static final int SEC1_BYTES_MAX = 66;
  private static final int MODULUS_BYTES_MIN = 64;
  private static final int MODULUS_BYTES_MAX = 2049;

  private static final byte[] PKCS_5 = HexFormat.of().parseHex("2a864886f70d0105");
  private static final byte[] PKCS_12_PBE = HexFormat.of().parseHex("2a864886f70d010c01");
  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");
  private static final byte[] VERSION_1 = HexFormat.of().parseHex("020101");

  private DerKeys() {}

  public static void addTo(Sweep.Builder sweep) {
    // Arcs of RSA Security (rsaEncryption, PKCS#5, PKCS#12), ANSI X9.62 and X9.57.
    sweep.at(0x86 | 0xf7 << 8, identified(5));
    sweep.at(0xce | 0x3d << 8, identified(5));
    sweep.at(0xce | 0x38 << 8, identified(5));
    // id-X25519 to id-Ed448 (RFC 8410) are 1.3.101.n.
    sweep.at(0x2b | 0x65 << 8, identified(2));
    // NIST's algorithms: ML-DSA, SLH-DSA, ML-KEM.
    sweep.at(0x01 | 0x65 << 8, identified(5));
    sweep.at(0x01 | 0x04 << 8, DerKeys::sec1);
    // Public exponents 65537, 3 and 17.
    sweep.at(0x03 | 0x01 << 8, (b, at, limit, t, f) -> pkcs1(b, at - 1, limit, t, f));
    sweep.at(0x01 | 0x03 << 8, (b, at, limit, t, f) -> pkcs1(b, at - 1, limit, t, f));
    sweep.at(0x01 | 0x11 << 8, (b, at, limit, t, f) -> pkcs1(b, at - 1, limit, t, f));
  }

  /**
   * PKCS#8 around an algorithm's identifier.
   *
   * @param behind how far behind the identifier's tag the two bytes stand
   */
  private static Needle identified(int behind) {
    return (bytes, at, limit, trail, findings) -> {
      int oid = at - behind;
      DerReader der = new DerReader(bytes, limit);
      if (!der.read(oid, DerReader.OBJECT_IDENTIFIER)) {
        return;
      }
      int oidFrom = der.content();
      int oidTo = der.end();
      int algorithm = der.headerBefore(oid, DerReader.SEQUENCE);
      if (algorithm < 0 || der.end() < oidTo) {
        return;
      }
      int secret = der.end();
      boolean versioned =
          Bytes.isAt(bytes, algorithm - 3, limit, VERSION_0)
              || Bytes.isAt(bytes, algorithm - 3, limit, VERSION_1);
      boolean encrypted =
          Arrays.equals(
                  bytes,
                  oidFrom,
                  Math.min(oidTo, oidFrom + PKCS_5.length),
                  PKCS_5,
                  0,
                  PKCS_5.length)
              || Arrays.equals(
                  bytes,
                  oidFrom,
                  Math.min(oidTo, oidFrom + PKCS_12_PBE.length),
                  PKCS_12_PBE,
                  0,
                  PKCS_12_PBE.length);
      if (versioned || encrypted) {
        int whole = der.headerBefore(encrypted ? algorithm : algorithm - 3, DerReader.SEQUENCE);
        int end = der.end();
        if (whole >= 0
            && der.read(secret, DerReader.OCTET_STRING)
            && der.length() >= SECRET_BYTES_MIN
            && (encrypted ? der.end() == end : der.end() <= end)
            && isRandom(bytes, der.content(), der.end())) {
          findings.general(encrypted ? "pkcs8-encrypted" : "pkcs8", trail, whole, end);
        }
      }
    };
  }

  private static boolean isRandom(byte[] bytes, int from, int to) {
    return Bytes.distinct(bytes, from, to) >= DISTINCT_MIN;
  }

  /** {@code SEQUENCE { 1, OCTET STRING, [0] parameters, [1] public key }}. */
  private static void sec1(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    if (!Bytes.isAt(bytes, at - 2, limit, VERSION_1)) {
      return;
    }
    DerReader der = new DerReader(bytes, limit);
    if (!der.read(at + 1, DerReader.OCTET_STRING)
        || der.length() < SEC1_BYTES_MIN
        || der.length() > SEC1_BYTES_MAX) {
      return;
    }
    int secretFrom = der.content();
    int secretTo = der.end();
    int whole = der.headerBefore(at - 2, DerReader.SEQUENCE);
    if (whole < 0) {
      return;
    }
    int end = der.end();
    int next = secretTo;
    for (int tag = 0xa0; tag <= 0xa1; tag++) {
      if (next < end && der.read(next, tag)) {
        next = der.end();
      }
    }
    if (next == end && isRandom(bytes, secretFrom, secretTo)) {
      findings.general("sec1", trail, whole, end);
    }
  }

  /** {@code SEQUENCE { 0, n, e, d, p, q, …}}; it is one when n is the product of p and q. */
  private static void pkcs1(byte[] bytes, int e, int limit, Trail trail, ScanFindings findings) {
    DerReader der = new DerReader(bytes, limit);
    if (!der.read(e, DerReader.INTEGER) || der.length() > 3 || der.end() >= limit) {
      return;
    }
    BigInteger exponent = new BigInteger(bytes, der.content(), der.length());
    int d = der.end();
    if (!isExponent(exponent) || !der.read(d, DerReader.INTEGER)) {
      return;
    }
    int p = der.end();
    for (int length = MODULUS_BYTES_MIN; length <= MODULUS_BYTES_MAX; length++) {
      int n = der.headerBefore(e - length, DerReader.INTEGER);
      if (n < 0 || der.end() != e || !Bytes.isAt(bytes, n - 3, limit, VERSION_0)) {
        continue;
      }
      BigInteger modulus = new BigInteger(bytes, e - length, length);
      int whole = der.headerBefore(n - 3, DerReader.SEQUENCE);
      int end = der.end();
      if (whole < 0 || !der.read(p, DerReader.INTEGER) || der.length() > length) {
        return;
      }
      BigInteger first = new BigInteger(bytes, der.content(), der.length());
      if (!der.read(der.end(), DerReader.INTEGER) || der.length() > length) {
        return;
      }
      BigInteger second = new BigInteger(bytes, der.content(), der.length());
      if (first.multiply(second).equals(modulus)) {
        findings.general("pkcs1", trail, whole, end);
      }
      return;
    }
  }

  private static boolean isExponent(BigInteger e) {
    return e.bitLength() <= 17
        && (e.intValue() == 65537 || e.intValue() == 3 || e.intValue() == 17);
  }
}
