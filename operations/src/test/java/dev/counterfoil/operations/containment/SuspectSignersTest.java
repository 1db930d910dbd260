package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import dev.counterfoil.operations.containment.SuspectSigners.Suspect;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which signer {@code compromise} means where none is named. */
class SuspectSignersTest {
  private static final Instant NOW = Instant.parse("2026-11-27T03:00:00Z");

  private static Suspect signer(String name, boolean issues, long forged) {
    return new Suspect(
        name,
        Optional.of(name + "g1"),
        issues,
        Optional.of(List.of("k")),
        Optional.of(forged),
        0,
        0,
        Set.of(),
        Optional.empty());
  }

  /** One with keys that it had before the monitor's database was lost. */
  private static Suspect forgotten(String name, boolean issues, long forged) {
    Suspect known = signer(name, issues, forged);
    return new Suspect(
        name,
        known.log(),
        issues,
        known.kids(),
        known.forged(),
        0,
        0,
        Set.of(),
        Optional.of(NOW.minusSeconds(90)));
  }

  private static RevokedKey revoked(String log, Duration ago) {
    return new RevokedKey("k", log, 7, NOW.minus(ago));
  }

  private static List<String> meant(List<RevokedKey> revoked, Suspect... all) {
    return new SuspectSigners(Optional.of(revoked), NOW, List.of(all)).meant();
  }

  @Test
  void itIsTheOneThatIssues() {
    assertThat(meant(List.of(), signer("s1", true, 0), signer("s2", false, 0)))
        .containsExactly("s1");
    assertThat(meant(List.of(), signer("s1", false, 0), signer("s2", true, 0)))
        .containsExactly("s2");
  }

  @Test
  void itIsTheOneWithWhoseKeysForgedTokensWereSeen() {
    assertThat(meant(List.of(), signer("s1", true, 0), signer("s2", false, 3)))
        .containsExactly("s2");
    assertThat(meant(List.of(), signer("s1", true, 1), signer("s2", false, 3)))
        .as("those that stand by first")
        .containsExactly("s2", "s1");
    assertThat(meant(List.of(), signer("s1", true, 0), signer("s2", false, 0)))
        .as("the control")
        .containsExactly("s1");
  }

  /** The first is down for a moment after it was replaced, and the second issues. */
  @Test
  void saidAgainItIsTheSameOne() {
    List<RevokedKey> contained =
        List.of(
            revoked("s2g1", Duration.ofMinutes(50)),
            revoked("s1g1", Duration.ofSeconds(2)),
            revoked("d1g1", Duration.ofSeconds(1)));
    Suspect second = signer("s2", true, 0);
    assertThat(meant(contained, signer("s1", false, 0), second)).containsExactly("s1");
    assertThat(meant(List.of(revoked("s1g1", Duration.ofHours(2))), signer("s1", false, 0), second))
        .containsExactly("s2");
    assertThat(
            meant(List.of(revoked("s1g1", Duration.ofSeconds(2))), signer("s11", false, 0), second))
        .as("s1 is another signer than s11")
        .containsExactly("s2");
  }

  /** That the monitor has seen none since is no ground to say that nothing is to be done. */
  @Test
  void whereWhatWasSeenIsLostItIsEachThatHadKeysByThen() {
    List<RevokedKey> contained = List.of(revoked("s1g1", Duration.ofMinutes(2)));
    assertThat(meant(contained, signer("s1", true, 0), signer("s2", false, 0)))
        .as("the control")
        .containsExactly("s1");
    assertThat(meant(contained, signer("s1", true, 0), forgotten("s2", false, 0)))
        .as("the first has new keys, and the second not")
        .containsExactly("s2");
    assertThat(meant(contained, forgotten("s1", true, 0), forgotten("s2", false, 0)))
        .containsExactly("s2", "s1");
    assertThat(meant(List.of(), forgotten("s1", true, 0), forgotten("s2", false, 3)))
        .as("what was seen since counts first")
        .containsExactly("s2");
    assertThat(meant(List.of(), signer("s1", true, 0), signer("s2", false, 0)))
        .as("nothing is lost")
        .containsExactly("s1");
  }

  @Test
  void whereWhatWasSeenIsLostItIsSaid() {
    SuspectSigners suspects =
        new SuspectSigners(
            Optional.of(List.of()),
            NOW,
            List.of(signer("s1", true, 0), forgotten("s2", false, 0), forgotten("s3", false, 2)));
    assertThat(suspects.text().lines())
        .satisfiesExactly(
            first -> assertThat(first).endsWith("no forged token was seen with these"),
            second ->
                assertThat(second)
                    .endsWith(
                        "no forged token was seen with these. WHAT WAS SEEN BEFORE"
                            + " 2026-11-27T02:58:30Z AND LOST IS NOT COUNTED"),
            third ->
                assertThat(third)
                    .as("an older copy of the database has some of before")
                    .contains("2 FORGED TOKENS were seen with these. WHAT WAS SEEN BEFORE")
                    .doesNotContain("since"));
    assertThat(suspects.withoutMonitor(List.of("s2", "s1")).orElseThrow())
        .contains("lost what it saw before 2026-11-27T02:58:30Z", "replaces signer s2 and s1");
  }

