package dev.counterfoil.scan.sweep;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Text in which a key can be written: base64 of both alphabets, hexadecimal with and without
 * separators, decimal numbers, lists of decimal bytes, the escapes of string literals, and any of
 * them in UTF-16 or UTF-32. Runs of it are decoded and swept as bytes; base64 at all four places of
 * a group of four, because nothing says where the encoding of a key begins that stands in the
 * middle of something longer.
 */
public final class Text {
  /** How often decoded bytes are text again that is decoded, such as PEM in a Kubernetes secret. */
  public static final int DEPTH_MAX = 4;

  /** Characters of base64 that hold 32 bytes, wherever they begin. */
  public static final int BASE64_CHARS_MIN = 43;

  /** Hexadecimal digits of 32 bytes. */
  public static final int HEX_DIGITS_MIN = 64;

  /** Decimal digits of 256 bits: fewer than one number in 10^8 is shorter. */
  public static final int DECIMAL_DIGITS_MIN = 70;

  /** Longest number that is read; the exponents of RSA of 16,384 bits have 4,933 digits. */
  public static final int DECIMAL_DIGITS_MAX = 5000;

  /** Decimal bytes of a list. */
  public static final int LIST_BYTES_MIN = 32;

  /** Shortest line, but for the last, of base64 that is broken into lines. */
  public static final int LINE_CHARS_MIN = 16;

  /** Separators between two digits. */
  public static final int SEPARATORS_MAX = 8;

  /**
   * Fewer characters than these outside of {@code a-z/_}: a path or a name. A key of 43 characters
   * has so few of them once in 10^9.
   */
  private static final int UNLIKE_WORDS_MIN = 6;

  private static final int BLOCK = 16;

  /** Of a line of base64 that is long enough to be joined with the next, this much lies so. */
  private static final int HALF = 8;

  private static final int WIDE_CHARS_MIN = 24;

  /** Bytes of a character in UTF-16 and UTF-32. */
  private static final int UTF_16 = 2;

  private static final int UTF_32 = 4;

  /** Shortest text in which the escapes are decoded, and how far back it is read. */
  private static final int ESCAPED_BYTES_MIN = 32;

  private static final int ESCAPED_REACH = 12 * 1024;
  private static final long BACKSLASHES = 0x5c5c5c5c5c5c5c5cL;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int DECIMAL_PADDING = 4;

  private static final byte[] BASE64 = new byte[256];
  private static final byte[] HEX = new byte[256];
  private static final boolean[] IN_RUN = new boolean[256];
  private static final boolean[] IN_DIGITS = new boolean[256];

  static {
    Arrays.fill(BASE64, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < alphabet.length(); i++) {
      BASE64[alphabet.charAt(i)] = (byte) i;
    }
    BASE64['-'] = 62;
    BASE64['_'] = 63;
    Arrays.fill(HEX, (byte) -1);
    for (int c = 0; c < 128; c++) {
      HEX[c] = (byte) Character.digit(c, 16);
      IN_RUN[c] = BASE64[c] >= 0 || c == '\n' || c == '\r';
      IN_DIGITS[c] = Character.digit(c, 16) >= 0 || isSeparator(c);
    }
  }

  private final Sweep sweep;

  public Text(Sweep sweep) {
    this.sweep = sweep;
  }

  private static boolean isSeparator(int c) {
    return ": ,-\n\r\t\\xX".indexOf(c) >= 0;
  }

  public Run start(byte[] bytes, int limit, Trail trail, ScanFindings findings) {
    return new Run(bytes, limit, trail, findings);
  }

  /** One search over bytes; remembers up to where text was decoded. */
  public final class Run {
    private final byte[] bytes;
    private final int limit;
    private final Trail trail;
    private final ScanFindings findings;
    private int base64Done;
    private int digitsDone;
    private int wideDone;
    private int escapesDone;
    private @Nullable Base64Run base64;
    private @Nullable DigitRun digits;

    Run(byte[] bytes, int limit, Trail trail, ScanFindings findings) {
      this.bytes = bytes;
      this.limit = limit;
      this.trail = trail;
      this.findings = findings;
    }

    /** Sees 16 bytes, none of which has its high bit set. */
    void see(int at) {
      if (trail.depth() >= DEPTH_MAX) {
        return;
      }
      for (int half = at; half < at + BLOCK; half += HALF) {
        if (half >= base64Done && isAll(half, HALF, IN_RUN)) {
          base64Done = base64(half);
        }
      }
      if (at >= digitsDone && isAll(at, BLOCK, IN_DIGITS) && hasDigits(at)) {
        digitsDone = digits(at);
      }
      if (at >= wideDone && (bytes[at] == 0 || bytes[at + 1] == 0)) {
        int first = at;
        while (first < at + UTF_32 - 1 && bytes[first] == 0) {
          first++;
        }
        if (isWide(first, UTF_16)) {
          wideDone = wide(first, UTF_16);
        } else if (isWide(first, UTF_32)) {
          wideDone = wide(first, UTF_32);
        }
      }
      if (hasBackslash(at) || hasBackslash(at + HALF)) {
        escapes(at, at + BLOCK);
      }
    }

