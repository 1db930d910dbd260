package dev.counterfoil.scan.key;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.sweep.Bytes;
import dev.counterfoil.scan.sweep.Sweep;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * Private keys that are written as text: PEM (RFC 7468 and the forms before it), OpenSSH's, JWK
 * (RFC 7517), and sealed key files of our own.
 */
public final class TextKeys {
  /** How far a JWK reaches, in bytes, and how much of a PEM body is read. */
  public static final int REACH = 12 * 1024;

  private static final String BEGIN = "-----BEGIN ";
  private static final int LABEL_MAX = 32;
  private static final int PEM_CHARS_MIN = 48;

  /** What stands around the lines of a PEM block in source code, comments, quotes and tables. */
  private static final String LINE_DECORATION = "\"'`;>#*|()[]";

  /** Characters behind a BEGIN line that make it more than a program's constant. */
  private static final int FOLLOWING_CHARS_MIN = 32;

  private static final int JWK_VALUE_CHARS_MIN = 20;
  private static final String OPENSSH = "openssh-key-v1\0";
  private static final int OPENSSH_BYTES_MIN = 64;

  private TextKeys() {}

  public static void addTo(Sweep.Builder sweep) {
    sweep.at("Y-", (b, at, limit, t, f) -> pem(b, at + 1, "PRIVATE KEY", limit, t, f));
    sweep.at("K-", (b, at, limit, t, f) -> pem(b, at + 1, "PRIVATE KEY BLOCK", limit, t, f));
    sweep.at("kt", TextKeys::jwk);
    sweep.at("v1", TextKeys::openSsh);
    sweep.at("CF", TextKeys::sealed);
  }

  private static void pem(
      byte[] bytes, int labelEnd, String kind, int limit, Trail trail, ScanFindings findings) {
    if (!Bytes.isAt(bytes, labelEnd - kind.length(), limit, kind)
        || !Bytes.isAt(bytes, labelEnd, limit, "-----")) {
      return;
    }
    int begin = labelEnd - kind.length() - BEGIN.length();
    int first = Math.max(0, begin - LABEL_MAX);
    while (begin >= first && !Bytes.isAt(bytes, begin, limit, BEGIN)) {
      begin--;
    }
    if (begin < first) {
      return;
    }
    String label = text(bytes, begin + BEGIN.length(), labelEnd);
    StringBuilder body = new StringBuilder();
    int end = body(bytes, labelEnd + 5, Math.min(limit, labelEnd + REACH), body);
    boolean encrypted =
        label.startsWith("ENCRYPTED")
            || text(bytes, labelEnd + 5, Math.min(end, labelEnd + 64)).contains("ENCRYPTED");
    if (body.length() < PEM_CHARS_MIN) {
      if (isLineWithMore(bytes, labelEnd + 5, limit)) {
        findings.general("pem-unread", trail, begin, end);
      }
      return;
    }
    String what = "pem";
    if (label.startsWith("OPENSSH")) {
      what = "openssh";
      encrypted = isOpenSshEncrypted(body);
    } else if (kind.endsWith("BLOCK")) {
      what = "pgp";
    }
    findings.general(encrypted ? what + "-encrypted" : what, trail, begin, end);
  }

  /** A BEGIN line with something behind it, which may be a body in a form that is not read. */
  private static boolean isLineWithMore(byte[] bytes, int from, int limit) {
    int at = from;
    boolean breaks = false;
    while (at < limit && (isBreak(bytes, at, limit) || " \t,+".indexOf(bytes[at]) >= 0)) {
      breaks |= bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\\';
      at++;
    }
    int more = at;
    while (more < limit && bytes[more] >= ' ' && bytes[more] < 0x7f) {
      more++;
    }
    return breaks && more - at >= FOLLOWING_CHARS_MIN && !Bytes.isAt(bytes, at, limit, "-----END");
  }

  /**
   * Collects the base64 of a PEM block, also where its line ends are written as {@code \n}, and
   * where its lines are quoted; header lines such as Proc-Type are left out.
   *
   * @return where the block ends
   */
  private static int body(byte[] bytes, int from, int limit, StringBuilder body) {
    int line = from;
    while (line < limit && !Bytes.isAt(bytes, line, limit, "-----")) {
      int end = line;
      boolean isHeader = false;
      while (end < limit && isLine(bytes[end])) {
        isHeader |= bytes[end] == ':';
        end++;
      }
      for (int at = line; at < end && !isHeader; at++) {
        if (isBase64(bytes[at]) || bytes[at] == '=') {
          body.append((char) bytes[at]);
        }
      }
      int next = end;
      while (next < limit && isBreak(bytes, next, limit)) {
        next++;
      }
      if (next == end) {
        return end;
      }
      line = next;
    }
    return line;
  }

