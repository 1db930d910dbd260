package dev.counterfoil.scan;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.counterfoil.scan.sweep.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lzma.LZMACompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Kinds of files that hold others, by how they begin. */
enum Container {
  GZIP,
  ZSTD,
  XZ,
  BZIP2,
  LZMA,
  ZLIB,
  ZIP,
  TAR,
  AR,
  CPIO,
  /** One that is known and not opened. */
  OTHER;

  /** Bytes of a beginning by which all kinds can be told. */
  static final int HEAD_BYTES = 512;

  private static final int TAR_CHECKSUM = 148;
  private static final int TAR_CHECKSUM_BYTES = 8;
  private static final int ZSTD_WINDOW_BITS = 27;
  private static final int LZMA_HEADER_BYTES = 13;
  private static final int LZMA_PROPERTIES_MAX = 224;
  private static final int LZMA_DICTIONARY_MIN = 1 << 12;
  private static final long LZMA_SIZE_MAX = 1L << 38;

  /** An empty zlib stream: header, one block, checksum. */
  private static final int ZLIB_BYTES_MIN = 8;

  private static final String[][] MAGIC = {
    {"1f8b08", "GZIP"},
    {"28b52ffd", "ZSTD"},
    {"fd377a585a00", "XZ"},
    {"504b0304", "ZIP"},
    {"504b0506", "ZIP"},
    {"504b0708", "ZIP"},
    {"213c617263683e0a", "AR"},
    {"303730373031", "CPIO"},
    {"303730373032", "CPIO"},
    {"303730373037", "CPIO"},
    {"377abcaf271c", "OTHER"}, // 7z
    {"526172211a07", "OTHER"}, // RAR
    {"4d534346", "OTHER"}, // CAB
    {"04224d18", "OTHER"}, // LZ4
    {"894c5a4f000d0a1a0a", "OTHER"}, // lzop
    {"1f9d", "OTHER"}, // compress
    {"4c5a4950", "OTHER"}, // lzip
    {"edabeedb", "OTHER"}, // RPM
    {"68737173", "OTHER"}, // SquashFS
    {"4c554b53babe", "OTHER"}, // LUKS
    {"6167652d656e6372797074696f6e2e6f72672f", "OTHER"}, // age
  };

  /** The kind of what begins so, if it is one. */
  static Optional<Container> of(byte[] head, int length) {
    for (String[] magic : MAGIC) {
      if (Bytes.isAt(head, 0, length, HexFormat.of().parseHex(magic[0]))) {
        return Optional.of(valueOf(magic[1]));
      }
    }
    if (Bytes.isAt(head, 0, length, "BZh") && Bytes.isAt(head, 4, length, "1AY&SY")) {
      return Optional.of(BZIP2);
    }
    if (isTar(head, length)) {
      return Optional.of(TAR);
    }
    if (isLzma(head, length)) {
      return Optional.of(LZMA);
    }
    return isZlib(head, length) ? Optional.of(ZLIB) : Optional.empty();
  }

  /**
   * The format of before xz has no magic: properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes,
   * and the length, or that it is not known.
   */
  private static boolean isLzma(byte[] head, int length) {
    if (length < LZMA_HEADER_BYTES || (head[0] & 0xff) > LZMA_PROPERTIES_MAX) {
      return false;
    }
    ByteBuffer header = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    int dictionary = header.getInt(1);
    int top = Integer.highestOneBit(dictionary);
    long size = header.getLong(5);
    return (dictionary == -1
            || (dictionary >= LZMA_DICTIONARY_MIN
                && (dictionary == top || dictionary == top + top / 2)))
        && (size == -1 || (size >= 0 && size < LZMA_SIZE_MAX));
  }

  /** RFC 1950, by its two bytes and by whether what follows them can be inflated. */
  private static boolean isZlib(byte[] head, int length) {
    if (length < ZLIB_BYTES_MIN
        || (head[0] & 0x0f) != Deflater.DEFLATED
        || ((head[0] & 0xff) << 8 | (head[1] & 0xff)) % 31 != 0) {
      return false;
    }
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(head, 0, length);
      byte[] part = new byte[HEAD_BYTES];
      int inflated;
      do {
        inflated = inflater.inflate(part);
      } while (inflated > 0);
      return true;
    } catch (DataFormatException e) {
      return false;
    }
  }

  /** A tar header by its checksum, which the oldest format has too. */
  private static boolean isTar(byte[] head, int length) {
    if (length < HEAD_BYTES || head[0] == 0) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < HEAD_BYTES; i++) {
      boolean isChecksum = i >= TAR_CHECKSUM && i < TAR_CHECKSUM + TAR_CHECKSUM_BYTES;
      sum += isChecksum ? ' ' : head[i] & 0xff;
    }
    int stated = 0;
    for (int i = TAR_CHECKSUM; i < TAR_CHECKSUM + TAR_CHECKSUM_BYTES; i++) {
      if (head[i] >= '0' && head[i] <= '7') {
        stated = stated * 8 + head[i] - '0';
      } else if (head[i] != ' ' && head[i] != 0) {
        return false;
      }
    }
    return stated == sum;
  }

  /** What is compressed here, where it is one stream. */
  Optional<InputStream> decompress(InputStream in) throws IOException {
    return switch (this) {
      case GZIP ->
          Optional.of(
              GzipCompressorInputStream.builder()
                  .setInputStream(in)
                  .setDecompressConcatenated(true)
                  .get());
      case ZSTD -> Optional.of(new ZstdInputStreamNoFinalizer(in).setLongMax(ZSTD_WINDOW_BITS));
      case XZ ->
          Optional.of(
              XZCompressorInputStream.builder()
                  .setInputStream(in)
                  .setDecompressConcatenated(true)
                  .setMemoryLimitKiB((int) (ScanLimits.DECODER_BYTES >> 10))
                  .get());
      case BZIP2 -> Optional.of(new BZip2CompressorInputStream(in, true));
      case LZMA ->
          Optional.of(
              LZMACompressorInputStream.builder()
                  .setInputStream(in)
                  .setMemoryLimitKiB((int) (ScanLimits.DECODER_BYTES >> 10))
                  .get());
      case ZLIB -> Optional.of(new InflaterInputStream(in));
      case ZIP, TAR, AR, CPIO, OTHER -> Optional.empty();
    };
  }

  /** The entries, where there are several. */
  Optional<ArchiveInputStream<? extends ArchiveEntry>> entries(InputStream in) throws IOException {
    return switch (this) {
      case ZIP -> Optional.of(new ZipArchiveInputStream(in, "UTF-8", true, true, true));
      case TAR -> Optional.of(new TarArchiveInputStream(in));
      case AR -> Optional.of(new ArArchiveInputStream(in));
      case CPIO -> Optional.of(new CpioArchiveInputStream(in));
      case GZIP, ZSTD, XZ, BZIP2, LZMA, ZLIB, OTHER -> Optional.empty();
    };
  }
}
