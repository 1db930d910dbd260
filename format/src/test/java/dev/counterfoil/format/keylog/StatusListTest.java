package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class StatusListTest {
  private static final String ISSUER = "https://login.example";
  private static final Instant NOW = Instant.ofEpochSecond(1_764_000_000);
  private static final Instant UNTIL = NOW.plusSeconds(600);
  private final StatusList list = new StatusList(ISSUER, "s1g1", 0);

  private static RevokedToken revoked(String log, long position) {
    return new RevokedToken(log, position, UNTIL);
  }

  private static BitSet read(JsonObject content) throws Exception {
    JsonObject status = content.object("status_list");
    assertThat(status.number("bits")).isOne();
    Inflater inflater = new Inflater();
    inflater.setInput(Base64Url.decode(status.string("lst")));
    byte[] bits = new byte[StatusList.POSITIONS / 8 + 1];
    int length = inflater.inflate(bits);
    assertThat(inflater.finished()).isTrue();
    inflater.end();
    assertThat(length).isEqualTo(StatusList.POSITIONS / 8);
    return BitSet.valueOf(bits);
  }

  @Test
  void everyPositionHasAnIndexOfItsOwn() {
    BitSet taken = new BitSet(StatusList.POSITIONS);
    for (long position = 0; position < StatusList.POSITIONS; position++) {
      taken.set(list.index(position));
    }
    assertThat(taken.cardinality()).isEqualTo(StatusList.POSITIONS);
    assertThat(taken.length()).isEqualTo(StatusList.POSITIONS);
  }

  /** The permutation, once more, as spec/status-list.md tells it. */
  private static int bySpecification(String uri, int offset) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    byte[] key =
        sha.digest(("counterfoil status list v1\n" + uri).getBytes(StandardCharsets.UTF_8));
    int left = offset / 1024;
    int right = offset % 1024;
    for (int round = 0; round < 4; round++) {
      sha.update(key);
      byte[] out = sha.digest(new byte[] {(byte) round, (byte) (right / 256), (byte) right});
      int mixed = (out[0] & 3) * 256 + (out[1] & 255);
      int next = left ^ mixed;
      left = right;
      right = next;
    }
    return left * 1024 + right;
  }

  @Test
  void theIndexIsTheSpecifications() throws Exception {
    Random random = new Random(7);
    for (long number : new long[] {0, 1, 953_674}) {
      StatusList of = new StatusList(ISSUER, "s2g3", number);
      for (int i = 0; i < 200; i++) {
        int offset = random.nextInt(StatusList.POSITIONS);
        assertThat(of.index(number * StatusList.POSITIONS + offset))
            .isEqualTo(bySpecification(ISSUER + "/status/s2g3/" + number, offset));
      }
    }
  }

  @Test
  void neighboursDoNotStandTogether() {
    int near = 0;
    for (int position = 0; position < 10_000; position++) {
      if (Math.abs(list.index(position) - list.index(position + 1)) < 1024) {
        near++;
      }
    }
    // Of two places that are drawn, one pair in 512 stands so near.
    assertThat(near).isLessThan(60);
    assertThat(new StatusList(ISSUER, "s1g1", 1).index(StatusList.POSITIONS + 5))
        .as("each list has a permutation of its own")
        .isNotEqualTo(list.index(5));
  }

  @Test
  void theRevokedOnesOfTheListHaveTheirBitSetAndNoOthers() throws Exception {
    List<RevokedToken> revoked = new ArrayList<>();
    for (long position : new long[] {0, 1, 1042, StatusList.POSITIONS - 1}) {
      revoked.add(revoked("s1g1", position));
    }
    revoked.add(revoked("s1g2", 7));
    revoked.add(revoked("s1g1", StatusList.POSITIONS + 8));
    JsonObject content = list.content(revoked, NOW);
    BitSet bits = read(content);
    assertThat(bits.cardinality()).isEqualTo(4);
    assertThat(bits.get(list.index(1042))).isTrue();
    assertThat(bits.get(list.index(1043))).isFalse();
    assertThat(content.string("sub")).isEqualTo("https://login.example/status/s1g1/0");
    assertThat(content.number("iat")).isEqualTo(NOW.getEpochSecond());
    assertThat(content.number("exp")).isEqualTo(NOW.getEpochSecond() + 300);
    assertThat(content.number("ttl")).isEqualTo(30);
    assertThat(read(list.content(List.of(), NOW)).isEmpty()).isTrue();
  }

  /** However many are revoked: a byte of the bits at most, and base64url twice. */
  @Test
  void aListIsNeverLong() {
    List<RevokedToken> revoked = new ArrayList<>();
    Random random = new Random(3);
    for (long position = 0; position < StatusList.POSITIONS; position++) {
      if (random.nextBoolean()) {
        revoked.add(revoked("s1g1", position));
      }
    }
    assertThat(list.content(revoked, NOW).toString().length()).isLessThan(180_000);
    assertThat(list.content(revoked.subList(0, 10), NOW).toString().length()).isLessThan(600);
  }

  @Test
  void aPlaceThatNoLogHasIsRefused() {
    assertThat(new StatusList(ISSUER, "s1g1", 953_674).number()).isEqualTo(953_674);
    for (long number : new long[] {-1, 1_000_000_000L}) {
      assertThatThrownBy(() -> new StatusList(ISSUER, "s1g1", number))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new StatusList(ISSUER, "../keys", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
