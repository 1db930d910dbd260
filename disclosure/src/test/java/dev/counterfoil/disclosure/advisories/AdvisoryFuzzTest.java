package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Advisories and keys, as anybody may send one: refused with an exception that says so, or read.
 */
class AdvisoryFuzzTest {
  private static final int CHANGED_INPUTS = 200;
  private static final byte[] SECRET =
      OpenPgpKey.make(
          "Example", new char[0], CsafSamples.NOW, Duration.ofDays(9), new SecureRandom());
  private static final OpenPgpKey KEY = key(SECRET);

  private static OpenPgpKey key(byte[] secret) {
    try {
      return OpenPgpKey.parse(secret, new char[0]);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isDocument(byte[] bytes) {
    try {
      boolean isValid = CsafCheck.faults(bytes).isEmpty();
      CsafDocument read = CsafDocument.parse(bytes);
      assertThat(CsafDocument.parse(read.bytes()).bytes()).isEqualTo(read.bytes());
      assertThat(read.fileName()).matches("[+\\-a-z0-9_]+\\.json");
      return isValid;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isSecretKey(byte[] bytes) {
    try {
      return OpenPgpKey.parse(bytes, new char[0]).sign(bytes, CsafSamples.NOW).length > 0;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isCertificate(byte[] bytes) {
    try {
      OpenPgpCertificate read = OpenPgpCertificate.parse(bytes);
      return read.armored().length > 0 && read.unusable(CsafSamples.NOW).isEmpty();
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isSignature(byte[] bytes) {
    return KEY.certificate().refusal(SECRET, bytes, CsafSamples.NOW).isEmpty();
  }

  static Stream<byte[]> goodDocuments() {
    return Stream.concat(
            Arrays.stream(Profile.values())
                .map(profile -> CsafSamples.good(profile, "CF-1").toString()),
            Stream.of(CsafSamples.rich().toString()))
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodKeys() {
    return Stream.of(SECRET, KEY.certificate().armored());
  }

  @MethodSource("goodDocuments")
  @FuzzTest(maxDuration = "60s")
  void documents(byte[] bytes) {
    isDocument(bytes);
  }

  @MethodSource("goodKeys")
  @FuzzTest(maxDuration = "60s")
  void keys(byte[] bytes) {
    isSecretKey(bytes);
    isCertificate(bytes);
    isSignature(bytes);
  }

  private record Reader(String name, List<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedInputsAreRefusedOrRead() {
    for (Reader reader :
        List.of(
            new Reader("document", goodDocuments().toList(), AdvisoryFuzzTest::isDocument),
            new Reader("secret", List.of(SECRET), AdvisoryFuzzTest::isSecretKey),
            new Reader(
                "certificate",
                List.of(KEY.certificate().armored()),
                AdvisoryFuzzTest::isCertificate),
            new Reader(
                "signature",
                List.of(KEY.sign(SECRET, CsafSamples.NOW)),
                AdvisoryFuzzTest::isSignature))) {
      ChangedInputs changed = new ChangedInputs(7);
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted +=
            reader.accepts.test(changed.of(reader.good.get(i % reader.good.size()))) ? 1 : 0;
      }
      assertThat(reader.good).as(reader.name).allMatch(reader.accepts);
      assertThat(accepted).as(reader.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }
}
