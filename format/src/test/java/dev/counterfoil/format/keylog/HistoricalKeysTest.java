package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.note.TestCosigner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HistoricalKeysTest {
  private static final Instant NOW = Samples.NOW;
  private static final String ISSUER = "https://login.example";

  private final KeyStatement like = new Samples().statement();
  private final HistoricalKeys history = new HistoricalKeys();
  private String last = "";

  private KeyStatement state(Instant at) {
    KeyStatement key =
        like.toBuilder()
            .jwk(Samples.es256())
            .active(at, at.plus(Duration.ofDays(1)))
            .verifyUntil(at.plus(Duration.ofDays(2)))
            .build();
    history.happen(new KeyLogEvent.KeyStated(key), at);
    return key;
  }

  private List<JsonObject> listed(Instant at) throws FormatException {
    JsonObject signed = history.signed(ISSUER, at);
    assertThat(signed.string("iss")).isEqualTo(ISSUER);
    assertThat(signed.number("iat")).isEqualTo(at.getEpochSecond());
    return signed.objects("keys");
  }

  private List<String> kids(Instant at) throws FormatException {
    List<String> kids = new ArrayList<>();
    for (JsonObject key : listed(at)) {
      kids.add(key.string("kid"));
    }
    return kids;
  }

  @Test
  void aKeyIsListedFromItsTokensEndOnForTwoYears() throws Exception {
    KeyStatement key = state(NOW);
    assertThat(kids(key.verifyUntil().minusSeconds(1))).isEmpty();
    assertThat(kids(key.verifyUntil())).containsExactly(key.kid());
    JsonObject listed = listed(key.verifyUntil()).get(0);
    assertThat(listed.number("iat")).isEqualTo(NOW.getEpochSecond());
    assertThat(listed.number("nbf")).isEqualTo(key.activeFrom().getEpochSecond());
    assertThat(listed.number("exp")).isEqualTo(key.verifyUntil().getEpochSecond());
    assertThat(listed.has("revoked")).as("it ended as planned").isFalse();
    Instant end = key.verifyUntil().plus(HistoricalKeys.LISTED);
    assertThat(kids(end.minusSeconds(1))).containsExactly(key.kid());
    assertThat(kids(end)).isEmpty();
  }

  @Test
  void aKeyThatWasTakenBackIsListedAtOnceWithTheGravestReasonAndTheFirstTime() throws Exception {
    KeyStatement key = state(NOW);
    KeyStatement other = state(NOW);
    history.happen(new KeyLogEvent.KeyTainted(key.kid(), NOW), NOW.plusSeconds(60));
    JsonObject revoked = listed(NOW.plusSeconds(60)).get(0).object("revoked");
    assertThat(revoked.string("reason")).isEqualTo("unspecified");
    history.happen(new KeyLogEvent.KeyRevoked(key.kid(), "s1g1", 7), NOW.plusSeconds(120));
    history.happen(new KeyLogEvent.KeyTainted(key.kid(), NOW), NOW.plusSeconds(180));
    assertThat(kids(NOW.plusSeconds(180))).containsExactly(key.kid()).doesNotContain(other.kid());
    revoked = listed(NOW.plusSeconds(180)).get(0).object("revoked");
    assertThat(revoked.string("reason")).isEqualTo("compromised");
    assertThat(revoked.number("revoked_at")).isEqualTo(NOW.plusSeconds(60).getEpochSecond());
  }

  @Test
  void keysOfALogThatWasRolledBackAreListedAtOnce() throws Exception {
    KeyStatement key = state(NOW);
    history.happen(new KeyLogEvent.LogEnded("s1g1", 7, Optional.empty(), EndReason.PLANNED), NOW);
    assertThat(kids(NOW)).as("the control: it stands in the set").isEmpty();
    history.happen(
        new KeyLogEvent.LogEnded("s1g1", 7, Optional.empty(), EndReason.ROLLED_BACK), NOW);
    assertThat(kids(NOW)).containsExactly(key.kid());
    JsonObject revoked = listed(NOW).get(0).object("revoked");
    assertThat(revoked.string("reason")).isEqualTo("unspecified");
  }

  @Test
  void theRoutineWithdrawalIsNoRevocation() throws Exception {
    KeyStatement key = state(NOW);
    KeyStatement stolen = state(NOW);
    Instant end = key.verifyUntil();
    history.happen(new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.ENDED), end);
    history.happen(new KeyLogEvent.KeyWithdrawn(stolen.kid(), WithdrawalReason.COMPROMISED), end);
    assertThat(kids(end)).containsExactly(stolen.kid(), key.kid());
    assertThat(listed(end).get(0).has("revoked")).isTrue();
    assertThat(listed(end).get(1).has("revoked")).isFalse();
  }

  @Test
  void anotherIssuersKeyIsNotListed() throws Exception {
    KeyStatement theirs =
        like.toBuilder().jwk(Samples.es256()).record(new RecordForm.Digest("d1g1")).build();
    history.happen(new KeyLogEvent.KeyStated(theirs), NOW);
    history.happen(new KeyLogEvent.KeyWithdrawn(theirs.kid(), WithdrawalReason.COMPROMISED), NOW);
    assertThat(kids(NOW)).isEmpty();
  }

  @Test
  void aCopyGoesOnByItself() throws Exception {
    KeyStatement key = state(NOW);
    HistoricalKeys copy = history.copy();
    history.happen(new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.COMPROMISED), NOW);
    assertThat(copy.signed(ISSUER, NOW).objects("keys")).isEmpty();
    assertThat(kids(NOW)).containsExactly(key.kid());
  }

  @Test
  void theOldestAreLeftOutWhenTheListIsTooLong() throws Exception {
    // Of the largest kind: 1,312 bytes each.
    int keys = HistoricalKeys.BYTES_MAX / 1_700;
    byte[] honest = new TestCosigner("k", CosignerKey.Algorithm.ML_DSA_44, 1).key().publicKey();
    for (int i = 0; i < keys + 1_000; i++) {
      byte[] pub = honest.clone();
      pub[0] = (byte) i;
      pub[1] = (byte) (i >> 8);
      KeyStatement key = like.toBuilder().jwk(new PublicJwk.MlDsa44(Base64Url.encode(pub))).build();
      history.happen(new KeyLogEvent.KeyStated(key), NOW);
      last = key.kid();
    }
    List<String> kids = kids(like.verifyUntil());
    assertThat(kids.get(0)).isEqualTo(last);
    assertThat(kids).hasSizeBetween(1_000, keys + 999);
    assertThat(history.signed(ISSUER, like.verifyUntil()).toString())
        .hasSizeLessThan(SignedStatement.LENGTH_MAX * 3 / 4);
  }
}