    /** Sees what is too short for a block. */
    void seeRest(int from, int to) {
      if (trail.depth() >= DEPTH_MAX) {
        return;
      }
      for (int at = from; at < to; at++) {
        if (at >= base64Done && IN_RUN[bytes[at] & 0xff]) {
          base64Done = base64(at);
        }
        if (at >= digitsDone && HEX[bytes[at] & 0xff] >= 0) {
          digitsDone = digits(at);
        }
      }
      escapes(from, to);
    }

    /** Most text is no key, and is too short to be one: it costs no more than a look. */
    private int base64(int at) {
      int from = at;
      while (from > 0 && BASE64[bytes[from - 1] & 0xff] >= 0) {
        from--;
      }
      int to = at;
      while (to < limit && BASE64[bytes[to] & 0xff] >= 0) {
        to++;
      }
      // An escape beside bytes that are no text stands in no block that is seen.
      escapes(Math.max(0, from - 1), from);
      escapes(to, to + 1);
      boolean inLine = isLineEnd(from - 1) || isLineEnd(to);
      if (to - from < (inLine ? LINE_CHARS_MIN : BASE64_CHARS_MIN)) {
        return Math.max(to, at + 1);
      }
      if (base64 == null) {
        base64 = new Base64Run();
      }
      return base64.decode(at);
    }

    /** Also of a line that is indented, or broken by an escape. */
    private boolean isLineEnd(int at) {
      return at >= 0
          && at < limit
          && (bytes[at] == '\n'
              || bytes[at] == '\r'
              || bytes[at] == ' '
              || bytes[at] == '\t'
              || bytes[at] == '\\');
    }

    private int digits(int at) {
      if (digits == null) {
        digits = new DigitRun();
      }
      return digits.decode(at);
    }

    private boolean isAll(int at, int length, boolean[] set) {
      for (int i = at; i < at + length; i++) {
        if (!set[bytes[i]]) {
          return false;
        }
      }
      return true;
    }

    private boolean hasDigits(int at) {
      int digits = 0;
      for (int i = at; i < at + BLOCK; i++) {
        digits += HEX[bytes[i]] >= 0 ? 1 : 0;
      }
      return digits >= BLOCK / 4;
    }

    private void sweepDecoded(byte[] decoded, int length, Trail inner) {
      sweep.search(decoded, 0, length, length, inner, findings);
    }

    private boolean isWide(int first, int width) {
      for (int i = first; i + width <= first + BLOCK - 1; i += width) {
        if (!isPrintable(bytes[i]) || !areZeros(i + 1, Math.min(limit, i + width))) {
          return false;
        }
      }
      return true;
    }

    private boolean areZeros(int at, int to) {
      for (int i = at; i < to; i++) {
        if (bytes[i] != 0) {
          return false;
        }
      }
      return true;
    }

    private static boolean isPrintable(int c) {
      return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
    }

    /** Text in UTF-16 or UTF-32 of either byte order, without the zeros. */
    private int wide(int at, int width) {
      int from = at;
      while (from >= width
          && isPrintable(bytes[from - width])
          && areZeros(from - width + 1, from)) {
        from -= width;
      }
      int to = at;
      // The last character of the big-endian order has no zeros behind it.
      while (to < limit
          && isPrintable(bytes[to])
          && areZeros(to + 1, Math.min(limit, to + width))) {
        to += width;
      }
      if (to < limit && isPrintable(bytes[to])) {
        to += width;
      }
      int length = (Math.min(to, limit + width - 1) - from) / width;
      if (length >= WIDE_CHARS_MIN) {
        byte[] narrow = new byte[length];
        for (int i = 0; i < length; i++) {
          narrow[i] = bytes[from + width * i];
        }
        int start = from;
        String encoding = "utf-" + 8 * width;
        sweepDecoded(narrow, length, trail.decoded(encoding, i -> trail.offset(start + width * i)));
      }
      return to;
    }

    private boolean hasBackslash(int at) {
      long other = (long) LONG.get(bytes, at) ^ BACKSLASHES;
      return ((other - 0x0101010101010101L) & ~other & 0x8080808080808080L) != 0;
    }

