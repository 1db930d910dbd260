package dev.counterfoil.scan.key;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.sweep.Sweep;

/**
 * Key stores of Java's own formats, JKS and JCEKS: four bytes of magic, the version, the number of
 * entries, and entries that each begin with their kind. Their private keys are encrypted, JKS's
 * under a cipher of its own that a password's guess opens.
 */
public final class JavaKeyStores {
  private static final int CERTIFICATE = 2;
  private static final int HEADER_BYTES = 12;
  private static final int DATE_BYTES = 8;

  private JavaKeyStores() {}

  public static void addTo(Sweep.Builder sweep) {
    sweep.at(0xfe | 0xed << 8, (b, at, limit, t, f) -> look(b, at, limit, "jks", t, f));
    sweep.at(0xce | 0xce << 8, (b, at, limit, t, f) -> look(b, at, limit, "jceks", t, f));
  }

  private static void look(
      byte[] bytes, int at, int limit, String what, Trail trail, ScanFindings findings) {
    if (at + HEADER_BYTES > limit
        || bytes[at + 2] != bytes[at]
        || bytes[at + 3] != bytes[at + 1]
        || bytes[at + 4] != 0
        || bytes[at + 5] != 0
        || bytes[at + 6] != 0
        || bytes[at + 7] < 1
        || bytes[at + 7] > 2) {
      return;
    }
    if (holdsMoreThanCertificates(bytes, at + 8, limit, bytes[at + 7] == 2)) {
      findings.general(what + "-encrypted", trail, at, Math.min(limit, at + TextKeys.REACH));
    }
  }

  /** Also where its end is beyond what can be read: then nobody knows. */
  private static boolean holdsMoreThanCertificates(
      byte[] bytes, int from, int limit, boolean areTyped) {
    int count = number(bytes, from, 4, limit);
    int at = from + 4;
    for (int entry = 0; entry < count; entry++) {
      int kind = number(bytes, at, 4, limit);
      if (kind != CERTIFICATE) {
        return true;
      }
      at += 4;
      at += 2 + number(bytes, at, 2, limit) + DATE_BYTES;
      at += areTyped ? 2 + number(bytes, at, 2, limit) : 0;
      at += 4 + number(bytes, at, 4, limit);
      if (at < from || at > limit) {
        return true;
      }
    }
    return count < 0;
  }

  /** A number, the highest byte first; negative where it cannot be read. */
  private static int number(byte[] bytes, int at, int length, int limit) {
    if (at < 0 || at > limit - length) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | (bytes[at + i] & 0xff);
    }
    return value;
  }
}
