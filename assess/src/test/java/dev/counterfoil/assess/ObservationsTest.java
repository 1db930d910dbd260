package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.finding.AssessmentFinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watching keys from run to run. */
class ObservationsTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;

  @Test
  void ageCountsFromTheFirstTimeAKeyWasSeen() {
    Situation situation = watched();
    assertThat(since(situation.assess(), Situation.NEXT)).contains(situation.now);
    Instant first = situation.now;
    for (int day = 0; day < 3; day++) {
      situation.now = situation.now.plus(DAY);
      assertThat(since(situation.assess(), Situation.NEXT)).contains(first);
    }
  }

  @Test
  void aKeyThatComesBackKeepsItsAge() {
    Situation situation = watched();
    situation.assess();
    Instant first = situation.now;
    var entry = situation.issuer.keys().remove(1);
    situation.now = situation.now.plus(DAY);
    assertThat(since(situation.assess(), Situation.NEXT)).isEmpty();
    situation.issuer.keys().add(entry);
    situation.now = situation.now.plus(DAY);
    assertThat(since(situation.assess(), Situation.NEXT)).contains(first);
  }

  @Test
  void aStatedDateThatIsEarlierWins() {
    Situation situation = watched();
    Instant stated = situation.now.minus(DAY.multipliedBy(20));
    situation.issuer.key(1).put("iat", stated.getEpochSecond());
    assertThat(since(situation.assess(), Situation.NEXT)).contains(stated);
  }

  @Test
  void aKeyAnnouncedForLongerThanCachesLastMaySign() {
    Situation situation = watched();
    situation.issuer.keys().remove(0);
    situation.tokens.clear();
    situation.assess();
    // Published at some time between the runs; the token is younger than the longest cache.
    situation.now = situation.now.plusSeconds(301);
    situation.issuer.keys().add(Situation.ACTIVE.entry());
    situation.onlyToken(header -> {}, claims -> {});
    assertThat(ids(situation.assess())).doesNotContain("key-used-at-once");
  }

  @Test
  void twoRunsWithinASecondAreNoRotation() {
    Situation situation = watched();
    situation.assess();
    assertThat(situation.assess().findings()).isEmpty();
  }

  @Test
  void theFileIsWrittenAsAWhole() throws IOException {
    Situation situation = watched();
    situation.assess();
    situation.now = situation.now.plus(DAY);
    situation.assess();
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("observations.json"));
    }
  }

  @Test
  void aFileThatCannotBeWrittenSaysWhatToDo() {
    Situation situation = new Situation();
    situation.remember(folder.resolve("missing/observations.json"));
    assertThatThrownBy(situation::assess)
        .isInstanceOf(AssessmentException.class)
        .hasMessageContaining("check that its folder exists");
  }

  @Test
  void brokenFilesAreRefused() throws IOException {
    Path file = folder.resolve("observations.json");
    Situation situation = watched();
    situation.assess();
    String good = Files.readString(file);
    for (String bad :
        List.of(
            "",
            "[]",
            good.substring(0, good.length() / 2),
            good.replace("observations-1", "observations-2"),
            good.replaceFirst("\"first-seen\" : \"[^\"]*\"", "\"first-seen\" : \"yesterday\""),
            good.replaceFirst("\"thumbprint\"", "\"print\""))) {
      Files.writeString(file, bad);
      assertThatThrownBy(situation::assess).as(bad).isInstanceOf(AssessmentException.class);
      assertThat(Files.readString(file)).isEqualTo(bad);
    }
    Files.writeString(file, good);
    assertThat(situation.assess()).isNotNull();
  }

  /** A sound situation in which nothing but watching tells the age of the second key. */
  private Situation watched() {
    Situation situation = new Situation();
    situation.issuer.key(1).remove("iat");
    situation.remember(folder.resolve("observations.json"));
    return situation;
  }

  private static Optional<Instant> since(AssessmentReport report, TestKey key) {
    return report.keys().stream()
        .filter(seen -> seen.thumbprint().equals(Optional.of(key.thumbprint())))
        .findFirst()
        .flatMap(AssessmentReport.KeySeen::since);
  }

  private static List<String> ids(AssessmentReport report) {
    return report.findings().stream().map(AssessmentFinding::id).toList();
  }
}