  private static boolean isLine(int c) {
    return isBase64(c) || "=:,- \t".indexOf(c) >= 0;
  }

  /** A line end, or one as source text and JSON write it. */
  private static boolean isBreak(byte[] bytes, int at, int limit) {
    int c = bytes[at];
    return c == '\n'
        || c == '\r'
        || LINE_DECORATION.indexOf(c) >= 0
        || (c == '\\' && at + 1 < limit && (bytes[at + 1] == 'n' || bytes[at + 1] == 'r'))
        || ((c == 'n' || c == 'r') && bytes[at - 1] == '\\');
  }

  private static boolean isBase64(int c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '+'
        || c == '/';
  }

  private static boolean isOpenSshEncrypted(CharSequence body) {
    String head = body.subSequence(0, PEM_CHARS_MIN).toString();
    try {
      byte[] decoded = Base64.getDecoder().decode(head);
      return isCiphered(decoded, OPENSSH.length(), decoded.length);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether the name of a cipher stands at a place, and is not "none". */
  private static boolean isCiphered(byte[] bytes, int at, int limit) {
    return !Bytes.isAt(bytes, at, limit, "\0\0\0\4none");
  }

  private static void openSsh(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    int begin = at - (OPENSSH.length() - 3);
    int cipher = begin + OPENSSH.length();
    if (Bytes.isAt(bytes, begin, limit, OPENSSH)
        && cipher + OPENSSH_BYTES_MIN <= limit
        && bytes[cipher] == 0
        && bytes[cipher + 1] == 0) {
      findings.general(
          isCiphered(bytes, cipher, limit) ? "openssh-encrypted" : "openssh",
          trail,
          begin,
          cipher + OPENSSH_BYTES_MIN);
    }
  }

  private static void sealed(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    if (trail.depth() == 0
        && trail.offset(at) == 0
        && Bytes.isAt(bytes, at, limit, "CFK")
        && at + 64 < limit
        && Character.isDigit(bytes[at + 3])) {
      findings.general("counterfoil-sealed-key", trail, at, Math.min(limit, at + REACH));
    }
  }

  private static void jwk(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    if (!Bytes.isAt(bytes, at, limit, "kty") || at == 0 || bytes[at - 1] != '"') {
      return;
    }
    int begin = objectBegin(bytes, at);
    if (begin < 0) {
      return;
    }
    int end = objectEnd(bytes, at, limit);
    String object = text(bytes, begin, end);
    String kind = value(object, "kty");
    String secret =
        switch (kind.toUpperCase(Locale.ROOT)) {
          case "RSA", "EC", "OKP" -> value(object, "d");
          case "AKP" -> value(object, "priv");
          case "OCT" -> value(object, "k");
          default -> "";
        };
    if (secret.length() >= JWK_VALUE_CHARS_MIN) {
      findings.general(kind.equalsIgnoreCase("oct") ? "jwk-symmetric" : "jwk", trail, begin, end);
    }
  }

  private static int objectBegin(byte[] bytes, int at) {
    int depth = 0;
    for (int i = at - 1; i >= 0 && i > at - REACH; i--) {
      if (bytes[i] == '}') {
        depth++;
      } else if (bytes[i] == '{' && depth-- == 0) {
        return i;
      }
    }
    return -1;
  }

  private static int objectEnd(byte[] bytes, int at, int limit) {
    int depth = 0;
    int last = Math.min(limit, at + REACH);
    for (int i = at; i < last; i++) {
      if (bytes[i] == '{') {
        depth++;
      } else if (bytes[i] == '}' && depth-- == 0) {
        return i + 1;
      }
    }
    return last;
  }

  /** The base64url text of a member, wherever it stands; empty when there is none. */
  private static String value(String object, String name) {
    String quoted = "\"" + name;
    for (int at = object.indexOf(quoted); at >= 0; at = object.indexOf(quoted, at + 1)) {
      int i = skip(object, at + quoted.length(), "\\");
      if (i >= object.length() || object.charAt(i) != '"') {
        continue;
      }
      i = skip(object, i + 1, " \t\r\n\\nrt:");
      if (i >= object.length() || object.charAt(i) != '"') {
        continue;
      }
      int from = i + 1;
      int to = from;
      while (to < object.length() && isValue(object.charAt(to))) {
        to++;
      }
      return object.substring(from, to);
    }
    return "";
  }

  private static boolean isValue(char c) {
    return isBase64(c) || c == '-' || c == '_' || c == '=';
  }

  private static int skip(String text, int from, String what) {
    int at = from;
    while (at < text.length() && what.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
