package dev.counterfoil.format.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which record logs count for a key that names one, and what its revocation reaches. */
class DigestFormTest {
  @ParameterizedTest
  @CsvSource({
    "d1g1, d1g1, true",
    "d1g1, d1g2, true",
    "d1g9, d1g10, true",
    "d1g2, d1g1, false",
    "d1g10, d1g9, false",
    "d1g1, d11g2, false",
    "d1g1, d2g2, false",
    "d1g1, s1g2, false",
    "s1g1, s1g1, true",
    "s1g1, s1g2, false",
    "d0g1, d0g2, false",
    "d1g1, d1g02, false"
  })
  void itCoversTheLogThatItNamesAndThoseThatFollow(String named, String other, boolean expected) {
    assertThat(new RecordForm.Digest(named).covers(other)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "d1g2, 5, d1g2, 4, false",
    "d1g2, 5, d1g2, 5, true",
    "d1g2, 5, d1g3, 0, true",
    "d1g9, 5, d1g10, 0, true",
    "d1g2, 5, d1g1, 9, false",
    // No log of the key's door, or a token log: the position alone decides.
    "d2g2, 5, d1g1, 4, false",
    "d2g2, 5, d1g1, 5, true",
    "s1g2, 5, s1g1, 5, true",
    "s1g1, 5, s1g2, 4, false"
  })
  void aRevocationReachesWhatComesAfterItsPosition(
      String log, long from, String of, long position, boolean expected) {
    assertThat(new RevokedKey("kid", log, from, Instant.EPOCH).covers(of, position))
        .isEqualTo(expected);
  }
}
