package dev.counterfoil.scan;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.sweep.StreamSearch;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.lzma.LZMACompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.Test;

/** Keys in archives and in archives within archives, and archives that are made to hurt. */
class ContainersTest {
  /** Makes an archive with one entry. */
  interface Packing {
    byte[] pack(byte[] content) throws Exception;
  }

  private static byte[] stream(byte[] content, Compressing compressing) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = compressing.on(packed)) {
      out.write(content);
    }
    return packed.toByteArray();
  }

  private interface Compressing {
    OutputStream on(OutputStream out) throws Exception;
  }

  static Map<String, Packing> packings() {
    Map<String, Packing> packings = new LinkedHashMap<>();
    packings.put("gzip", b -> stream(b, GZIPOutputStream::new));
    packings.put("zstd", b -> stream(b, ZstdOutputStream::new));
    packings.put("xz", b -> stream(b, XZCompressorOutputStream::new));
    packings.put("bzip2", b -> stream(b, BZip2CompressorOutputStream::new));
    packings.put("lzma", b -> stream(b, LZMACompressorOutputStream::new));
    packings.put("zlib", b -> stream(b, DeflaterOutputStream::new));
    packings.put("zip", ContainersTest::zip);
    packings.put("tar", ContainersTest::tar);
    packings.put("ar", ContainersTest::ar);
    packings.put("cpio", ContainersTest::cpio);
    return packings;
  }

  private static Packing packing(String kind) {
    return Objects.requireNonNull(packings().get(kind));
  }

  static byte[] zip(byte[] content) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(packed)) {
      zip.putNextEntry(new ZipEntry("other"));
      zip.putNextEntry(new ZipEntry("folder/entry"));
      zip.write(content);
    }
    return packed.toByteArray();
  }

  private static byte[] tar(byte[] content) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(packed)) {
      TarArchiveEntry entry = new TarArchiveEntry("folder/entry");
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
    return packed.toByteArray();
  }

  private static byte[] ar(byte[] content) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(packed)) {
      ar.putArchiveEntry(new ArArchiveEntry("entry", content.length));
      ar.write(content);
      ar.closeArchiveEntry();
    }
    return packed.toByteArray();
  }

  private static byte[] cpio(byte[] content) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (CpioArchiveOutputStream cpio = new CpioArchiveOutputStream(packed)) {
      CpioArchiveEntry entry = new CpioArchiveEntry("folder/entry");
      entry.setSize(content.length);
      cpio.putArchiveEntry(entry);
      cpio.write(content);
      cpio.closeArchiveEntry();
    }
    return packed.toByteArray();
  }

  private static byte[] around(byte[] secret, int before) {
    byte[] content = new byte[before + 20_000];
    new SplittableRandom(5).nextBytes(content);
    System.arraycopy(secret, 0, content, before, secret.length);
    return content;
  }

  @Test
  void findsAKeyInEveryKindOfArchiveAndInEveryPairOfThem() throws Exception {
    PlantedKey key = PlantedKey.es256();
    byte[] secret = key.secret("es256-scalar");
    for (var outer : packings().entrySet()) {
      for (var inner : packings().entrySet()) {
        byte[] packed = outer.getValue().pack(inner.getValue().pack(around(secret, 5000)));
        Report report = EveryFormTest.scan(List.of(key.own()), packed);
        String pair = inner.getKey() + " in " + outer.getKey();
        assertThat(report.findings()).as(pair).hasSize(1);
        ScanFinding finding = report.findings().getFirst();
        assertThat(finding.offset()).as(pair).isEqualTo(5000);
        assertThat(finding.place().inside()).as(pair).hasSize(2);
        assertThat(report.unopened()).as(pair).isEmpty();
        byte[] clean = outer.getValue().pack(inner.getValue().pack(around(new byte[32], 5000)));
        assertThat(EveryFormTest.scan(List.of(key.own()), clean).verdict())
            .as(pair)
            .isEqualTo(Report.Verdict.CLEAN);
      }
    }
  }

  @Test
  void findsAKeyAcrossEveryBorderOfPieces() throws Exception {
    PlantedKey key = PlantedKey.es256();
    byte[] secret = key.secret("es256-scalar");
    byte[] text =
        Objects.requireNonNull(Writing.encodings().get("base64 in lines +1")).apply(secret);
    int piece = StreamSearch.BUFFER_BYTES - 2 * StreamSearch.MARGIN;
    for (int border : new int[] {piece, piece + StreamSearch.MARGIN, StreamSearch.BUFFER_BYTES}) {
      for (int shift = -70; shift <= 2; shift += 9) {
        for (byte[] form : List.of(secret, text)) {
          byte[] content = new byte[2 * StreamSearch.BUFFER_BYTES];
          System.arraycopy(form, 0, content, border + shift, form.length);
          assertThat(EveryFormTest.scan(List.of(key.own()), content).findings())
              .as(border + " " + shift)
              .hasSize(1);
        }
      }
    }
  }

  @Test
  void aKeyBehindAnArchiveIsFound() throws Exception {
    PlantedKey key = PlantedKey.es256();
    for (var packing : packings().entrySet()) {
      byte[] content =
          Writing.concat(
              packing.getValue().pack(new byte[100]), new byte[2000], key.pkcs8(), new byte[20]);
      assertThat(EveryFormTest.scan(List.of(key.own()), content).findings())
          .as(packing.getKey())
          .isNotEmpty();
    }
  }

  @Test
  void whatIsDamagedIsNotCleanAndItsOpenPartIsSearched() throws Exception {
    PlantedKey key = PlantedKey.es256();
    byte[] secret = key.secret("es256-scalar");
    for (String kind : List.of("gzip", "zstd", "xz", "lzma", "zlib", "zip")) {
      byte[] packed = packing(kind).pack(around(secret, 100));
      byte[] clean = packing(kind).pack(around(new byte[32], 100));
      byte[] cut = java.util.Arrays.copyOf(clean, clean.length / 2);
      assertThat(EveryFormTest.scan(List.of(key.own()), cut).verdict())
          .as(kind)
          .isEqualTo(Report.Verdict.INCOMPLETE);
      byte[] cutWithKey = java.util.Arrays.copyOf(packed, packed.length * 9 / 10);
      assertThat(EveryFormTest.scan(List.of(key.own()), cutWithKey).verdict())
          .as(kind)
          .isEqualTo(Report.Verdict.FOUND);
    }
    assertThat(EveryFormTest.scan(List.of(), Writing.bytes("7z\u00bc")).unopened()).isEmpty();
    // Text that begins as a zlib stream does, and bytes that nearly begin as one of LZMA.
    assertThat(EveryFormTest.scan(List.of(), Writing.bytes("x^2 + y^2 = z^2\n")).verdict())
        .isEqualTo(Report.Verdict.CLEAN);
    byte[] nearlyLzma = HexFormat.of().parseHex("5d000081000a000000000000000001020304");
    assertThat(EveryFormTest.scan(List.of(), nearlyLzma).verdict()).isEqualTo(Report.Verdict.CLEAN);
    byte[] sevenZip = {'7', 'z', (byte) 0xbc, (byte) 0xaf, 0x27, 0x1c, 0, 4};
    assertThat(EveryFormTest.scan(List.of(), sevenZip).verdict())
        .isEqualTo(Report.Verdict.INCOMPLETE);
  }

  @Test
  void limitsEndWhatNeverEnds() throws Exception {
    byte[] deep = new byte[100];
    for (int i = 0; i < 9; i++) {
      deep = packing("gzip").pack(deep);
    }
    assertThat(verdict(deep, ScanLimits.standard())).isEqualTo(Report.Verdict.INCOMPLETE);
    assertThat(verdict(deep, new ScanLimits(9, 1 << 20, 2000, 10))).isEqualTo(Report.Verdict.CLEAN);
    byte[] large = packing("zstd").pack(new byte[1 << 20]);
    assertThat(verdict(large, new ScanLimits(8, (1 << 20) - 1, 2000, 10)))
        .isEqualTo(Report.Verdict.INCOMPLETE);
    assertThat(verdict(large, new ScanLimits(8, 1 << 20, 2000, 10)))
        .isEqualTo(Report.Verdict.CLEAN);
    byte[] two = zip(new byte[10]);
    assertThat(verdict(two, new ScanLimits(8, 1 << 20, 2000, 1)))
        .isEqualTo(Report.Verdict.INCOMPLETE);
    assertThat(verdict(two, new ScanLimits(8, 1 << 20, 2000, 2))).isEqualTo(Report.Verdict.CLEAN);
  }

  private static Report.Verdict verdict(byte[] bytes, ScanLimits limits) throws Exception {
    KeyScan scan = new KeyScan(List.of(), limits, Progress.none());
    scan.search(new java.io.ByteArrayInputStream(bytes), "test");
    return scan.report().verdict();
  }
}
