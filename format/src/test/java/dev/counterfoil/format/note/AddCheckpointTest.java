package dev.counterfoil.format.note;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.ConsistencyProof;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests for cosignatures, with the example of c2sp.org/tlog-witness. */
class AddCheckpointTest {
  private static final String EXAMPLE =
      """
      old 20852014
      PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
      jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
      5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
      /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
      — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
      """;

  private static final String REST =
      "\nlog\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAAA=\n";
  private static final String HASH = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theSpecificationsRequestIsReadAndWrittenBack() throws Exception {
    AddCheckpoint request = AddCheckpoint.parse(utf8(EXAMPLE));
    assertThat(request.oldSize()).isEqualTo(20_852_014);
    assertThat(request.proof()).hasSize(4);
    assertThat(request.checkpoint().size()).isEqualTo(20_852_163);
    assertThat(request.note().signatures()).hasSize(2);
    assertThat(request.bytes()).isEqualTo(utf8(EXAMPLE));
    // The specification's hashes are random ones: the layout is its example, not the proof.
    assertThat(
            new ConsistencyProof(20_852_014, 20_852_163, request.proof())
                .proves(Hash.sha256(), request.checkpoint().root()))
        .isFalse();
  }

  @Test
  void aFirstRequestHasNoProof() throws Exception {
    AddCheckpoint request = AddCheckpoint.parse(utf8("old 0\n" + REST));
    assertThat(request.proof()).isEmpty();
    assertThat(AddCheckpoint.of(0, List.of(), request.note())).isEqualTo(request);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "old 1\n",
        "old 01\n" + REST,
        "old -1\n" + REST,
        "old  1\n" + REST,
        "old 1 \n" + REST,
        "old\n" + REST,
        "Old 1\n" + REST,
        "old 1" + REST,
        "old 99999999999999999999\n" + REST,
        "old 1\r\n" + REST,
        "old 1\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw\n" + REST,
        "old 1\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax=\n" + REST,
        "old 1\n" + "AAAA\n" + REST,
        "old 1\n" + " " + HASH + REST,
        "\nold 1\n" + REST,
        "old 1\n\n" + REST,
        "old 1\n\nlog\n5\n",
        "old 1\n\nlog\n5\n\n— log AAAAAAA=\n"
      })
  void otherRequestsAreRefused(String request) throws Exception {
    assertThatThrownBy(() -> AddCheckpoint.parse(utf8(request)))
        .isInstanceOf(FormatException.class);
    assertThat(AddCheckpoint.parse(utf8("old 1\n" + HASH + REST)).oldSize()).isEqualTo(1);
  }

  @Test
  void requestsHaveLimits() throws Exception {
    assertThat(AddCheckpoint.parse(utf8("old 1\n" + HASH.repeat(63) + REST)).proof()).hasSize(63);
    assertThatThrownBy(() -> AddCheckpoint.parse(utf8("old 1\n" + HASH.repeat(64) + REST)))
        .hasMessageContaining("63");
    assertThatThrownBy(() -> AddCheckpoint.parse(new byte[AddCheckpoint.BYTES_MAX + 1]))
        .hasMessageContaining("longer");
  }
}
