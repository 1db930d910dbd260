package dev.counterfoil.pages;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;

/**
 * A QR code (ISO/IEC 18004): as one path of SVG, and for a terminal.
 *
 * @param size width and height with the quiet zone around, in modules
 * @param path strokes of width 1, one for each row of dark modules
 * @param text for a terminal: two rows of modules in a line, black on white
 */
public record QrCode(int size, String path, String text) {
  private static final int QUIET = 4;

  /** None of two modules is dark, the lower, the upper, both. */
  private static final String BLOCKS = " \u2584\u2580\u2588";

  /**
   * The code of a text.
   *
   * @throws IllegalArgumentException when the text is too long for one: some 2,900 bytes
   */
  public static QrCode of(String text) {
    ByteMatrix matrix;
    try {
      matrix = Encoder.encode(text, ErrorCorrectionLevel.M).getMatrix();
    } catch (WriterException e) {
      throw new IllegalArgumentException("the text fits in no QR code", e);
    }
    StringBuilder path = new StringBuilder();
    for (int y = 0; y < matrix.getHeight(); y++) {
      int x = 0;
      while (x < matrix.getWidth()) {
        int begin = x;
        while (x < matrix.getWidth() && matrix.get(x, y) == 1) {
          x++;
        }
        if (x > begin) {
          path.append('M')
              .append(begin + QUIET)
              .append(' ')
              .append(y + QUIET)
              .append(".5h")
              .append(x - begin);
        }
        x++;
      }
    }
    return new QrCode(matrix.getWidth() + 2 * QUIET, path.toString(), lines(matrix));
  }

  private static String lines(ByteMatrix matrix) {
    StringBuilder lines = new StringBuilder();
    for (int y = -QUIET; y < matrix.getHeight() + QUIET; y += 2) {
      // Whatever the colours of the terminal are: readers expect black on white.
      lines.append("\u001b[30;107m");
      for (int x = -QUIET; x < matrix.getWidth() + QUIET; x++) {
        lines.append(
            BLOCKS.charAt((isDark(matrix, x, y) ? 2 : 0) + (isDark(matrix, x, y + 1) ? 1 : 0)));
      }
      lines.append("\u001b[0m\n");
    }
    return lines.toString();
  }

  private static boolean isDark(ByteMatrix matrix, int x, int y) {
    return x >= 0
        && y >= 0
        && x < matrix.getWidth()
        && y < matrix.getHeight()
        && matrix.get(x, y) == 1;
  }
}