    /** Line ends alone are read as they are: what they break is joined without decoding. */
    private void escapes(int from, int to) {
      for (int at = Math.max(from, escapesDone); at < to && at + 1 < limit; at++) {
        if (bytes[at] == '\\' && "ux/01234567".indexOf(bytes[at + 1]) >= 0) {
          escapesDone = new Escapes().decode(at);
          return;
        }
      }
    }

    /** Characters that were collected, with their places. */
    private abstract class Collected {
      byte[] values = new byte[256];
      int[] places = new int[256];
      int count;

      void add(int value, int place) {
        if (count == values.length) {
          values = Arrays.copyOf(values, 2 * count);
          places = Arrays.copyOf(places, 2 * count);
        }
        values[count] = (byte) value;
        places[count++] = place;
      }

      long offset(int index) {
        return trail.offset(places[Math.min(index, count - 1)]);
      }
    }

    /** The text of a string literal, as JSON, C, Java, Python and JavaScript write it. */
    private final class Escapes extends Collected {
      /**
       * Decodes what stands around a place.
       *
       * @return up to where nothing is left to decode
       */
      int decode(int at) {
        int from = at;
        while (from > 0 && from > at - ESCAPED_REACH && isPrintable(bytes[from - 1])) {
          from--;
        }
        int i = from;
        while (i < limit && isPrintable(bytes[i])) {
          i = bytes[i] == '\\' && i + 1 < limit ? escape(i) : plain(i);
        }
        if (count >= ESCAPED_BYTES_MIN) {
          sweepDecoded(Arrays.copyOf(values, count), count, trail.decoded("escapes", this::offset));
        }
        return i;
      }

      private int plain(int at) {
        add(bytes[at], at);
        return at + 1;
      }

      /** Returns where what follows begins. */
      private int escape(int at) {
        int c = bytes[at + 1];
        return switch (c) {
          case 'u' -> number(at, 2, 4, 16);
          case 'x' -> number(at, 2, 2, 16);
          case '0', '1', '2', '3', '4', '5', '6', '7' -> number(at, 1, 3, 8);
          default -> {
            int simple = "nrtbf".indexOf(c);
            add(simple >= 0 ? "\n\r\t\b\f".charAt(simple) : c, at);
            yield at + 2;
          }
        };
      }

      private int number(int at, int skipped, int digitsMax, int radix) {
        int value = 0;
        int i = at + skipped;
        while (i < limit && i < at + skipped + digitsMax && Character.digit(bytes[i], radix) >= 0) {
          value = radix * value + Character.digit(bytes[i++], radix);
        }
        add(value, at);
        return i;
      }
    }

    /** Base64, maybe in lines, with line ends as they are or written as {@code \n}. */
    private final class Base64Run extends Collected {
      private int unlikeWords;
      private int line;

      /**
       * Decodes what stands around a place.
       *
       * @return up to where nothing is left to decode
       */
      int decode(int at) {
        int i = begin(at);
        while (i < limit) {
          int c = bytes[i];
          if (c >= 0 && BASE64[c] >= 0) {
            add(BASE64[c], i);
            line++;
            unlikeWords += (c >= 'a' && c <= 'z') || c == '/' || c == '_' ? 0 : 1;
          } else if (c == '\n' || c == '\r') {
            breakLine();
          } else if (c == '\\' && i + 1 < limit && (bytes[i + 1] == 'n' || bytes[i + 1] == 'r')) {
            breakLine();
            i++;
          } else if (c == '\\' && i + 1 < limit && bytes[i + 1] == '/') {
            // As JSON may write a slash; it is taken with the next character.
          } else if (!((c == ' ' || c == '\t') && line == 0 && count > 0)) {
            emit();
            if (i > at) {
              return i;
            }
          }
          i++;
        }
        emit();
        return i;
      }

      private int begin(int at) {
        int from = at;
        while (from > 0) {
          int before = bytes[from - 1];
          if (before >= 0 && IN_RUN[before]) {
            from--;
          } else if (before == '\\' && from < limit && "nr/".indexOf(bytes[from]) >= 0) {
            from--;
          } else if (before == ' ' || before == '\t') {
            int indent = from - 1;
            while (indent > 0 && (bytes[indent - 1] == ' ' || bytes[indent - 1] == '\t')) {
              indent--;
            }
            if (indent == 0 || bytes[indent - 1] != '\n') {
              return from;
            }
            from = indent;
          } else {
            return from;
          }
        }
        return from;
      }

      private void breakLine() {
        if (line > 0 && line < LINE_CHARS_MIN) {
          emit();
        }
        line = 0;
      }

