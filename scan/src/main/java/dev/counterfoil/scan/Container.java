package dev.counterfoil.scan;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Kinds of files that hold others, by how they begin. */
enum Container {
  GZIP,
  ZSTD,
  XZ,
  BZIP2,
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
    return isTar(head, length) ? Optional.of(TAR) : Optional.empty();
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
                  .setMemoryLimitKiB((int) (Limits.DECODER_BYTES >> 10))
                  .get());
      case BZIP2 -> Optional.of(new BZip2CompressorInputStream(in, true));
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
      case GZIP, ZSTD, XZ, BZIP2, OTHER -> Optional.empty();
    };
  }
}