  /** Its keys that are revoked did sign forged tokens: it is not said to have none. */
  @Test
  void whatWasSeenWithRevokedKeysIsSaid() {
    Suspect contained =
        new Suspect(
            "s1",
            Optional.of("s1g2"),
            true,
            Optional.of(List.of("k")),
            Optional.of(0L),
            0,
            1,
            Set.of(),
            Optional.empty());
    assertThat(contained.text())
        .endsWith(
            "no forged token was seen with these, 1 FORGED TOKEN was seen with its revoked keys");
    assertThat(signer("s1", true, 0).text()).as("the control").doesNotContain("revoked");
    assertThat(meant(List.of(), contained, signer("s2", false, 0)))
        .as("it is told, and does not decide")
        .containsExactly("s1");
    assertThat(meant(List.of(), contained, signer("s2", false, 2))).containsExactly("s2");
  }

  /** One key of a log was revoked by itself, and the others were stolen with it. */
  @Test
  void aLogOfWhichAKeyIsInOtherHandsIsMeantWhileItHasOthersThatAreTrusted() {
    Suspect halfDone =
        new Suspect(
            "s2",
            Optional.of("s2g2"),
            false,
            Optional.of(List.of("k")),
            Optional.of(0L),
            0,
            8,
            Set.of("s2g2"),
            Optional.empty());
    assertThat(halfDone.text())
        .endsWith("its revoked keys. THESE MAY BE STOLEN: one theft takes all keys of log s2g2");
    assertThat(meant(List.of(), signer("s1", true, 0), halfDone)).containsExactly("s2");
  }

  @Test
  void tokensOfAnotherHistoryAreNotCalledForgedOnThatGroundAlone() {
    Suspect putBack =
        new Suspect(
            "s1",
            Optional.of("s1g1"),
            true,
            Optional.of(List.of("k")),
            Optional.of(3L),
            2,
            0,
            Set.of(),
            Optional.empty());
    assertThat(putBack.text())
        .endsWith("with these, of which 2 may be honest, because the log has two histories");
    assertThat(signer("s1", true, 3).text()).as("the control").doesNotContain("honest");
    assertThat(meant(List.of(), putBack, signer("s2", false, 0)))
        .as("the signer of such a log is replaced, too")
        .containsExactly("s1");
  }

  @Test
  void withoutTheMonitorItGoesOnAndSaysWhatIsNotKnown() {
    Suspect issuing =
        new Suspect(
            "s1",
            Optional.of("s1g1"),
            true,
            Optional.of(List.of("k")),
            Optional.empty(),
            0,
            0,
            Set.of(),
            Optional.empty());
    Suspect silent =
        new Suspect(
            "s2",
            Optional.empty(),
            false,
            Optional.of(List.of("k")),
            Optional.empty(),
            0,
            0,
            Set.of(),
            Optional.empty());
    SuspectSigners blind =
        new SuspectSigners(Optional.of(List.of()), NOW, List.of(issuing, silent));
    assertThat(blind.meant()).containsExactly("s1");
    assertThat(blind.withoutMonitor(blind.meant()).orElseThrow())
        .contains("it is not known whose keys signed forged tokens", "replaces signer s1");
    SuspectSigners seeing =
        new SuspectSigners(Optional.of(List.of()), NOW, List.of(signer("s1", true, 0)));
    assertThat(seeing.withoutMonitor(seeing.meant())).as("the control").isEmpty();
    assertThatThrownBy(
            () -> new SuspectSigners(Optional.of(List.of()), NOW, List.of(silent)).meant())
        .hasMessageContaining("the monitor does not report forged tokens")
        .hasMessageContaining("Name one");
  }

  @Test
  void whoDoesNotSayHowItIsCanBeNamed() {
    Suspect silent =
        new Suspect(
            "s1",
            Optional.empty(),
            false,
            Optional.of(List.of("k")),
            Optional.of(0L),
            0,
            0,
            Set.of(),
            Optional.empty());
    assertThat(
            new SuspectSigners(Optional.of(List.of()), NOW, List.of(silent, signer("s2", true, 0)))
                .silentHint())
        .isEqualTo("If s1's key was stolen, name s1.\n");
    assertThat(
            new SuspectSigners(Optional.of(List.of()), NOW, List.of(signer("s2", true, 0)))
                .silentHint())
        .as("the control")
        .isEmpty();
  }

  @Test
  void whereNobodyCanTellOneIsNamed() {
    assertThatThrownBy(() -> meant(List.of(), signer("s1", false, 0), signer("s2", false, 0)))
        .isInstanceOf(SuspectSigners.UnclearException.class)
        .hasMessageContaining("none of the domain's signers");
    SuspectSigners blind =
        new SuspectSigners(
            Optional.empty(), NOW, List.of(signer("s1", true, 0), signer("s2", false, 0)));
    assertThatThrownBy(blind::meant)
        .isInstanceOf(SuspectSigners.UnclearException.class)
        .hasMessageContaining("contained already")
        .hasMessageContaining("s2   stands by");
  }

  @Test
  void withoutTheKeyLogNobodyIsSaidToHaveNoKeys() {
    Suspect unknown =
        new Suspect(
            "s1",
            Optional.of("s1g1"),
            true,
            Optional.empty(),
            Optional.empty(),
            0,
            0,
            Set.of(),
            Optional.empty());
    assertThat(unknown.text())
        .contains("keys unknown", "the key log cannot be read")
        .doesNotContain("0 keys", "the monitor");
    Suspect blind =
        new Suspect(
            "s1",
            Optional.of("s1g1"),
            true,
            Optional.of(List.of()),
            Optional.empty(),
            0,
            0,
            Set.of(),
            Optional.empty());
    assertThat(blind.text())
        .as("the control")
        .contains("0 keys", "the monitor does not report what was seen");
  }
}
