package dev.counterfoil.scan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.ScanPlace;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.key.OwnKey;
import dev.counterfoil.scan.sweep.Sweep;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever is searched, the search comes to its end, and says nothing that it did not see. */
class ScanFuzzTest {
  private static final List<OwnKey> KEYS = keys();
  private static final Sweep SWEEP = KeyScan.sweep(KEYS);

  private static List<OwnKey> keys() {
    try {
      return List.of(
          PlantedKey.es256().own(),
          PlantedKey.ed25519().own(),
          PlantedKey.rs256().own(),
          PlantedKey.mlDsa44().own());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void sweep(byte[] bytes) {
    ScanFindings findings = new ScanFindings(ScanPlace.file("fuzz"));
    SWEEP.search(bytes, 0, bytes.length, bytes.length, Trail.of(at -> at), findings);
    assertThat(findings.told()).noneMatch(ScanFinding::isOurs);
    for (ScanFinding finding : findings.told()) {
      assertThat(finding.offset()).isBetween(0L, (long) bytes.length);
    }
  }

  private static void content(byte[] bytes) {
    ContentSearch search = new ContentSearch(SWEEP, new ScanLimits(4, 8 << 20, 100, 1000));
    try {
      search.search(new ByteArrayInputStream(bytes), ScanPlace.file("fuzz"));
    } catch (IOException e) {
      throw new AssertionError("an array can be read", e);
    }
    assertThat(search.found()).noneMatch(ScanFinding::isOurs);
  }

  @FuzzTest(maxDuration = "30s")
  void bytesOfAllKinds(byte[] bytes) {
    sweep(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void archivesOfAllKinds(byte[] bytes) {
    content(bytes);
  }

  @FuzzTest(maxDuration = "30s")
  void hints(byte[] bytes) {
    try {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      assertThat(KeyHint.parse(text).text().strip()).isEqualTo(text.strip());
    } catch (FormatException e) {
      // Refused.
    }
    try {
      KeyHint.of(bytes, "ML-DSA-44");
    } catch (FormatException e) {
      // Refused.
    }
  }

  /** Without the fuzzer: real inputs, each with bytes changed, cut and doubled. */
  @Test
  void changedInputs() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    List<byte[]> seeds = new ArrayList<>();
    PlantedKey other = PlantedKey.ed25519();
    PlantedKey rsa = PlantedKey.rs256();
    for (var encoding : Writing.encodings().values()) {
      seeds.add(encoding.apply(other.pkcs8()));
    }
    seeds.add(rsa.pkcs8());
    seeds.add(Writing.bytes(rsa.jwk()));
    for (var packing : ContainersTest.packings().values()) {
      seeds.add(packing.pack(other.pkcs8()));
    }
    for (byte[] seed : seeds) {
      for (int i = 0; i < 20; i++) {
        byte[] changed = seed.clone();
        for (int k = random.nextInt(4); k >= 0; k--) {
          changed[random.nextInt(changed.length)] = (byte) random.nextInt();
        }
        int from = random.nextInt(changed.length);
        byte[] cut = java.util.Arrays.copyOf(changed, from);
        sweep(changed);
        sweep(cut);
        content(Writing.concat(changed, cut));
      }
    }
  }
}
