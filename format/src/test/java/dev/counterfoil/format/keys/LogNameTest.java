package dev.counterfoil.format.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogNameTest {
  @Test
  void aNameIsReadAndWrittenAsTheSame() {
    for (String name : new String[] {"s1g1", "s1g999999", "d1g2", "big-signerg12", "gg1"}) {
      assertThat(LogName.parse(name)).hasToString("Optional[" + name + "]");
    }
    assertThat(LogName.parse("s1g2")).contains(new LogName("s1", 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "keys",
        "g1",
        "s1",
        "s1g",
        "s1g0",
        "s1g01",
        "s1g1000000",
        "S1g1",
        "s1g1 ",
        "-s1g1",
        "s 1g1",
        "a-long-signers-nameg1"
      })
  void anotherLogsNameIsNone(String name) {
    assertThat(LogName.parse(name)).isEmpty();
  }

  @Test
  void whatIsNoNameCannotBeMade() {
    assertThatThrownBy(() -> new LogName("s1", 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogName("s1", 1_000_000))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogName("", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogName("S1", 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void doorsHaveRecordLogsAndSignersHaveNot() {
    assertThat(new LogName("d1", 3).isRecordLog()).isTrue();
    assertThat(new LogName("d9999", 3).isRecordLog()).isTrue();
    assertThat(new LogName("s1", 3).isRecordLog()).isFalse();
    assertThat(new LogName("d0", 3).isRecordLog()).isFalse();
    assertThat(new LogName("d10000", 3).isRecordLog()).isFalse();
    assertThat(LogName.isDoor("d9999")).isTrue();
    assertThat(LogName.isDoor("d1g1")).isFalse();
  }

  @Test
  void generationsOfOneSignerFollowOneAnother() {
    LogName second = new LogName("s1", 2);
    assertThat(new LogName("s1", 1).isBefore(second)).isTrue();
    assertThat(second.isBefore(second)).isFalse();
    assertThat(new LogName("s1", 10).isBefore(second)).isFalse();
    assertThat(new LogName("s2", 1).isBefore(second)).isFalse();
  }
}