      private void emit() {
        if (count >= BASE64_CHARS_MIN && unlikeWords >= UNLIKE_WORDS_MIN) {
          for (int phase = 0; phase < 4; phase++) {
            sweepPhase(phase);
          }
        }
        count = 0;
        line = 0;
        unlikeWords = 0;
      }

      private void sweepPhase(int phase) {
        byte[] decoded = new byte[(count - phase) * 3 / 4];
        int out = 0;
        int in = phase;
        for (; in + 4 <= count; in += 4) {
          int group =
              values[in] << 18 | values[in + 1] << 12 | values[in + 2] << 6 | values[in + 3];
          decoded[out++] = (byte) (group >> 16);
          decoded[out++] = (byte) (group >> 8);
          decoded[out++] = (byte) group;
        }
        if (count - in >= 2) {
          decoded[out++] = (byte) (values[in] << 2 | values[in + 1] >> 4);
        }
        if (count - in == 3) {
          decoded[out++] = (byte) (values[in + 1] << 4 | values[in + 2] >> 2);
        }
        sweepDecoded(decoded, out, trail.decoded("base64", i -> offset(phase + i * 4 / 3)));
      }
    }

    /** Hexadecimal and decimal digits. */
    private final class DigitRun extends Collected {
      private int separators;
      private int from;

      /**
       * Decodes what stands around a place.
       *
       * @return up to where nothing is left to decode
       */
      int decode(int at) {
        from = at;
        while (from > 0 && bytes[from - 1] >= 0 && IN_DIGITS[bytes[from - 1]]) {
          from--;
        }
        int i = from;
        for (; i < limit && bytes[i] >= 0 && IN_DIGITS[bytes[i]]; i++) {
          int digit = HEX[bytes[i]];
          if (digit >= 0) {
            add(digit, i);
            separators = 0;
          } else {
            boolean prefix = bytes[i] == 'x' || bytes[i] == 'X';
            if (prefix && separators == 0 && count > 0 && values[count - 1] == 0) {
              count--;
            }
            if (++separators > SEPARATORS_MAX) {
              emitHex();
            }
          }
        }
        emitHex();
        decimals(i);
        byteList(i);
        return i;
      }

      private void emitHex() {
        if (count >= HEX_DIGITS_MIN) {
          for (int phase = 0; phase < 2; phase++) {
            int length = (count - phase) / 2;
            byte[] decoded = new byte[length];
            for (int k = 0; k < length; k++) {
              int high = phase + 2 * k;
              decoded[k] = (byte) (values[high] << 4 | values[high + 1]);
            }
            int first = phase;
            sweepDecoded(decoded, length, trail.decoded("hex", k -> offset(first + 2 * k)));
          }
        }
        count = 0;
      }

      private void decimals(int to) {
        int begin = from;
        for (int i = from; i <= to; i++) {
          if (i < to && bytes[i] >= '0' && bytes[i] <= '9') {
            continue;
          }
          int digits = i - begin;
          if (digits >= DECIMAL_DIGITS_MIN && digits <= DECIMAL_DIGITS_MAX) {
            byte[] number =
                new BigInteger(new String(bytes, begin, digits, StandardCharsets.US_ASCII))
                    .toByteArray();
            // Room for leading zeros, which a number does not have.
            byte[] padded = new byte[DECIMAL_PADDING + number.length];
            System.arraycopy(number, 0, padded, DECIMAL_PADDING, number.length);
            long offset = trail.offset(begin);
            sweepDecoded(padded, padded.length, trail.decoded("decimal", k -> offset));
          }
          begin = i + 1;
        }
      }

      /** As {@link Arrays#toString(byte[])} and JSON write bytes. */
      private void byteList(int to) {
        count = 0;
        int i = from;
        while (i < to) {
          int start = i;
          boolean negative = bytes[i] == '-';
          i += negative ? 1 : 0;
          int value = 0;
          int digits = 0;
          while (i < to && bytes[i] >= '0' && bytes[i] <= '9' && digits < 4) {
            value = 10 * value + bytes[i++] - '0';
            digits++;
          }
          boolean isByte = digits > 0 && digits < 4 && (negative ? value <= 128 : value <= 255);
          if (isByte) {
            add(negative ? -value : value, start);
          }
          int comma = i;
          while (i < to && (bytes[i] == ',' || bytes[i] == ' ' || bytes[i] == '\n')) {
            i++;
          }
          if (!isByte || i == comma || i == to) {
            emitList();
            i = Math.max(i, start + 1);
          }
        }
        emitList();
      }

      private void emitList() {
        if (count >= LIST_BYTES_MIN) {
          sweepDecoded(
              Arrays.copyOf(values, count), count, trail.decoded("byte-list", this::offset));
        }
        count = 0;
      }
    }
  }
}
