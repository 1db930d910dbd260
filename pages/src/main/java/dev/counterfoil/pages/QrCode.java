package dev.counterfoil.pages;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;

/**
 * A QR code (ISO/IEC 18004) as one path of SVG.
 *
 * @param size width and height with the quiet zone around, in modules
 * @param path strokes of width 1, one for each row of dark modules
 */
public record QrCode(int size, String path) {
  private static final int QUIET = 4;

  /**
   * The code of a text.
   *
   * @throws IllegalArgumentException when the text is too long for one: some 2,900 bytes
   */
  static QrCode of(String text) {
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
    return new QrCode(matrix.getWidth() + 2 * QUIET, path.toString());
  }
}
